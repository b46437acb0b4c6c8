"""Conflict checks (ROL-09): who of the parties is known from other engagements, and on which side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, Reference
from dossier.contracts.engagements import ConflictChecked, ConflictHit, ConflictSide
from dossier.contracts.rules import RuleViolation

SHORTEST_TERM = 2
"""Shorter terms would find everybody."""


@dataclass(frozen=True)
class Party:
    """An address in a role of an engagement."""

    address: AddressRef
    role: str


@dataclass(frozen=True)
class ConflictCheck:
    """A check that was made; `asked` is none until it exists."""

    asked: ConflictChecked | None = None


def require_question(asked: ConflictChecked) -> None:
    """A check asks for something. Raises RuleViolation ROL-09."""
    if asked.term and sum(map(str.isalnum, asked.term)) < SHORTEST_TERM:
        raise RuleViolation("ROL-09", f"a term needs {SHORTEST_TERM} letters or digits at least", "term")
    if not (asked.clients or asked.counterparties or asked.other or asked.term):
        raise RuleViolation("ROL-09", "name a client, a counterparty, another address or a term", "clients")


def record(state: ConflictCheck, checked: ConflictChecked) -> Sequence[Event]:
    """Record what was asked and found. A check that has this id already stays as it was recorded."""
    return [checked] if state.asked is None else []


def hits(
    engagement: Reference,
    parties: Iterable[Party],
    sides: Mapping[ConflictSide, Collection[str]],
    adverse: Collection[str],
) -> list[ConflictHit]:
    """Who of an engagement's parties is looked for, as which side; `sides` are streams, `adverse` codes of roles."""
    return [
        ConflictHit(
            side=side, address=party.address, engagement=engagement, role=party.role, adverse=party.role in adverse
        )
        for party in parties
        for side, streams in sides.items()
        if party.address.stream in streams
    ]


def is_conflict(hit: ConflictHit) -> bool:
    """Whether the hit is one: a client who stands against us elsewhere, or a counterparty whom we act for."""
    return (hit.side == "client" and hit.adverse) or (hit.side == "counterparty" and not hit.adverse)


def evolve(state: ConflictCheck, event: Event) -> ConflictCheck:
    """The check after the event. Raises TypeError for an event a check cannot have."""
    match event:
        case ConflictChecked():
            return ConflictCheck(event)
        case _:
            raise TypeError(f"{event.event_type} is no event of a conflict check")
