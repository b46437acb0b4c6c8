"""Events of contacts: a person in a company, as a dated affiliation."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from dossier.contracts.base import Event, Id, Personal, event


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
