"""Files in MongoDB, laid out as GridFS says, so that every driver and tool of MongoDB reads them.

The layout is written here and not by the driver's own bucket: that one gathers up to 48 MB of parts before it sends
them, and Motor's and PyMongo's differ. A part is one majority write, so nobody waits for more than a part.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from dossier.clock import Clock, system_clock
from dossier.files.model import PART, MissingFileError, regrouped
from dossier.mongo import ASCENDING, Collection, Database, Document
from dossier.store.reads import reading


class GridFiles:
    """Files of a GridFS bucket. The document in `BUCKET.files` comes last, and makes the parts a file."""

    def __init__(self, database: Database, bucket: str, clock: Clock = system_clock) -> None:
        self._files: Collection = database[f"{bucket}.files"]
        self._parts: Collection = database[f"{bucket}.chunks"]
        self._clock = clock

    async def prepare(self) -> None:
        """See StoredFiles."""
        await self._parts.create_index([("files_id", ASCENDING), ("n", ASCENDING)], unique=True)

    async def put(self, name: str, parts: AsyncIterable[bytes]) -> None:
        """See StoredFiles."""
        size = number = 0
        async for part in regrouped(parts, PART):
            with reading():
                await self._parts.insert_one({"_id": f"{name}:{number}", "files_id": name, "n": number, "data": part})
            size, number = size + len(part), number + 1
        whole = {"_id": name, "filename": name, "length": size, "chunkSize": PART, "uploadDate": self._clock()}
        with reading():
            await self._files.insert_one(whole)

    async def open(self, name: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """See StoredFiles."""
        file = await self._file(name)
        end = file["length"] if stop is None else min(stop, file["length"])
        return self._read(name, file["chunkSize"], start, end)

    async def size(self, name: str) -> int:
        """See StoredFiles."""
        return (await self._file(name))["length"]

    async def names(self, after: str, most: int) -> list[str]:
        """See StoredFiles."""
        with reading():
            found = await self._files.find({"_id": {"$gt": after}}, {"_id": 1}).sort("_id").limit(most).to_list(most)
        return [file["_id"] for file in found]

    async def delete(self, name: str) -> None:
        """See StoredFiles. The other way round: without its document it is no file, whatever is left of it."""
        with reading():
            await self._files.delete_one({"_id": name})
            await self._parts.delete_many({"files_id": name})

    async def _file(self, name: str) -> Document:
        with reading():
            file = await self._files.find_one({"_id": name})
        if file is None:
            raise MissingFileError(name)
        return file

    async def _read(self, name: str, part_size: int, start: int, stop: int) -> AsyncIterator[bytes]:
        if start >= stop:
            return
        first, last = start // part_size, (stop - 1) // part_size
        wanted: dict[str, Any] = {"files_id": name, "n": {"$gte": first, "$lte": last}}
        expected = first
        # Two parts an answer: the driver asks for the next two when these are gone.
        found = self._parts.find(wanted, {"n": 1, "data": 1}, batch_size=2).sort("n", ASCENDING)
        async for part in found:
            if part["n"] != expected:
                break
            here = part["n"] * part_size
            yield part["data"][max(start - here, 0) : stop - here]
            expected += 1
        if expected <= last:
            raise MissingFileError(name)  # deleted meanwhile: a shorter file must not pass for the whole
