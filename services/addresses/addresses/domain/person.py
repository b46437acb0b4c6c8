"""The person: a natural person with private details, with or without a company (ADR-07)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from addresses.domain.address import Address, evolve_address
from addresses.domain.checks import named
from dossier.contracts.addresses import PersonRegistered, PersonRenamed
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation


@dataclass(frozen=True, kw_only=True)
class Person(Address):
    """A person as it stands; `registered` is none until it exists."""

    registered: PersonRegistered | None = None
    last_name: str = ""
    first_name: str = ""


def register(state: Person, last_name: str, first_name: str) -> Sequence[Event]:
    """Enter a person into the address book. Entering the same one again changes nothing (ADR-01)."""
    event = PersonRegistered(last_name=named(last_name, "last_name"), first_name=first_name.strip())
    if state.registered == event:
        return []
    if state.registered is not None:
        raise RuleViolation("ADR-01", "another person has this id", "id")
    return [event]


def rename(state: Person, last_name: str, first_name: str) -> Sequence[Event]:
    """Give the person another name; every contact that links it shows it (CON-09)."""
    event = PersonRenamed(last_name=named(last_name, "last_name"), first_name=first_name.strip())
    return [] if (event.last_name, event.first_name) == (state.last_name, state.first_name) else [event]


def evolve(state: Person, event: Event) -> Person:
    """The person after the event."""
    match event:
        case PersonRegistered():
            return replace(state, registered=event, last_name=event.last_name, first_name=event.first_name)
        case PersonRenamed():
            return replace(state, last_name=event.last_name, first_name=event.first_name)
        case _:
            return evolve_address(state, event)
