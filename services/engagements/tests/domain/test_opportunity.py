"""Rules of opportunities (domain.md 12.1), by their ids."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dossier.contracts.common import AddressRef, AddressType, Principals
from dossier.contracts.engagements import (
    EngagementRestricted,
    OpportunityChanged,
    OpportunityOpened,
    OpportunityStatusDefined,
    OpportunityStatusSet,
    ProjectRegistered,
    RoleAssigned,
)
from dossier.contracts.rules import RuleViolation
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios
from engagements.domain import conversion, opportunity, project, role_types, statuses
from engagements.domain.conversion import Wish
from engagements.domain.money import weighted
from engagements.domain.opportunity import Opportunity
from engagements.domain.project import Project
from engagements.domain.role_types import RoleType
from engagements.domain.roles import Role
from engagements.domain.statuses import Status

opportunities = Scenarios(Opportunity, opportunity.evolve)
stages = Scenarios(Status, statuses.evolve)
IDS = {name: new_id() for name in statuses.SHIPPED}
STATUS = {name: statuses.evolve(Status(), event) for name, event in statuses.SHIPPED.items()}
MAY, JUNE = date(2026, 5, 4), date(2026, 6, 1)


def opened(kind: AddressType = "company", **more: Any) -> OpportunityOpened:
    facts = {"title": "Succession", "entered_on": MAY, "status": IDS["interest"], "probability": 20}
    return OpportunityOpened(**facts, address=AddressRef(type=kind, id=new_id()), **more)


def to(name: str, **more: Any) -> Any:
    arguments = {"on": None, "today": JUNE} | more
    return lambda o: opportunity.set_status(o, IDS[name], STATUS[name], **arguments)


def at(name: str, on: date = JUNE, **more: Any) -> OpportunityStatusSet:
    status = STATUS[name]
    facts = {"outcome": status.outcome, "probability": status.probability, "on": on, "reason": ""} | more
    return OpportunityStatusSet(status=IDS[name], **facts)


@pytest.mark.parametrize("kind", ["company", "person", "contact", "couple"])
def test_opp_01_an_address_of_any_type_has_opportunities(kind: AddressType) -> None:
    new = opened(kind)
    once = opportunities.given().when(lambda o: opportunity.open_one(o, new, STATUS["interest"])).then(new)
    once.when(lambda o: opportunity.open_one(o, new, STATUS["interest"])).then()
    other = new.model_copy(update={"title": "Other"})
    once.when(lambda o: opportunity.open_one(o, other, STATUS["interest"])).refused("STA-03", "id")
    assert once.state.is_active
    once.when(lambda o: opportunity.change(o, {"address": None})).refused("OPP-01", "address")


def test_opp_02_the_project_is_one_in_which_the_address_has_a_role() -> None:
    address, company = AddressRef(type="contact", id=new_id()), AddressRef(type="company", id=new_id())
    of_company = Project(roles=(Role(new_id(), "customer", company),))
    opportunity.require_project_of([address, company], of_company)
    for addresses, linked in (([address], of_company), ([company], Project()), ([company], None)):
        with pytest.raises(RuleViolation, match="OPP-02"):
            opportunity.require_project_of(addresses, linked)


def test_opp_03_won_or_lost_closes_it_and_asks_for_the_day() -> None:
    given = opportunities.given(opened(amount=Decimal("10000"), currency="CHF"))
    given.when(to("won")).refused("OPP-03", "on")
    won = given.when(to("won", on=MAY)).then(at("won", on=MAY))
    assert (won.state.is_active, won.state.outcome, won.state.closed_on) == (False, "won", MAY)
    assert won.state.weighted == Decimal("10000.00")
    lost = given.when(to("lost", on=JUNE, reason="too expensive")).then(at("lost", reason="too expensive"))
    assert (lost.state.is_active, lost.state.weighted) == (False, Decimal("0.00"))
    assert lost.state.stages[-1].reason == "too expensive"
    given.when(to("won", on=MAY, probability=50)).refused("OPP-03", "probability")


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_opp_03_the_day_it_was_won_or_lost_is_none_to_come(outcome: str) -> None:
    given = opportunities.given(opened())
    given.when(to(outcome, on=JUNE + timedelta(days=1))).refused("OPP-03", "on")
    given.when(to(outcome, on=JUNE)).then(at(outcome))


def test_opp_03_an_open_stage_reopens_it_and_nothing_else_does() -> None:
    closed = opportunities.given(opened(), at("lost"))
    closed.when(lambda o: opportunity.change(o, {"is_active": True})).refused("OPP-03", "is_active")
    closed.when(lambda o: opportunity.change(o, {"probability": 10})).refused("OPP-03", "probability")
    again = closed.when(to("offer")).then(at("offer"))
    assert (again.state.is_active, again.state.outcome, again.state.closed_on) == (True, "open", None)
    assert [stage.status for stage in again.state.stages] == [IDS["interest"], IDS["lost"], IDS["offer"]]


def test_opp_03_what_was_put_aside_by_hand_stays_so_from_one_open_stage_to_the_next() -> None:
    aside = opportunities.given(opened(), OpportunityChanged(is_active=False))
    assert not aside.when(to("offer")).then(at("offer")).state.is_active


@pytest.mark.parametrize(
    ("amount", "probability", "expected"),
    [("10000", 40, "4000.00"), ("0.01", 50, "0.01"), ("0.01", 49, "0.00"), ("33.35", 10, "3.34"), ("5", 0, "0.00")],
)
def test_opp_04_the_weighted_amount_is_rounded_half_up_to_cents(amount: str, probability: int, expected: str) -> None:
    assert str(weighted(Decimal(amount), probability)) == expected


def test_opp_04_an_amount_and_its_currency_belong_together() -> None:
    begin = opportunities.given()
    alone = opened(amount=Decimal("1"))
    begin.when(lambda o: opportunity.open_one(o, alone, STATUS["interest"])).refused("OPP-04", "currency")
    given = opportunities.given(opened(amount=Decimal("1"), currency="CHF"))
    given.when(lambda o: opportunity.change(o, {"amount": None})).refused("OPP-04", "amount")
    gone = {"amount": None, "currency": None}
    assert given.when(lambda o: opportunity.change(o, gone)).then(OpportunityChanged(**gone)).state.weighted is None


def test_opp_05_a_stage_proposes_its_probability_and_may_be_overruled() -> None:
    given = opportunities.given(opened())
    offered = given.when(to("offer")).then(at("offer"))
    assert offered.state.probability == 40
    offered.when(to("offer")).then()
    given.when(to("offer", probability=55)).then(at("offer", probability=55))


def test_opp_05_an_inactive_or_unknown_stage_is_refused_and_an_opportunity_begins_open() -> None:
    given, begin = opportunities.given(opened()), opportunities.given()
    inactive = Status(**{**vars(STATUS["offer"]), "is_active": False})
    given.when(lambda o: opportunity.set_status(o, IDS["offer"], inactive, on=None, today=JUNE)).refused(
        "OPP-05", "status"
    )
    given.when(lambda o: opportunity.set_status(o, new_id(), None, on=None, today=JUNE)).refused("OPP-05", "status")
    for status in (STATUS["won"], inactive, None):
        begin.when(lambda o, s=status: opportunity.open_one(o, opened(), s)).refused("OPP-05", "status")


def test_opp_05_stages_are_defined_and_changed_and_what_is_won_is_certain() -> None:
    own = OpportunityStatusDefined(label="Pitch", outcome="open", probability=30, position=2)
    once = stages.given().when(lambda s: statuses.define(s, own)).then(own)
    once.when(lambda s: statuses.define(s, own)).then()
    sure = OpportunityStatusDefined(label="Signed", outcome="won", probability=90)
    stages.given().when(lambda s: statuses.define(s, sure)).refused("OPP-05", "probability")
    stages.given().when(lambda s: statuses.change(s, None, {"label": "X"})).not_found()
    shipped = statuses.SHIPPED["lost"]
    stages.given().when(lambda s: statuses.change(s, shipped, {"probability": 5})).refused("OPP-05", "probability")
    renamed = stages.given().when(lambda s: statuses.change(s, shipped, {"label": "Verloren"}))
    (changed,) = statuses.change(STATUS["lost"], None, {"label": "Verloren"})
    assert renamed.then(shipped, changed).state.outcome == "lost"


CUSTOMER = role_types.evolve(RoleType(), role_types.SHIPPED["customer"])
OPPORTUNITY, PROJECT = new_id(), new_id()


def wish(**more: Any) -> Wish:
    facts = {"project": PROJECT, "code": "26-1", "title": "", "leader": None, "role_ids": (new_id(), new_id())}
    return Wish(**(facts | more))


def made(new: OpportunityOpened, wanted: Wish, **more: Any) -> Any:
    state = opportunities.given(new).state
    arguments = {"customer_type": CUSTOMER, "rule": "refuse"} | more
    return (
        Scenarios(Project, project.evolve)
        .given()
        .when(lambda p: conversion.begin(p, state, OPPORTUNITY, wanted, **arguments))
    )


@pytest.mark.parametrize("kind", ["company", "person"])
def test_opp_06_a_company_or_person_becomes_customer_of_the_project(kind: AddressType) -> None:
    new, wanted = opened(kind), wish()
    assert made(new, wanted).then(
        ProjectRegistered(code="26-1", title="Succession", opportunity=OPPORTUNITY),
        RoleAssigned(role_id=wanted.role_ids[0], role="customer", address=new.address),
    )


def test_opp_06_the_company_of_a_contact_becomes_customer_and_the_contact_its_contact_person() -> None:
    company = AddressRef(type="company", id=new_id())
    new, wanted = opened("contact"), wish(instead=(company,), title="Relaunch")
    state = (
        made(new, wanted)
        .then(
            ProjectRegistered(code="26-1", title="Relaunch", opportunity=OPPORTUNITY),
            RoleAssigned(role_id=wanted.role_ids[0], role="customer", address=company),
            RoleAssigned(role_id=wanted.role_ids[1], role="contact_person", address=new.address),
        )
        .state
    )
    assert [role.against for role in state.roles] == [None, None]
    made(new, wish()).refused("ROL-02", "customer")


def test_opp_06_rol_02_a_couple_is_refused_with_its_persons_unless_the_customer_is_named() -> None:
    persons = tuple(AddressRef(type="person", id=new_id()) for _ in range(2))
    new = opened("couple")
    reason = made(new, wish(instead=persons)).refused("ROL-02", "customer")
    assert all(person.stream in reason for person in persons)
    wanted = wish(instead=persons, customer=persons[0])
    state = (
        made(new, wanted)
        .then(
            ProjectRegistered(code="26-1", title="Succession", opportunity=OPPORTUNITY),
            RoleAssigned(role_id=wanted.role_ids[0], role="customer", address=persons[0]),
            RoleAssigned(role_id=wanted.role_ids[1], role="contact_person", address=new.address),
        )
        .state
    )
    assert len(state.roles) == 2
    forced = wish(customer=new.address)
    made(new, forced).refused("ROL-02", "address")
    flagged = RoleAssigned(role_id=forced.role_ids[0], role="customer", address=new.address, against="ROL-02")
    begun = ProjectRegistered(code="26-1", title="Succession", opportunity=OPPORTUNITY)
    made(new, forced, rule="warn").then(begun, flagged)


def test_opp_06_rgt_05_the_project_is_restricted_to_the_same_people() -> None:
    new, wanted, only = opened(), wish(), Principals(users=(new_id(),))
    state = opportunities.given(new, EngagementRestricted(to=only)).state
    events = conversion.begin(Project(), state, OPPORTUNITY, wanted, customer_type=CUSTOMER, rule="refuse")
    assert events[-1] == EngagementRestricted(to=only)


def test_opp_06_an_opportunity_has_one_project() -> None:
    given, wanted = opportunities.given(opened()), wish()
    linked = given.when(lambda o: conversion.link(o, wanted)).then(OpportunityChanged(project=PROJECT))
    linked.when(lambda o: conversion.link(o, wanted)).then()
    linked.when(lambda o: conversion.link(o, wish(project=new_id()))).refused("OPP-06", "project")


def test_opp_02_rgt_05_null_unlinks_only_the_project_that_the_caller_has_seen() -> None:
    given, facts = opportunities.given(opened(), OpportunityChanged(project=PROJECT)), {"project": None, "title": "II"}
    for seen, event in (
        (PROJECT, OpportunityChanged(project=None, title="II")),
        (None, OpportunityChanged(title="II")),
        (new_id(), OpportunityChanged(title="II")),
    ):
        given.when(lambda o, seen=seen: opportunity.change(o, opportunity.as_seen(o, facts, seen))).then(event)


def test_opp_02_rgt_05_another_project_replaces_only_the_one_that_the_caller_has_seen() -> None:
    given, other = opportunities.given(opened(), OpportunityChanged(project=PROJECT)), new_id()
    facts = {"project": other}
    given.when(lambda o: opportunity.change(o, opportunity.as_seen(o, facts, PROJECT))).then(
        OpportunityChanged(**facts)
    )
    for seen in (None, new_id()):
        given.when(lambda o, seen=seen: opportunity.as_seen(o, facts, seen)).refused("OPP-02", "project")
    same = {"project": PROJECT}
    given.when(lambda o: opportunity.change(o, opportunity.as_seen(o, same, None))).then()
    unlinked = opportunities.given(opened())
    unlinked.when(lambda o: opportunity.change(o, opportunity.as_seen(o, facts, None))).then(
        OpportunityChanged(**facts)
    )
