"""The queries: a page of a history, last touchpoints, and why an activity is where it is.

Every query carries the reader's rights in its filter: nothing is counted, sorted or cut before it is allowed.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Any, cast, get_args

from dossier.contracts.activities import ActivityKind, Medium
from dossier.contracts.rules import NotFound
from dossier.mongo import DESCENDING, Cursor, Document
from histories.domain.documents import Entry, Node
from histories.domain.rules import UNASSIGNED
from histories.views.collections import PAGE, TOUCHPOINTS, Collections
from histories.views.names import Names
from histories.views.readers import Reader
from histories.views.rows import ROW_FIELDS, holding, named_in, reason, row

KINDS: tuple[ActivityKind, ...] = get_args(ActivityKind)
MEDIA: tuple[Medium, ...] = get_args(Medium)


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


@dataclass(frozen=True)
class Found:
    """Entries of a page, newest first, and the names to show them with."""

    entries: list[Entry]
    names: Names


class Pages:
    """Questions of one reader to one generation of the histories."""

    def __init__(self, collections: Collections, reader: Reader) -> None:
        self._entries = collections.entries
        self._nodes = collections.nodes
        self._reader = reader

    async def history(self, target: str, wanted: Wanted, before: str | None, limit: int) -> list[Entry]:
        """Up to `limit` entries of the object's page, newest first. Raises NotFound for what is not to be seen."""
        listed = self.listing(target, wanted, before, limit).to_list(None)
        if target == UNASSIGNED:
            return cast("list[Entry]", await listed)
        _, entries = await gather(self._require(target), listed)
        return cast("list[Entry]", entries)

    def listing(self, target: str, wanted: Wanted, before: str | None, limit: int) -> Cursor:
        """The query behind a page: it reads as many entries as it shows, however long the history."""
        conditions = [{"shown_on": target}, *wanted.conditions(before), *self._reader.seen()]
        found = self._entries.find({"$and": conditions}, ROW_FIELDS).sort("dated", DESCENDING)
        return found.hint(PAGE).limit(limit)

    async def rows(self, entries: Collection[Entry], objects: frozenset[str]) -> list[dict[str, Any]]:
        """The entries as rows of the page of these objects."""
        names = await self._names(named_in(entries))
        return [row(entry, holding(entry, objects), names, self._reader) for entry in entries]

    async def head(self, target: str) -> dict[str, Any]:
        """Whose page it is."""
        names = await self._names({target})
        return names.reference(target)

    async def touchpoints(self, target: str, today: date) -> list[Entry]:
        """The last activity of each medium up to today that the reader sees, the latest first.

        Raises NotFound as `history` does.
        """
        until: Document = {"dated": {"$lt": (today + timedelta(days=1)).isoformat()}}
        seen = self._reader.seen()
        last = gather(*(self._last(target, medium, until, seen) for medium in MEDIA))
        _, found = await gather(self._require(target), last)
        return sorted(chain.from_iterable(found), key=lambda entry: entry["dated"], reverse=True)

    async def activity(self, activity: str) -> dict[str, Any]:
        """One entry, whole, with all reasons it is or was anywhere. Raises NotFound for what is not to be seen."""
        found = await self._entries.find_one({"$and": [{"_id": activity}, *self._reader.seen()]})
        if found is None:
            raise NotFound
        entry = cast("Entry", found)
        names = await self._names(named_in([entry]))
        told = [path for path in entry["paths"] if not any(names.withheld(hop["to"]) for hop in path["hops"])]
        shown = row(entry, (), names, self._reader)
        del shown["excerpt"]
        whys = {"why": [reason(entry, path, names) for path in told]}
        return shown | {"text": entry["own"].get("text", ""), "shown_on": self._shown(entry, names)} | whys

    def _shown(self, entry: Entry, names: Names) -> list[dict[str, Any]]:
        return [names.reference(stream) for stream in entry["shown_on"] if stream != UNASSIGNED]

    async def _last(self, target: str, medium: str, until: Document, seen: list[Document]) -> list[Entry]:
        query = {"$and": [{"shown_on": target, "own.medium": medium}, until, *seen]}
        found = self._entries.find(query, ROW_FIELDS).sort("dated", DESCENDING).hint(TOUCHPOINTS).limit(1)
        return cast("list[Entry]", await found.to_list(1))

    async def _require(self, target: str) -> Node:
        """The object's node. Not there and not to be seen look the same."""
        node = cast("Node | None", await self._nodes.find_one({"_id": target}, {"facts": 1, "readers": 1}))
        if node is None or not self._reader.admitted_to(node["readers"]):
            raise NotFound
        return node

    async def _names(self, streams: set[str]) -> Names:
        names = Names(self._nodes, self._reader)
        await names.load(streams)
        return names
