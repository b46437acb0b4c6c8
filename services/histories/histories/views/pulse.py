"""How an object stands: its next open task, and how much happened with it in each of the last months."""

from __future__ import annotations

from asyncio import gather
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast

from dossier.mongo import ASCENDING, Cursor, Document
from histories.domain.documents import Entry
from histories.views.collections import OPEN, OPEN_ONLY, PAGE, Collections
from histories.views.families import Family
from histories.views.readers import Reader
from histories.views.rows import ROW_FIELDS
from histories.views.tallies import Tallies, admitted, months_until
from histories.views.wanted import KINDS

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

        Rights come before counting. Of this month nothing counts that is dated later than today.
        """
        months = months_until(today.isoformat()[:7], MONTHS)
        counted, withheld = await gather(self._tallies.read(target, months), self._withheld(target, months, today))
        return [
            {"month": month, "count": admitted(counted[month], self._reader.tokens) - withheld[month]}
            for month in months
        ]

    async def _withheld(self, target: str, months: Sequence[str], today: date) -> Counter[str]:
        """By month, what its doors would let the reader see, and does not count: it is still to come, or in doubt."""
        tomorrow = (today + timedelta(days=1)).isoformat()
        parts = [self._dated(target, tomorrow, f"{months[-1]}:")]
        if (doubt := self._reader.doubtful()) is not None:
            parts.append(self._dated(target, months[0], tomorrow, doubt))
        found = [entry for part in await gather(*(part.to_list(None) for part in parts)) for entry in part]
        tokens = self._reader.tokens
        return Counter(entry["dated"][:7] for entry in found if admitted([(entry["gates"], 1)], tokens))

    def _dated(self, target: str, low: str, high: str, further: Sequence[Document] = ()) -> Cursor:
        """What the object shows of a time, whoever may see it."""
        kinds: Document = {"own.kind": {"$in": list(KINDS)}}
        wanted = [{"shown_on": target}, kinds, {"dated": {"$gte": low, "$lt": high}}, *further]
        return self._entries.find({"$and": wanted}, {"dated": 1, "gates": 1}).hint(PAGE)
