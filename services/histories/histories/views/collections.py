"""The collections of one generation of the histories, and their indexes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from dossier.mongo import ASCENDING, Collection, IndexModel, NetworkTimeout

PAGE = [("shown_on", ASCENDING), ("own.kind", ASCENDING), ("dated", ASCENDING)]
"""Pages: those of all kinds merge six scans. An index without the kind would save them half a millisecond, and cost
every rebuild a quarter of its index building and every write its upkeep."""
TOUCHPOINTS = [("shown_on", ASCENDING), ("own.medium", ASCENDING), ("dated", ASCENDING)]
TERMS = [("terms", ASCENDING), ("dated", ASCENDING)]
DATED = [("dated", ASCENDING)]
PINNED = [("pinned", ASCENDING), ("dated", ASCENDING)]
PINNED_ONLY = {"pinned": {"$gt": ""}}
"""What the index of pinned entries holds: the few that are."""
LINKED = [("links.to", ASCENDING), ("_id", ASCENDING)]
LEADING = [("targets", ASCENDING)]
SUBSIDIARIES = [("facts.parent", ASCENDING)]
IN_FOLDER = [("facts.folder", ASCENDING), ("facts.entry", ASCENDING)]
BY_KEYWORD = [("facts.keywords", ASCENDING), ("_id", ASCENDING)]
CUSTOMERS = [("facts.customers", ASCENDING)]
LISTS = [("lists.$**", ASCENDING)]
"""Work lists and calendars: a key for every list of every user an activity stands on, so one index for all of them, and
nothing for the many activities that stand on none."""
OPEN = [("shown_on", ASCENDING), ("next", ASCENDING)]
OPEN_ONLY = {"next": {"$gt": ""}}
"""What the index of open tasks holds; a query that uses it says so too."""
LED = [("facts.leaders", ASCENDING)]
REPRESENTED = [("facts.deputies.user", ASCENDING)]
MEMBERS = [("facts.members", ASCENDING)]
FEED = [("facts.calendar_feed", ASCENDING)]


@dataclass(frozen=True, slots=True)
class Collections:
    """`nodes` are the own sides of all but activities; `entries` the activities with all that is derived for them.

    `cache` holds what was counted for pages before (`tallies.py`).
    """

    nodes: Collection
    entries: Collection
    cache: Collection

    async def index(self) -> None:
        """What pages, touchpoints and searches need, what finds dependents, and what leads down a hierarchy.

        Dependents are found by own sides: the entries linked to an object, the nodes that ever led to it.
        """
        sparse = [
            IndexModel(keys, sparse=True)
            for keys in (SUBSIDIARIES, LED, REPRESENTED, MEMBERS, FEED, IN_FOLDER, CUSTOMERS)
        ]
        by_keyword = IndexModel(BY_KEYWORD, partialFilterExpression={"facts.keywords": {"$exists": True}})
        open_tasks = IndexModel(OPEN, partialFilterExpression=OPEN_ONLY)
        pinned = IndexModel(PINNED, partialFilterExpression=PINNED_ONLY)
        await built(self.nodes, IndexModel(LEADING), *sparse, by_keyword)
        # The server builds what it is asked for at once in one pass, on one core: each half holds about half the work.
        await asyncio.gather(
            built(self.entries, *_models(PAGE, DATED, LISTS), open_tasks),
            built(self.entries, *_models(TOUCHPOINTS, TERMS, LINKED), pinned),
        )

    async def index_for_deriving(self) -> None:
        """What finds dependents, alone."""
        await built(self.nodes, *_models(LEADING))
        await built(self.entries, *_models(LINKED))


async def built(collection: Collection, *indexes: IndexModel) -> None:
    """Build indexes in one pass, however long it takes: the server goes on when a client has given up waiting."""
    while True:
        try:
            await collection.create_indexes(list(indexes))
        except NetworkTimeout:
            continue
        return


def _models(*indexes: list[tuple[str, int]]) -> list[IndexModel]:
    return [IndexModel(keys) for keys in indexes]
