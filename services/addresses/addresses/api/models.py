"""Requests and answers of the address book. Dates are days, inclusive; ids are UUIDs in lower case."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from addresses.api.duplicate_models import Likely
from addresses.api.fact_models import (
    CompanyFacts,
    ContactFacts,
    PersonFacts,
    PrivateAccount,
    PrivateFacts,
    PublicCompanyFacts,
    PublicContactFacts,
    PublicPersonFacts,
)
from addresses.api.part_models import AddressView, NewAddress, OnAlias
from dossier.contracts.base import Id
from dossier.contracts.rules import RuleViolation
from dossier.http.models import Answer, NewId, Request

Name = Annotated[str, Field(max_length=255, examples=["Muster"])]
Text = Annotated[str, Field(max_length=255)]
Reason = Annotated[str, Field(max_length=1000, description="Why, for the change log", examples=["mixed up"])]


class NewCompany(NewAddress):
    """A company to enter."""

    name: Annotated[str, Field(min_length=1, max_length=255, examples=["Acme AG"])]
    parent: Annotated[Id | None, Field(description="The one parent company")] = None
    facts: CompanyFacts = CompanyFacts()


class CompanyName(OnAlias):
    """Another name."""

    name: Annotated[str, Field(min_length=1, max_length=255, examples=["Acme Holding AG"])]


class PrimaryContact(Request):
    """The contact of the company to turn to first, or none."""

    contact: Id | None


class ParentCompany(Request):
    """The one parent company, or none."""

    parent: Id | None


class PersonName(Request):
    """The name of a person."""

    last_name: Annotated[str, Field(min_length=1, max_length=255, examples=["Muster"])]
    first_name: Annotated[str, Field(max_length=255, examples=["Eva"])] = ""


class PersonRenaming(PersonName, OnAlias):
    """Another name of a person."""


class NewPerson(PersonName, NewAddress):
    """A person to enter, with or without a company."""

    facts: PersonFacts = PersonFacts()


class ContactName(Request):
    """What is typed into a contact. While a person is linked only the supplement is."""

    last_name: Name = ""
    first_name: Annotated[str, Field(max_length=255, examples=["Eva"])] = ""
    supplement: Annotated[
        str, Field(max_length=255, description="Identifies a contact without a name", examples=["Accounts payable"])
    ] = ""


class ContactRenaming(ContactName, OnAlias):
    """Another typed name or supplement."""


class Position(Request):
    """Function and department within the company."""

    function: Annotated[str, Field(max_length=255, examples=["Head of Finance"])] = ""
    department: Annotated[str, Field(max_length=255, examples=["Finance"])] = ""


class NewContact(ContactName, Position, NewAddress):
    """A contact to begin: of a person (`person`), with typed names, or with only a supplement."""

    company: Annotated[Id, Field(description="The company it belongs to")]
    person: Annotated[Id | None, Field(description="The person who is this contact; then no name is typed")] = None
    valid_from: Annotated[date | None, Field(description="First day of the affiliation")] = None
    valid_to: Annotated[date | None, Field(description="Last day of the affiliation, if it is known")] = None
    facts: ContactFacts = ContactFacts()


class LinkedPerson(OnAlias):
    """The person who is this contact."""

    person: Id


class Unlinking(OnAlias):
    """The end of the link to the person. What is dated earlier than `unlinked_on` stays with the person."""

    unlinked_on: Annotated[
        date | None, Field(description="The first day on which the link is no more: by tomorrow, which is the default")
    ] = None

    def day(self, today: date) -> date:
        """The first day without the link. What happened today, while it was linked, stays with the person.

        Raises RuleViolation CON-04 for a later day than tomorrow.
        """
        tomorrow = today + timedelta(days=1)
        if self.unlinked_on is not None and self.unlinked_on > tomorrow:
            raise RuleViolation("CON-04", "a link ends by tomorrow", "unlinked_on")
        return self.unlinked_on or tomorrow


UNLINKING = Unlinking()
"""Of a request without a body."""


class PersonCorrection(OnAlias):
    """The person it should have been from the start; without one, the name that is typed instead."""

    person: Id | None
    last_name: Name = ""
    first_name: Text = ""
    reason: Reason = ""


class AffiliationEnd(Request):
    """The last day of the affiliation."""

    valid_to: date


class DatesCorrection(Request):
    """The dates of the affiliation as they should have been."""

    valid_from: date | None
    valid_to: date | None
    reason: Reason = ""


class CompanyCorrection(OnAlias):
    """The company it should have been from the start."""

    company: Id
    reason: Reason = ""


class JobChange(Position):
    """The next company of a contact, and since when."""

    id: Annotated[NewId | None, Field(description="A UUID of your own making for the new contact")] = None
    company: Id
    starts_on: date
    ends_on: Annotated[
        date | None, Field(description="Last day at the old company; the day before the start if absent")
    ] = None


class Notice(BaseModel):
    """Something to look at; it did not stop the command.

    `contacts` and `links` are ids, `parts` those of channels or postal addresses of the address itself. `names` says
    what they are called.
    """

    rule: str
    detail: str
    contacts: list[str] = []
    parts: list[str] = []
    links: list[str] = []
    names: dict[str, str] = {}
    addresses: list[Likely] = []


class WarnedAnswer(Answer):
    """What a command answers, with what is to be looked at."""

    warnings: tuple[Notice, ...] = ()


class ContactAnswer(WarnedAnswer):
    """What a command on a contact answers."""


class JobChangeAnswer(BaseModel):
    """Both contacts of a job change."""

    ended: Answer
    begun: ContactAnswer


class CompanyView(AddressView):
    """A company as it stands; `private` only for callers who may see private data."""

    type: Literal["company"] = "company"
    name: str
    parent: str | None
    parent_alias: str | None
    primary_contact: str | None
    primary_contact_alias: str | None
    facts: PublicCompanyFacts
    private: PrivateAccount | None


class PersonView(AddressView):
    """A person as it stands; `private` only for callers who may see private data."""

    type: Literal["person"] = "person"
    last_name: str
    first_name: str
    facts: PublicPersonFacts
    private: PrivateFacts | None


class ContactView(AddressView):
    """A contact as it stands. With a linked person the name is the person's, and cannot be edited here.

    `is_active` is false after a deactivation; `is_current` is false then, and after the last day of the affiliation.
    """

    type: Literal["contact"] = "contact"
    company: str
    company_alias: str | None
    person: str | None
    person_alias: str | None
    last_name: str
    first_name: str
    supplement: str
    function: str
    department: str
    valid_from: date | None
    valid_to: date | None
    predecessor: str | None
    predecessor_alias: str | None
    successor: str | None
    successor_alias: str | None
    is_current: bool
    facts: PublicContactFacts


class ListedCompany(BaseModel):
    """A company in a list."""

    id: str
    name: str
    parent: str | None
    parent_alias: str | None
    is_active: bool


class ListedPerson(BaseModel):
    """A person in a list."""

    id: str
    last_name: str
    first_name: str
    is_active: bool


class ListedContact(BaseModel):
    """A contact in a list. With a linked person the name is the person's."""

    id: str
    alias: str
    company: str
    company_alias: str | None
    person: str | None
    last_name: str
    first_name: str
    supplement: str
    function: str
    department: str
    valid_from: date | None
    valid_to: date | None
    is_active: bool
