"""One document per stream that says up to which version a projection has applied it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping

from dossier.contracts.streams import CONTEXTS
from dossier.mongo import ASCENDING, DUPLICATE_KEY, BulkWriteError, Collection, InsertOne, UpdateOne, by_ids

_BATCH = 5_000
"""Marks read at once. The server would fill 16 MB with them: 200,000, which take 200 MB here."""


class Watermarks:
    """The watermarks of one generation of a projection, in a collection of their own."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def read(self, streams: Iterable[str]) -> dict[str, int]:
        """The watermarks of these streams; a stream without one is absent."""
        found = await by_ids(self._collection, streams)
        return {stream: document["version"] for stream, document in found.items()}

    def of(self, source: str) -> AsyncIterator[tuple[str, int]]:
        """The streams of a context with their watermarks, in order of the streams."""
        return marks_of(self._collection, source, "version")

    async def lower(self, stream: str, version: int) -> None:
        """Set a watermark that is above this version to it: the owner never had what was applied."""
        query = {"_id": stream, "version": {"$gt": version}}
        await self._collection.update_one(query, {"$set": {"version": version}})

    async def advance(self, marks: Mapping[str, int]) -> None:
        """Raise watermarks; a lower one than the stored is ignored (a replica that fell behind)."""
        if not marks:
            return
        raises = [
            UpdateOne({"_id": stream}, {"$max": {"version": version}}, upsert=True) for stream, version in marks.items()
        ]
        await self._collection.bulk_write(raises, ordered=False)

    async def insert(self, marks: Mapping[str, int]) -> None:
        """Write first watermarks, three times cheaper than `advance`; those that are there already are raised."""
        if not marks:
            return
        inserts = [InsertOne({"_id": stream, "version": version}) for stream, version in marks.items()]
        try:
            await self._collection.bulk_write(inserts, ordered=False)
        except BulkWriteError as error:
            refused = error.details["writeErrors"]
            if any(item["code"] != DUPLICATE_KEY for item in refused):
                raise
            await self.advance({item["op"]["_id"]: item["op"]["version"] for item in refused})


async def marks_of(collection: Collection, source: str, field: str) -> AsyncIterator[tuple[str, int]]:
    """The streams of a context in order, each with the number under `field`; none and 0 are left out."""
    kinds = sorted(kind for kind, context in CONTEXTS.items() if context == source)
    # The range of one kind holds those that its name begins, in order (`folder-e0…`, `folder-entry-…`, `folder-f…`).
    ranges = [kind for kind in kinds if not any(kind.startswith(f"{other}-") for other in kinds)]
    for kind in ranges:
        query = {"_id": {"$gte": f"{kind}-", "$lt": f"{kind}."}}  # "." follows "-"
        async for document in collection.find(query, {field: 1}).sort("_id", ASCENDING).batch_size(_BATCH):
            if document.get(field):
                yield document["_id"], document[field]
