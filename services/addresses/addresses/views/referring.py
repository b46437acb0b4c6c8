"""What refers to an address: one document per stream that names addresses, here and in other services (DEL-03).

`slots` holds what is named in which place, `names` the same to look for; an activity that is withdrawn names nothing.
Of engagements also who may see them, of folders whose they are, of activities in which engagements they are (`inside`),
so that nobody is told of what he may not see. Of an activity with readers of its own only the author is kept as one.
"""

from __future__ import annotations

from typing import Any, ClassVar

from addresses.domain import referring
from dossier.contracts import RecordedEvent
from dossier.contracts.activities import (
    ActivityLinked,
    ActivityRecorded,
    ActivityRestored,
    ActivityUnlinked,
    ActivityWithdrawn,
    VisibilityChanged,
)
from dossier.contracts.addresses import FolderCreated, FolderEntryAdded
from dossier.contracts.base import Event
from dossier.contracts.common import Principals
from dossier.contracts.engagements import (
    EngagementOpened,
    EngagementRestricted,
    InvoiceChanged,
    InvoiceRegistered,
    PhaseAdded,
)
from dossier.ids import split_stream
from dossier.mongo import ASCENDING, Document, IndexModel, by_ids
from dossier.projections.views import ViewProjection

_ENGAGEMENTS = ("project", "phase", "opportunity", "invoice")
MOST = 1_000
"""How many referring streams are told of at most."""


class Referring(ViewProjection):
    """A moment behind. What the service's own store says of itself at this moment is asked of the store."""

    name: ClassVar[str] = "referring"
    sources: ClassVar[tuple[str, ...]] = ("addresses", "engagements", "activities")
    view: ClassVar[str] = "streams"

    async def prepare(self) -> None:
        """Streams are found by what they name."""
        named = {"names": {"$exists": True}}
        await self.documents.create_indexes(
            [IndexModel([("names", ASCENDING)], name="names", partialFilterExpression=named)]
        )

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """See ViewProjection."""
        return fold(document, event)

    async def to(self, stream: str) -> list[Document]:
        """The documents of what refers to the stream."""
        named = {"names": {"$eq": stream, "$exists": True}}
        return await self.documents.find(named).limit(MOST).to_list(None)

    async def of(self, streams: set[str]) -> dict[str, Document]:
        """The documents of these streams, as far as there are such."""
        return await by_ids(self.documents, streams)


def fold(document: Document | None, recorded: RecordedEvent) -> Document | None:
    """The document after the event, or none if the stream names nothing and nobody needs to know of it."""
    event = recorded.event()
    if referring.ends(event):
        return None
    document = {"kind": split_stream(recorded.stream)[0], **(document or {})}
    document |= _rights(event, document)
    slots = {**document.get("slots", {}), **referring.named(event)}
    slots = {slot: stream for slot, stream in slots.items() if stream is not None}
    names = () if document.get("withdrawn") else sorted(set(slots.values()))
    # The index holds only what names something.
    document |= {"slots": slots or None, "names": list(names) or None}
    return {name: value for name, value in document.items() if value is not None}


def _rights(event: Event, document: Document) -> dict[str, Any]:
    """Who may see it, and what else must be seen for that. A field of None goes."""
    match event:
        case EngagementRestricted():
            return {"readers": _readers(event.to)}
        case EngagementOpened():
            return {"readers": None}
        case InvoiceRegistered() | InvoiceChanged() if "project" in event.model_fields_set:
            return {"within": None if event.project is None else f"project-{event.project}"}
        case PhaseAdded():
            return {"within": f"project-{event.project}"}
        case FolderCreated():
            return {"readers": None if event.owner is None else [f"user:{event.owner}"]}
        case FolderEntryAdded():
            return {"within": f"folder-{event.folder}"}
        case _:
            return _of_activity(event, document)


def _of_activity(event: Event, document: Document) -> dict[str, Any]:
    match event:
        case ActivityRecorded():
            linked = ((kind, getattr(event, kind)) for kind in _ENGAGEMENTS)
            inside = {kind: f"{kind}-{id}" for kind, id in linked if id is not None}
            author = [] if event.entered_by is None else [f"user:{event.entered_by}"]
            own = author if event.visibility == "granted" else None
            return {"author": author, "readers": own, "inside": inside or None}
        case VisibilityChanged():
            return {"readers": document.get("author", []) if event.visibility == "granted" else None}
        case ActivityLinked() if event.object.type in _ENGAGEMENTS:
            return {"inside": document.get("inside", {}) | {event.object.type: event.object.stream}}
        case ActivityUnlinked() if event.object.type in _ENGAGEMENTS:
            inside = {kind: of for kind, of in document.get("inside", {}).items() if kind != event.object.type}
            return {"inside": inside or None}
        case ActivityWithdrawn():
            return {"withdrawn": True}
        case ActivityRestored():
            return {"withdrawn": None}
        case _:
            return {}


def _readers(to: Principals) -> list[str]:
    return sorted({*(f"user:{user}" for user in to.users), *(f"group:{group}" for group in to.groups)})
