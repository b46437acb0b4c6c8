"""The queries: a page of a history, last touchpoints, and why an activity is where it is.

Every query carries the reader's rights in its filter: nothing is counted, sorted or cut before it is allowed.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast, get_args

from dossier.contracts.activities import ActivityKind, Medium
from dossier.contracts.rules import NotFound
from dossier.mongo import DESCENDING, Cursor, Document
from histories.domain.documents import Entry, Node
from histories.domain.engagements import governed_by
from histories.domain.placing import HIDDEN, standing
from histories.domain.rules import UNASSIGNED
from histories.views.collections import PAGE, PINNED, TOUCHPOINTS, Collections
from histories.views.families import Family, with_subsidiaries
from histories.views.names import Names
from histories.views.pulse import Pulse
from histories.views.readers import Reader
from histories.views.rows import ROW_FIELDS, named_in, reason, row

KINDS: tuple[ActivityKind, ...] = get_args(ActivityKind)
MEDIA: tuple[Medium, ...] = get_args(Medium)
PART = 200 // len(KINDS)
"""Objects in one query. The database merges up to 200 scans in the order of the index, one for each object and kind;
beyond that it would read all histories and sort them."""


@dataclass(frozen=True)
class Wanted:
    """What of a history is asked for: kinds (none: all), first and last day (both inclusive)."""

    kinds: Sequence[str] = ()
    first: date | None = None
    last: date | None = None

    def conditions(self, before: str | None) -> list[Document]:
        """Conditions on entries; `before` is the place in the history where the page before ended."""
        conditions: list[Document] = [{"own.kind": {"$in": list(self.kinds or KINDS)}}]
        if self.first:
            conditions.append({"dated": {"$gte": self.first.isoformat()}})
        if self.last and self.last < date.max:
            conditions.append({"dated": {"$lt": (self.last + timedelta(days=1)).isoformat()}})
        if before:
            conditions.append({"dated": {"$lt": before}})
        return conditions


class Pages:
    """Questions of one reader to one generation of the histories."""

    def __init__(self, collections: Collections, reader: Reader) -> None:
        self._entries = collections.entries
        self._nodes = collections.nodes
        self._reader = reader
        self.pulse = Pulse(collections, reader)

    async def family(self, target: str, *, subsidiaries: bool) -> Family:
        """Whose histories a page of the object shows. Raises RuleViolation RUP-04."""
        return await with_subsidiaries(self._nodes, target) if subsidiaries else Family.alone(target)

    async def history(self, family: Family, wanted: Wanted, before: str | None, limit: int) -> list[Entry]:
        """Up to `limit` entries of the page, newest first. Raises NotFound for what is not to be seen."""
        target, *_ = family.up
        apart = family.conditions()
        lists = (self.listing(part, wanted, before, limit, apart).to_list(None) for part in family.parts(PART))
        parts = gather(*lists)
        if target == UNASSIGNED:
            return _newest(await parts, limit)
        _, found = await gather(self._require(target), parts)
        return _newest(found, limit)

    def listing(
        self,
        objects: Sequence[str],
        wanted: Wanted,
        before: str | None,
        limit: int,
        further: Sequence[Document] = (),
    ) -> Cursor:
        """The query behind a page of up to `PART` objects: it reads about as many entries as it shows, however long
        the histories. `further` conditions are compared."""
        conditions = [_shown_on(objects), *wanted.conditions(before), *further, *self._reader.seen()]
        found = self._entries.find({"$and": conditions}, ROW_FIELDS).sort("dated", DESCENDING)
        return found.hint(PAGE).limit(limit)

    async def pinned(self, target: str, before: str | None, limit: int) -> list[Entry]:
        """Up to `limit` entries that stand at the top of the object's page, newest first. Raises NotFound."""
        _, found = await gather(self._require(target), self.pins(target, before, limit).to_list(None))
        return _newest([found], limit)

    def pins(self, target: str, before: str | None, limit: int) -> Cursor:
        """The query behind what is pinned to an object: it reads what it shows, however long the history."""
        further = [{"dated": {"$lt": before}}] if before else []
        conditions = [{"pinned": target}, *further, *self._reader.seen()]
        found = self._entries.find({"$and": conditions}, ROW_FIELDS).sort("dated", DESCENDING)
        return found.hint(PINNED).limit(limit)

    async def rows(self, entries: Collection[Entry], family: Family) -> list[dict[str, Any]]:
        """The entries as rows of the page."""
        told = [(entry, list(family.holding(entry))) for entry in entries]
        names = await self._names({stream for entry, paths in told for stream in named_in(entry, paths)})
        of, *_ = family.up
        return [row(entry, paths, names, self._reader, of) for entry, paths in told]

    async def head(self, target: str) -> dict[str, Any]:
        """Whose page it is."""
        names = await self._names({target})
        return names.reference(target)

    async def touchpoints(self, family: Family, today: date) -> list[Entry]:
        """The last activity of each medium up to today that the reader sees, the latest first.

        Raises NotFound as `history` does.
        """
        target, *_ = family.up
        until: Document = {"dated": {"$lt": (today + timedelta(days=1)).isoformat()}}
        seen = [*family.conditions(), *self._reader.seen()]
        last = gather(*(self._last(family, medium, until, seen) for medium in MEDIA))
        _, found = await gather(self._require(target), last)
        return _newest(found, len(MEDIA))

    async def activity(self, activity: str) -> dict[str, Any]:
        """One entry, whole, with all reasons it is or was anywhere. Raises NotFound for what is not to be seen."""
        seen = self._reader.seen(withdrawn_too=True)
        found = await self._entries.find_one({"$and": [{"_id": activity}, *seen]})
        if found is None:
            raise NotFound
        entry = cast("Entry", found)
        hidden = standing(entry["corrections"], HIDDEN)
        names = await self._names({*named_in(entry, entry["paths"]), *hidden})
        told = [path for path in entry["paths"] if not any(names.withheld(hop["to"]) for hop in path["hops"])]
        shown = row(entry, (), names, self._reader)
        del shown["excerpt"]
        whys = {"why": [reason(entry, path, names) for path in told]}
        places = {"shown_on": entry["shown_on"], "pinned_on": entry["pinned"], "hidden_on": hidden}
        told_places = {name: _told(streams, names) for name, streams in places.items()}
        return shown | {"text": entry["own"].get("text", "")} | told_places | whys

    async def _last(self, family: Family, medium: str, until: Document, seen: list[Document]) -> list[Entry]:
        found = await gather(*(self._last_on(part, medium, until, seen) for part in family.parts(PART)))
        return _newest(found, 1)

    async def _last_on(
        self, objects: Sequence[str], medium: str, until: Document, seen: list[Document]
    ) -> list[Document]:
        query = {"$and": [{**_shown_on(objects), "own.medium": medium}, until, *seen]}
        return (
            await self._entries.find(query, ROW_FIELDS).sort("dated", DESCENDING).hint(TOUCHPOINTS).limit(1).to_list(1)
        )

    async def _require(self, target: str) -> None:
        """Raises NotFound unless the object is there and to be seen: for others both look the same.

        A phase or invoice is to be seen by whoever sees its project; while nobody has told of that one, by nobody.
        """
        node = cast("Node | None", await self._nodes.find_one({"_id": target}, {"facts": 1, "readers": 1}))
        if node is None or not self._reader.admitted_to(node["readers"]):
            raise NotFound
        if project := governed_by(target, node["facts"]):
            await self._require(project)

    async def _names(self, streams: set[str]) -> Names:
        names = Names(self._nodes, self._reader)
        await names.load(streams)
        return names


def _told(streams: Iterable[str], names: Names) -> list[dict[str, Any]]:
    return [names.reference(each) for each in streams if each != UNASSIGNED and not names.withheld(each)]


def _shown_on(objects: Sequence[str]) -> Document:
    return {"shown_on": objects[0] if len(objects) == 1 else {"$in": list(objects)}}


def _newest(parts: Iterable[Iterable[Mapping[str, Any]]], limit: int) -> list[Entry]:
    """The newest of several lists, each entry once."""
    entries = {document["_id"]: cast("Entry", document) for part in parts for document in part}
    return sorted(entries.values(), key=lambda entry: entry["dated"], reverse=True)[:limit]
