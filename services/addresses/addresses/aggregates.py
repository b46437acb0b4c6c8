"""The aggregates of this service, and the questions one of them asks about another in the same store."""

from __future__ import annotations

from typing import Any, Literal

from addresses.domain import company, contact, couple, pairs, person
from addresses.domain.address import Address
from addresses.domain.company import Company
from addresses.domain.contact import Contact
from addresses.domain.couple import Couple
from addresses.domain.pairs import Pair
from addresses.domain.person import Person
from addresses.domain.referring import begun
from dossier.commands import Aggregate, load
from dossier.contracts.common import AddressType
from dossier.contracts.rules import RuleViolation
from dossier.ids import stream_id
from dossier.store import CommitStore


def _deleted(state: Address) -> bool:
    return state.is_deleted


COMPANY = Aggregate("company", Company, company.evolve, _deleted, begun)
PERSON = Aggregate("person", Person, person.evolve, _deleted, begun)
CONTACT = Aggregate("contact", Contact, contact.evolve, _deleted, begun)
COUPLE = Aggregate("couple", Couple, couple.evolve, _deleted, begun)
PAIR = Aggregate("no-duplicate", Pair, pairs.evolve)

Collection = Literal["companies", "persons", "contacts", "couples"]
AGGREGATES: dict[Collection, Aggregate[Any]] = {
    "companies": COMPANY,
    "persons": PERSON,
    "contacts": CONTACT,
    "couples": COUPLE,
}
ADDRESSES: dict[AddressType, Aggregate[Any]] = {
    "company": COMPANY,
    "person": PERSON,
    "contact": CONTACT,
    "couple": COUPLE,
}

HIERARCHY = "company-hierarchy"
"""The guard of the one invariant over many streams: no circle among parents (ADR-05)."""

PRIMARY_CONTACTS = "primary-contacts"
"""The guard of another: the primary contact of a company is one of its own contacts (CON-01)."""


async def existing_company(store: CommitStore, company_id: str, rule: str, field: str) -> Company:
    """The company that a command refers to. Raises RuleViolation `rule` if there is none."""
    state = (await load(store, COMPANY, stream_id("company", company_id))).state
    if state.registered is None or state.is_deleted:
        raise RuleViolation(rule, "there is no such company", field)
    return state


async def existing_person(store: CommitStore, person_id: str, rule: str, field: str = "person") -> Person:
    """The person that a command refers to. Raises RuleViolation `rule` if there is none."""
    state = (await load(store, PERSON, stream_id("person", person_id))).state
    if state.registered is None or state.is_deleted:
        raise RuleViolation(rule, "there is no such person", field)
    return state


async def existing_contact(store: CommitStore, contact_id: str, rule: str, field: str) -> Contact:
    """The contact that a command refers to. Raises RuleViolation `rule` if there is none."""
    state = (await load(store, CONTACT, stream_id("contact", contact_id))).state
    if state.registered is None or state.is_deleted:
        raise RuleViolation(rule, "there is no such contact", field)
    return state


async def with_ancestors(store: CommitStore, parent_id: str, stop_at: str) -> set[str]:
    """The company and all above it, up to `stop_at` if that is among them. Raises RuleViolation ADR-03 for no company.

    It ends: there is no circle among the parents that were read, and one that closes meanwhile changes the guard.
    """
    chain: set[str] = set()
    next_up: str | None = parent_id
    while next_up is not None and next_up not in chain:
        chain.add(next_up)
        if next_up == stop_at:
            break
        next_up = (await existing_company(store, next_up, "ADR-03", "parent")).parent
    return chain
