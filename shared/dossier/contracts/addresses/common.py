"""Events that every address type can have."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from dossier.contracts.base import Event, Id, Personal, Value, event

GENDER_PATTERN = r"^[a-z][a-z_]{0,29}$"
"""`male`, `female`, `unspecified`, or one of the installation's own words (GEN-02)."""


class BankAccount(Value):
    """Where money goes. Private data, whoever holds the account."""

    iban: str = Field(max_length=34)
    bic: str = Field(default="", max_length=11)
    holder: str = Field(default="", max_length=255)
    bank: str = Field(default="", max_length=255)


@event("addresses")
class AddressFactsChanged(Event):
    """Facts of the address changed: only the fields that are set did; null takes a fact away.

    Which type can have which fact is a rule of the domain (domain.md 1.3). `remarks` are business remarks;
    `private_remarks`, `date_of_birth` and `bank_account` are private data.
    """

    correspondence_language: str | None = Field(default=None, pattern="^[a-z]{2}$")
    customer_number: str | None = Field(default=None, max_length=50)
    commercial_register_number: str | None = Field(default=None, max_length=50)
    free_reference: str | None = Field(default=None, max_length=255)
    supplement: Personal[str] | None = Field(default=None, max_length=255)
    attention_of: Personal[str] | None = Field(default=None, max_length=255)
    gender: str | None = Field(default=None, pattern=GENDER_PATTERN)
    title: Personal[str] | None = Field(default=None, max_length=100)
    form_of_address: Personal[str] | None = Field(default=None, max_length=255)
    salutation: Personal[str] | None = Field(default=None, max_length=255)
    remarks: Personal[str] | None = Field(default=None, max_length=10_000)
    private_remarks: Personal[str] | None = Field(default=None, max_length=10_000)
    date_of_birth: Personal[date] | None = None
    bank_account: Personal[BankAccount] | None = None


@event("addresses")
class AccountManagerSet(Event):
    """Another user looks after the address, or nobody does any more (ADR-10)."""

    user: Id | None


@event("addresses")
class AliasSet(Event):
    """Somebody typed an alias; it stands until it is given up (beyond ALI-02)."""

    alias: Personal[str] = Field(max_length=255)


@event("addresses")
class AliasGivenUp(Event):
    """The typed alias no longer stands; the alias is the computed one again (ALI-01)."""


@event("addresses")
class KeywordAssigned(Event):
    """The address has the keyword: it lies in the keyword's folder, which is the same fact (KEY-02).

    `instead_of` are the keywords of the same exclusive group that it replaces (KEY-04).
    """

    keyword: Id
    group: Id
    instead_of: tuple[Id, ...] = ()


@event("addresses")
class KeywordUnassigned(Event):
    """The address has the keyword no longer."""

    keyword: Id


@event("addresses")
class LayoutChosen(Event):
    """The letter address is laid out by this template (LAY-01) or by own lines (LAY-04); neither: the default."""

    layout: Id | None = None
    own_lines: Personal[str] | None = Field(default=None, max_length=2000)


@event("addresses")
class AddressDeactivated(Event):
    """The address is inactive: kept and readable, no longer offered (STA-01)."""


@event("addresses")
class AddressReactivated(Event):
    """The address is active again."""


@event("addresses")
class AddressDeleted(Event):
    """The address was deleted; its id stays resolvable as a tombstone (DEL-01)."""
