"""What the mails that came say of the mails before them (EML-19).

It is kept before anything is asked: of mails that come at the same moment, the last one to be kept sees all.
"""

from __future__ import annotations

from collections.abc import Sequence

from dossier.mongo import ASCENDING, Database, Document, OperationFailure, ReplaceOne, aggregate
from dossier.store.gathering import Gathering, room_for
from dossier.telemetry import logs
from email_ingest.domain.conversation import Claim, conversations, named_by
from email_ingest.identity import thread_id_of
from email_ingest.parsing import ParsedMail

_TOGETHER = 64
_DEEPEST = 1_000
"""Mails that each name only the one before them, as far as they are followed."""
MOVED_MOST = 100
"""Mails that one mail moves: without a bound, a thousand small ones that come last first would move each other half a
million times."""

log = logs.logger()


class Conversations:
    """Collection `conversations`: a claim for each delivery. A mail that names no other has none."""

    def __init__(self, database: Database) -> None:
        self._collection = database["conversations"]
        self._writes: Gathering[Document, None] = Gathering(self._write, room_for(_TOGETHER))

    async def prepare(self) -> None:
        """Make the indexes by which mails are followed both ways."""
        await self._collection.create_index([("own", ASCENDING)])
        await self._collection.create_index([("named", ASCENDING)])

    async def remember(self, delivery: str, message: str, mail: ParsedMail) -> str | None:
        """Keep what the mail says, acknowledged; returns its conversation, as far as is known, if it is of one."""
        own = thread_id_of(mail.message_id) if mail.message_id else None
        named = [thread_id_of(one) for one in named_by(mail.references, mail.in_reply_to, mail.message_id)]
        if not named:
            return own
        await self._writes.ask({"_id": delivery, "message": message, "own": own, "named": named})
        try:
            return (await self._told({"_id": delivery}))[message]
        except OperationFailure as error:  # more than the server holds in memory: the mail is filed all the same
            log.warning("mail.conversation-too-large", code=error.code)
            return named[0]

    async def moved_by(self, delivery: str) -> dict[str, str]:
        """The message that a remembered delivery brought, and the nearest after it, each with its conversation."""
        claim = await self._collection.find_one({"_id": delivery}, {"own": 1})
        if claim is None:
            return {}
        try:
            after = [] if claim["own"] is None else await self._after(delivery, claim["own"])
            return await self._told({"_id": {"$in": [delivery, *after]}})
        except OperationFailure as error:
            log.warning("mail.conversation-too-large", code=error.code)
            return {}

    async def _after(self, delivery: str, own: str) -> list[str]:
        """A delivery of each further message of that Message-ID, and of each mail after it, nearest first."""
        follow = {**self._follow("named", "own"), "maxDepth": MOVED_MOST, "depthField": "steps"}
        same: list[Document] = [{"$match": {"own": own}}, {"$addFields": {"steps": -1}}]
        later = [{"$match": {"_id": delivery}}, {"$graphLookup": {**follow, "startWith": "$own"}}, *_FOUND]
        # A mail that came by many mailboxes is one to be moved.
        nearest: list[Document] = [
            {"$group": {"_id": "$message", "steps": {"$min": "$steps"}, "came": {"$addToSet": "$_id"}}},
            {"$match": {"came": {"$ne": delivery}}},
            {"$sort": {"steps": ASCENDING, "_id": ASCENDING}},
            {"$limit": MOVED_MOST + 1},
            {"$project": {"delivery": {"$min": "$came"}}},
        ]
        pipelines = [[*same, *nearest], [*later, *nearest]]
        found = {
            each["_id"]: each["delivery"] for one in pipelines async for each in await aggregate(self._collection, one)
        }
        if len(found) > MOVED_MOST:
            log.warning("mail.conversation-not-moved-whole", delivery=delivery)
        return list(found.values())[:MOVED_MOST]

    async def _told(self, wanted: Document) -> dict[str, str]:
        asked = [_claim(each) async for each in self._collection.find(wanted)]
        before = [
            {"$match": wanted},
            {"$project": {"ids": {"$setDifference": [{"$concatArrays": ["$named", ["$own"]]}, [None]]}}},
            {"$unwind": "$ids"},
            {"$group": {"_id": None, "ids": {"$addToSet": "$ids"}}},
            {"$graphLookup": {**self._follow("own", "named"), "startWith": "$ids"}},
            *_FOUND,
        ]
        known = [_claim(each) async for each in await aggregate(self._collection, before)]
        return conversations(asked, known)

    def _follow(self, to: str, go_on: str) -> Document:
        return {
            "from": self._collection.name,
            "connectFromField": go_on,
            "connectToField": to,
            "maxDepth": _DEEPEST,
            "as": "found",
        }

    async def _write(self, documents: Sequence[Document]) -> list[None]:
        writes = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents]
        await self._collection.bulk_write(writes, ordered=False)
        return [None] * len(documents)


_FOUND: list[Document] = [{"$unwind": "$found"}, {"$replaceRoot": {"newRoot": "$found"}}]


def _claim(document: Document) -> Claim:
    return Claim(document["message"], document["own"], tuple(document["named"]))
