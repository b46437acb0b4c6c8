"""The projects of this service as a list of ids. What is shown of one, and to whom, is folded from its stream."""

from __future__ import annotations

from typing import ClassVar

from dossier.contracts import RecordedEvent
from dossier.mongo import Document
from dossier.projections.views import ViewProjection


class ProjectList(ViewProjection):
    """One empty document per project."""

    name: ClassVar[str] = "projects"
    sources: ClassVar[tuple[str, ...]] = ("engagements",)
    view: ClassVar[str] = "ids"

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The project exists."""
        return document or {}
