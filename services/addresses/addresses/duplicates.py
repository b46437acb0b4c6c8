"""Which addresses a given one may be a duplicate of, and why (DUP-01 to DUP-06, and beyond). It warns, never blocks.

Beyond the catalogue: DUP-08, the same mail address or telephone number over all types, and DUP-09, the same human once
as a person and once as a contact with typed names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from addresses.domain import likeness
from addresses.domain.channels import Channel
from addresses.views.likeness import Likeness
from addresses.views.likeness_folding import COMPARED_KINDS, name_key
from dossier.contracts.addresses import Half
from dossier.contracts.common import AddressType
from dossier.ids import derived_id, split_stream, stream_id
from dossier.mongo import Document

MOST_HITS = 20
Rule = Literal["DUP-04", "DUP-06", "DUP-08", "DUP-09"]
_WHY: Mapping[str, str] = {
    "DUP-04": "has a name like this",
    "DUP-06": "is of the same two persons",
    "DUP-08": "has the same mail address or telephone number",
    "DUP-09": "has the same name: it may be the same human",
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The address that is looked at: as it stands, or as it is being typed (then often without an id).

    `last_name` of a company is its name. `values` are normalised mail addresses and telephone numbers, by field.
    """

    type: AddressType
    id: str | None = None
    last_name: str = ""
    first_name: str = ""
    company: str | None = None
    person: str | None = None
    halves: tuple[Half, Half] | None = None
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    by_name: bool = True

    @property
    def naming(self) -> tuple[str, str]:
        """Last and first name."""
        return self.last_name, self.first_name

    @property
    def stream(self) -> str | None:
        """Its stream, if it exists."""
        return None if self.id is None else stream_id(self.type, self.id)


def pair_stream(one: str, other: str) -> str:
    """The stream of a pair of addresses, the same whichever of the two comes first."""
    return stream_id("no-duplicate", derived_id("no-duplicate", *sorted((one, other))))


@dataclass(frozen=True)
class Hit:
    """An address that may be the same: by which rule and because of which field of the subject."""

    stream: str
    rule: Rule
    field: str
    document: Document
    former: bool = False
    exact: bool = True
    swapped: bool = False

    @property
    def why(self) -> str:
        """In words, without the value."""
        if self.swapped:
            return "has these two names the other way round"
        return "had a name like this" if self.former else _WHY[self.rule]


Reasons = Sequence[Hit]
"""Everything that tells of one address, the likeliest first: never empty."""


class Duplicates:
    """Looks for duplicates in the view, which is a moment behind."""

    def __init__(self, view: Likeness) -> None:
        self.view = view

    async def of(self, subject: Subject, *, private: bool) -> list[Reasons]:
        """Addresses, the likeliest first, each with all reasons. `private`: whether the caller may see private data."""
        if not await self.view.switched_on():
            return []
        hits = [*await self._by_value(subject, private), *await self._by_name(subject)]
        found: dict[str, dict[tuple[str, ...], Hit]] = {}
        for hit in sorted(hits, key=lambda hit: (hit.former, not hit.exact, not hit.document["is_active"])):
            if hit.stream != subject.stream:
                found.setdefault(hit.stream, {}).setdefault((hit.rule, hit.field, hit.why), hit)
        kept = await self._not_dismissed(subject, list(found))
        return [list(found[stream].values()) for stream in kept[:MOST_HITS]]

    async def labels(self, documents: Sequence[Document]) -> dict[str, str]:
        """How these addresses are called, by stream."""
        wanted = {f"{kind}-{each[kind]}" for each in documents for kind in ("company", "person") if kind in each}
        wanted |= {half for each in documents for half in each.get("halves", ()) if half.startswith("person-")}
        others = await self.view.of(wanted)
        return {each["_id"]: _label(each, others) for each in documents}

    async def _by_name(self, subject: Subject) -> list[Hit]:
        last, first = subject.last_name, subject.first_name
        if not subject.by_name:
            return []
        if subject.type == "couple":
            return await self._couples(subject)
        if not last.strip() or (subject.type != "company" and not first.strip()):
            return []  # DUP-05
        if subject.type != "contact":
            hits = [_named(each, subject) for each in await self.view.named_like(subject.type, last, first)]
            return hits if subject.type == "company" else hits + await self._same_human(subject)
        family = set[str]() if subject.company is None else await self.view.family(subject.company)
        found = await self.view.contacts_like(family, last, first) if family else []
        return [_named(each, subject) for each in found] + await self._same_human(subject, family)

    async def _same_human(self, subject: Subject, family: Collection[str] = ()) -> list[Hit]:
        """Persons and contacts of the same whole name, or of its two parts the other way round.

        The other type counts everywhere (DUP-09), the own one as in DUP-04: contacts within the `family`.
        """
        own, other = subject.type, "contact" if subject.type == "person" else "person"
        human, swapped = likeness.human(*subject.naming), likeness.human(*subject.naming[::-1])
        if human is None or swapped is None:
            return []
        hits = [Hit(each["_id"], "DUP-09", "last_name", each) for each in await self.view.humans(other, human)]
        if swapped != human:
            hits += [_swapped(each, "DUP-09") for each in await self.view.humans(other, swapped)]
            alike = await self.view.humans(own, swapped)
            hits += [_swapped(each, "DUP-04") for each in alike if own == "person" or each["company"] in family]
        return hits

    async def _couples(self, subject: Subject) -> list[Hit]:
        if subject.halves is None or not all(map(_complete, subject.halves)):
            return []  # DUP-06
        a, b = [await self._alternatives(half) for half in subject.halves]
        return [
            Hit(document["_id"], "DUP-06", "a", document)
            for document in await self.view.couples(a)
            if _are(document["halves"], a, b)
        ]

    async def _alternatives(self, half: Half) -> set[str]:
        """How a couple may hold this half: as the person, or typed with exactly the person's name."""
        if half.person is None:
            last, first = half.last_name.strip(), half.first_name.strip()
            persons = await self.view.humans("person", likeness.human(last, first) or "")
            return {name_key(last, first), *(each["_id"] for each in persons if each["names"] == [last, first])}
        stream = f"person-{half.person}"
        person = (await self.view.of([stream])).get(stream)
        return {stream} if person is None else {stream, name_key(*person["names"])}

    async def _by_value(self, subject: Subject, private: bool) -> list[Hit]:
        if not subject.values:
            return []
        wanted = set(subject.values.values())
        found = [(each, "values") for each in await self.view.with_values(wanted, private=False)]
        if private:
            found += [(each, "private_values") for each in await self.view.with_values(wanted, private=True)]
        related = await self._related(subject, [document for document, _ in found])
        return [
            Hit(document["_id"], "DUP-08", name, document)
            for document, held in found
            if document["_id"] not in related
            for name, value in subject.values.items()
            if value in document.get(held, ())
        ]

    async def _related(self, subject: Subject, found: Iterable[Document]) -> set[str]:
        """Those that may share a channel without being the same: a company and its contacts, the halves of a couple."""
        own = _humans_of_subject(subject)
        partners = own | {
            half
            for couple in (await self.view.couples(own) if own else [])
            for half in couple["halves"]
            if half.startswith("person-")
        }
        return {each["_id"] for each in found if _humans(each) & partners or _of_company(each, subject)}

    async def _not_dismissed(self, subject: Subject, streams: list[str]) -> list[str]:
        if subject.stream is None or not streams:
            return streams
        pairs = {stream: pair_stream(subject.stream, stream) for stream in streams}
        dismissed = await self.view.of(pairs.values())
        return [stream for stream in streams if pairs[stream] not in dismissed]


def subject_of(stream: str, state: Any) -> Subject:
    """An address as it stands, by its names."""
    kind, identifier = split_stream(stream)
    match kind:
        case "company":
            return Subject(type="company", id=identifier, last_name=state.name)
        case "person":
            return Subject(type="person", id=identifier, last_name=state.last_name, first_name=state.first_name)
        case "couple":
            return Subject(type="couple", id=identifier, halves=(state.a, state.b))
        case _:
            last, first, of = state.names.last_name, state.names.first_name, {"company": state.company}
            return Subject(type="contact", id=identifier, last_name=last, first_name=first, person=state.person, **of)


def with_values(subject: Subject, channels: Iterable[Channel]) -> Subject:
    """The subject with the values of these channels, as far as they are of a compared kind."""
    values = {
        f"channels.{index}.value": channel.normalised
        for index, channel in enumerate(channels)
        if channel.kind in COMPARED_KINDS
    }
    return replace(subject, values=values)


def without_names(subject: Subject) -> Subject:
    """The subject, when only its channels are to be looked at."""
    return replace(subject, by_name=False)


def _named(document: Document, subject: Subject) -> Hit:
    field = "name" if subject.type == "company" else "last_name"
    last, first = document["names"]
    # A linked contact has none of its own: a person's name was found to be like this.
    former = bool(last or first) and not (_in(subject.last_name, last) and _in(subject.first_name, first))
    exact = likeness.same(last, subject.last_name) and likeness.same(first, subject.first_name)
    return Hit(document["_id"], "DUP-04", field, document, former, exact)


def _swapped(document: Document, rule: Rule) -> Hit:
    return Hit(document["_id"], rule, "last_name", document, exact=False, swapped=True)


def _label(document: Document, others: Mapping[str, Document]) -> str:
    if document["kind"] == "couple":
        halves = (others.get(half, {"names": half.split("\n")[:2]}) for half in document["halves"])
        return ", ".join(_name(half) for half in halves)
    own = _name(others.get(f"person-{document.get('person')}", document)) or document.get("supplement", "")
    company = others.get(f"company-{document.get('company')}")
    return own if company is None else f"{_name(company)}, {own}"


def _name(document: Document) -> str:
    return " ".join(name for name in document["names"] if name)


def _in(typed: str, name: str) -> bool:
    return not typed.strip() or likeness.contains([name], typed)


def _complete(half: Half) -> bool:
    return half.person is not None or bool(half.last_name.strip() and half.first_name.strip())


def _are(halves: list[str], a: set[str], b: set[str]) -> bool:
    one, other = halves
    return (one in a and other in b) or (one in b and other in a)


def _humans_of_subject(subject: Subject) -> set[str]:
    halves = subject.halves or ()
    persons = [subject.person, subject.id if subject.type == "person" else None, *(half.person for half in halves)]
    return {f"person-{person}" for person in persons if person is not None}


def _humans(document: Document) -> set[str]:
    """The persons behind an address."""
    persons = {f"person-{document['person']}"} if "person" in document else set[str]()
    persons |= {half for half in document.get("halves", ()) if half.startswith("person-")}
    return persons | ({document["_id"]} if document["kind"] == "person" else set())


def _of_company(document: Document, subject: Subject) -> bool:
    """Whether one is a contact of the other."""
    if subject.type == "company":
        return subject.id is not None and document.get("company") == subject.id
    return document["_id"] == f"company-{subject.company}"
