"""Taking a mail: after one durable write of the raw bytes it is ours, and only then the sender is told so.

A delivery's id is derived from source, bytes, envelope recipient and the user who files it by a mailbox, so a sender
that repeats itself (because the line broke before it heard the answer) changes nothing. Where the message is known that
it brings, that stands for the bytes. Many mails at the same moment
share one majority, journaled insert; each is encoded before it joins, so that one that cannot be stored refuses itself
alone.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from dossier.clock import Clock, rfc3339, system_clock
from dossier.ids import derived_id
from dossier.mongo import (
    ASCENDING,
    DESCENDING,
    DUPLICATE_KEY,
    BulkWriteError,
    Collection,
    Database,
    Document,
    PyMongoError,
    RawDocument,
    UpdateOne,
    by_ids,
    encoded,
)
from dossier.store.gathering import Gathering, room_for

CHUNK = 8 * 1024 * 1024
LATELY = timedelta(days=1)
"""For so long a refused mail is told of by the figures."""
_BATCH_BYTES = 32 * 1024 * 1024
_HASHED_AT_ONCE = 128 * 1024
"""Bytes whose digest takes less time than asking a thread for it."""
_NAMES_MOST = 64
_Outcome = int
"""The server's error code for one insert; 0: it is written."""


State = Literal["open", "done", "refused"]
"""What became of a mail: not filed yet; filed, or kept because it is nobody's to file; refused for good."""
_IN_STATE: Mapping[State, Document] = {
    "open": {"open": True},
    "done": {"open": {"$exists": False}, "refused": {"$exists": False}},
    "refused": {"refused": {"$exists": True}},
}


def state_of(delivery: Document) -> State:
    """The state of a delivery document."""
    return "open" if delivery.get("open") else "refused" if "refused" in delivery else "done"


class NotAcceptedError(Exception):
    """The mail is not stored, or nobody knows whether it is: the sender must come again."""


class NotStorableError(Exception):
    """The envelope holds what cannot be stored (bytes that are no text): coming again does not help."""


@dataclass(frozen=True)
class Envelope:
    """How a mail reached us. Only this, never a header, says who may read it."""

    source: str
    recipient: str
    sender: str = ""
    mailbox: str | None = None
    filed_by: str | None = None
    brings: str | None = None
    """The message, where it is known before the mail is read."""

    def delivery_of(self, digest: str = "") -> str:
        """The id of the delivery that brings the bytes of that digest by this envelope."""
        return derived_id("delivery", self.source, self.brings or digest, self.recipient.lower(), *self.filer)

    @property
    def filer(self) -> tuple[str, ...]:
        """The user who files by a mailbox, as others may: each may read what that became (EML-21)."""
        return (self.filed_by,) if self.mailbox and self.filed_by else ()


@dataclass(frozen=True)
class Accepted:
    """A mail that is ours: its delivery id, and whether it was already here."""

    delivery: str
    repeated: bool


class Acceptance:
    """The durable store of raw mail (collections `deliveries` and `raw_chunks`)."""

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._deliveries: Collection = database["deliveries"]
        self._chunks: Collection = database["raw_chunks"]
        self._clock = clock
        self._inserts: Gathering[RawDocument, _Outcome] = Gathering(self._insert_all, _bytes_room)
        self._names: Gathering[tuple[str, str], str] = Gathering(self._name_all, room_for(_NAMES_MOST))

    async def prepare(self) -> None:
        """Make the indexes that the workers claim by and big mails are read by."""
        await self._chunks.create_index([("delivery", ASCENDING), ("_id", ASCENDING)])
        await self._deliveries.create_index(
            [("visible_at", ASCENDING)], partialFilterExpression={"open": True}, name="open"
        )
        await self._deliveries.create_index(
            [("received_at", ASCENDING)], partialFilterExpression={"open": True}, name="oldest"
        )
        await self._deliveries.create_index(
            [("received_at", DESCENDING), ("_id", DESCENDING)],
            partialFilterExpression={"refused": {"$exists": True}},
            name="refused",
        )
        await self._deliveries.create_index([("refused_at", ASCENDING)], sparse=True, name="refused_at")
        await self._deliveries.create_index([("received_at", DESCENDING), ("_id", DESCENDING)], name="newest")

    async def accept(self, raw: bytes, envelope: Envelope, digest: str | None = None) -> Accepted:
        """Store the mail durably. Raises NotAcceptedError when that is not certain, and NotStorableError.

        Whoever stores the same bytes by several envelopes names their `digest`, and takes one after the other: a copy
        is held for each.
        """
        digest = digest or await digest_of(raw)
        try:
            delivery = envelope.delivery_of(digest)
            document = encoded(_document(delivery, digest, raw, envelope, self._clock()))
        except ValueError:
            raise NotStorableError from None
        try:
            for number in range(1, -(-len(raw) // CHUNK)):
                await self._store_chunk(delivery, number, raw[number * CHUNK : (number + 1) * CHUNK])
            outcome = await self._inserts.ask(document)
        except PyMongoError as error:
            raise NotAcceptedError(type(error).__name__) from error
        if outcome not in (0, DUPLICATE_KEY):
            raise NotAcceptedError(f"write error {outcome}")
        return Accepted(delivery, repeated=outcome == DUPLICATE_KEY)

    async def raw(self, delivery: str) -> bytes:
        """The bytes exactly as they came. Raises KeyError for an unknown delivery."""
        document = await self._deliveries.find_one({"_id": delivery}, {"raw": 1, "size": 1})
        if document is None:
            raise KeyError(delivery)
        return await self.whole(document)

    async def parts(self, delivery: str) -> AsyncGenerator[bytes]:
        """The bytes exactly as they came, in parts. Raises KeyError for an unknown delivery."""
        document = await self._deliveries.find_one({"_id": delivery}, {"raw": 1})
        if document is None:
            raise KeyError(delivery)
        yield document["raw"]
        async for chunk in self._chunks.find({"delivery": delivery}).sort("_id", ASCENDING).batch_size(1):
            yield chunk["raw"]

    async def named(self, delivery: str, message: str) -> str:
        """The message that a delivery brings: `message`, unless an earlier reading of the bytes said otherwise.

        A reading can be poorer than another (the parser's child died), and would then name another message: without
        this, a delivery that is filed again after a kill could become a second activity.
        """
        return await self._names.ask((delivery, message))

    async def _name_all(self, wanted: Sequence[tuple[str, str]]) -> list[str]:
        first = [
            UpdateOne({"_id": delivery, "brings": {"$exists": False}}, {"$set": {"brings": message}})
            for delivery, message in wanted
        ]
        await self._deliveries.bulk_write(first, ordered=False)
        found = await by_ids(self._deliveries, (delivery for delivery, _ in wanted), {"brings": 1})
        return [found[delivery]["brings"] for delivery, _ in wanted]

    async def facts(self, delivery: str) -> Document | None:
        """The delivery document without the bytes, or None."""
        return await self._deliveries.find_one({"_id": delivery}, {"raw": 0})

    async def figures(self) -> tuple[str | None, int]:
        """When the oldest mail came that is not filed yet, if there is one; and how many were refused lately.

        Nothing undoes a refusal, so all that ever were would tell nobody when to look.
        """
        oldest = await self._deliveries.find({"open": True}, {"received_at": 1}).sort("received_at").limit(1).to_list(1)
        lately = {"refused_at": {"$gt": self._clock() - LATELY}}
        refused = await self._deliveries.count_documents(lately, hint="refused_at")
        return (oldest[0]["received_at"] if oldest else None), refused

    async def listed(self, state: State | None, after: Sequence[str] | None, most: int) -> list[Document]:
        """Deliveries in a state, or all, newest first, without the bytes."""
        wanted: Document = {} if state is None else dict(_IN_STATE[state])
        if after is not None:
            moment, delivery = after
            wanted["$or"] = [{"received_at": {"$lt": moment}}, {"received_at": moment, "_id": {"$lt": delivery}}]
        found = self._deliveries.find(wanted, {"raw": 0})
        return await found.sort([("received_at", DESCENDING), ("_id", DESCENDING)]).limit(most).to_list(most)

    async def whole(self, document: Document) -> bytes:
        """The bytes of a delivery document."""
        if document["size"] <= CHUNK:
            return document["raw"]
        chunks = await self._chunks.find({"delivery": document["_id"]}).sort("_id", ASCENDING).to_list(None)
        return b"".join([document["raw"], *(chunk["raw"] for chunk in chunks)])

    async def _store_chunk(self, delivery: str, number: int, part: bytes) -> None:
        """Chunks go first: the delivery document makes them count, so a half-stored mail is never seen."""
        chunk = {"_id": f"{delivery}:{number:04d}", "delivery": delivery, "raw": part}
        await self._chunks.replace_one({"_id": chunk["_id"]}, chunk, upsert=True)

    async def _insert_all(self, documents: Sequence[RawDocument]) -> list[_Outcome]:
        """An outcome for each; an error that concerns all of them is raised."""
        try:
            await self._deliveries.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            details: dict[str, Any] = dict(error.details or {})
            if details.get("writeConcernErrors"):
                raise
            codes = {int(item["index"]): int(item["code"]) for item in details.get("writeErrors", [])}
            return [codes.get(index, 0) for index in range(len(documents))]
        return [0] * len(documents)


async def digest_of(raw: bytes) -> str:
    """What the bytes of a mail are known by. That of a long mail is made in a thread: others are served meanwhile."""
    hashed = await asyncio.to_thread(hashlib.sha256, raw) if len(raw) > _HASHED_AT_ONCE else hashlib.sha256(raw)
    return hashed.hexdigest()


def _bytes_room() -> Callable[[RawDocument], bool]:
    """The first goes in whatever its size, and then as many as one insert should carry."""
    size = 0

    def fits(document: RawDocument) -> bool:
        nonlocal size
        first, size = size == 0, size + len(document.raw)
        return first or size <= _BATCH_BYTES

    return fits


def _document(delivery: str, digest: str, raw: bytes, envelope: Envelope, now: datetime) -> Document:
    return {
        "_id": delivery,
        "raw": raw[:CHUNK],
        "sha256": digest,
        "size": len(raw),
        "source": envelope.source,
        "mailbox": envelope.mailbox,
        "filed_by": envelope.filed_by,
        "sender": envelope.sender,
        "recipient": envelope.recipient,
        "received_at": rfc3339(now),
        "open": True,
        "visible_at": now,
        "attempts": 0,
        **({"brings": envelope.brings} if envelope.brings else {}),
    }
