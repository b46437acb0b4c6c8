"""Deriving entries anew with compare-and-set, so that two appliers that meet in one entry cannot undo each other.

Each side writes its own document first, acknowledged, and then derives. An entry says by `inputs` what it was derived
from; a derivation is written only if the entry still says what was read, otherwise it is made again. Whoever writes
last has therefore read everything that was acknowledged before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from dossier.mongo import Document, UpdateOne, by_ids
from histories.domain.derivation import Map, derive
from histories.domain.documents import Derived, Entry, Node
from histories.domain.rules import BEARING, kind_of
from histories.views.collections import Collections
from histories.views.tallies import Tallies, touched

CHUNK = 500
"""Entries derived in one go: a few milliseconds, and a few megabytes at most."""

_SHAPE_OF_NODE = {"shape": 1, "hops": 1, "targets": 1, "readers": 1}
_DERIVED_FROM = {"own.text": 0, "own.mail": 0}


class Deriver:
    """Brings the derived side of entries up to the own sides that are stored."""

    def __init__(self, collections: Collections) -> None:
        self._nodes = collections.nodes
        self._entries = collections.entries
        self._tallies = Tallies(collections)

    async def around(self, streams: Iterable[str]) -> Map:
        """A map of everything that hops ever led to from these objects."""
        nodes: dict[str, Node] = {}
        wanted = {stream for stream in streams if kind_of(stream) in BEARING}
        while wanted:
            found = cast("dict[str, Node]", await by_ids(self._nodes, wanted, _SHAPE_OF_NODE))
            nodes |= found
            targets = {target for node in found.values() for target in node["targets"]}
            wanted = {target for target in targets - nodes.keys() if kind_of(target) in BEARING}
        return Map(nodes)

    async def settle(self, activities: Iterable[str]) -> None:
        """Derive these entries from what is stored now, and write those that differ.

        Tallies are outdated in any case: whoever wrote the entry before may have ended before doing so.
        """
        pending = sorted(set(activities))
        counting: set[str] = set()
        while pending:
            found = await by_ids(self._entries, pending, _DERIVED_FROM)
            entries = cast("list[Entry]", list(found.values()))
            ways = await self.around(link["to"] for entry in entries for link in entry["links"])
            writes: list[UpdateOne] = []
            pending = []
            counting |= touched(entries, ways)
            for entry in entries:
                derived = derive(entry, ways)
                if differs(entry, derived):
                    pending.append(entry["_id"])
                    writes.append(UpdateOne(unchanged(entry), {"$set": dict(derived)}))
            if writes:
                result = await self._entries.bulk_write(writes, ordered=False)
                if result.matched_count == len(writes):
                    break
        await self._tallies.outdate(counting)

    async def outdated(self, ways: Map, streams: Iterable[str]) -> set[str]:
        """Those of the objects whose shape is no longer what the map says."""
        wanted = sorted({stream for stream in streams if kind_of(stream) in BEARING})
        now = await by_ids(self._nodes, wanted, {"shape": 1})
        return {stream for stream in wanted if now.get(stream, {"shape": 0})["shape"] != ways.shape(stream)}

    async def dependents(self, streams: Iterable[str], after: str, limit: int) -> list[str]:
        """Activities from whose links a way ever led to one of the objects, by id: found through own sides only."""
        linked = sorted(await self._leading_to(streams))
        query = {"links.to": {"$in": linked}, "_id": {"$gt": after}}
        found = self._entries.find(query, {"_id": 1}).sort("_id", 1).limit(limit)
        return [document["_id"] for document in await found.to_list(None)]

    async def _leading_to(self, streams: Iterable[str]) -> set[str]:
        reached = set(streams)
        frontier = reached
        while frontier:
            found = self._nodes.find({"targets": {"$in": sorted(frontier)}}, {"_id": 1})
            frontier = {document["_id"] for document in await found.to_list(None)} - reached
            reached = reached | frontier
        return reached


def unchanged(entry: Entry) -> Document:
    """The filter that matches the entry only as long as it is what was read."""
    return {"_id": entry["_id"], "version": entry["version"], "inputs": entry["inputs"]}


def differs(entry: Mapping[str, Any], derived: Derived) -> bool:
    """Whether the derived side is not the entry's."""
    return any(entry[name] != value for name, value in derived.items())
