"""Facts of an address: which type has which, which of them are private, and how they change (domain.md 1.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Literal

from dossier.contracts.addresses import AddressFactsChanged, BankAccount
from dossier.contracts.base import Event
from dossier.contracts.common import AddressType
from dossier.contracts.rules import RuleViolation

UNSPECIFIED = "unspecified"
GENDERS = ("male", "female", UNSPECIFIED)
"""The words for a gender that every installation has; it may add own ones (GEN-02)."""

HUMAN = frozenset({"gender", "title", "form_of_address", "salutation"})
"""What is told of one human: the person's, and a contact's only as long as no person is linked (CON-03)."""

PRIVATE = frozenset({"date_of_birth", "bank_account", "private_remarks"})
"""What only callers with the right to private data read and write."""

_OF_ALL = frozenset({"correspondence_language", "customer_number", "free_reference"})
FACTS: Mapping[AddressType, frozenset[str]] = {
    "company": _OF_ALL | {"commercial_register_number", "supplement", "attention_of", "remarks", "bank_account"},
    "person": _OF_ALL | HUMAN | PRIVATE | {"supplement"},
    "contact": _OF_ALL | HUMAN | {"attention_of", "remarks"},
    "couple": _OF_ALL | {"supplement", "form_of_address", "salutation", "remarks", "bank_account"},
}
"""Which type can have which fact. A contact's supplement is among its names, as it may stand for them (CON-08)."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts of an address as they stand; none: nothing is known. Those of persons may be redacted."""

    correspondence_language: str | None = None
    customer_number: str | None = None
    commercial_register_number: str | None = None
    free_reference: str | None = None
    supplement: str | None = None
    attention_of: str | None = None
    gender: str | None = None
    title: str | None = None
    form_of_address: str | None = None
    salutation: str | None = None
    remarks: str | None = None
    private_remarks: str | None = None
    date_of_birth: date | Literal["redacted"] | None = None
    bank_account: BankAccount | Literal["redacted"] | None = None


NO_FACTS = Facts()


def change(
    facts: Facts, address_type: AddressType, given: Mapping[str, object], own_genders: Collection[str] = ()
) -> Sequence[Event]:
    """Change the facts that are given; none takes one away. What stands already is no change.

    Refused with ADR-01 is a fact that the type does not have, with GEN-02 a gender that is neither built in nor among
    the installation's own.
    """
    for name in given:
        if name not in FACTS[address_type]:
            raise RuleViolation("ADR-01", f"a {address_type} has no such fact", name)
    cleaned = {name: _cleaned(value) for name, value in given.items()}
    gender = cleaned.get("gender")
    if gender is not None and gender not in (*GENDERS, *own_genders):
        known = ", ".join((*GENDERS, *own_genders))
        raise RuleViolation("GEN-02", f"this installation has no such gender; there are: {known}", "gender")
    changed = {name: value for name, value in cleaned.items() if value != getattr(facts, name)}
    return [AddressFactsChanged.model_validate(changed)] if changed else []


def of_human(facts: Facts) -> Facts:
    """The facts of a human, whose gender is unspecified as long as nobody told it (GEN-01)."""
    return facts if facts.gender is not None else replace(facts, gender=UNSPECIFIED)


def take_away(facts: Facts, names: Collection[str]) -> Sequence[Event]:
    """Take away those of the named facts that are known."""
    known = {name: None for name in sorted(names) if getattr(facts, name) is not None}
    return [AddressFactsChanged.model_validate(known)] if known else []


def take_along(facts: Facts, names: Collection[str]) -> Sequence[Event]:
    """The named facts, as far as they are known, for an address that begins with them."""
    known = {name: getattr(facts, name) for name in sorted(names) if getattr(facts, name) is not None}
    return [AddressFactsChanged.model_validate(known)] if known else []


def evolve_facts(facts: Facts, event: AddressFactsChanged) -> Facts:
    """The facts after the event: only the fields that are set changed."""
    return replace(facts, **{name: getattr(event, name) for name in event.model_fields_set & _NAMES})


_NAMES = frozenset(field.name for field in fields(Facts))


def _cleaned(value: object) -> object:
    return value.strip() or None if isinstance(value, str) else value
