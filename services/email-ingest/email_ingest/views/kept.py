"""Automatic mail that was kept without an activity, for those who may read what comes in by its mailbox (EML-01)."""

from __future__ import annotations

from collections.abc import Sequence

from dossier.clock import rfc3339
from dossier.mongo import ASCENDING, DESCENDING, Database, Document
from email_ingest.domain.message import Message


class Kept:
    """Collection `kept`: one document per message, until the mail is filed after all."""

    def __init__(self, database: Database) -> None:
        self._collection = database["kept"]

    async def prepare(self) -> None:
        """Make the index of a reader's list."""
        order = [("received_at", DESCENDING), ("_id", DESCENDING)]
        await self._collection.create_index([("readers", ASCENDING), *order])

    async def remember(self, message: str, state: Message) -> None:
        """Put the mail on the list of everybody who was granted one of its deliveries."""
        assert state.received is not None
        received, sightings = state.received, state.sightings.values()
        first: Document = {
            **received.model_dump(mode="json", include={"kind", "subject", "sender", "sender_name"}),
            "sent_at": rfc3339(received.sent_at) if received.sent_at else None,
            "received_at": rfc3339(received.delivery.received_at),
            "mailbox": received.delivery.mailbox,
        }
        readers = sorted({f"{grant.to}:{grant.id}" for sighting in sightings for grant in sighting.grants})
        change = {"$setOnInsert": first, "$addToSet": {"readers": {"$each": readers}}}
        await self._collection.update_one({"_id": message}, change, upsert=True)

    async def forget(self, message: str) -> None:
        """Take the mail off the list: it is filed."""
        await self._collection.delete_one({"_id": message})

    async def read(self, message: str, tokens: Sequence[str]) -> Document | None:
        """A mail that was kept, if whoever has these tokens may read it."""
        return await self._collection.find_one({"_id": message, "readers": {"$in": list(tokens)}})

    async def listed(self, tokens: Sequence[str], after: Sequence[str] | None, most: int) -> list[Document]:
        """What whoever has these tokens may read, newest first."""
        wanted: Document = {"readers": {"$in": list(tokens)}}
        if after is not None:
            moment, message = after
            wanted["$or"] = [{"received_at": {"$lt": moment}}, {"received_at": moment, "_id": {"$lt": message}}]
        found = self._collection.find(wanted)
        return await found.sort([("received_at", DESCENDING), ("_id", DESCENDING)]).limit(most).to_list(most)
