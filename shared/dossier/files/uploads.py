"""From bytes to an event that refers to them, and back: what no event came to refer to is removed.

An upload is noted first, then come the bytes, then the commit whose event refers to them; then the note goes. A process
that dies on the way leaves the note, by which `sweep` finds the bytes when they are older than any upload may be.

The commit holds a guard that the sweep changes before it looks at the stream. So of a commit and a sweep that meet, one
comes first: either the sweep sees the event and leaves the bytes alone, or the commit finds its guard changed, looks at
the note again and learns that its bytes are being removed.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from dossier.clock import Clock, pause, system_clock
from dossier.files.model import StoredFiles
from dossier.ids import new_id
from dossier.mongo import ASCENDING, Collection, Database
from dossier.store import CommitStore
from dossier.store.errors import StoreUnavailableError
from dossier.store.model import Shared
from dossier.store.reads import reading
from dossier.telemetry import logs

log = logs.logger()

Refers = Callable[[str, str], Awaitable[bool]]
"""Whether an event of the stream refers to the file of that name."""
_GUARDS = 64
"""Guards of all uploads together. Uploads only hold them, so they do not wait for each other; the sweep changes one."""
_NOTES = "uploads"


@dataclass(frozen=True)
class Upload:
    """A file on its way to an event of the stream."""

    name: str
    stream: str

    @property
    def guard(self) -> Shared:
        """What the commit that refers to the file has to hold."""
        return Shared(_guard(self.name))


class Uploads:
    """The uploads of one service."""

    def __init__(
        self, store: CommitStore, database: Database, files: StoredFiles, patience: float, clock: Clock = system_clock
    ) -> None:
        """`patience` in seconds: an upload that is older and has no event is given up."""
        self._store = store
        self._files = files
        self._notes: Collection = database[_NOTES]
        self._patience = patience
        self._clock = clock

    async def prepare(self) -> None:
        """Assert the index that the sweep goes by."""
        with reading():
            await self._notes.create_index([("begun_at", ASCENDING)])
        await self._files.prepare()

    async def begin(self, stream: str) -> Upload:
        """A name for a new file of this stream, noted so that it cannot be left behind."""
        upload = Upload(f"{stream}/{new_id()}", stream)
        with reading():
            await self._notes.insert_one({"_id": upload.name, "stream": stream, "begun_at": self._clock()})
        return upload

    async def store(self, upload: Upload, parts: AsyncIterable[bytes]) -> None:
        """Store the bytes."""
        await self._files.put(upload.name, parts)

    async def require(self, upload: Upload) -> None:
        """Look, after the guard was read, whether the file is still there to be referred to.

        Raises StoreUnavailableError if the sweep has come first.
        """
        with reading():
            note = await self._notes.find_one({"_id": upload.name})
        if note is None or "given_up" in note:
            raise StoreUnavailableError("the upload took too long and was given up")

    async def under_way(self, name: str) -> bool:
        """Whether an event may still come to refer to the file. If not, one does already, or none ever will."""
        with reading():
            return await self._notes.find_one({"_id": name}) is not None

    async def finish(self, upload: Upload, *, used: bool) -> None:
        """The outcome is known: an event refers to the file, or none ever will and it is removed."""
        if not used:
            await self._files.delete(upload.name)
        with reading():
            await self._notes.delete_one({"_id": upload.name})

    async def sweep(self, refers: Refers) -> int:
        """Remove the files of uploads that were given up; how many."""
        removed = 0
        old = {"begun_at": {"$lt": self._clock() - timedelta(seconds=self._patience)}}
        with reading():
            notes = await self._notes.find(old).sort("begun_at", ASCENDING).to_list(None)
        for note in notes:
            upload = Upload(note["_id"], note["stream"])
            with reading():
                await self._notes.update_one({"_id": upload.name}, {"$set": {"given_up": True}})
            await self._store.exclude(_guard(upload.name))
            used = await refers(upload.stream, upload.name)
            await self.finish(upload, used=used)
            removed += not used
        if removed:
            log.info("files.removed", files=removed)
        return removed

    async def run(self, refers: Refers, stop: asyncio.Event) -> None:
        """Sweep now and then until told to stop."""
        while not stop.is_set():
            await self.sweep(refers)
            await pause(stop, min(self._patience / 4, 3600.0))


def _guard(name: str) -> str:
    return f"uploads:{zlib.crc32(name.encode()) % _GUARDS}"
