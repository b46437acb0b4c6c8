"""The couple: two persons, each linked or typed in, until they separate (CON-11, ADR-09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from addresses.domain.address import Address, evolve_address
from addresses.domain.checks import period
from dossier.contracts.addresses import (
    CoupleDatesCorrected,
    CoupleHalfCorrected,
    CoupleHalfRenamed,
    CouplePersonLinked,
    CouplePersonUnlinked,
    CoupleRegistered,
    CoupleSeparated,
    Half,
    Side,
)
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation
from dossier.contracts.texts import is_blank

_NOBODY = Half()


@dataclass(frozen=True, kw_only=True)
class Couple(Address):
    """A couple as it stands; `registered` is none until it exists.

    `valid_from` and `valid_to` are the first and last day on which the two are one, both inclusive.
    """

    registered: CoupleRegistered | None = None
    a: Half = _NOBODY
    b: Half = _NOBODY
    valid_from: date | None = None
    valid_to: date | None = None

    def half(self, side: Side) -> Half:
        """One of the two."""
        return self.a if side == "a" else self.b

    def is_current(self, today: date) -> bool:
        """Whether the couple is offered: active, and not separated before (STA-01)."""
        return self.is_active and (self.valid_to is None or today <= self.valid_to)


def register(state: Couple, a: Half, b: Half, valid_from: date | None) -> Sequence[Event]:
    """Enter a couple; entering the same one again changes nothing (ADR-01)."""
    event = CoupleRegistered(a=_stripped(a), b=_stripped(b), valid_from=valid_from)
    if state.registered == event:
        return []
    if state.registered is not None:
        raise RuleViolation("ADR-01", "another couple has this id", "id")
    _identified(event.a, "a.last_name")
    _identified(event.b, "b.last_name")
    _two(event.b, event.a, "b.person")
    return [event]


def rename_half(state: Couple, side: Side, last_name: str, first_name: str) -> Sequence[Event]:
    """Change the typed name of one side. A linked person's name is the person's."""
    half = _stripped(Half(last_name=last_name, first_name=first_name))
    if state.half(side).person is not None:
        raise RuleViolation("CON-11", "the name is the linked person's: rename the person, or unlink it", "last_name")
    _identified(half, "last_name")
    if half == state.half(side):
        return []
    return [CoupleHalfRenamed(side=side, last_name=half.last_name, first_name=half.first_name)]


def link_person(state: Couple, side: Side, person: str) -> Sequence[Event]:
    """Link a person to a side that has a typed name; the couple's identity and history stay."""
    present = state.half(side).person
    if present == person:
        return []
    if present is not None:
        raise RuleViolation("CON-11", "another person is linked: unlink it, or correct this side", "person")
    _two(Half(person=person), state.half(_other(side)), "person")
    return [CouplePersonLinked(side=side, person=person)]


def unlink_person(
    state: Couple, side: Side, person: str | None, unlinked_on: date, last_known: Half
) -> Sequence[Event]:
    """End the link of one side; `last_known`, that person's name, stays as typed text (CON-04).

    What is not linked is unlinked already.
    """
    linked = state.half(side).person
    if linked is None:
        return []
    if linked != person:
        raise RuleViolation("CON-11", "this person is not linked", "side")
    return [
        CouplePersonUnlinked(
            side=side,
            person=linked,
            unlinked_on=unlinked_on,
            last_name=last_known.last_name,
            first_name=last_known.first_name,
        )
    ]


def correct_half(state: Couple, side: Side, half: Half, reason: str) -> Sequence[Event]:
    """Replace a side that was wrong from the start, by a person or a typed name. The history moves."""
    half = _stripped(half)
    _identified(half, "last_name")
    _two(half, state.half(_other(side)), "person")
    if half == state.half(side):
        return []
    return [CoupleHalfCorrected(side=side, half=half, reason=reason.strip())]


def separate(state: Couple, valid_to: date) -> Sequence[Event]:
    """The two are no couple any more after this day. The date of a separation can be corrected."""
    if state.valid_to == valid_to:
        return []
    if state.valid_to is not None:
        raise RuleViolation("CON-11", f"they separated on {state.valid_to}: correct the dates", "valid_to")
    period(state.valid_from, valid_to, "CON-11")
    return [CoupleSeparated(valid_to=valid_to)]


def correct_dates(state: Couple, valid_from: date | None, valid_to: date | None, reason: str) -> Sequence[Event]:
    """Replace dates that were recorded wrongly."""
    period(valid_from, valid_to, "CON-11")
    if (valid_from, valid_to) == (state.valid_from, state.valid_to):
        return []
    return [CoupleDatesCorrected(valid_from=valid_from, valid_to=valid_to, reason=reason.strip())]


def evolve(state: Couple, event: Event) -> Couple:
    """The couple after the event."""
    match event:
        case CoupleRegistered():
            return replace(state, registered=event, a=event.a, b=event.b, valid_from=event.valid_from)
        case CoupleHalfRenamed() | CouplePersonUnlinked():
            return _with(state, event.side, Half(last_name=event.last_name, first_name=event.first_name))
        case CouplePersonLinked():
            return _with(state, event.side, Half(person=event.person))
        case CoupleHalfCorrected():
            return _with(state, event.side, event.half)
        case CoupleSeparated():
            return replace(state, valid_to=event.valid_to)
        case CoupleDatesCorrected():
            return replace(state, valid_from=event.valid_from, valid_to=event.valid_to)
        case _:
            return evolve_address(state, event)


def _stripped(half: Half) -> Half:
    return Half(person=half.person, last_name=half.last_name.strip(), first_name=half.first_name.strip())


def _identified(half: Half, field: str) -> None:
    named = bool(half.last_name or half.first_name)
    if half.person is not None and named:
        raise RuleViolation("CON-11", "with a linked person the name is the person's, none is typed", field)
    if half.person is None and is_blank(half.last_name + half.first_name):
        raise RuleViolation("CON-11", "each side needs a person or a name", field)


def _two(half: Half, other: Half, field: str) -> None:
    if half.person is not None and half.person == other.person:
        raise RuleViolation("CON-11", "the two sides cannot be the same person", field)


def _other(side: Side) -> Side:
    return "b" if side == "a" else "a"


def _with(state: Couple, side: Side, half: Half) -> Couple:
    return replace(state, a=half) if side == "a" else replace(state, b=half)
