"""How an object stands: its next open task, and how much happened with it in each of the last months."""

from __future__ import annotations

from asyncio import gather
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from dossier.mongo import ASCENDING, Cursor, Document
from histories.domain.documents import Entry
from histories.views.collections import OPEN, OPEN_ONLY, Collections
from histories.views.families import Family
from histories.views.readers import Reader
from histories.views.rows import ROW_FIELDS
from histories.views.tallies import Tallies, admitted, months_until

MONTHS = 24
_PART = 200
"""Objects in one query: so many scans the database merges in the order of the index."""


class Pulse:
    """Questions of one reader. Whether there is such an object for the reader is asked elsewhere."""

    def __init__(self, collections: Collections, reader: Reader) -> None:
        self._entries = collections.entries
        self._tallies = Tallies(collections)
        self._reader = reader

    async def next_task(self, family: Family) -> Entry | None:
        """The open task that comes first by its due date or anybody's follow-up date; undated ones are last."""
        apart = family.conditions()
        parts = (self.open_tasks(part, apart).to_list(None) for part in family.parts(_PART))
        found = [entry for part in await gather(*parts) for entry in part]
        return cast("Entry | None", min(found, key=lambda entry: entry["next"], default=None))

    def open_tasks(self, objects: Sequence[str], further: Sequence[Document] = ()) -> Cursor:
        """The query behind the next task of up to `_PART` objects. `further` conditions are compared."""
        conditions = [{"shown_on": {"$in": list(objects)}}, OPEN_ONLY, *further, *self._reader.seen()]
        found = self._entries.find({"$and": conditions}, ROW_FIELDS | {"next": 1})
        return found.sort("next", ASCENDING).hint(OPEN).limit(1)

    async def months(self, target: str, today: date) -> list[dict[str, Any]]:
        """The activities of each of the last `MONTHS` months up to this one that the reader sees, oldest first.

        Rights come before counting. A month that has begun counts as a whole: what is dated later in it is in.
        """
        months = months_until(today.isoformat()[:7], MONTHS)
        counted, withheld = await gather(self._tallies.read(target, months), self._withheld(target, months))
        return [
            {"month": month, "count": admitted(counted[month], self._reader.tokens) - withheld[month]}
            for month in months
        ]

    async def _withheld(self, target: str, months: Sequence[str]) -> Counter[str]:
        """By month, what its doors would let the reader see and a stream that is set aside does not."""
        doubt = self._reader.doubtful()
        if doubt is None:
            return Counter()
        wanted: list[Document] = [{"shown_on": target}, {"dated": {"$gte": months[0], "$lt": f"{months[-1]}:"}}, *doubt]
        found = self._entries.find({"$and": wanted}, {"dated": 1, "gates": 1})
        return Counter(
            [entry["dated"][:7] async for entry in found if admitted([(entry["gates"], 1)], self._reader.tokens)]
        )
