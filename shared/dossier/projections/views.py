"""The simplest read model: one document per stream, folded from its events."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import ClassVar

from dossier.contracts import RecordedEvent
from dossier.mongo import Collection, Database, Document, by_ids
from dossier.projections.guarded import replace_older
from dossier.projections.model import FanOut, Projection, Span
from dossier.projections.watermarks import marks_of
from dossier.store.gathering import Gathering, room_for

_MOST = 64
_LANES = 2


class ViewProjection(Projection):
    """A service's own small view of other services' streams.

    The documents are in the collection `<name>_v<generation>_<view>` under the stream id. As applying touches a single
    document, that document's `version` is the stream's watermark. A stream that has nothing to show keeps a document
    with `absent: true`, so that its watermark is not lost.
    """

    view: ClassVar[str] = "view"
    folds_slowly: ClassVar[bool] = False
    """Whether a span can take seconds: then it is folded in a thread, so that everything else goes on meanwhile."""

    def attach(self, database: Database, generation: int) -> None:
        """See Projection."""
        super().attach(database, generation)
        self._gets = Gathering(self._read, room_for(_MOST), _LANES)

    @abstractmethod
    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The fields after the event, from those before it (none: nothing to show). It may change what it was given.

        `_id`, `version` and `absent` belong to the machinery and are not among the fields.
        """

    @property
    def documents(self) -> Collection:
        """Where the view is. A query that could match any document needs `absent: None`."""
        return self.collection(self.view)

    async def get(self, stream: str) -> Document | None:
        """The fields of one stream's document, or none. What many ask at the same moment is one read."""
        return await self._gets.ask(stream)

    async def positions(self, streams: Iterable[str]) -> dict[str, int]:
        """The versions of the documents."""
        found = await by_ids(self.documents, streams, {"version": 1})
        return {stream: document["version"] for stream, document in found.items()}

    def all_positions(self, source: str) -> AsyncIterator[tuple[str, int]]:
        """The versions of the documents."""
        return marks_of(self.documents, source, "version")

    async def begin_anew(self, stream: str, events: Sequence[RecordedEvent]) -> bool:
        """Fold the stream from its beginning, in place of a document that is newer than its owner's last event."""
        newer = {"_id": stream, "version": {"$gt": events[-1].version if events else 0}}
        if events:
            await self.documents.replace_one(newer, self._folded(None, Span(stream, list(events))))
        else:
            await self.documents.delete_one(newer)
        return True

    async def advance(self, marks: Mapping[str, int]) -> None:
        """Nothing: the watermark was written with the document."""

    async def bulk_advance(self, marks: Mapping[str, int]) -> None:
        """Nothing: the watermark was written with the document."""

    async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
        """Fold each span onto its stored document."""
        begun = [span.stream for span in spans if span.first > 1]  # the others are folded from their beginning
        stored = await by_ids(self.documents, begun)

        def folded() -> list[Document]:
            return [self._folded(stored.get(span.stream), span) for span in spans]

        await replace_older(self.documents, await asyncio.to_thread(folded) if self.folds_slowly else folded())
        return ()

    async def _read(self, streams: Sequence[str]) -> list[Document | None]:
        stored = await by_ids(self.documents, streams)
        # Each gets fields of its own, as it may change them.
        return [_fields(stored[stream]) if stream in stored else None for stream in streams]

    def _folded(self, stored: Document | None, span: Span) -> Document:
        version = stored["version"] if stored else 0
        fields = _fields(stored) if stored else None
        for event in span.events:
            if event.version > version:
                fields = self.fold(fields, event)
        state = {"absent": True} if fields is None else fields
        return {**state, "_id": span.stream, "version": max(version, span.last)}


def _fields(stored: Document) -> Document | None:
    if stored.get("absent"):
        return None
    return {name: value for name, value in stored.items() if name not in ("_id", "version")}
