"""Keywords of engagements and conflict checks, by their rules."""

from __future__ import annotations

import pytest

from dossier.contracts.common import AddressRef, Reference
from dossier.contracts.engagements import (
    ConflictChecked,
    EngagementKeywordAssigned,
    EngagementKeywordUnassigned,
    InvoiceRegistered,
    PhaseAdded,
    PhaseChanged,
    ProjectRegistered,
)
from dossier.contracts.rules import RuleViolation
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios
from engagements.domain import conflicts, engagement, invoice, phase, project
from engagements.domain.conflicts import ConflictCheck, Party
from engagements.domain.engagement import KeywordGroup
from engagements.domain.invoice import Invoice
from engagements.domain.phase import Phase
from engagements.domain.project import Project

RELAUNCH = ProjectRegistered(code="24-017", title="Relaunch")
projects = Scenarios(Project, project.evolve)
ONE, OTHER, GONE, GROUP = (new_id() for _ in range(4))


def group(*, exclusive: bool = False, types: tuple[str, ...] = ("project",), active: bool = True) -> KeywordGroup:
    return KeywordGroup(GROUP, exclusive, types, active, {ONE: True, OTHER: True, GONE: False})


def assigned(keyword: str, *instead_of: str) -> EngagementKeywordAssigned:
    return EngagementKeywordAssigned(keyword=keyword, group=GROUP, instead_of=instead_of)


def test_key_07_an_engagement_has_keywords_and_loses_them_again() -> None:
    given = projects.given(RELAUNCH)
    one = given.when(lambda p: engagement.assign_keyword(p, "project", ONE, group())).then(assigned(ONE))
    one.when(lambda p: engagement.assign_keyword(p, "project", ONE, group())).then()
    two = one.when(lambda p: engagement.assign_keyword(p, "project", OTHER, group())).then(assigned(OTHER))
    assert [each.id for each in two.state.keywords] == [ONE, OTHER]
    gone = two.when(lambda p: engagement.unassign_keyword(p, ONE)).then(EngagementKeywordUnassigned(keyword=ONE))
    assert [each.id for each in gone.state.keywords] == [OTHER]
    gone.when(lambda p: engagement.unassign_keyword(p, ONE)).not_found()


def test_key_04_in_an_exclusive_group_the_second_keyword_replaces_the_first() -> None:
    given = projects.given(RELAUNCH, assigned(ONE))
    exclusive = group(exclusive=True)
    after = given.when(lambda p: engagement.assign_keyword(p, "project", OTHER, exclusive)).then(assigned(OTHER, ONE))
    assert [each.id for each in after.state.keywords] == [OTHER]


def test_key_05_an_inactive_keyword_is_not_offered_and_stays_where_it_is() -> None:
    given = projects.given(RELAUNCH, assigned(GONE))
    given.when(lambda p: engagement.assign_keyword(p, "project", GONE, group())).then()
    empty = projects.given(RELAUNCH)
    empty.when(lambda p: engagement.assign_keyword(p, "project", GONE, group())).refused("KEY-05", "keyword")
    closed = group(active=False)
    empty.when(lambda p: engagement.assign_keyword(p, "project", ONE, closed)).refused("KEY-05", "keyword")


def test_key_01_a_group_says_which_types_have_its_keywords() -> None:
    given = projects.given(RELAUNCH)
    companies = group(types=("company",))
    given.when(lambda p: engagement.assign_keyword(p, "project", ONE, companies)).refused("KEY-01", "keyword")
    given.when(lambda p: engagement.assign_keyword(p, "project", ONE, None)).refused("REF-01", "keyword")


ACME, BETA = (AddressRef(type="company", id=new_id()) for _ in range(2))
PROJECT = Reference(type="project", id=new_id())


def test_rol_09_a_client_on_the_other_side_and_a_counterparty_whom_we_act_for_are_conflicts() -> None:
    parties = [Party(ACME, "counterparty"), Party(BETA, "customer"), Party(ACME, "witness")]
    sides = {"client": {ACME.stream}, "counterparty": {BETA.stream}, "term": {BETA.stream}}
    hits = conflicts.hits(PROJECT, parties, sides, {"counterparty"})  # type: ignore[arg-type]
    assert [(hit.side, hit.role, hit.adverse, conflicts.is_conflict(hit)) for hit in hits] == [
        ("client", "counterparty", True, True),
        ("counterparty", "customer", False, True),
        ("term", "customer", False, False),
        ("client", "witness", False, False),
    ]


def test_rol_09_a_check_asks_for_somebody_and_is_recorded_once() -> None:
    for nothing in (ConflictChecked(), ConflictChecked(term="x"), ConflictChecked(term=".*&")):
        with pytest.raises(RuleViolation, match="ROL-09"):
            conflicts.require_question(nothing)
    checks = Scenarios(ConflictCheck, conflicts.evolve)
    asked = ConflictChecked(clients=(ACME,))
    conflicts.require_question(asked)
    once = checks.given().when(lambda c: conflicts.record(c, asked)).then(asked)
    once.when(lambda c: conflicts.record(c, ConflictChecked(clients=(BETA,)))).then()


def test_a_phase_is_added_once_changed_and_ended() -> None:
    phases = Scenarios(Phase, phase.evolve)
    new = PhaseAdded(project=PROJECT.id, title="Concept")
    once = phases.given().when(lambda p: phase.add(p, new)).then(new)
    once.when(lambda p: phase.add(p, new)).then()
    once.when(lambda p: phase.add(p, new.model_copy(update={"title": "Other"}))).refused("STA-03", "id")
    ended = once.when(lambda p: phase.change(p, {"is_active": False})).then(PhaseChanged(is_active=False))
    assert (ended.state.project, ended.state.is_active) == (PROJECT.id, False)
    once.when(lambda p: phase.change(p, {"title": " "})).refused("STA-03", "title")


@pytest.mark.parametrize("kind", ["company", "person", "contact", "couple"])
def test_inv_01_rol_04_an_invoice_goes_to_an_address_of_any_type(kind: str) -> None:
    invoices = Scenarios(Invoice, invoice.evolve)
    facts = {"number": "1", "issued_on": "2026-05-04", "amount": "-10.00", "currency": "CHF"}
    new = InvoiceRegistered.model_validate({**facts, "recipient": {"type": kind, "id": ONE}})
    once = invoices.given().when(lambda i: invoice.register(i, new)).then(new)
    once.when(lambda i: invoice.register(i, new)).then()
    once.when(lambda i: invoice.change(i, {"recipient": None})).refused("INV-01", "recipient")
    assert once.state.recipient == new.recipient
