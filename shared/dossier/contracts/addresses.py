"""Events of the address book. Topic `crm.addresses`.

Streams: `company-…`, `person-…`, `contact-…` (`couple-…` follows with the whole address book).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from dossier.contracts.base import Event, Id, Personal, event

ChannelKind = Literal["T", "M", "F", "E", "H"]
"""Internal letters (COM-02): telephone, mobile, fax, email, homepage."""


@event("addresses")
class CompanyRegistered(Event):
    """A company entered the address book (ADR-01). `parent` is the one parent company (ADR-03)."""

    name: str = Field(max_length=255)
    parent: Id | None = None


@event("addresses")
class CompanyRenamed(Event):
    """The company has another name; the former one stays searchable."""

    name: str = Field(max_length=255)


@event("addresses")
class CompanyParentSet(Event):
    """The company has another parent company, or none (ADR-03, ADR-05)."""

    parent: Id | None


@event("addresses")
class PersonRegistered(Event):
    """A natural person entered the address book, with or without a company (ADR-07)."""

    last_name: Personal[str] = Field(max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class PersonRenamed(Event):
    """The person has another name; contacts and couples that link it show it (CON-09)."""

    last_name: Personal[str] = Field(max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class ContactRegistered(Event):
    """A contact of a company began: standalone with typed names (CON-02) or as link of a person (CON-03).

    `valid_from` and `valid_to` bound the affiliation, both inclusive; `predecessor` is the contact a job change ended.
    """

    company: Id
    person: Id | None = None
    last_name: Personal[str] = Field(default="", max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)
    supplement: Personal[str] = Field(default="", max_length=255)
    function: str = Field(default="", max_length=255)
    department: str = Field(default="", max_length=255)
    valid_from: date | None = None
    valid_to: date | None = None
    predecessor: Id | None = None


@event("addresses")
class ContactRenamed(Event):
    """The typed name or supplement of a contact changed (CON-04, CON-08)."""

    last_name: Personal[str] = Field(default="", max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)
    supplement: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class ContactPositionChanged(Event):
    """Function or department within the company changed."""

    function: str = Field(max_length=255)
    department: str = Field(max_length=255)


@event("addresses")
class PersonLinked(Event):
    """A person was linked to a contact that had none (promotion); the contact keeps its identity."""

    person: Id


@event("addresses")
class PersonUnlinked(Event):
    """The link to the person ended. The last known name stays as typed text (CON-04).

    What is dated before `unlinked_on` stays in the person's history.
    """

    person: Id
    unlinked_on: date
    last_name: Personal[str] = Field(default="", max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class PersonLinkCorrected(Event):
    """The linked person was wrong from the start: the whole history moves. `person` null: there was none."""

    person: Id | None
    last_name: Personal[str] = Field(default="", max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)
    reason: Personal[str] = Field(default="", max_length=1000)


@event("addresses")
class AffiliationEnded(Event):
    """The contact left the company after `valid_to` (CON-10). `successor` is the contact a job change began."""

    valid_to: date
    successor: Id | None = None


@event("addresses")
class AffiliationDatesCorrected(Event):
    """First or last day of the affiliation was recorded wrongly."""

    valid_from: date | None
    valid_to: date | None
    reason: Personal[str] = Field(default="", max_length=1000)


@event("addresses")
class AffiliationCorrected(Event):
    """The company was wrong from the start: the contact's whole history moves to the right one."""

    company: Id
    reason: Personal[str] = Field(default="", max_length=1000)


@event("addresses")
class ChannelAdded(Event):
    """An own communication channel of the address (COM-01). `value` is as typed, `normalised` for comparing.

    `private` channels exist on persons only and need the private-data capability.
    """

    channel_id: Id
    kind: ChannelKind
    label: str = Field(default="", max_length=100)
    value: Personal[str] = Field(max_length=320)
    normalised: Personal[str] = Field(max_length=320)
    is_default: bool
    private: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


@event("addresses")
class ChannelChanged(Event):
    """An own channel has another label, value or validity."""

    channel_id: Id
    label: str = Field(max_length=100)
    value: Personal[str] = Field(max_length=320)
    normalised: Personal[str] = Field(max_length=320)
    valid_from: date | None = None
    valid_to: date | None = None


@event("addresses")
class ChannelRemoved(Event):
    """An own channel is gone. `new_default` takes over when the default was removed (COM-05)."""

    channel_id: Id
    new_default: Id | None = None


@event("addresses")
class DefaultChannelSet(Event):
    """The channel is now the default among those of its internal letter (COM-02)."""

    channel_id: Id


@event("addresses")
class AddressDeactivated(Event):
    """The address is inactive: kept and readable, no longer offered (STA-01)."""


@event("addresses")
class AddressReactivated(Event):
    """The address is active again."""


@event("addresses")
class AddressDeleted(Event):
    """The address was deleted; its id stays resolvable as a tombstone (DEL-01)."""
