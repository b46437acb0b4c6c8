"""Automatic mail that was kept without an activity, for those who may read what comes in by its mailbox (EML-01).

What comes in by a mailbox is for its readers alone: the same mail by another one can have other recipients (EML-20).
"""

from __future__ import annotations

from collections.abc import Sequence

from dossier.clock import rfc3339
from dossier.contracts.common import Grant
from dossier.contracts.emails import MessageReceived
from dossier.ids import derived_id
from dossier.mongo import ASCENDING, DESCENDING, Database, Document, aggregate

_ROW = {"kind", "subject", "sender", "sender_name"}
_WHOLE = {"recipients", "attachments", "defects"}


class Kept:
    """Collection `kept_mail`: of each message the first delivery to the same readers, until the mail is filed."""

    def __init__(self, database: Database) -> None:
        self._collection = database["kept_mail"]

    async def prepare(self) -> None:
        """Make the indexes of a reader's list, and of what came by several mailboxes."""
        order = [("received_at", DESCENDING), ("message", DESCENDING)]
        await self._collection.create_index([("readers", ASCENDING), *order])
        await self._collection.create_index([("message", ASCENDING), ("received_at", ASCENDING)])

    async def remember(self, message: str, received: MessageReceived, grants: Sequence[Grant]) -> None:
        """Put the mail on the list of everybody who was granted this delivery, with what it says."""
        readers, mailbox = sorted({f"{grant.to}:{grant.id}" for grant in grants}), received.delivery.mailbox
        first: Document = {
            **received.model_dump(mode="json", include=_ROW | _WHOLE),
            "sent_at": rfc3339(received.sent_at) if received.sent_at else None,
            "received_at": rfc3339(received.delivery.received_at),
            "message": message,
            "delivery": received.delivery.id,
            "size": received.delivery.size,
            "mailbox": mailbox,
            "readers": readers,
        }
        audience = derived_id("kept", message, mailbox or "", *readers)
        await self._collection.update_one({"_id": audience}, {"$setOnInsert": first}, upsert=True)

    async def forget(self, message: str) -> None:
        """Take the mail off all lists: it is filed."""
        await self._collection.delete_many({"message": message})

    async def read(self, message: str, tokens: Sequence[str]) -> Document | None:
        """A mail that was kept, as it first came to whoever has these tokens, if it did."""
        wanted = {"message": message, "readers": {"$in": list(tokens)}}
        return await self._collection.find_one(wanted, sort=[("received_at", ASCENDING), ("_id", ASCENDING)])

    async def listed(self, tokens: Sequence[str], after: Sequence[str] | None, most: int) -> list[Document]:
        """What whoever has these tokens may read, newest first, each mail once: as it first came to them."""
        mine: Document = {"readers": {"$in": list(tokens)}}
        wanted = dict(mine)
        if after is not None:
            moment, message = after
            wanted["$or"] = [{"received_at": {"$lt": moment}}, {"received_at": moment, "message": {"$lt": message}}]
        before = {"$expr": {"$lt": [["$received_at", "$_id"], ["$$at", "$$id"]]}}
        earlier = {
            "from": self._collection.name,
            "localField": "message",
            "foreignField": "message",
            "let": {"at": "$received_at", "id": "$_id"},
            "pipeline": [{"$match": {**mine, **before}}, {"$limit": 1}, {"$project": {"_id": 1}}],
            "as": "earlier",
        }
        stages: list[Document] = [
            {"$match": wanted},
            {"$sort": {"received_at": DESCENDING, "message": DESCENDING}},
            {"$project": dict.fromkeys(_WHOLE, 0)},
            {"$lookup": earlier},
            {"$match": {"earlier": []}},
            {"$limit": most},
        ]
        return await (await aggregate(self._collection, stages)).to_list(most)
