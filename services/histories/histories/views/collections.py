"""The collections of one generation of the histories, and their indexes."""

from __future__ import annotations

from dataclasses import dataclass

from dossier.mongo import ASCENDING, Collection, IndexModel

PAGE = [("shown_on", ASCENDING), ("dated", ASCENDING)]
PAGE_OF_KIND = [("shown_on", ASCENDING), ("own.kind", ASCENDING), ("dated", ASCENDING)]
PAGE_OF_MEDIUM = [("shown_on", ASCENDING), ("own.medium", ASCENDING), ("dated", ASCENDING)]
LINKED = [("links.to", ASCENDING), ("_id", ASCENDING)]
LEADING = [("targets", ASCENDING)]


@dataclass(frozen=True, slots=True)
class Collections:
    """`nodes` are the own sides of all but activities; `entries` the activities with all that is derived for them."""

    nodes: Collection
    entries: Collection

    async def index_for_reading(self) -> None:
        """What pages and touchpoints need: newest first on an object, of all kinds, of one kind, of one medium."""
        await self.entries.create_indexes([IndexModel(PAGE), IndexModel(PAGE_OF_KIND), IndexModel(PAGE_OF_MEDIUM)])

    async def index_for_deriving(self) -> None:
        """What finds dependents by own sides: the entries linked to an object, the nodes that ever led to it."""
        await self.entries.create_indexes([IndexModel(LINKED)])
        await self.nodes.create_indexes([IndexModel(LEADING)])
