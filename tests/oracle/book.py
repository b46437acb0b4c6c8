"""The address book of a random world: companies and their parents, persons, contacts that move, couples."""

from __future__ import annotations

from typing import Any

from dossier.contracts import AddressRef, Event
from dossier.contracts import addresses as adr
from dossier.contracts import directory as dire
from oracle.chance import Chance


class Book(Chance):
    """What is so far known of users and addresses, and what may happen to them."""

    def __init__(self, seed: int, *, skewed: bool) -> None:
        super().__init__(seed, skewed=skewed)
        self.users = [self.new_id() for _ in range(3)]
        self.groups = [self.new_id() for _ in range(2)]
        self.companies: list[str] = []
        self.persons: list[str] = []
        self.contacts: dict[str, dict[str, Any]] = {}
        self.couples: dict[str, dict[str, str | None]] = {}

    def user(self) -> None:
        for user in self.users:
            self.record("user", user, dire.UserAdded(name="Somebody"))

    def company(self) -> None:
        identifier = self.new_id()
        parent = self.pick(self.companies) if self.companies and self.maybe(0.4) else None
        self.companies.append(identifier)
        self.record("company", identifier, adr.CompanyRegistered(name="Acme", parent=parent))

    def parent(self) -> None:
        """Any other company: even in a circle, which no write side would record, everybody is read once."""
        company = self.pick(self.companies)
        others = [other for other in self.companies if other != company]
        self.record("company", company, adr.CompanyParentSet(parent=self.pick([*others, None])))

    def person(self) -> None:
        identifier = self.new_id()
        self.persons.append(identifier)
        self.record("person", identifier, adr.PersonRegistered(last_name="Muster"))

    def contact(self, **facts: Any) -> str:
        identifier, person = self.new_id(), self.pick(self.persons) if self.maybe() else None
        company = self.pick(self.companies)
        self.contacts[identifier] = {"person": person, "company": company}
        event = adr.ContactRegistered(
            company=company, person=person, last_name="Muster", valid_from=self.day(), **facts
        )
        self.record("contact", identifier, event)
        return identifier

    def renaming(self) -> None:
        kind = self.pick(("company", "person", "contact"))
        if kind == "company":
            self.record(kind, self.pick(self.companies), adr.CompanyRenamed(name="Other"))
        elif kind == "person":
            self.record(kind, self.pick(self.persons), adr.PersonRenamed(last_name="Other"))
        else:
            self.record(kind, self.pick(self.contacts), adr.ContactPositionChanged(function="Head", department="IT"))

    def job_change(self) -> None:
        former = self.pick(self.contacts)
        successor = self.contact(predecessor=former)
        self.record("contact", former, adr.AffiliationEnded(valid_to=self.day(), successor=successor))

    def affiliation_corrected(self) -> None:
        contact, company = self.pick(self.contacts), self.pick(self.companies)
        if self.contacts[contact]["company"] != company:
            self.contacts[contact]["company"] = company
            self.record("contact", contact, adr.AffiliationCorrected(company=company, reason="typing error"))

    def person_link(self) -> None:
        contact = self.pick(self.contacts)
        held, person = self.contacts[contact]["person"], self.pick(self.persons)
        if held is None:
            event: Event = adr.PersonLinked(person=person)
        elif self.maybe():
            event = adr.PersonUnlinked(person=held, unlinked_on=self.day(), last_name="Muster")
        else:
            others: list[str | None] = [other for other in self.persons if other != held]
            event = adr.PersonLinkCorrected(person=self.pick([*others, None]))
        self.contacts[contact]["person"] = None if isinstance(event, adr.PersonUnlinked) else event.person  # type: ignore[attr-defined]
        self.record("contact", contact, event)

    def couple(self) -> None:
        identifier, a, b = self.new_id(), self.half(), self.half()
        self.couples[identifier] = {"a": a.person, "b": b.person}
        valid_from = self.day() if self.maybe() else None
        self.record("couple", identifier, adr.CoupleRegistered(a=a, b=b, valid_from=valid_from))

    def half(self) -> adr.Half:
        return adr.Half(person=self.pick(self.persons)) if self.maybe(0.7) else adr.Half(last_name="Beispiel")

    def couple_link(self) -> None:
        """A typed half is linked, a link ends, or a half was wrong from the start."""
        if not self.couples:
            return
        couple, side = self.pick(self.couples), self.pick(("a", "b"))
        held = self.couples[couple][side]
        if self.maybe(0.3):
            half = self.half()
            self.couples[couple][side] = half.person
            event: Event = adr.CoupleHalfCorrected(side=side, half=half, reason="mixed up")
        elif held is None:
            self.couples[couple][side] = person = self.pick(self.persons)
            event = adr.CouplePersonLinked(side=side, person=person)
        else:
            self.couples[couple][side] = None
            event = adr.CouplePersonUnlinked(side=side, person=held, unlinked_on=self.day(), last_name="Muster")
        self.record("couple", couple, event)

    def couple_dates(self) -> None:
        """Two separate, or their days were recorded wrongly, or a typed half is called otherwise."""
        if not self.couples:
            return
        couple, (first, last) = self.pick(self.couples), self.bounds()
        events: list[Event] = [
            adr.CoupleSeparated(valid_to=self.day()),
            adr.CoupleSeparated(valid_to=self.day()),
            adr.CoupleDatesCorrected(valid_from=first, valid_to=last),
        ]
        typed = [side for side, person in self.couples[couple].items() if person is None]
        if typed:
            events.append(adr.CoupleHalfRenamed(side=self.pick(typed), last_name="Other"))
        self.record("couple", couple, self.pick(events))

    def address(self) -> AddressRef:
        kind = self.pick(("contact", "contact", "contact", "company", "person", "couple", "couple"))
        if kind == "couple" and not self.couples:
            kind = "contact"
        choices = {
            "contact": self.contacts,
            "company": self.companies,
            "person": self.persons,
            "couple": self.couples,
        }[kind]
        return AddressRef(type=kind, id=self.pick(choices))
