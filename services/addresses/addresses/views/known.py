"""Which users exist in the directory, and what they are called: as much as account managers and change logs need."""

from __future__ import annotations

from typing import ClassVar

from dossier.contracts import RecordedEvent
from dossier.contracts.base import REDACTED
from dossier.contracts.directory import UserAdded, UserChanged
from dossier.mongo import Document
from dossier.projections.views import ViewProjection


class Known(ViewProjection):
    """One document per stream of the directory, with the `name` of a user."""

    name: ClassVar[str] = "users"
    sources: ClassVar[tuple[str, ...]] = ("directory",)
    view: ClassVar[str] = "streams"

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The document after the event: it exists."""
        match event.event():
            case UserAdded(name=name) | UserChanged(name=str(name)):
                return {"name": "" if name == REDACTED else name}
            case _:
                return document or {}

    async def exists(self, stream: str) -> bool:
        """Whether an event of the stream has arrived here."""
        return await self.get(stream) is not None

    async def name_of(self, stream: str) -> str | None:
        """What the user is called, if that is known here."""
        return (await self.get(stream) or {}).get("name") or None
