"""What other systems keep: in whatever order and however often their updates arrive (EXT-01)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef
from dossier.contracts.engagements import (
    PhaseAdded,
    PhaseChanged,
    ProjectChanged,
    ProjectRegistered,
    RoleAssigned,
    RoleRemoved,
    Source,
)
from dossier.ids import derived_id, new_id
from dossier.testing.gwt import Scenarios
from engagements.domain import invoice, phase, project
from engagements.domain.invoice import Invoice
from engagements.domain.phase import Phase
from engagements.domain.project import Project
from engagements.domain.roles import Role

projects = Scenarios(Project, project.evolve)
phases = Scenarios(Phase, phase.evolve)
ACME, BETA = (AddressRef(type="company", id=new_id()) for _ in range(2))
EVA = new_id()


def source(version: int) -> Source:
    return Source(system="erp", id="P-17", version=version)


def kept(*addresses: AddressRef, valid_to: date | None = None) -> list[Role]:
    return [Role(derived_id("role", each.stream), "customer", each, None, valid_to, None, "erp") for each in addresses]


FACTS = {"code": "P-17", "title": "Relaunch", "state": "running"}


def test_ext_01_an_update_that_is_not_newer_changes_nothing() -> None:
    begun = ProjectRegistered(**FACTS, source=source(5))
    given = projects.given().when(lambda p: project.keep_in_step(p, source(5), FACTS)).then(begun)
    for version in (5, 4):
        given.when(lambda p, v=version: project.keep_in_step(p, source(v), {**FACTS, "title": "Old"})).then()


def test_ext_01_a_newer_update_is_remembered_though_no_fact_differs() -> None:
    given = projects.given(ProjectRegistered(**FACTS, source=source(5)))
    same = given.when(lambda p: project.keep_in_step(p, source(6), FACTS)).then(ProjectChanged(source=source(6)))
    assert same.state.source == source(6)


def test_ext_01_the_source_wins_for_what_it_sends_and_people_keep_the_rest() -> None:
    given = projects.given(ProjectRegistered(**FACTS, source=source(1)), ProjectChanged(title="Typed here", leader=EVA))
    changed = ProjectChanged(title="Relaunch", source=source(2))
    after = given.when(lambda p: project.keep_in_step(p, source(2), FACTS)).then(changed)
    assert (after.state.title, after.state.leader) == ("Relaunch", EVA)


def test_ext_01_roles_of_the_source_are_replaced_and_those_of_people_stay() -> None:
    own = RoleAssigned(role_id=new_id(), role="witness", address=BETA)
    first = projects.given().when(lambda p: project.keep_in_step(p, source(1), FACTS, kept(ACME)))
    acme = first.then(
        ProjectRegistered(**FACTS, source=source(1)),
        RoleAssigned(role_id=kept(ACME)[0].id, role="customer", address=ACME, system="erp"),
    )
    state = project.evolve(acme.state, own)
    events = project.keep_in_step(state, source(2), FACTS, kept(BETA))
    assert [type(event) for event in events] == [ProjectChanged, RoleRemoved, RoleAssigned]
    after = reduce(project.evolve, events, state)
    assert [(role.role, role.address, role.system) for role in after.roles] == [
        ("witness", BETA, None),
        ("customer", BETA, "erp"),
    ]
    # A source that keeps no roles says nothing of them.
    assert reduce(project.evolve, project.keep_in_step(after, source(3), FACTS), after).roles == after.roles


def test_ext_01_a_phase_may_come_before_its_project() -> None:
    added = PhaseAdded(project=EVA, title="Concept", source=source(1))
    given = phases.given().when(lambda p: phase.keep_in_step(p, source(1), EVA, {"title": "Concept"})).then(added)
    facts = {"title": "Concept", "is_active": False}
    ended = given.when(lambda p: phase.keep_in_step(p, source(2), EVA, facts))
    assert not ended.then(PhaseChanged(is_active=False, source=source(2))).state.is_active


Update = tuple[int, dict[str, Any], list[Role] | None]

texts = st.sampled_from(["Relaunch", "Concept", "Audit"])
project_facts = st.fixed_dictionaries(
    {"code": texts, "title": texts, "state": st.sampled_from(["running", "closed"]), "is_active": st.booleans()}
)
role_sets = st.lists(st.sampled_from([ACME, BETA]), unique=True, max_size=2).flatmap(
    lambda addresses: st.sampled_from([None, date(2026, 1, 1)]).map(lambda day: kept(*addresses, valid_to=day))
)
versions = st.lists(st.integers(0, 9), min_size=1, max_size=5, unique=True)


@st.composite
def deliveries(draw: st.DrawFn, facts: st.SearchStrategy[Any]) -> tuple[list[Any], list[Any]]:
    """The updates of a source in their order, and the same ones in any order and doubled."""
    updates = [(version, draw(facts), draw(role_sets)) for version in sorted(draw(versions))]
    doubled = updates + draw(st.lists(st.sampled_from(updates), max_size=4))
    return updates, draw(st.permutations(doubled))


def folded(
    initial: Any, evolve: Callable[[Any, Event], Any], updates: Sequence[Any], decide: Callable[..., Sequence[Event]]
) -> dict[str, Any]:
    state = initial
    for update in updates:
        state = reduce(evolve, decide(state, *update), state)
    facts = {name: value for name, value in vars(state).items() if name not in ("registered", "added")}
    return facts | {"roles": sorted(facts.get("roles", ()), key=lambda role: role.id)}


@given(deliveries(project_facts))
def test_ext_01_projects_in_any_order_and_doubled_end_the_same(delivery: tuple[list[Update], list[Update]]) -> None:
    in_order, delivered = delivery

    def decide(state: Project, version: int, facts: dict[str, Any], roles: list[Role]) -> Sequence[Event]:
        return project.keep_in_step(state, source(version), facts, roles)

    expected = folded(Project(), project.evolve, in_order, decide)
    assert folded(Project(), project.evolve, delivered, decide) == expected
    assert expected["source"].version == in_order[-1][0]
    assert {name: expected[name] for name in in_order[-1][1]} == in_order[-1][1]


invoice_facts = st.fixed_dictionaries(
    {
        "number": texts,
        "recipient": st.sampled_from([ACME, BETA]),
        "issued_on": st.just(date(2026, 5, 4)),
        "amount": st.sampled_from([Decimal("10.00"), Decimal("-5.50")]),
        "currency": st.just("CHF"),
        "state": st.sampled_from(["open", "paid"]),
    }
)


@given(deliveries(invoice_facts))
def test_ext_01_invoices_in_any_order_and_doubled_end_the_same(delivery: tuple[list[Update], list[Update]]) -> None:
    in_order, delivered = delivery

    def decide(state: Invoice, version: int, facts: dict[str, Any], _: list[Role]) -> Sequence[Event]:
        return invoice.keep_in_step(state, source(version), facts)

    expected = folded(Invoice(), invoice.evolve, in_order, decide)
    assert folded(Invoice(), invoice.evolve, delivered, decide) == expected
