"""Loading empty collections: nodes are folded in memory, entries inserted once, complete, and never touched again."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, cast

from dossier.mongo import DUPLICATE_KEY, BulkWriteError, Collection, ReplaceOne, encoded
from dossier.projections.model import Span
from dossier.projections.outages import is_outage
from histories.domain.activities import fold_activity, new_entry
from histories.domain.derivation import Map, rederive
from histories.domain.documents import Entry, Node, Path
from histories.domain.nodes import fold_node, new_node
from histories.domain.rules import kind_of
from histories.views.collections import Collections
from histories.views.derivation import CHUNK, Deriver

BATCH = 2_000
"""Documents in one insert: large enough that its round trip costs nothing, small enough for a few megabytes."""


class BulkLoad:
    """One load. Nodes should come before activities; an activity that came before one of its nodes is settled late."""

    def __init__(self, collections: Collections, deriver: Deriver) -> None:
        self._collections = collections
        self._deriver = deriver
        self._nodes: dict[str, Node] = {}
        self._ways: Map | None = None
        self._open: Entry | None = None
        self._complete: list[Entry] = []
        self._before: Entry | Node | None = None
        self._late: set[str] = set()
        self._unsettled: set[str] = set()
        self._inserting: asyncio.Task[None] | None = None
        self._refused: dict[str, Exception] = {}

    async def add(self, spans: Sequence[Span]) -> None:
        """Fold the spans; entries that are complete are written while the next ones are folded.

        If it raises, the spans have left no trace in memory, and what the first of them continues is in the database:
        they can be applied one by one instead.
        """
        try:
            for span in spans:
                if kind_of(span.stream) == "activity":
                    self._add_activity(span)
                else:
                    self._add_node(span)
        except Exception:
            await self._retreat({span.stream for span in spans})
            raise
        if spans:
            self._before = deepcopy(self._nodes.get(spans[-1].stream) or self._open)
        if len(self._complete) >= BATCH:
            await self._insert_entries()

    async def finish(self) -> Mapping[str, Exception]:
        """Write the rest, and settle what was derived from too little. Returns the streams that could not be stored."""
        self._close()
        await self._insert_entries()
        if self._inserting is not None:
            await self._inserting
        nodes = list(self._nodes.values())
        for start in range(0, len(nodes), BATCH):
            await self._insert(self._collections.nodes, nodes[start : start + BATCH])
        # Entries were derived from these nodes as if they were stored.
        self._late |= {stream for stream in self._refused if kind_of(stream) != "activity"}
        gc.enable()
        gc.unfreeze()
        await self._settle()
        return self._refused

    def _add_node(self, span: Span) -> None:
        node = self._nodes.get(span.stream)
        if node is None:
            node = self._nodes[span.stream] = new_node(span.stream)
        fold_node(node, span.events)
        node["applied"] = node["version"]
        if self._ways is not None:
            self._late.add(span.stream)

    def _add_activity(self, span: Span) -> None:
        if self._open is None or self._open["_id"] != span.stream:
            self._close()
            self._open = new_entry(span.stream)
        fold_activity(self._open, span.events)

    def _close(self) -> None:
        entry, self._open = self._open, None
        if entry is None:
            return
        if self._ways is None:
            self._ways = Map(self._nodes, _packed)
            gc.collect()
            gc.freeze()
            gc.disable()  # documents have no cycles, and walking all nodes again and again takes a tenth of the time
        rederive(entry, self._ways)
        entry["applied"] = entry["version"]
        self._complete.append(entry)

    async def _retreat(self, streams: set[str]) -> None:
        """Leave these streams to the slow path; what depends on them is settled at the end."""
        for stream in streams:
            self._nodes.pop(stream, None)
            (self._unsettled if kind_of(stream) == "activity" else self._late).add(stream)
        if self._open is not None and self._open["_id"] in streams:
            self._open = None
        self._complete = [entry for entry in self._complete if entry["_id"] not in streams]
        before = self._before
        if before is not None and before["_id"] in streams:
            before["applied"] = before["version"]
            is_entry = kind_of(before["_id"]) == "activity"
            await self._insert(self._collections.entries if is_entry else self._collections.nodes, [before])

    async def _insert_entries(self) -> None:
        if self._inserting is not None:
            await self._inserting
        entries, self._complete = self._complete, []
        if entries:
            self._inserting = asyncio.create_task(self._insert(self._collections.entries, entries))

    async def _insert(self, collection: Collection, documents: Sequence[Entry | Node]) -> None:
        """Insert documents; if that fails, halve them until the one that cannot be stored is found."""
        try:
            await _insert(collection, documents)
        except Exception as error:
            if is_outage(error):
                raise
            if len(documents) == 1:
                self._refused[documents[0]["_id"]] = error
                return
            middle = len(documents) // 2
            await self._insert(collection, documents[:middle])
            await self._insert(collection, documents[middle:])

    async def _settle(self) -> None:
        if self._late:
            await self._collections.index_for_deriving()
        for stream in sorted(self._late):
            after = ""
            while dependents := await self._deriver.dependents([stream], after, CHUNK):
                await self._deriver.settle(dependents)
                after = dependents[-1]
        await self._deriver.settle(self._unsettled)


async def _insert(collection: Collection, documents: Sequence[Entry | Node]) -> None:
    """Insert documents; where the slow path has written one already, the newer stands, of equals the one from here."""
    raw = [cast("dict[str, Any]", document) for document in documents]
    try:
        await collection.insert_many(raw, ordered=False)
    except BulkWriteError as error:
        details = cast("dict[str, Any]", error.details)
        if any(refused["code"] != DUPLICATE_KEY for refused in details["writeErrors"]):
            raise
        present = [raw[refused["index"]] for refused in details["writeErrors"]]
        older = [{"_id": document["_id"], "version": {"$lte": document["version"]}} for document in present]
        await collection.bulk_write([ReplaceOne(*pair) for pair in zip(older, present, strict=True)], ordered=False)


def _packed(path: Path) -> Path:
    """A path that thousands of entries share is encoded once."""
    return cast("Path", encoded(path))
