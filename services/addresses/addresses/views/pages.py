"""The page of an address, joined when it is read: two rounds of queries side by side, whatever is on the page."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from addresses.domain.book.effective import Source, effective_channels, effective_postal, is_valid
from addresses.domain.book.own_sides import kind_of
from addresses.views.book import COMPANY, TERMS, AddressBook
from addresses.views.search import ROW, holding, row
from dossier.contracts.rules import Gone, NotFound
from dossier.mongo import ASCENDING, Cursor, Document

RELATED = 200
"""Of everything that is not paged so many are shown; `more` says that there are others."""


@dataclass(frozen=True)
class Reader:
    """Who reads, and when. `private`: may see private data; `asked`: wants that of linked persons too (COM-10)."""

    today: str
    user: str | None = None
    private: bool = False
    asked: bool = False


class Pages:
    """Pages of one reader from one generation of the book."""

    def __init__(self, book: AddressBook, reader: Reader) -> None:
        self._book = book
        self._lines = book.lines
        self._own = book.documents
        self._reader = reader

    async def page(self, stream: str) -> Document:
        """All that is shown of an address, but a company's contacts, which are paged. Raises NotFound and Gone."""
        kind, identifier = kind_of(stream), stream[-36:]
        own, links, human, below = await gather(
            self._book.get(stream),
            self.linked(stream).to_list(None),
            self._related(f"h:{identifier}", "person", kind),
            self._related(f"p:{identifier}", "company", kind),
        )
        own = _present(own, identifier)
        around = await self._around(stream, own, links)
        return {
            **_head(kind, identifier, own, around.lines.get(stream)),
            **({"private": own["private"]} if self._reader.private else {}),
            "channels": self._channels(stream, own, around),
            **self._postal(stream, own, around),
            **_relations(kind, own, around),
            "companies": _cut([line for line in human if line["_id"].startswith("contact-")], self.row),
            "couples": _cut([line for line in human if line["_id"].startswith("couple-")], self.row),
            "subsidiaries": _cut(below, self.row),
            "links": _cut(self._links(stream, links, around), _as_it_is),
            "keywords": self._keywords(own, around),
        }

    async def channels(self, stream: str) -> list[Document]:
        """The effective channels alone. Raises NotFound and Gone."""
        own = _present(await self._book.get(stream), stream[-36:])
        lines, sides = await gather(
            _each(self._book.line, {stream, *own["draws_on"]}),
            _each(self._book.get, {*own["draws_on"], *_channel_types(own)}),
        )
        return self._channels(stream, own, _Around(lines, sides))

    async def contacts(self, company: str, position: Sequence[Any] | None, limit: int) -> list[Document]:
        """Lines of a company's contacts, those that hold first, then those that are over, each by alias."""
        if kind_of(company) != "company":
            return []
        over, after = position or (False, "")
        found: list[Document] = []
        for phase in (False, True) if not over else (True,):
            if len(found) < limit:
                listed = self.listed_contacts(company, after, limit - len(found), over=phase)
                found += await listed.to_list(None)
                after = ""
        return found

    def linked(self, stream: str) -> Cursor:
        """The query for the links of an address."""
        return self._own.find({"ends": stream}).limit(RELATED + 1)

    def listed_contacts(self, company: str, after: str, limit: int, *, over: bool) -> Cursor:
        """The query behind a page of contacts."""
        holds: Document = {"$and": holding(self._reader.today)}
        query = {"company": company, "sort": {"$gt": after}, **({"$nor": [holds]} if over else holds)}
        return self._lines.find(query, ROW).sort("sort", ASCENDING).hint(COMPANY).limit(limit)

    async def primary_contact(self, stream: str) -> str | None:
        """Id of a company's primary contact. Raises NotFound and Gone."""
        return _present(await self._book.get(stream), stream[-36:]).get("primary_contact")

    async def _related(self, term: str, of: str, kind: str) -> list[Document]:
        if of != kind:
            return []
        found = self._lines.find({"terms": term}, ROW).hint(TERMS).limit(RELATED + 1)
        return sorted(await found.to_list(None), key=lambda line: (not self.row(line)["is_current"], line["sort"]))

    async def _around(self, stream: str, own: Document, links: Sequence[Document]) -> _Around:
        """Lines of all addresses that are named; own sides of what is joined, or tells what something is called."""
        named = {stream, *own["draws_on"], *(end for link in links for end in link["ends"])}
        for name in ("parent", "primary_contact"):
            if own.get(name):
                named.add(f"{'company' if name == 'parent' else 'contact'}-{own[name]}")
        joined = set(own["draws_on"])
        joined.update(f"keyword-group-{each['group']}" for each in own["keywords"])
        joined.update(f"link-type-{link['link_type']}" for link in links)
        joined.update(_channel_types(own))
        lines, sides = await gather(_each(self._book.line, named), _each(self._book.get, joined))
        return _Around(lines, sides)

    def _channels(self, stream: str, own: Document, around: _Around) -> list[Document]:
        inherited = self._reader.private and self._reader.asked
        sources = [Source(stream, own["channels"], own["private_channels"] if self._reader.private else ())]
        for source in own["draws_on"]:
            if side := around.sides.get(source):
                sources.append(Source(source, side["channels"], side["private_channels"] if inherited else ()))
        return [_channel(each, around) for each in effective_channels(sources, self._reader.today)]

    def _postal(self, stream: str, own: Document, around: _Around) -> Document:
        """Own postal addresses, and the one in use with the place where it lives."""
        both = own["postal"] + (own["private_postal"] if self._reader.private else [])
        visible = sorted(both, key=lambda each: each["added"])
        company = next((source for source in own["draws_on"] if source.startswith("company-")), "")
        inherited = around.sides[company]["postal"] if company in around.sides else []
        used = effective_postal(visible, inherited, self._reader.today)
        return {
            "postal_addresses": [_postal(each) for each in visible],
            "postal_address": used
            and {**_postal(used[0]), "lives_on": around.named(stream if used[1] else company), "is_own": used[1]},
        }

    def _links(self, stream: str, links: Sequence[Document], around: _Around) -> list[Document]:
        """Links as they read from this address (ROL-08)."""
        shown: list[Document] = []
        for link in links:
            kind = around.sides.get(f"link-type-{link['link_type']}")
            here, there = ("one", "other") if link["one"] == stream else ("other", "one")
            end = kind[here] if kind else {}
            shown.append(
                {
                    "id": link["_id"][-36:],
                    "link_type": link["link_type"],
                    "label": end.get("label"),
                    "position": end.get("position", 0),
                    "to": around.named(link[there]),
                    "valid_from": link["valid_from"],
                    "valid_to": link["valid_to"],
                    "is_current": is_valid(link, self._reader.today),
                    "remark": link["remark"],
                }
            )
        return sorted(shown, key=lambda link: (link.pop("position"), link["label"] or "", link["id"]))

    def _keywords(self, own: Document, around: _Around) -> list[Document]:
        """Keywords by their present names (KEY-03); those of a personal group for its owner alone (KEY-06)."""
        shown: list[tuple[Any, Document]] = []
        for each in own["keywords"]:
            group = around.sides.get(f"keyword-group-{each['group']}")
            if group is None or group["owner"] not in (None, self._reader.user):
                continue
            keyword = group["keywords"].get(each["keyword"], {"name": None, "position": 0, "is_active": True})
            order = (group["position"], group["name"], keyword["position"], keyword["name"] or "")
            named = {"group": {"id": each["group"], "name": group["name"]}, "name": keyword["name"]}
            shown.append((order, {"id": each["keyword"], **named, "is_active": keyword["is_active"]}))
        return [keyword for _, keyword in sorted(shown, key=lambda pair: pair[0])]

    def row(self, line: Document) -> Document:
        """A line as lists show it today."""
        return row(line, self._reader.today)


@dataclass(frozen=True)
class _Around:
    """What a page names and joins, by stream."""

    lines: Mapping[str, Document]
    sides: Mapping[str, Document]

    def named(self, stream: str) -> Document:
        """An address with its alias."""
        line = self.lines.get(stream)
        return {**_reference(stream), "alias": line["alias"] if line else None}


def _present(own: Document | None, identifier: str) -> Document:
    """The own side of an address that is there."""
    if own is None:
        raise NotFound(identifier)
    if own["deleted"]:
        raise Gone(identifier)
    return own


def _head(kind: str, identifier: str, own: Document, line: Document | None) -> Document:
    return {
        "type": kind,
        "id": identifier,
        "alias": line["alias"] if line else own["alias"] or "",
        "computed_alias": line["computed"] if line else None,
        "alias_is_manual": own["alias"] is not None,
        "alias_is_outdated": bool(line and line["outdated"]),
        "name": line["name"] if line else None,
        "former_names": own["former"],
        "is_active": own["is_active"],
        "facts": own["facts"],
        **{name: own.get(name) for name in ("supplement", "function", "department", "valid_from", "valid_to")},
        **{name: own.get(name) for name in ("predecessor", "successor", "account_manager")},
        **{name: own[name] for name in ("created_at", "created_by", "changed_at", "changed_by")},
    }


def _relations(kind: str, own: Document, around: _Around) -> Document:
    """What an address belongs to. Halves of a couple are both told, linked or typed."""

    def named(of: str, name: str) -> Document | None:
        return around.named(f"{of}-{own[name]}") if own.get(name) else None

    return {
        "company": named("company", "company"),
        "person": named("person", "person"),
        "parent": named("company", "parent"),
        "primary_contact": named("contact", "primary_contact"),
        "halves": [_half(own[side], around) for side in ("a", "b")] if kind == "couple" else [],
    }


def _channel_types(own: Document) -> set[str]:
    types = {each["channel_type"] for name in ("channels", "private_channels") for each in own[name]}
    return {f"channel-type-{each}" for each in types if each}


def _half(half: Document, around: _Around) -> Document:
    return {
        "person": around.named(f"person-{half['person']}") if half["person"] else None,
        "last_name": half["last_name"],
        "first_name": half["first_name"],
    }


def _channel(channel: Document, around: _Around) -> Document:
    kind = around.sides.get(f"channel-type-{channel['channel_type']}")
    place = {"lives_on": around.named(channel["lives_on"]), "type_label": kind["label"] if kind else None}
    return {**{name: value for name, value in channel.items() if name != "added"}, **place}


def _postal(postal: Mapping[str, Any]) -> Document:
    return {name: value for name, value in postal.items() if name != "added"}


def _reference(stream: str) -> Document:
    return {"type": kind_of(stream), "id": stream[-36:]}


def _cut(items: Sequence[Document], show: Callable[[Document], Document]) -> Document:
    return {"items": [show(item) for item in items[:RELATED]], "more": len(items) > RELATED}


def _as_it_is(item: Document) -> Document:
    return item


async def _each(get: Callable[[str], Awaitable[Document | None]], streams: Collection[str]) -> dict[str, Document]:
    """The documents of these streams, as far as there are any."""
    found = await gather(*(get(stream) for stream in streams))
    return {stream: document for stream, document in zip(streams, found, strict=True) if document is not None}
