"""Random address books: valid event streams of all four types, their channels, links, keywords and settings.

A world is made from steps that hypothesis can shrink. Texts come with the folded words that search has to find them by,
written down by hand, so that nothing here folds anything.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from dossier.clock import rfc3339
from dossier.contracts import Event, RecordedEvent
from dossier.contracts import addresses as adr
from dossier.contracts.common import AddressRef
from oracle.recording import recorded

T = TypeVar("T")
Step = tuple[str, int, int, int]
"""What happens, and three numbers that choose whom and what it happens to."""

COMPANIES = ("Müller AG", "Mueller & Söhne", "Acme", "Zürich Kaffee")
LAST_NAMES = ("Müller", "MUELLER", "Éclair", "Strauß", "Ångström")
FIRST_NAMES = ("", "Eva", "Jürg", "Anna Léa")
SUPPLEMENTS = ("", "Buchhaltung", "Empfang")
CITIES = ("", "Zürich", "Genève", "St. Gallen")
MAILS = ("eva@acme.example", "office@mueller.example")
NUMBERS = (("044 668 18 00", "+41446681800"), ("+41 79 123 45 67", "+41791234567"))
ALIASES = ("Der Müller", "Lieblingskunde")
WORDS = {
    "Müller AG": {"muller", "ag"},
    "Mueller & Söhne": {"muller", "sohne"},
    "Acme": {"acme"},
    "Zürich Kaffee": {"zurich", "kaffee"},
    "Müller": {"muller"},
    "MUELLER": {"muller"},
    "Éclair": {"eclair"},
    "Strauß": {"strauss"},
    "Ångström": {"angstrom"},
    "Eva": {"eva"},
    "Jürg": {"jurg"},
    "Anna Léa": {"anna", "lea"},
    "Buchhaltung": {"buchhaltung"},
    "Empfang": {"empfang"},
    "Zürich": {"zurich"},
    "Genève": {"geneve"},
    "St. Gallen": {"st", "gallen"},
    "eva@acme.example": {"eva", "acme", "example"},
    "office@mueller.example": {"office", "muller", "example"},
    "Der Müller": {"der", "muller"},
    "Lieblingskunde": {"lieblingskunde"},
    "": set[str](),
}
QUERIES = {
    "m": "m",
    "mü": "mu",
    "mue": "mu",
    "Mul": "mul",
    "MÜLLER a": "muller a",
    "ÉC": "ec",
    "Strauß e": "strauss e",
    "strauss": "strauss",
    "zü kaf": "zu kaf",
    "léa anna": "lea anna",
    "gen": "gen",
    "St. Gal": "st gal",
    "der": "der",
    "acme.exa": "acme exa",
    "eva@ac": "eva ac",
    "buch": "buch",
    "å": "a",
    "nobody": "nobody",
}
"""What is typed, and the folded words that it means."""
BEGINNING = datetime(2024, 1, 8, 8, tzinfo=UTC)
FIRST_DAY = date(2024, 1, 1)


class Book:
    """A world under way. `events` holds all of it, in the order it was recorded."""

    def __init__(self, steps: Iterable[Step], number: int = 0) -> None:
        self._ids = number << 64
        self.events: list[RecordedEvent] = []
        self.now = BEGINNING
        self.versions: dict[str, int] = defaultdict(int)
        self.companies: list[str] = []
        self.persons: list[str] = []
        self.contacts: dict[str, str | None] = {}
        self.couples: dict[str, dict[adr.Side, str | None]] = {}
        self.parts: dict[str, dict[str, str]] = defaultdict(dict)
        self.settings = self.new_id()
        self.flag = False
        for _ in range(2):
            self.company(0, 0, 0)
            self.person(0, 0, 0)
        self.contact(0, 0, 0)
        for action, one, two, three in steps:
            ACTIONS[action](self, one, two, three)

    @property
    def addresses(self) -> list[str]:
        """All streams of addresses."""
        kinds = {"company": self.companies, "person": self.persons, "contact": self.contacts, "couple": self.couples}
        return [f"{kind}-{identifier}" for kind, held in kinds.items() for identifier in held]

    def new_id(self) -> str:
        self._ids += 1
        return str(uuid.UUID(int=self._ids))

    def record(self, stream: str, *events: Event) -> None:
        for event in events:
            self.now += timedelta(seconds=7)
            self.versions[stream] += 1
            self.events.append(recorded(stream, self.versions[stream], event, rfc3339(self.now)))

    def company(self, one: int, two: int, three: int) -> None:
        identifier = self.new_id()
        parent = pick(self.companies, two) if self.companies and three % 2 else None
        self.companies.append(identifier)
        self.record(f"company-{identifier}", adr.CompanyRegistered(name=pick(COMPANIES, one), parent=parent))

    def company_renamed(self, one: int, two: int, three: int) -> None:
        self.record(f"company-{pick(self.companies, one)}", adr.CompanyRenamed(name=pick(COMPANIES, two)))

    def person(self, one: int, two: int, three: int) -> None:
        identifier = self.new_id()
        self.persons.append(identifier)
        self.record(f"person-{identifier}", adr.PersonRegistered(**names(one, two)))

    def person_renamed(self, one: int, two: int, three: int) -> None:
        self.record(f"person-{pick(self.persons, one)}", adr.PersonRenamed(**names(two, three)))

    def contact(self, one: int, two: int, three: int) -> None:
        identifier, person = self.new_id(), pick(self.persons, two) if three % 2 else None
        self.contacts[identifier] = person
        typed = {} if person else names(two, three)
        event = adr.ContactRegistered(
            company=pick(self.companies, one),
            person=person,
            supplement=pick(SUPPLEMENTS, three),
            valid_to=day(two) if three == 6 else None,
            **typed,
        )
        self.record(f"contact-{identifier}", event)

    def contact_renamed(self, one: int, two: int, three: int) -> None:
        identifier = pick(self.contacts, one)
        typed = {} if self.contacts[identifier] else names(two, three)
        supplement = pick(SUPPLEMENTS, two + three)
        self.record(f"contact-{identifier}", adr.ContactRenamed(supplement=supplement, **typed))

    def contact_nameless(self, one: int, two: int, three: int) -> None:
        identifier = pick(self.contacts, one)
        self.record(f"contact-{identifier}", adr.ContactRenamed(supplement=pick(SUPPLEMENTS[1:], two)))

    def person_link(self, one: int, two: int, three: int) -> None:
        identifier, person = pick(self.contacts, one), pick(self.persons, two)
        held = self.contacts[identifier]
        event: Event
        if held is None:
            event, self.contacts[identifier] = adr.PersonLinked(person=person), person
        elif three % 2:
            event = adr.PersonUnlinked(person=held, unlinked_on=day(three), **names(two, three))
            self.contacts[identifier] = None
        else:
            event, self.contacts[identifier] = adr.PersonLinkCorrected(person=person), person
        self.record(f"contact-{identifier}", event)

    def affiliation(self, one: int, two: int, three: int) -> None:
        events: list[Event] = [
            adr.AffiliationCorrected(company=pick(self.companies, two)),
            adr.AffiliationEnded(valid_to=day(two)),
            adr.AffiliationDatesCorrected(valid_from=None, valid_to=None),
        ]
        self.record(f"contact-{pick(self.contacts, one)}", pick(events, three))

    def couple(self, one: int, two: int, three: int) -> None:
        identifier = self.new_id()
        person = pick(self.persons, one) if three % 2 else None
        self.couples[identifier] = {"a": person, "b": None}
        a = adr.Half(person=person) if person else adr.Half(**names(one, two))
        self.record(f"couple-{identifier}", adr.CoupleRegistered(a=a, b=adr.Half(**names(two, three))))

    def couple_half(self, one: int, two: int, three: int) -> None:
        if not self.couples:
            return
        identifier = pick(self.couples, one)
        side: adr.Side = "b" if two % 2 else "a"
        held, person = self.couples[identifier][side], pick(self.persons, three)
        event: Event
        if held is None and two % 3:
            event, now = adr.CouplePersonLinked(side=side, person=person), person
        elif held is None:
            event, now = adr.CoupleHalfRenamed(side=side, **names(two, three)), None
        elif three % 2:
            event, now = adr.CouplePersonUnlinked(side=side, person=held, unlinked_on=day(2), **names(two, 1)), None
        else:
            event, now = adr.CoupleHalfCorrected(side=side, half=adr.Half(person=person)), person
        self.couples[identifier][side] = now
        self.record(f"couple-{identifier}", event)

    def separated(self, one: int, two: int, three: int) -> None:
        if self.couples:
            self.record(f"couple-{pick(self.couples, one)}", adr.CoupleSeparated(valid_to=day(two)))

    def alias(self, one: int, two: int, three: int) -> None:
        event = adr.AliasGivenUp() if three % 3 == 0 else adr.AliasSet(alias=pick(ALIASES, two))
        self.record(pick(self.addresses, one), event)

    def channel(self, one: int, two: int, three: int) -> None:
        stream, identifier = pick(self.addresses, one), self.new_id()
        kind = ("E", "T", "X")[two % 3]
        value, normalised = (pick(MAILS, three),) * 2 if kind == "E" else pick(NUMBERS, three)
        self.parts[stream][identifier] = kind
        event = adr.ChannelAdded(
            channel_id=identifier,
            kind=kind,
            value=value,
            normalised=normalised,
            is_default=list(self.parts[stream].values()).count(kind) == 1 or three == 7,
            private=stream.startswith("person-") and two > 3,
            valid_to=day(three) if two == 7 else None,
        )
        self.record(stream, event)

    def channel_changed(self, one: int, two: int, three: int) -> None:
        held = [(stream, channel) for stream, channels in self.parts.items() for channel in channels]
        if not held:
            return
        stream, channel = pick(held, one)
        value, normalised = (pick(MAILS, two),) * 2 if self.parts[stream][channel] == "E" else pick(NUMBERS, two)
        events: list[Event] = [
            adr.ChannelChanged(channel_id=channel, label="", value=value, normalised=normalised),
            adr.DefaultChannelSet(channel_id=channel),
            adr.ChannelContactForbidden(channel_id=channel),
            adr.ChannelContactAllowed(channel_id=channel),
            adr.ChannelBounced(channel_id=channel, bounce="hard", at=BEGINNING),
            adr.ChannelReached(channel_id=channel),
        ]
        self.record(stream, pick(events, three))

    def channel_removed(self, one: int, two: int, three: int) -> None:
        stream = pick(self.addresses, one)
        if not self.parts[stream]:
            return
        channel = pick(self.parts[stream], two)
        kind = self.parts[stream].pop(channel)
        heirs = [other for other, of in self.parts[stream].items() if of == kind]
        heir = heirs[0] if heirs and three % 2 else None
        self.record(stream, adr.ChannelRemoved(channel_id=channel, new_default=heir))

    def postal(self, one: int, two: int, three: int) -> None:
        stream = pick(self.addresses, one)
        private = stream.startswith("person-") and three > 4
        event = adr.PostalAddressAdded(
            postal_id=self.new_id(),
            kind="private" if private else "visit",
            city=pick(CITIES, two),
            country="CH",
            is_default=three % 2 == 0,
            valid_to=day(two) if three == 3 else None,
        )
        self.record(stream, event)

    def city_setting(self, one: int, two: int, three: int) -> None:
        event = adr.AddressSettingsChanged(alias_with_city=one % 2 == 0) if two % 3 else adr.AddressSettingsChanged()
        self.record(f"address-settings-{self.settings}", event)

    def state(self, one: int, two: int, three: int) -> None:
        events: list[Event] = [adr.AddressDeactivated(), adr.AddressReactivated(), adr.AccountManagerSet(user=None)]
        self.record(pick(self.addresses, one), pick(events, two))

    def deleted(self, one: int, two: int, three: int) -> None:
        """The newest, so that nothing refers to it."""
        if len(self.couples) > 1:
            identifier = list(self.couples)[-1]
            del self.couples[identifier]
            self.parts.pop(f"couple-{identifier}", None)
            self.record(f"couple-{identifier}", adr.AddressDeleted())

    def link(self, one: int, two: int, three: int) -> None:
        ends = [pick(self.addresses, number) for number in (one, two)]
        one_end, other_end = (AddressRef(type=end[:-37], id=end[-36:]) for end in ends)  # type: ignore[arg-type]
        event = adr.AddressesLinked(link_type=self.settings, one=one_end, other=other_end)
        self.record(f"link-{self.new_id()}", event)


def pick(choices: Any, number: int) -> Any:
    held = list(choices)
    return held[number % len(held)]


def names(one: int, two: int) -> dict[str, str]:
    return {"last_name": pick(LAST_NAMES, one), "first_name": pick(FIRST_NAMES, two)}


def day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


ACTIONS: dict[str, Callable[[Book, int, int, int], None]] = {
    name: getattr(Book, name)
    for name in (
        *("company", "company_renamed", "person", "person_renamed", "contact", "contact_renamed", "contact_nameless"),
        *("person_link", "affiliation", "couple", "couple_half", "separated", "alias", "channel", "channel_changed"),
        *("channel_removed", "postal", "city_setting", "state", "deleted", "link"),
    )
}
