"""Two addresses that somebody looked at: they are not the same, and are not proposed as duplicates again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dossier.contracts.addresses import DuplicateDismissed, DuplicateReconsidered
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef
from dossier.contracts.rules import RuleViolation


@dataclass(frozen=True)
class Pair:
    """A pair as it stands: dismissed as duplicates or not."""

    dismissed: bool = False


def ordered(one: AddressRef, other: AddressRef) -> tuple[AddressRef, AddressRef]:
    """The two in the order in which the pair is named, whichever way it was asked for."""
    return (one, other) if one.stream <= other.stream else (other, one)


def dismiss(state: Pair, one: AddressRef, other: AddressRef) -> Sequence[Event]:
    """Say that the two are not the same (DUP-03). Saying so again changes nothing."""
    if one == other:
        raise RuleViolation("DUP-03", "an address is no duplicate of itself", "other")
    one, other = ordered(one, other)
    return [] if state.dismissed else [DuplicateDismissed(one=one, other=other)]


def reconsider(state: Pair) -> Sequence[Event]:
    """Let the two be proposed again."""
    return [DuplicateReconsidered()] if state.dismissed else []


def evolve(state: Pair, event: Event) -> Pair:
    """The pair after the event."""
    match event:
        case DuplicateDismissed():
            return Pair(dismissed=True)
        case DuplicateReconsidered():
            return Pair()
        case _:
            raise TypeError(f"{event.event_type} is no event of a pair")
