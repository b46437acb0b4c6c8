"""One document per stream that says up to which version a projection has applied it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dossier.mongo import DUPLICATE_KEY, BulkWriteError, Collection, InsertOne, UpdateOne


class Watermarks:
    """The watermarks of one generation of a projection, in a collection of their own."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def read(self, streams: Iterable[str]) -> dict[str, int]:
        """The watermarks of these streams; a stream without one is absent."""
        found = self._collection.find({"_id": {"$in": list(streams)}})
        return {document["_id"]: document["version"] async for document in found}

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
