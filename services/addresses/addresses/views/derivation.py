"""Deriving lines with compare-and-set, so that two appliers that meet in one line cannot undo each other.

Each side writes its own document first, acknowledged, and then derives. A line says by `inputs` what it was derived
from; it is read before the own sides, and written only while it still says what was read. Whoever writes last has
therefore read everything that was acknowledged before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, cast

from addresses.domain.book.lines import derive
from addresses.domain.book.own_sides import ADDRESS_KINDS, SETTINGS, contribution_fields, kind_of
from addresses.views.vocabulary import Vocabulary
from dossier.mongo import DUPLICATE_KEY, BulkWriteError, Collection, Cursor, Document, InsertOne, ReplaceOne, by_ids

LOT = 500
"""Lines derived in one go: a few dozen milliseconds, and a megabyte."""
CHUNK = 2 * LOT
"""Lines of one chunk of a job, in lots side by side: one is derived while the database writes the one before."""

_ALL_SETTINGS: Document = {"_id": {"$gt": f"{SETTINGS}-", "$lt": f"{SETTINGS}."}}
_WITH_SETTINGS = ("company", "contact")


class Deriver:
    """Brings lines up to the own sides that are stored."""

    def __init__(self, own_sides: Collection, lines: Collection, vocabulary: Vocabulary) -> None:
        self._own_sides = own_sides
        self.lines = lines
        self._vocabulary = vocabulary

    async def settle(self, streams: Iterable[str]) -> None:
        """Derive the lines of these addresses from what is stored now, and write those whose inputs differ."""
        wanted = sorted({stream for stream in streams if kind_of(stream) in ADDRESS_KINDS})
        await asyncio.gather(*(self._settle(wanted[start : start + LOT]) for start in range(0, len(wanted), LOT)))

    async def _settle(self, pending: Sequence[str]) -> None:
        while pending:
            before = await by_ids(self.lines, pending, {"inputs": 1})
            lines = await self.derived(pending)
            changed = [line for line in lines if before.get(line["_id"], {}).get("inputs") != line["inputs"]]
            await self._vocabulary.learn(changed)
            if await self.written([guarded(line, before.get(line["_id"])) for line in changed]):
                return
            pending = [line["_id"] for line in changed]

    async def dependents(self, streams: Sequence[str], after: str, limit: int) -> list[str]:
        """Addresses that draw on one of these, by id: found through own sides only."""
        return [document["_id"] for document in await self.depending(streams, after, limit).to_list(None)]

    def depending(self, streams: Sequence[str], after: str, limit: int) -> Cursor:
        """The query for them."""
        query: Document = {"draws_on": {"$in": list(streams)}, "_id": {"$gt": after}}
        if any(kind_of(stream) == SETTINGS for stream in streams):
            ranges = [{"_id": {"$gt": max(after, f"{kind}-"), "$lt": f"{kind}."}} for kind in _WITH_SETTINGS]
            query = {"$or": [query, *ranges]}
        return self._own_sides.find(query, {"_id": 1}).sort("_id", 1).limit(limit)

    async def derived(self, streams: Sequence[str]) -> list[Document]:
        """The lines of these addresses, from what is stored now."""
        own = await by_ids(self._own_sides, streams)
        wanted = sorted({source for side in own.values() for source in side["draws_on"]})
        query: Document = {"$or": [{"_id": {"$in": wanted}}, _ALL_SETTINGS]}
        found = await self._own_sides.find(query, contribution_fields()).to_list(None)
        drawn_on = {side["_id"]: side for side in found}
        settings = [stream for stream in drawn_on if kind_of(stream) == SETTINGS and drawn_on[stream]["shape"]]
        lines: list[Document] = []
        for stream, side in own.items():
            sources = [*side["draws_on"], *(settings if kind_of(stream) in _WITH_SETTINGS else ())]
            lines.append(derive(stream, side, {one: drawn_on[one] for one in sources if one in drawn_on}))
        return lines

    async def written(self, writes: Sequence[InsertOne[Document] | ReplaceOne[Document]]) -> bool:
        """Whether all of them found what they were derived beside."""
        if not writes:
            return True
        try:
            result = await self.lines.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            details = cast("dict[str, Any]", error.details)
            if any(refused["code"] != DUPLICATE_KEY for refused in details["writeErrors"]):
                raise
            return False
        return result.inserted_count + result.matched_count == len(writes)


def guarded(line: Document, before: Document | None) -> InsertOne[Document] | ReplaceOne[Document]:
    """A write that lands only beside what was read."""
    if before is None:
        return InsertOne(line)
    return ReplaceOne(before, line)
