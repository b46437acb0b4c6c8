"""Reads the documents that came, each once, in two lanes.

The quick lane gives a document little processor time. What needs more waits for the patient one, so that a document
that is slow to read, or made to be, holds up none but its like.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from activities.contents.child import DocumentReader, TooSlow
from activities.contents.keeping import Keeping
from activities.contents.model import MISSING, MOST_BYTES, TIME, Contents
from activities.domain import contents as domain
from activities.domain.documents import Document as Paper
from activities.domain.documents import Version
from dossier.clock import pause
from dossier.commands import Aggregate, execute
from dossier.contents import CONTENTS
from dossier.contracts.attachments import DocumentContentsRead
from dossier.disposable import ChildDisturbed
from dossier.files import MissingFileError, StoredFiles
from dossier.ids import new_id, split_stream, stream_id
from dossier.mongo import Document
from dossier.store import CommitStore, Metadata, StoreError
from dossier.store.errors import StoreUnavailableError
from dossier.telemetry import logs, metrics

QUICK_SECONDS, PATIENT_SECONDS = 4.0, 30.0
"""Processor time that a document gets in each lane."""
ATTEMPTS = 5
"""After so many readers that were killed over it a document is given up."""
IDLE_SECONDS = 0.5
WAIT_SECONDS = 10.0
"""Between looks for the event of an upload that may still come to one."""
LONGEST_PAUSE = 60.0

READ = metrics.counter("crm_documents_read_total", "Documents by what reading them came to", ("outcome",))
FILE = Aggregate(CONTENTS, domain.ReadFile, domain.evolve)
log = logs.logger()

Find = Callable[[str, str], Awaitable[tuple[Paper, Version] | None]]
"""The document and version of a stream that a stored file is; none if there is none. One that was removed is
read as well: it may be restored, and by then nobody would know that it is to be read."""
OnItsWay = Callable[[str], Awaitable[bool]]
"""Whether the upload of a stored file may still come to an event."""


@dataclass(frozen=True)
class Reading:
    """What a worker needs of the service."""

    store: CommitStore
    keeping: Keeping
    files: StoredFiles
    find: Find
    on_its_way: OnItsWay


class Worker:
    """One lane: claims what is due, one document at a time."""

    def __init__(self, reading: Reading, *, patient: bool, cpu_seconds: float | None = None) -> None:
        seconds = cpu_seconds or (PATIENT_SECONDS if patient else QUICK_SECONDS)
        self._of = reading
        self._patient = patient
        self._reader = DocumentReader(seconds, patient=patient)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until told to stop; what was begun is finished, or read by another when the lease has run out."""
        try:
            while not stop.is_set():
                if not await self._next():
                    await self._reader.close()  # a child that waits would hold memory for nothing
                    await pause(stop, IDLE_SECONDS)
        finally:
            await self._reader.close()

    async def _next(self) -> bool:
        """Take what is due next; whether there was anything."""
        try:
            record = await self._of.keeping.claim(patient=self._patient)
        except StoreUnavailableError as error:
            log.warning("contents.not-claimed", error=type(error).__name__)
            return False
        if record is None:
            return False
        renewing = asyncio.create_task(self._renew(record))
        try:
            await self._take(record)
        except Exception as error:
            # Whatever is wrong with one document must not stop the others; it is tried again, ever more slowly.
            log.warning("contents.not-read-yet", contents=record["_id"], error=type(error).__name__)
            with contextlib.suppress(StoreError):
                await self._of.keeping.hand_back(record, min(LONGEST_PAUSE, 2.0 ** min(record["attempts"], 10)))
        finally:
            renewing.cancel()
        return True

    async def _renew(self, record: Document) -> None:
        while True:
            await asyncio.sleep(self._of.keeping.lease_seconds / 3)
            with contextlib.suppress(StoreError):
                await self._of.keeping.renew(record)

    async def _take(self, record: Document) -> None:
        keeping = self._of.keeping
        # First the note, then the stream: whoever has no note any more has its event.
        on_its_way = await self._of.on_its_way(record["file"])
        found = await self._of.find(record["stream"], record["file"])
        if found is None:
            await (keeping.wait(record, WAIT_SECONDS) if on_its_way else keeping.forget(record))
            return
        contents = _kept(record) or await self._contents(record, found[1])
        if contents is None:
            await keeping.hand_back(record, patient=True)
        elif await keeping.keep(record, contents):
            await self._publish(record, *found, contents)
            await keeping.close(record)
            READ.labels(contents.outcome).inc()

    async def _contents(self, record: Document, version: Version) -> Contents | None:
        """What the file says; None if it has to be read patiently. Raises ChildDisturbed, and the store's errors."""
        file = version.file
        if file.size > MOST_BYTES:
            return Contents("too_large")
        try:
            parts = await self._of.files.open(file.stored_object)
            return await self._reader.read(file.media_type, file.size, parts)
        except MissingFileError:
            return Contents("not_readable", MISSING)
        except TooSlow:
            return Contents("not_readable", TIME) if self._patient else None
        except ChildDisturbed:
            if record["attempts"] < ATTEMPTS:
                raise
            return Contents("not_readable", TIME)

    async def _publish(self, record: Document, paper: Paper, version: Version, contents: Contents) -> None:
        read = DocumentContentsRead(
            activity=split_stream(record["stream"])[1],
            document=paper.id,
            number=version.number,
            outcome=contents.outcome,
            reason=contents.reason,
            characters=len(contents.text),
            is_cut=contents.is_cut,
        )
        command = new_id()
        metadata = Metadata(actor="service:activities", channel="rule", correlation_id=command, command_id=command)
        stream = stream_id(CONTENTS, record["_id"])
        await execute(self._of.store, FILE, stream, lambda state: domain.say(state, read), metadata, create=True)


def _kept(record: Document) -> Contents | None:
    """What was read by a worker that died before it had said so."""
    if "outcome" not in record:
        return None
    return Contents(record["outcome"], record["reason"], record["text"], record["is_cut"])
