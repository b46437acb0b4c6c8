"""From an upload to a document on an activity: first the bytes, then the event that refers to them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from activities.contents.keeping import Keeping
from activities.domain.attaching import check_size
from activities.domain.documents import Document, Version
from activities.domain.state import Activity
from activities.handling import ACTIVITY, Activities, Holding, Order
from activities.media_types import HEAD, media_type
from dossier.commands import load
from dossier.contracts import RecordedEvent
from dossier.contracts.attachments import DocumentAttached, DocumentVersionAdded, StoredFile
from dossier.contracts.base import Event
from dossier.files import StoredFiles, Upload, Uploads
from dossier.ids import stream_id
from dossier.store import CommitStore, Committed, OutcomeUnknownError, StoreUnavailableError

Decide = Callable[[Activity, StoredFile], Sequence[Event]]
Ordered = Callable[[StoredFile], Order]
"""Makes the order, once the file is known: an idempotency key stands for its content too."""


@dataclass(frozen=True)
class Incoming:
    """A file on its way in: its name as it is kept, and its bytes as they come."""

    name: str
    parts: AsyncIterable[bytes]


class _Inspection:
    """Looks at bytes as they pass."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.head = b""
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    async def watched(self, parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        async for part in parts:
            self._digest.update(part)
            self.size += len(part)
            if len(self.head) < HEAD:
                self.head = (self.head + part)[:HEAD]
            yield part


class Documents:
    """The documents of an installation's activities."""

    def __init__(
        self,
        store: CommitStore,
        activities: Activities,
        files: StoredFiles,
        uploads: Uploads,
        most_bytes: int,
        contents: Keeping,
    ) -> None:
        self.files = files
        self.most_bytes = most_bytes
        self._store = store
        self._activities = activities
        self.uploads = uploads
        self.contents = contents

    async def receive(self, identifier: str, incoming: Incoming, ordered: Ordered, decide: Decide) -> Committed:
        """Store the file and commit what is decided with it. Raises as `Activities.change`, and what reading raises.

        Whatever becomes of it, no bytes stay that no event refers to: where that cannot be said yet, the sweep will.
        """
        upload = await self.uploads.begin(stream_id(ACTIVITY.kind, identifier))
        try:
            await self.contents.expect(upload.name, upload.stream)
            file = await self._stored(upload, incoming)
            holding = Holding(upload.guard, lambda: self.uploads.require(upload))
            committed = await self._activities.change(
                identifier, ordered(file), lambda state: decide(state, file), holding=holding
            )
        except OutcomeUnknownError:
            raise
        except Exception:
            await self._finish(upload, used=False)
            raise
        await self._finish(upload, used=any(_refers(each.event(), upload.name) for each in committed.events))
        return committed

    async def events(self, identifier: str, until: int | None = None) -> list[RecordedEvent]:
        """The events of the activity, up to a version of it. Who may know of them is the caller's to ask."""
        events = (await self._store.history(stream_id(ACTIVITY.kind, identifier))).events
        return events if until is None else [event for event in events if event.sequence <= until]

    async def refers(self, stream: str, name: str) -> bool:
        """Whether an event of the activity refers to the stored file, be the document removed or not."""
        return await self.find(stream, name) is not None

    async def find(self, stream: str, name: str) -> tuple[Document, Version] | None:
        """The document and version of the activity that the stored file is, be the document removed or not."""
        state = (await load(self._store, ACTIVITY, stream)).state
        found = ((document, version) for document in state.documents for version in document.versions)
        return next((each for each in found if each[1].file.stored_object == name), None)

    async def sweep(self, stop: asyncio.Event) -> None:
        """Remove what no event came to refer to, until told to stop."""
        await self.uploads.run(self.refers, stop)

    async def _stored(self, upload: Upload, incoming: Incoming) -> StoredFile:
        seen = _Inspection()
        await self.uploads.store(upload, seen.watched(incoming.parts))
        check_size(seen.size)
        return StoredFile(
            stored_object=upload.name,
            name=incoming.name,
            media_type=media_type(seen.head, incoming.name),
            size=seen.size,
            sha256=seen.sha256,
        )

    async def _finish(self, upload: Upload, *, used: bool) -> None:
        with suppress(StoreUnavailableError):  # the sweep makes up for it
            await self.uploads.finish(upload, used=used)
            if used:
                await self.contents.arrived(upload.name)


def _refers(event: Event, name: str) -> bool:
    return isinstance(event, DocumentAttached | DocumentVersionAdded) and event.file.stored_object == name
