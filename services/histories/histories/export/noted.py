"""Who took the dossier of which address along, and when (AUD-01).

No event says it, and nothing is derived from it: a record of this service's own, beside the read models. It names ids
alone, and is made before the first byte is sent, so that nothing leaves the house without it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from dossier.clock import rfc3339
from dossier.ids import new_id
from dossier.mongo import ASCENDING, DESCENDING, Collection, Database, Document
from dossier.store.reads import reading
from histories.views.wanted import Wanted

Format = Literal["ndjson", "zip"]


class Exports:
    """The exports that were begun. Methods raise StoreUnavailableError if the database does not answer."""

    def __init__(self, database: Database) -> None:
        self._exports: Collection = database["exports"]

    async def prepare(self) -> None:
        """Assert the index that lists of an address are read by."""
        with reading():
            await self._exports.create_index([("of", ASCENDING), ("_id", DESCENDING)])

    async def note(self, of: str, by: str, as_file: Format, wanted: Wanted, moment: datetime) -> None:
        """Note, durably, that somebody (`user-…`) takes along what an address has of these days."""
        days = {"first_day": wanted.first, "last_day": wanted.last}
        record = {"of": of, "by": by, "format": as_file, "begun_at": rfc3339(moment)}
        with reading():
            await self._exports.insert_one(
                {"_id": new_id(), **record, **{name: day and day.isoformat() for name, day in days.items()}}
            )

    async def listed(self, of: str | None, before: str | None, most: int) -> list[Document]:
        """Exports of an address, or all, from before the one with this id, newest first."""
        wanted: Document = {} if of is None else {"of": of}
        if before is not None:
            wanted["_id"] = {"$lt": before}
        with reading():
            return await self._exports.find(wanted).sort("_id", DESCENDING).limit(most).to_list(most)
