"""The histories as a projection: own sides, then derived sides, then watermarks (design: "Reading: projections").

A document holds its stream's watermark as `applied`, apart from `version`, the version it was folded up to: after a
crash between the two, the derivation is made up for.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import ClassVar, cast

from dossier.mongo import Collection, Database, Document, UpdateOne, by_ids
from dossier.projections.fanning import fan_out, settle_next
from dossier.projections.model import FanOut, Job, Projection, Span
from dossier.projections.watermarks import marks_of
from histories.domain.activities import fold_activity, new_entry
from histories.domain.derivation import Map, derive, rederive
from histories.domain.documents import Entry, Node
from histories.domain.nodes import fold_node, new_node
from histories.domain.rules import kind_of
from histories.views.bulk import BulkLoad
from histories.views.collections import Collections
from histories.views.derivation import CHUNK, Deriver, differs, unchanged
from histories.views.tallies import Tallies, touched
from histories.views.writing import Write, write_all

INLINE = CHUNK
"""Up to so many dependents are derived with the event itself; more of them are a job."""


class Histories(Projection):
    """Pages of addresses and engagements."""

    name: ClassVar[str] = "histories"
    version: ClassVar[int] = 8
    sources: ClassVar[tuple[str, ...]] = ("directory", "addresses", "engagements", "activities")

    def attach(self, database: Database, generation: int) -> None:
        """Say where to read and write."""
        super().attach(database, generation)
        self.collections = Collections(self.collection("nodes"), self.collection("entries"), self.collection("cache"))
        self._tallies = Tallies(self.collections)
        self.deriver = Deriver(self.collections)
        self._load = BulkLoad(self.collections, self.deriver)

    async def prepare(self) -> None:
        """Build the indexes."""
        await self.collections.index()

    async def positions(self, streams: Iterable[str]) -> dict[str, int]:
        """The watermarks, which live in the documents themselves."""
        found = await gather(
            *(
                collection.find({"_id": {"$in": ids}, "applied": {"$gt": 0}}, {"applied": 1}).to_list(None)
                for collection, ids in self._split(streams)
            )
        )
        return {document["_id"]: document["applied"] for documents in found for document in documents}

    async def all_positions(self, source: str) -> AsyncIterator[tuple[str, int]]:
        """The watermarks of a source's streams, in order: what else activities own comes after them."""
        for collection in (self.collections.entries, self.collections.nodes):
            async for mark in marks_of(collection, source, "applied"):
                yield mark

    async def advance(self, marks: Mapping[str, int]) -> None:
        """Raise the watermarks."""
        await gather(
            *(
                collection.bulk_write(
                    [UpdateOne({"_id": stream}, {"$max": {"applied": marks[stream]}}) for stream in streams],
                    ordered=False,
                )
                for collection, streams in self._split(marks)
            )
        )

    async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
        """Own sides, then everything that is derived from them."""
        reshaped = await self._apply_nodes([span for span in spans if not _is_activity(span.stream)])
        unsettled = await self._apply_activities([span for span in spans if _is_activity(span.stream)])
        jobs, dependents = await fan_out(reshaped, self.deriver.dependents, INLINE)
        await self.deriver.settle(unsettled | dependents)
        return jobs

    async def run_job(self, job: Job) -> str | None:
        """Derive the next dependents of a node anew. The cursor is the last activity done."""
        return await settle_next(self.deriver, job, CHUNK)

    async def prepare_bulk(self) -> None:
        """Loading needs no index."""

    async def bulk(self, spans: Sequence[Span]) -> None:
        """Load spans into empty collections."""
        await self._load.add(spans)

    async def finish_bulk(self) -> Mapping[str, Exception]:
        """Write what is still held in memory, and derive what came before the nodes it depends on."""
        return await self._load.finish()

    async def bulk_advance(self, marks: Mapping[str, int]) -> None:
        """Loaded documents carry their watermark."""

    async def _apply_nodes(self, spans: Sequence[Span]) -> list[str]:
        """Write own sides; returns the streams whose shape these events changed."""
        nodes = self.collections.nodes
        while spans:
            stored = await by_ids(nodes, (span.stream for span in spans))
            writes: list[Write] = []
            reshaped: list[str] = []
            for span in spans:
                node = cast("Node", stored.get(span.stream)) or new_node(span.stream)
                before = node["version"]
                fold_node(node, span.events)
                if node["version"] > before:
                    writes.append(Write(node, {"_id": span.stream, "version": before}))
                if node["shape"] >= span.first:
                    reshaped.append(span.stream)
            if await write_all(nodes, writes):
                return reshaped
        return []

    async def _apply_activities(self, spans: Sequence[Span]) -> set[str]:
        """Write entries, own and derived side in one; returns those that another applier's node may have missed.

        A node that was written after it was read here, and whose applier looked for dependents before the entries were
        there, shows in its shape.
        """
        entries = self.collections.entries
        looked_up = [span.stream for span in spans if span.first > 1]  # at first, others are taken to be new
        while spans:
            stored = await by_ids(entries, looked_up)
            looked_up = [span.stream for span in spans]
            folded = [cast("Entry", stored.get(span.stream)) or new_entry(span.stream) for span in spans]
            filters = [unchanged(entry) for entry in folded]
            for entry, span in zip(folded, spans, strict=True):
                fold_activity(entry, span.events)
            linked = {link["to"] for entry in folded for link in entry["links"]}
            ways = await self.deriver.around(linked)
            writes = [_rederived(entry, before, ways) for entry, before in zip(folded, filters, strict=True)]
            if await write_all(entries, [write for write in writes if write is not None]):
                missed, _ = await gather(
                    self.deriver.outdated(ways, linked | ways.nodes.keys()),
                    self._tallies.outdate(touched(folded, ways)),
                )
                return {span.stream for span in spans} if missed else set()
        return set()

    def _split(self, streams: Iterable[str]) -> list[tuple[Collection, list[str]]]:
        activities: list[str] = []
        others: list[str] = []
        for stream in streams:
            (activities if _is_activity(stream) else others).append(stream)
        halves = ((self.collections.entries, activities), (self.collections.nodes, others))
        return [(collection, half) for collection, half in halves if half]


def _rederived(entry: Entry, before: Document, ways: Map) -> Write | None:
    """The entry with its derived side, if there is anything to write."""
    if entry["version"] == before["version"] and not differs(entry, derive(entry, ways)):
        return None
    rederive(entry, ways)
    return Write(entry, before)


def _is_activity(stream: str) -> bool:
    return kind_of(stream) == "activity"
