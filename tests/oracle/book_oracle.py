"""The oracle of the address book: what every address is called, found by and reached by, from raw events.

It shares no code with the projection and thinks in another way: it keeps each address as it stands, with a pointer to
each default instead of marks, and asks everything anew for every question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dossier.contracts import RecordedEvent
from dossier.contracts import addresses as adr
from oracle.book_worlds import WORDS

BUILT_IN = "TMFEHL"


@dataclass
class Human:
    """A typed name, or a linked person."""

    last: str = ""
    first: str = ""
    person: str | None = None

    @property
    def typed(self) -> str:
        return f"{self.last} {self.first}".strip()


@dataclass
class Channel:
    kind: str
    value: str
    private: bool
    valid_to: str | None
    forbidden: bool = False
    bounced: bool = False


@dataclass
class Entry:
    """An address as it stands."""

    humans: list[Human] = field(default_factory=list)
    name: str = ""
    supplement: str = ""
    company: str | None = None
    alias: str | None = None
    named_before: set[str] = field(default_factory=set)
    active: bool = True
    deleted: bool = False
    valid_to: str | None = None
    channels: dict[str, Channel] = field(default_factory=dict)
    default: dict[str, str | None] = field(default_factory=dict)
    postal: dict[str, tuple[str, bool, str | None]] = field(default_factory=dict)
    default_postal: str | None = None


class BookOracle:
    """Feed it all events of a world, then ask."""

    def __init__(self, events: Iterable[RecordedEvent]) -> None:
        self.entries: dict[str, Entry] = {}
        self.with_city = False
        for recorded in events:
            event: Any = recorded.event()
            if isinstance(event, adr.AddressSettingsChanged):
                if event.alias_with_city is not None:
                    self.with_city = event.alias_with_city
            elif not recorded.subject.startswith("link-"):
                entry = self.entries.setdefault(recorded.subject, Entry())
                before = set(self._own_names(entry))
                self._play(entry, event)
                entry.named_before |= before

    def alias(self, stream: str) -> str:
        """What the address is called."""
        return self.entries[stream].alias or self.computed(stream)

    def computed(self, stream: str) -> str:
        """What it would be called if nobody had typed an alias (domain.md 1.5)."""
        entry = self.entries[stream]
        if stream.startswith("company-"):
            city = self.city(stream) if self.with_city else ""
            return f"{entry.name}, {city}" if city else entry.name
        if stream.startswith("contact-"):
            return f"{self.alias(f'company-{entry.company}')}, {self._human(entry.humans[0]) or entry.supplement}"
        if stream.startswith("couple-"):
            halves = (self.alias(f"person-{h.person}") if h.person else h.typed for h in entry.humans)
            return ", ".join(halves)
        return entry.humans[0].typed

    def city(self, stream: str) -> str:
        """The city it is listed under: private postal addresses never give one."""
        entry = self.entries[stream]
        open_to_all = {name: city for name, (city, private, _) in entry.postal.items() if not private}
        if entry.default_postal in open_to_all:
            return open_to_all[entry.default_postal]
        if open_to_all:
            return next(iter(open_to_all.values()))
        return ""

    def effective(self, stream: str, today: str, *, private: bool, asked: bool) -> list[tuple[str, str, bool]]:
        """Channels as (where it lives, id, whether it is the default)."""
        found: list[tuple[str, str, bool]] = []
        settled: set[str] = set()
        for place in self._places(stream):
            seen = private if place == stream else private and asked
            here = {i: c for i, c in self.entries[place].channels.items() if seen or not c.private}
            chosen: dict[str, str] = {}
            for kind in BUILT_IN:
                able = [i for i, c in here.items() if c.kind == kind and _able(c, today)]
                marked = self.entries[place].default.get(kind)
                if able and kind not in settled:
                    chosen[kind] = marked if marked in able else able[0]
            settled |= chosen.keys()
            found += [(place, i, chosen.get(c.kind) == i) for i, c in here.items()]
        return found

    def postal(self, stream: str, today: str, *, private: bool) -> tuple[str, str] | None:
        """Where the postal address in use lives, and its id."""
        company = f"company-{self.entries[stream].company}"
        for place in (stream, company) if stream.startswith("contact-") else (stream,):
            entry = self.entries[place]
            able = [
                name
                for name, (_, hidden, last) in entry.postal.items()
                if (not hidden or (private and place == stream)) and (last is None or today <= last)
            ]
            if able:
                return place, entry.default_postal if entry.default_postal in able else able[0]
        return None

    def found(self, query: str, today: str, *, inactive: bool) -> set[str]:
        """The addresses that search finds for a query whose folded words are given."""
        wanted = query.split()
        return {
            stream
            for stream in self.entries
            if self._listed(stream, today, inactive=inactive)
            and all(any(word.startswith(each) for word in self._words(stream)) for each in wanted)
        }

    def _listed(self, stream: str, today: str, *, inactive: bool) -> bool:
        entry = self.entries[stream]
        over = not entry.active or (entry.valid_to is not None and entry.valid_to < today)
        return not entry.deleted and (inactive or not over)

    def _words(self, stream: str) -> set[str]:
        texts = set(self._texts(stream))
        return {word for text in texts for part in _known(text) for word in WORDS[part]}

    def _texts(self, stream: str) -> Iterator[str]:
        """Everything an address is found by, of those who may not see private data."""
        entry = self.entries[stream]
        yield from (self.alias(stream), self.computed(stream))
        yield from self._own_names(entry)
        yield from entry.named_before
        yield from (self.entries[f"person-{h.person}"].humans[0].typed for h in entry.humans if h.person)
        yield from (city for city, private, _ in entry.postal.values() if not private)
        if entry.company:
            yield self.entries[f"company-{entry.company}"].name
        if stream.startswith("contact-") and not self.city(stream):
            yield self.city(f"company-{entry.company}")
        yield from (c.value for c in entry.channels.values() if c.kind == "E" and not c.private)

    def _own_names(self, entry: Entry) -> list[str]:
        return [entry.name, entry.supplement, *(human.typed for human in entry.humans)]

    def _human(self, human: Human) -> str:
        return self.entries[f"person-{human.person}"].humans[0].typed if human.person else human.typed

    def _places(self, stream: str) -> list[str]:
        entry = self.entries[stream]
        above = [f"company-{entry.company}"] if entry.company else []
        persons = {f"person-{human.person}" for human in entry.humans if human.person}
        return [stream, *above, *sorted(persons)]

    def _play(self, entry: Entry, event: Any) -> None:
        match event:
            case adr.CompanyRegistered() | adr.CompanyRenamed():
                entry.name = event.name
            case adr.PersonRegistered() | adr.PersonRenamed():
                entry.humans = [Human(event.last_name, event.first_name)]
            case adr.ContactRegistered():
                entry.company, entry.supplement = event.company, event.supplement
                entry.humans = [Human(event.last_name, event.first_name, event.person)]
                entry.valid_to = _text(event.valid_to)
            case adr.ContactRenamed():
                entry.humans = [Human(event.last_name, event.first_name, entry.humans[0].person)]
                entry.supplement = event.supplement
            case adr.PersonLinked():
                entry.humans = [Human(person=event.person)]
            case adr.PersonUnlinked():
                entry.humans = [Human(event.last_name, event.first_name)]
            case adr.PersonLinkCorrected():
                entry.humans = [Human(event.last_name, event.first_name, event.person)]
            case adr.AffiliationCorrected():
                entry.company = event.company
            case adr.AffiliationEnded() | adr.CoupleSeparated() | adr.AffiliationDatesCorrected():
                entry.valid_to = _text(event.valid_to)
            case adr.CoupleRegistered():
                entry.humans = [Human(h.last_name, h.first_name, h.person) for h in (event.a, event.b)]
            case adr.CoupleHalfRenamed() | adr.CouplePersonUnlinked():
                entry.humans["ab".index(event.side)] = Human(event.last_name, event.first_name)
            case adr.CouplePersonLinked():
                entry.humans["ab".index(event.side)] = Human(person=event.person)
            case adr.CoupleHalfCorrected():
                half = event.half
                entry.humans["ab".index(event.side)] = Human(half.last_name, half.first_name, half.person)
            case adr.AliasSet():
                entry.alias = event.alias
            case adr.AliasGivenUp():
                entry.alias = None
            case adr.AddressDeactivated() | adr.AddressReactivated():
                entry.active = isinstance(event, adr.AddressReactivated)
            case adr.AddressDeleted():
                entry.deleted = True
            case adr.PostalAddressAdded():
                entry.postal[event.postal_id] = (event.city, event.kind == "private", _text(event.valid_to))
                if event.is_default:
                    entry.default_postal = event.postal_id
            case _:
                self._play_channel(entry, event)

    def _play_channel(self, entry: Entry, event: Any) -> None:
        channel = entry.channels.get(getattr(event, "channel_id", ""))
        match event:
            case adr.ChannelAdded():
                new = Channel(event.kind, event.value, event.private, _text(event.valid_to))
                entry.channels[event.channel_id] = new
                if event.is_default:
                    entry.default[event.kind] = event.channel_id
            case adr.ChannelRemoved():
                gone = entry.channels.pop(event.channel_id)
                if event.new_default:
                    entry.default[gone.kind] = event.new_default
            case adr.ChannelChanged() if channel:
                channel.value, channel.valid_to = event.value, _text(event.valid_to)
            case adr.DefaultChannelSet() if channel:
                entry.default[channel.kind] = event.channel_id
            case adr.ChannelContactForbidden() | adr.ChannelContactAllowed() if channel:
                channel.forbidden = isinstance(event, adr.ChannelContactForbidden)
            case adr.ChannelBounced() | adr.ChannelReached() if channel:
                channel.bounced = isinstance(event, adr.ChannelBounced)
            case _:
                pass


def _able(channel: Channel, today: str) -> bool:
    return not channel.forbidden and not channel.bounced and (channel.valid_to is None or today <= channel.valid_to)


def _known(text: str) -> Iterator[str]:
    """The texts of the world that a text is made of."""
    return (part for part in WORDS if part and part in text)


def _text(day: Any) -> str | None:
    return None if day is None else day.isoformat()
