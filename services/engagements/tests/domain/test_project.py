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
)
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios
from engagements.domain import project
from engagements.domain.project import Project, Role

projects = Scenarios(Project, project.evolve)
RELAUNCH = ProjectRegistered(code="24-017", title="Relaunch", leader=None)
JANUARY, JUNE = date(2024, 1, 1), date(2024, 6, 30)


def role(kind: AddressType, name: str = "customer") -> Role:
    return Role(new_id(), name, AddressRef(type=kind, id=new_id()), None, None)


def assigned(new: Role) -> RoleAssigned:
    return RoleAssigned(
        role_id=new.id, role=new.role, address=new.address, valid_from=new.valid_from, valid_to=new.valid_to
    )


def test_a_project_is_registered_once() -> None:
    once = projects.given().when(lambda p: project.register(p, " 24-017", "Relaunch", None)).then(RELAUNCH)
    once.when(lambda p: project.register(p, "24-017", "Relaunch", None)).then()
    once.when(lambda p: project.register(p, "24-018", "Relaunch", None)).refused("STA-03", "id")


def test_sta_03_a_project_needs_code_and_title() -> None:
    projects.given().when(lambda p: project.register(p, " ", "Relaunch", None)).refused("STA-03", "code")
    projects.given(RELAUNCH).when(lambda p: project.change(p, {"title": ""})).refused("STA-03", "title")


def test_only_the_facts_that_differ_change() -> None:
    leader = new_id()
    facts = {"code": "24-017", "title": "Relaunch II", "leader": leader, "is_active": False}
    event = ProjectChanged(title="Relaunch II", leader=leader, is_active=False)
    changed = projects.given(RELAUNCH).when(lambda p: project.change(p, facts)).then(event)
    changed.when(lambda p: project.change(p, facts)).then()
    without = changed.when(lambda p: project.change(p, {"leader": None})).then(ProjectChanged(leader=None))
    assert (without.state.leader, without.state.title) == (None, "Relaunch II")


@pytest.mark.parametrize("kind", ["company", "person"])
def test_rol_02_the_customer_is_a_company_or_a_person(kind: AddressType) -> None:
    customer = role(kind)
    after = projects.given(RELAUNCH).when(lambda p: project.assign_role(p, customer)).then(assigned(customer))
    assert after.state.roles == (customer,)
    after.when(lambda p: project.assign_role(p, customer)).then()


def test_rol_02_a_contact_as_customer_is_refused_and_the_company_named_where_known() -> None:
    company = new_id()
    given = projects.given(RELAUNCH)
    known = given.when(lambda p: project.assign_role(p, role("contact"), company))
    assert f"company-{company}" in known.refused("ROL-02", "address")
    assert "its company" in given.when(lambda p: project.assign_role(p, role("contact"))).refused("ROL-02", "address")


def test_rol_02_a_couple_as_customer_is_refused() -> None:
    projects.given(RELAUNCH).when(lambda p: project.assign_role(p, role("couple"))).refused("ROL-02", "address")


@pytest.mark.parametrize("kind", ["company", "person", "contact", "couple"])
@pytest.mark.parametrize("name", [name for name in project.ROLES if name != project.CUSTOMER])
def test_rol_04_any_type_of_address_has_any_other_role(name: str, kind: AddressType) -> None:
    other = role(kind, name)
    projects.given(RELAUNCH).when(lambda p: project.assign_role(p, other)).then(assigned(other))


def test_rol_03_an_unknown_role_is_refused() -> None:
    projects.given(RELAUNCH).when(lambda p: project.assign_role(p, role("company", "boss"))).refused("ROL-03", "role")


def test_rol_01_a_project_has_several_addresses_in_its_roles() -> None:
    first, second = role("company"), role("company")
    both = projects.given(RELAUNCH, assigned(first)).when(lambda p: project.assign_role(p, second))
    assert both.then(assigned(second)).state.roles == (first, second)
    other = Role(first.id, "witness", first.address, None, None)
    projects.given(RELAUNCH, assigned(first)).when(lambda p: project.assign_role(p, other)).refused("ROL-01", "id")


def test_rol_01_a_role_holds_between_two_days() -> None:
    customer = role("company")
    given = projects.given(RELAUNCH, assigned(customer))
    event = RoleDatesChanged(role_id=customer.id, valid_from=JANUARY, valid_to=JUNE)
    dated = given.when(lambda p: project.change_role_dates(p, customer.id, JANUARY, JUNE)).then(event)
    dated.when(lambda p: project.change_role_dates(p, customer.id, JANUARY, JUNE)).then()
    dated.when(lambda p: project.change_role_dates(p, customer.id, JUNE, JANUARY)).refused("ROL-01", "valid_to")
    dated.when(lambda p: project.change_role_dates(p, new_id(), None, None)).not_found()
    backwards = Role(new_id(), "witness", customer.address, JUNE, JANUARY)
    given.when(lambda p: project.assign_role(p, backwards)).refused("ROL-01", "valid_to")


def test_rol_01_a_role_assigned_by_mistake_is_taken_back() -> None:
    customer = role("company")
    given = projects.given(RELAUNCH, assigned(customer))
    after = given.when(lambda p: project.remove_role(p, customer.id)).then(RoleRemoved(role_id=customer.id))
    assert after.state.roles == ()
    after.when(lambda p: project.remove_role(p, customer.id)).not_found()


def test_rgt_05_a_restricted_project_is_seen_by_the_named_users_and_groups_only() -> None:
    user, group = new_id(), new_id()
    to = Principals(users=(user,), groups=(group,))
    restricted = projects.given(RELAUNCH).when(lambda p: project.restrict(p, to)).then(EngagementRestricted(to=to))
    restricted.when(lambda p: project.restrict(p, to)).then()
    assert restricted.state.is_visible_to(user, [])
    assert restricted.state.is_visible_to(new_id(), [group])
    assert not restricted.state.is_visible_to(new_id(), [new_id()])
    assert not restricted.state.is_visible_to(None, [])


def test_rgt_05_a_restriction_names_at_least_one() -> None:
    projects.given(RELAUNCH).when(lambda p: project.restrict(p, Principals())).refused("RGT-05", "users")


def test_rgt_05_a_project_is_opened_again() -> None:
    given = projects.given(RELAUNCH, EngagementRestricted(to=Principals(users=(new_id(),))))
    opened = given.when(project.open_to_all).then(EngagementOpened())
    assert opened.state.is_visible_to(new_id(), [])
    opened.when(project.open_to_all).then()


def test_an_event_of_another_topic_is_no_event_of_a_project() -> None:
    with pytest.raises(TypeError):
        projects.given(RELAUNCH, CompanyRenamed(name="Acme"))
