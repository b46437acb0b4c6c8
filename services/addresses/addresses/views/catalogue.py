"""Where things of the catalogue are found: by who sees them, by folder, by the addresses they are about.

Documents hold references only, never names or remarks: what a list shows is folded from the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from addresses.domain.book.own_sides import ADDRESS_KINDS
from dossier.contracts import RecordedEvent
from dossier.contracts.addresses import (
    AddressDeleted,
    AddressesLinked,
    FolderChanged,
    FolderCreated,
    FolderEntryAdded,
    FolderEntryRemoved,
    KeywordAssigned,
    KeywordGroupChanged,
    KeywordGroupCreated,
    KeywordUnassigned,
    LinkRemoved,
    SavedSearchChanged,
    SavedSearchRemoved,
    SearchSaved,
)
from dossier.contracts.base import Event
from dossier.mongo import ASCENDING, Document, IndexModel
from dossier.projections.views import ViewProjection

EVERYONE = "everyone"
_ADDRESS = f"^({'|'.join(ADDRESS_KINDS)})-"


class Catalogue(ViewProjection):
    """One document per keyword group, folder, entry of a folder, saved search, link; and per address its keywords.

    `seen_by` is a user id or `everyone`, `ends` are the two addresses of a link.
    """

    name: ClassVar[str] = "catalogue"
    sources: ClassVar[tuple[str, ...]] = ("addresses",)
    view: ClassVar[str] = "streams"

    async def prepare(self) -> None:
        """Only documents that have the field are in its index: most addresses have none of them."""
        await self.documents.create_indexes(
            [
                IndexModel(
                    [(field, ASCENDING), ("_id", ASCENDING)],
                    name=field,
                    partialFilterExpression={field: {"$exists": True}},
                )
                for field in ("seen_by", "folder", "ends", "keywords")
            ]
        )

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The document after the event."""
        return _folded(document, event.event())

    async def with_keyword(self, keyword: str, after: str, limit: int) -> list[str]:
        """Streams of the addresses that have the keyword, from the one that follows `after`."""
        found = self.documents.find({"keywords": keyword, "_id": {"$gt": after}}, {"_id": 1})
        return [document["_id"] async for document in found.sort("_id", ASCENDING).limit(limit)]

    async def entries(self, folder: str) -> list[str]:
        """Streams of all that lies in the folder."""
        found = self.documents.find({"folder": folder}, {"_id": 0, "entry": 1})
        return [document["entry"] async for document in found]

    async def addresses_in(self, folder: str, after: str, limit: int) -> list[Document]:
        """The `entry` of each address in the folder, from the one that follows the document `after`."""
        within: Document = {"folder": folder, "_id": {"$gt": after}, "entry": {"$regex": _ADDRESS}}
        return await self.documents.find(within, {"entry": 1}).sort("_id", ASCENDING).limit(limit).to_list(None)

    async def between(self, one: str, other: str) -> list[str]:
        """Streams of the links between two addresses, by age."""
        found = self.documents.find({"ends": {"$all": [one, other]}}, {"_id": 1})
        return sorted([document["_id"] async for document in found])


def _folded(document: Document | None, event: Event) -> Document | None:
    match event:
        case KeywordGroupCreated() | FolderCreated():
            parent = event.parent if isinstance(event, FolderCreated) else None
            return {"seen_by": event.owner or EVERYONE, "is_active": True, "parent": parent}
        case KeywordGroupChanged() | FolderChanged():
            return {**(document or {}), **_set(event, "is_active", "parent")}
        case FolderEntryAdded():
            return {"folder": event.folder, "entry": event.entry.stream}
        case SearchSaved():
            return {"seen_by": EVERYONE if event.is_shared else event.owner, "owner": event.owner, "of": event.of}
        case SavedSearchChanged(is_shared=bool(is_shared)) if document is not None:
            return {**document, "seen_by": EVERYONE if is_shared else document["owner"]}
        case AddressesLinked():
            return {"ends": [event.one.stream, event.other.stream]}
        case FolderEntryRemoved() | SavedSearchRemoved() | LinkRemoved() | AddressDeleted():
            return None
        case KeywordAssigned() | KeywordUnassigned():
            return _with_keywords(document, event)
        case _:
            return document


def _set(event: Event, *fields: str) -> Mapping[str, Any]:
    return {field: getattr(event, field) for field in fields if field in event.model_fields_set}


def _with_keywords(document: Document | None, event: KeywordAssigned | KeywordUnassigned) -> Document | None:
    gone = {event.keyword, *(event.instead_of if isinstance(event, KeywordAssigned) else ())}
    rest = [keyword for keyword in (document or {}).get("keywords", []) if keyword not in gone]
    has = [*rest, event.keyword] if isinstance(event, KeywordAssigned) else rest
    return {"keywords": has} if has else None
