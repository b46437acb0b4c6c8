"""What a letter needs to know, put together from the addresses it concerns and from the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from addresses.catalogue import BY_TYPE, LAYOUT, SETTINGS, SETTINGS_ID
from addresses.domain.letters import SHIPPED_LINES, Addressee, Human, Place, letter_language
from addresses.domain.lists import AddressSettings
from dossier.commands import load
from dossier.contracts.addresses import (
    AccountManagerSet,
    AddressFactsChanged,
    AliasGivenUp,
    AliasSet,
    DefaultPostalAddressSet,
    LayoutChosen,
    PostalAddressAdded,
    PostalAddressChanged,
    PostalAddressRemoved,
    PostalKind,
)
from dossier.contracts.base import Event
from dossier.contracts.common import AddressType
from dossier.contracts.rules import NotFound
from dossier.http.listing import all_as_standing
from dossier.ids import stream_id
from dossier.store import CommitStore


@dataclass(frozen=True, kw_only=True)
class Postal:
    """An own postal address, as far as letters go. The dates are inclusive."""

    kind: PostalKind
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str
    supplement: str = ""
    is_default: bool = False
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, today: date) -> bool:
        """Whether letters go there on that day."""
        return (self.valid_from is None or self.valid_from <= today) and (
            self.valid_to is None or today <= self.valid_to
        )


@dataclass(frozen=True)
class Known:
    """What is known of one address."""

    state: Any
    facts: Mapping[str, Any]
    postal: Mapping[str, Postal]

    def fact(self, name: str) -> str:
        """The fact; empty if it is not known."""
        return self.facts.get(name) or ""


@dataclass(frozen=True)
class LetterDesk:
    """Puts letters together for a caller on a day. `region` is the own country, which no letter names."""

    store: CommitStore
    settings: AddressSettings
    today: date
    region: str
    with_private: bool

    async def known(self, type: AddressType, id: str) -> Known:
        """What is known of the address. Raises NotFound."""
        aggregate = BY_TYPE[type]
        events = (await self.store.history(stream_id(type, id))).events
        if not events:
            raise NotFound(id)
        state, facts, postal = aggregate.initial(), dict[str, Any](), dict[str, Postal]()
        for recorded in events:
            event = recorded.event()
            match event:
                case AddressFactsChanged():
                    facts |= {name: getattr(event, name) for name in event.model_fields_set}
                case PostalAddressAdded() | PostalAddressChanged() | PostalAddressRemoved() | DefaultPostalAddressSet():
                    postal = _with_postal(postal, event)
                case AccountManagerSet() | AliasSet() | AliasGivenUp():
                    pass
                case _:
                    state = aggregate.evolve(state, event)
        return Known(state, facts, postal)

    async def addressee(self, type: AddressType, id: str, own: Known) -> Addressee:
        """Whom a letter to the address is for."""
        to = Addressee(
            type=type,
            supplement=own.fact("supplement"),
            attention_of=own.fact("attention_of"),
            form_of_address=own.fact("form_of_address"),
            salutation=own.fact("salutation"),
            language=self._language(own),
        )
        match type:
            case "company":
                return replace(to, company=own.state.name, place=self._place(own))
            case "person":
                return replace(to, humans=(self._human(own.state, own),), place=self._place(own))
            case "contact":
                return await self._contact(to, own)
            case "couple":
                raise NotFound(id)

    async def _contact(self, to: Addressee, own: Known) -> Addressee:
        """With a linked person name, gender and salutation are that person's.

        The place is the contact's own or the company's, never the person's private one (POS-03).
        """
        company = await self.known("company", own.state.company)
        person = None if own.state.person is None else await self.known("person", own.state.person)
        told = person or own
        human = self._human(own.state.names if person is None else person.state, told)
        return replace(
            to,
            language=self._language(own, told, company),
            humans=(human,) if human.name else (),
            company=company.state.name,
            function=own.state.function,
            department=own.state.department,
            supplement=own.state.names.supplement,
            form_of_address=told.fact("form_of_address"),
            salutation=told.fact("salutation"),
            place=self._place(own) if self._usable(own) else self._place(company),
        )

    def _language(self, *known: Known) -> str:
        spoken = [each.facts.get("correspondence_language") for each in known]
        return letter_language([*spoken, self.settings.default_language])

    def _human(self, names: Any, told: Known) -> Human:
        """Somebody whose gender nobody told has the default one (GEN-01)."""
        gender = told.facts.get("gender") or self.settings.default_gender
        return Human(names.last_name, names.first_name, gender, told.fact("title"))

    def _usable(self, known: Known) -> Sequence[Postal]:
        """Where letters can go, the default first. A private postal address is for callers who may see it."""
        found = [
            each
            for each in known.postal.values()
            if each.holds_on(self.today) and (self.with_private or each.kind != "private")
        ]
        return sorted(found, key=lambda each: not each.is_default)

    def _place(self, known: Known) -> Place:
        for postal in self._usable(known):
            country = "" if postal.country == self.region else postal.country
            return Place(postal.street, postal.postal_code, postal.city, country, postal.supplement)
        return Place()


async def settings_of(store: CommitStore) -> AddressSettings:
    """How the address book works at this moment."""
    return (await load(store, SETTINGS, stream_id("address-settings", SETTINGS_ID))).state


async def template_of(store: CommitStore, type: AddressType, chosen: LayoutChosen) -> tuple[str, str | None]:
    """The template of an address and the id of its layout: own lines, the chosen layout, the default (LAY-01, LAY-04).

    It is looked up for each letter, so that a change of a template reaches everybody (LAY-05).
    """
    if chosen.own_lines is not None:
        return chosen.own_lines, None
    layouts = dict(await all_as_standing(store, LAYOUT))
    if chosen.layout is not None and chosen.layout in layouts:
        return layouts[chosen.layout].lines, chosen.layout
    for id, layout in layouts.items():
        if layout.is_default and layout.address_type == type:
            return layout.lines, id
    return SHIPPED_LINES[type], None


def _with_postal(postal: Mapping[str, Postal], event: Event) -> dict[str, Postal]:
    match event:
        case PostalAddressAdded():
            added = Postal(**event.model_dump(exclude={"postal_id", "label", "is_default"}))
            return _default({**postal, event.postal_id: added}, event.postal_id if event.is_default else None)
        case PostalAddressChanged():
            changed = event.model_dump(exclude={"postal_id", "label"})
            return {**postal, event.postal_id: replace(postal[event.postal_id], **changed)}
        case PostalAddressRemoved():
            rest = {id: each for id, each in postal.items() if id != event.postal_id}
            return _default(rest, event.new_default)
        case DefaultPostalAddressSet():
            return _default(postal, event.postal_id)
        case _:
            return dict(postal)


def _default(postal: Mapping[str, Postal], default: str | None) -> dict[str, Postal]:
    if default is None:
        return dict(postal)
    return {id: replace(each, is_default=id == default) for id, each in postal.items()}
