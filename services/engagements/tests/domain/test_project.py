"""Rules of the project, by their ids."""

from __future__ import annotations

from datetime import date

import pytest

from dossier.contracts.addresses import CompanyRenamed
from dossier.contracts.common import AddressRef, AddressType, Principals
from dossier.contracts.engagements import (
    EngagementOpened,
    EngagementRestricted,
    ProjectChanged,
    ProjectRegistered,
    RoleAssigned,
    RoleDatesChanged,
    RoleRemoved,
    RoleTypeDefined,
)
from dossier.contracts.rules import RuleViolation
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios
from engagements.domain import engagement, project, role_types, roles
from engagements.domain.project import Project
from engagements.domain.role_types import RoleType
from engagements.domain.roles import Role

projects = Scenarios(Project, project.evolve)
RELAUNCH = ProjectRegistered(code="24-017", title="Relaunch", leader=None)
JANUARY, JUNE = date(2024, 1, 1), date(2024, 6, 30)
CUSTOMER = role_types.CUSTOMER
OFFERED = {code: role_types.evolve(RoleType(), event) for code, event in role_types.SHIPPED.items()}


def role(kind: AddressType, name: str = CUSTOMER) -> Role:
    return Role(new_id(), name, AddressRef(type=kind, id=new_id()))


def assign(state: Project, new: Role, **more: object) -> object:
    return roles.assign(state.roles, new, OFFERED.get(new.role), **more)  # type: ignore[arg-type]


def assigned(new: Role, against: str | None = None) -> RoleAssigned:
    dates = {"valid_from": new.valid_from, "valid_to": new.valid_to}
    return RoleAssigned(role_id=new.id, role=new.role, address=new.address, against=against, **dates)


def test_a_project_is_registered_once() -> None:
    padded = RELAUNCH.model_copy(update={"code": " 24-017"})
    once = projects.given().when(lambda p: project.register(p, padded)).then(RELAUNCH)
    once.when(lambda p: project.register(p, RELAUNCH)).then()
    other = RELAUNCH.model_copy(update={"code": "24-018"})
    once.when(lambda p: project.register(p, other)).refused("STA-03", "id")


def test_sta_03_a_project_needs_code_and_title() -> None:
    blank = ProjectRegistered(code=" ", title="Relaunch")
    projects.given().when(lambda p: project.register(p, blank)).refused("STA-03", "code")
    projects.given(RELAUNCH).when(lambda p: project.change(p, {"title": ""})).refused("STA-03", "title")


def test_only_the_facts_that_differ_change() -> None:
    leader, team = new_id(), (new_id(), new_id())
    facts = {"code": "24-017", "title": "Relaunch II", "leader": leader, "is_active": False, "state": "running"}
    event = ProjectChanged(title="Relaunch II", leader=leader, is_active=False)
    changed = projects.given(RELAUNCH).when(lambda p: project.change(p, facts)).then(event)
    changed.when(lambda p: project.change(p, facts)).then()
    without = changed.when(lambda p: project.change(p, {"leader": None})).then(ProjectChanged(leader=None))
    assert (without.state.leader, without.state.title) == (None, "Relaunch II")
    paused = {"state": "paused", "team": team}
    after = changed.when(lambda p: project.change(p, paused)).then(ProjectChanged(state="paused", team=team))
    assert (after.state.state, after.state.team) == ("paused", team)


@pytest.mark.parametrize("kind", ["company", "person"])
def test_rol_02_the_customer_is_a_company_or_a_person(kind: AddressType) -> None:
    customer = role(kind)
    after = projects.given(RELAUNCH).when(lambda p: assign(p, customer)).then(assigned(customer))
    assert after.state.roles == (customer,)
    after.when(lambda p: assign(p, customer)).then()


def test_rol_02_a_contact_as_customer_is_refused_and_the_company_named_where_known() -> None:
    company = AddressRef(type="company", id=new_id())
    given = projects.given(RELAUNCH)
    known = given.when(lambda p: assign(p, role("contact"), instead=[company]))
    assert company.stream in known.refused("ROL-02", "address")
    assert "its company" in given.when(lambda p: assign(p, role("contact"))).refused("ROL-02", "address")


def test_rol_02_a_couple_as_customer_is_refused_and_its_persons_named() -> None:
    persons = [AddressRef(type="person", id=new_id()) for _ in range(2)]
    refused = projects.given(RELAUNCH).when(lambda p: assign(p, role("couple"), instead=persons))
    reason = refused.refused("ROL-02", "address")
    assert all(person.stream in reason for person in persons)


@pytest.mark.parametrize("kind", ["contact", "couple"])
def test_rol_02_where_the_installation_warns_it_is_recorded_as_against_the_rule(kind: AddressType) -> None:
    customer = role(kind)
    warned = projects.given(RELAUNCH).when(lambda p: assign(p, customer, rule="warn"))
    after = warned.then(assigned(customer, against="ROL-02"))
    assert after.state.roles[0].against == "ROL-02"
    after.when(lambda p: assign(p, customer, rule="warn")).then()
    company = role("company")
    unflagged = after.when(lambda p: assign(p, company, rule="warn")).then(assigned(company))
    assert unflagged.state.roles[1].against is None


@pytest.mark.parametrize("kind", ["company", "person", "contact", "couple"])
@pytest.mark.parametrize("name", [name for name in role_types.SHIPPED if name != CUSTOMER])
def test_rol_04_any_type_of_address_has_any_other_role(name: str, kind: AddressType) -> None:
    other = role(kind, name)
    projects.given(RELAUNCH).when(lambda p: assign(p, other)).then(assigned(other))


def test_rol_03_an_unknown_role_is_refused() -> None:
    projects.given(RELAUNCH).when(lambda p: assign(p, role("company", "boss"))).refused("ROL-03", "role")


def test_rol_05_an_address_is_customer_of_any_number_of_projects_active_or_not() -> None:
    address = AddressRef(type="company", id=new_id())
    for given in (projects.given(RELAUNCH), projects.given(RELAUNCH, ProjectChanged(is_active=False))):
        customer = Role(new_id(), CUSTOMER, address)
        given.when(lambda p, customer=customer: assign(p, customer)).then(assigned(customer))


def test_rol_06_an_inactive_role_is_no_longer_offered_but_stays_where_it_is() -> None:
    own = RoleTypeDefined(code="expert", label="Expert")
    offered = role_types.evolve(RoleType(), own)
    (changed,) = role_types.change(offered, None, {"is_active": False})
    inactive = role_types.evolve(offered, changed)
    expert = role("contact", "expert")
    once = projects.given(RELAUNCH).when(lambda p: roles.assign(p.roles, expert, offered)).then(assigned(expert))
    once.when(lambda p: roles.assign(p.roles, role("contact", "expert"), inactive)).refused("ROL-06", "role")
    once.when(lambda p: roles.assign(p.roles, expert, inactive)).then()


def test_rol_01_a_project_has_several_addresses_in_its_roles() -> None:
    first, second = role("company"), role("company")
    both = projects.given(RELAUNCH, assigned(first)).when(lambda p: assign(p, second))
    assert both.then(assigned(second)).state.roles == (first, second)
    other = Role(first.id, "witness", first.address)
    projects.given(RELAUNCH, assigned(first)).when(lambda p: assign(p, other)).refused("ROL-01", "id")


def test_rol_01_a_role_holds_between_two_days() -> None:
    customer = role("company")
    given = projects.given(RELAUNCH, assigned(customer))
    event = RoleDatesChanged(role_id=customer.id, valid_from=JANUARY, valid_to=JUNE)
    dated = given.when(
        lambda p: roles.change_dates(p.roles, customer.id, {"valid_from": JANUARY, "valid_to": JUNE})
    ).then(event)
    dated.when(lambda p: roles.change_dates(p.roles, customer.id, {"valid_from": JANUARY, "valid_to": JUNE})).then()
    dated.when(lambda p: roles.change_dates(p.roles, customer.id, {"valid_from": JUNE, "valid_to": JANUARY})).refused(
        "ROL-01", "valid_to"
    )
    dated.when(lambda p: roles.change_dates(p.roles, new_id(), {})).not_found()
    backwards = Role(new_id(), "witness", customer.address, JUNE, JANUARY)
    given.when(lambda p: assign(p, backwards)).refused("ROL-01", "valid_to")


def test_rol_01_a_role_assigned_by_mistake_is_taken_back() -> None:
    customer = role("company")
    given = projects.given(RELAUNCH, assigned(customer))
    after = given.when(lambda p: roles.remove(p.roles, customer.id)).then(RoleRemoved(role_id=customer.id))
    assert after.state.roles == ()
    after.when(lambda p: roles.remove(p.roles, customer.id)).not_found()


def test_rgt_05_a_restricted_project_is_seen_by_the_named_users_and_groups_only() -> None:
    user, group = new_id(), new_id()
    to = Principals(users=(user,), groups=(group,))
    restricted = projects.given(RELAUNCH).when(lambda p: engagement.restrict(p, to)).then(EngagementRestricted(to=to))
    restricted.when(lambda p: engagement.restrict(p, to)).then()
    assert restricted.state.is_visible_to(user, [])
    assert restricted.state.is_visible_to(new_id(), [group])
    assert not restricted.state.is_visible_to(new_id(), [new_id()])
    assert not restricted.state.is_visible_to(None, [])


def test_rgt_05_a_restriction_names_at_least_one() -> None:
    projects.given(RELAUNCH).when(lambda p: engagement.restrict(p, Principals())).refused("RGT-05", "users")


def test_rgt_05_a_project_is_opened_again() -> None:
    given = projects.given(RELAUNCH, EngagementRestricted(to=Principals(users=(new_id(),))))
    opened = given.when(engagement.open_to_all).then(EngagementOpened())
    assert opened.state.is_visible_to(new_id(), [])
    opened.when(engagement.open_to_all).then()


def test_an_event_of_another_topic_is_no_event_of_a_project() -> None:
    with pytest.raises(TypeError):
        projects.given(RELAUNCH, CompanyRenamed(name="Acme"))


def test_rol_06_role_types_are_defined_once_and_changed() -> None:
    kinds = Scenarios(RoleType, role_types.evolve)
    own = RoleTypeDefined(code="expert", label="Expert", is_adverse=False, position=9)
    once = kinds.given().when(lambda r: role_types.define(r, own)).then(own)
    once.when(lambda r: role_types.define(r, own)).then()
    once.when(lambda r: role_types.define(r, own.model_copy(update={"label": "X"}))).refused("ROL-06", "code")
    taken = RoleTypeDefined(code="witness", label="Onlooker")
    kinds.given().when(lambda r: role_types.define(r, taken)).refused("ROL-06", "code")
    kinds.given().when(lambda r: role_types.change(r, None, {"label": "X"})).not_found()
    with pytest.raises(RuleViolation, match="ROL-06"):
        role_types.change(RoleType(), CUSTOMER, {"is_active": False})


def test_rol_06_the_stream_of_a_shipped_role_begins_with_its_first_change() -> None:
    kinds = Scenarios(RoleType, role_types.evolve)
    changed = kinds.given().when(lambda r: role_types.change(r, "witness", {"label": "Zeuge"}))
    witness = role_types.SHIPPED["witness"]
    after = changed.then(witness, *role_types.change(OFFERED["witness"], None, {"label": "Zeuge"}))
    assert (after.state.code, after.state.label, after.state.position) == ("witness", "Zeuge", 6)
    kinds.given().when(lambda r: role_types.change(r, "witness", {"label": "Witness"})).then()
