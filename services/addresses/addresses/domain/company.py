"""The company: one organisation with at most one parent (ADR-03)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from addresses.domain.address import Address, evolve_address
from addresses.domain.checks import named
from dossier.contracts.addresses import CompanyParentSet, CompanyRegistered, CompanyRenamed, PrimaryContactSet
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation


@dataclass(frozen=True, kw_only=True)
class Company(Address):
    """A company as it stands; `registered` is none until it exists."""

    registered: CompanyRegistered | None = None
    name: str = ""
    parent: str | None = None
    primary_contact: str | None = None


def register(state: Company, name: str, parent: str | None) -> Sequence[Event]:
    """Enter a company into the address book. Entering the same one again changes nothing (ADR-01)."""
    event = CompanyRegistered(name=named(name, "name"), parent=parent)
    if state.registered == event:
        return []
    if state.registered is not None:
        raise RuleViolation("ADR-01", "another company has this id", "id")
    return [event]


def rename(state: Company, name: str) -> Sequence[Event]:
    """Give the company another name."""
    name = named(name, "name")
    return [] if name == state.name else [CompanyRenamed(name=name)]


def set_parent(state: Company, own_id: str, parent: str | None, above_parent: Collection[str]) -> Sequence[Event]:
    """Set the one parent (ADR-03), or none. `above_parent` are the ancestors of the parent-to-be.

    Refused with ADR-05 if the company would become its own ancestor.
    """
    if parent == state.parent:
        return []
    if parent == own_id:
        raise RuleViolation("ADR-05", "a company cannot be its own parent", "parent")
    if own_id in above_parent:
        raise RuleViolation("ADR-05", "the parent belongs to this company already; a circle is refused", "parent")
    return [CompanyParentSet(parent=parent)]


def set_primary_contact(
    state: Company, own_id: str, contact: str | None, company_of_contact: str | None
) -> Sequence[Event]:
    """Say which contact is the first to turn to, or that none is. Only a contact of this company can be (CON-01)."""
    if contact == state.primary_contact:
        return []
    if contact is not None and company_of_contact != own_id:
        raise RuleViolation("CON-01", "the contact belongs to another company", "contact")
    return [PrimaryContactSet(contact=contact)]


def release_primary_contact(state: Company, contact: str) -> Sequence[Event]:
    """The contact turns out to belong to another company: it cannot be the primary one here (CON-01)."""
    return [PrimaryContactSet(contact=None)] if state.primary_contact == contact else []


def evolve(state: Company, event: Event) -> Company:
    """The company after the event."""
    match event:
        case CompanyRegistered():
            return replace(state, registered=event, name=event.name, parent=event.parent)
        case CompanyRenamed():
            return replace(state, name=event.name)
        case CompanyParentSet():
            return replace(state, parent=event.parent)
        case PrimaryContactSet():
            return replace(state, primary_contact=event.contact)
        case _:
            return evolve_address(state, event)
