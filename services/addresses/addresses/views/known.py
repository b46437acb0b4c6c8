"""Which users exist in the directory: as much as account managers need."""

from __future__ import annotations

from typing import ClassVar

from dossier.contracts import RecordedEvent
from dossier.mongo import Document
from dossier.projections.views import ViewProjection


class Known(ViewProjection):
    """One empty document per stream of the directory."""

    name: ClassVar[str] = "known"
    sources: ClassVar[tuple[str, ...]] = ("directory",)
    view: ClassVar[str] = "streams"

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The document after the event: it exists."""
        return document or {}

    async def exists(self, stream: str) -> bool:
        """Whether an event of the stream has arrived here."""
        return await self.get(stream) is not None
