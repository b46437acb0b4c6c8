"""What a letter needs to know, put together from the addresses it concerns and from the settings."""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import pycountry

from addresses.aggregates import COMPANY, PERSON
from addresses.catalogue import LAYOUT
from addresses.domain import postal
from addresses.domain.address import Address
from addresses.domain.company import Company
from addresses.domain.contact import Contact, Names
from addresses.domain.couple import Couple
from addresses.domain.facts import Facts
from addresses.domain.letters import SHIPPED_LINES, Addressee, Human, Place, letter_language
from addresses.domain.lists import AddressSettings
from addresses.domain.person import Person
from addresses.domain.postal import PostalAddress
from dossier.commands import load
from dossier.contracts.common import AddressType
from dossier.http.listing import all_as_standing
from dossier.ids import stream_id
from dossier.store import CommitStore


@dataclass(frozen=True)
class LetterDesk:
    """Puts letters together for a caller on a day. `region` is the own country, which no letter names."""

    store: CommitStore
    settings: AddressSettings
    today: date
    region: str
    with_private: bool

    async def addressee(self, state: Address) -> Addressee:
        """Whom a letter to the address is for."""
        facts = state.facts
        language = self._language(facts)
        to = Addressee(
            type="company",
            language=language,
            supplement=facts.supplement or "",
            attention_of=facts.attention_of or "",
            form_of_address=facts.form_of_address or "",
            salutation=facts.salutation or "",
            place=self._place(state, language),
        )
        match state:
            case Person():
                return replace(to, type="person", humans=(self._human(state, facts),))
            case Contact():
                return await self._contact(replace(to, type="contact"), state)
            case Couple():
                return await self._couple(replace(to, type="couple"), state)
            case Company():
                return replace(to, company=state.name)
            case _:
                return to

    async def _contact(self, to: Addressee, contact: Contact) -> Addressee:
        """With a linked person name, gender and salutation are that person's.

        The place is the contact's own or the company's, never the person's private one (POS-03).
        """
        company = (await load(self.store, COMPANY, stream_id("company", contact.company))).state
        person = None if contact.person is None else await self._person(contact.person)
        told = contact.facts if person is None else person.facts
        human = self._human(contact.names if person is None else person, told)
        language = self._language(contact.facts, told, company.facts)
        return replace(
            to,
            language=language,
            humans=(human,) if human.name else (),
            company=company.name,
            function=contact.function,
            department=contact.department,
            supplement=contact.names.supplement,
            form_of_address=told.form_of_address or "",
            salutation=told.salutation or "",
            place=self._place(contact if self._usable(contact) else company, language),
        )

    async def _couple(self, to: Addressee, couple: Couple) -> Addressee:
        """Where the couple itself says nothing of a language, its persons do if both are linked and of one language."""
        halves = [(half, await self._person(half.person) if half.person else None) for half in (couple.a, couple.b)]
        told = [Facts() if person is None else person.facts for _, person in halves]
        agreed = told if len({each.correspondence_language for each in told}) == 1 else []
        language = self._language(couple.facts, *agreed)
        humans = [
            self._human(person, person.facts) if person else Human(half.last_name, half.first_name)
            for half, person in halves
        ]
        return replace(to, language=language, humans=tuple(humans), place=self._place(couple, language))

    async def _person(self, id: str) -> Person:
        return (await load(self.store, PERSON, stream_id("person", id))).state

    def _language(self, *facts: Facts) -> str:
        spoken = [each.correspondence_language for each in facts]
        return letter_language([*spoken, self.settings.default_language])

    def _human(self, names: Person | Names, facts: Facts) -> Human:
        """Somebody whose gender nobody told has the default one (GEN-01)."""
        gender = facts.gender or self.settings.default_gender
        return Human(names.last_name, names.first_name, gender, facts.title or "")

    def _usable(self, state: Address) -> Sequence[PostalAddress]:
        """Where letters can go, the default first. A private postal address is for callers who may see it."""
        addresses = state.postal_addresses
        seen = addresses if self.with_private else postal.without_private(addresses)
        return sorted(filter(self._holds, seen), key=lambda each: not each.is_default)

    def _holds(self, address: PostalAddress) -> bool:
        first, last = address.valid_from, address.valid_to
        return (first is None or first <= self.today) and (last is None or self.today <= last)

    def _place(self, state: Address, language: str) -> Place:
        for found in self._usable(state):
            country = "" if found.country == self.region else _name_of(found.country, language)
            return Place(found.street, found.postal_code, found.city, country, found.supplement)
        return Place()


def _name_of(country: str, language: str) -> str:
    """The name in the letter's language and in capitals, as the post asks for; the code for one that is no more."""
    found: Any = pycountry.countries.get(alpha_2=country)
    if found is None:
        return country
    return _in(language).gettext(getattr(found, "common_name", found.name)).upper()


@cache
def _in(language: str) -> gettext.NullTranslations:
    """The names of countries; English needs no translation."""
    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language], fallback=language == "en")


async def template_of(store: CommitStore, type: AddressType, state: Address) -> tuple[str, str | None]:
    """The template of an address and the id of its layout: own lines, the chosen layout, the default (LAY-01, LAY-04).

    It is looked up for each letter, so that a change of a template reaches everybody (LAY-05).
    """
    if state.own_lines is not None:
        return state.own_lines, None
    layouts = dict(await all_as_standing(store, LAYOUT))
    if state.layout is not None and state.layout in layouts:
        return layouts[state.layout].lines, state.layout
    for id, layout in layouts.items():
        if layout.is_default and layout.address_type == type:
            return layout.lines, id
    return SHIPPED_LINES[type], None
