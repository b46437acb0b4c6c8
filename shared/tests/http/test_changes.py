"""The change log: from what to what, by folding; what the caller may not see leaves no trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from dossier.commands import Aggregate
from dossier.contracts import AddressRef, Event
from dossier.contracts.addresses import (
    AffiliationCorrected,
    ChannelAdded,
    ChannelChanged,
    ChannelRemoved,
    CompanyRegistered,
    CompanyRenamed,
)
from dossier.contracts.engagements import OpportunityChanged
from dossier.http.changes import FieldChange, changes_of, everything
from dossier.ids import new_id
from dossier.testing.recorded import recorded

OWN, PARENT, ONE, OTHER = (new_id() for _ in range(4))
COMPANY = f"company-{OWN}"


@dataclass(frozen=True)
class Line:
    """A part with an id."""

    id: str
    value: str
    secret: bool = False


@dataclass(frozen=True)
class Thing:
    """A state with every shape that a field can have."""

    registered: CompanyRegistered | None = None
    name: str = ""
    lines: tuple[Line, ...] = ()
    marks: frozenset[str] = frozenset()
    address: AddressRef | None = None
    amount: Decimal | None = None
    on: date | None = None
    is_active: bool = True


def evolve(state: Thing, event: Event) -> Thing:
    """The fold."""
    match event:
        case CompanyRegistered():
            return replace(state, registered=event, name=event.name)
        case CompanyRenamed():
            return replace(state, name=event.name, marks=state.marks | {state.name})
        case ChannelAdded():
            return replace(state, lines=(*state.lines, Line(event.channel_id, event.value, event.private)))
        case ChannelChanged():
            changed = [
                replace(line, value=event.value) if line.id == event.channel_id else line for line in state.lines
            ]
            return replace(state, lines=tuple(changed))
        case ChannelRemoved():
            return replace(state, lines=tuple(line for line in state.lines if line.id != event.channel_id))
        case OpportunityChanged():
            return replace(state, address=event.address, amount=event.amount, on=event.closing_on)
        case _:
            return state


THING = Aggregate("company", Thing, evolve)


def without_secrets(state: Thing) -> Mapping[str, object]:
    return {"name": state.name, "lines": tuple(line for line in state.lines if not line.secret)}


def added(id: str, value: str, private: bool = False) -> ChannelAdded:
    return ChannelAdded(channel_id=id, kind="T", value=value, normalised=value, is_default=False, private=private)


def told(*events: Event, shown: object = everything) -> list[list[FieldChange]]:
    return [each.fields for each in changes_of(THING, recorded(COMPANY, *events), shown)]  # type: ignore[arg-type]


def change(field: str, before: object, after: object, item: str | None = None) -> FieldChange:
    return FieldChange(field=field, item=item, before=before, after=after)  # type: ignore[arg-type]


def test_a_field_goes_from_its_value_before_to_the_one_after() -> None:
    entered, renamed, nothing = told(
        CompanyRegistered(name="Acme"), CompanyRenamed(name="Acme AG"), CompanyRenamed(name="Acme AG")
    )
    assert entered == [change("name", None, "Acme")]
    assert renamed == [change("name", "Acme", "Acme AG"), change("marks", None, ["Acme"])]
    assert nothing == [change("marks", ["Acme"], ["Acme", "Acme AG"])]


def test_parts_of_a_list_are_told_by_their_ids() -> None:
    changed = ChannelChanged(channel_id=ONE, label="", value="11", normalised="11")
    first, second, third, fourth = told(added(ONE, "1"), added(OTHER, "2"), changed, ChannelRemoved(channel_id=OTHER))
    assert first == [change("lines.value", None, "1", ONE), change("lines.secret", None, False, ONE)]
    assert second == [change("lines.value", None, "2", OTHER), change("lines.secret", None, False, OTHER)]
    assert third == [change("lines.value", "1", "11", ONE)]
    assert fourth == [change("lines.value", "2", None, OTHER), change("lines.secret", False, None, OTHER)]


def test_values_are_told_whole_and_as_json() -> None:
    address = AddressRef(type="person", id=ONE)
    (changes,) = told(OpportunityChanged(address=address, amount=Decimal("1.50"), closing_on=date(2026, 5, 4)))
    assert changes == [
        change("address", None, {"type": "person", "id": ONE}),
        change("amount", None, "1.50"),
        change("on", None, "2026-05-04"),
    ]


def test_what_is_not_shown_leaves_nothing() -> None:
    seen = told(CompanyRegistered(name="Acme"), added(ONE, "1", private=True), shown=without_secrets)
    assert seen == [[change("name", None, "Acme")], []]


def test_a_given_reason_is_told() -> None:
    corrected = AffiliationCorrected(company=PARENT, reason="mixed up")
    first, second = changes_of(THING, recorded(COMPANY, corrected, CompanyRenamed(name="Acme")))
    assert (first.reason, second.reason) == ("mixed up", None)
