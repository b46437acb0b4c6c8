"""Streams whose events are not applied for now, each for one reason, in one collection.

- `failing`: an event could not be applied; tried again from the feed with back-off until the time budget is used up.
- `parked`: the budget is used up; waits for an operator.
- `job`: a fan-out job of the stream is open.
- `healing`: the obstacle is gone and the stream is read again from the feed. New events are applied meanwhile; only
  then is the hold forgotten. Whatever was refused before, was in the feed before, so nothing falls between.

- `ahead`: versions were applied that the owner does not have; nothing can be taken back, so it waits for a rebuild.

Only the first version that was not applied is noted; the feed has the rest. All times are the database's.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast

from dossier.contracts import UndecodableEvent, UnknownEvent
from dossier.mongo import ASCENDING, Collection, Document, DuplicateKeyError, IndexModel, ReturnDocument

Kind = Literal["failing", "parked", "job", "healing", "ahead"]

_BACK_OFF_MS = 2_000
_NOW = "$$NOW"


class Hold(NamedTuple):
    """Why a stream waits. `version` is the first version not applied, or the one a job ends with."""

    stream: str
    source: str
    kind: Kind
    version: int
    since: datetime | None = None
    reason: str = ""
    payload: Document = {}  # noqa: RUF012  (never changed)
    cursor: Any = None


class Holds:
    """The holds of one generation of a projection."""

    def __init__(self, collection: Collection, budget_seconds: float = 0.0) -> None:
        self._collection = collection
        self._budget_ms = int(budget_seconds * 1000)
        self.opened = asyncio.Event()
        """A job was opened here: whoever does such work need not wait for its next look."""

    async def prepare(self) -> None:
        """Build the index by which due work is found."""
        await self._collection.create_indexes([IndexModel([("kind", ASCENDING), ("due", ASCENDING)])])

    async def holding(self, streams: Iterable[str]) -> set[str]:
        """Those of the streams whose new events must not be applied now."""
        found = self._collection.find({"_id": {"$in": list(streams)}, "kind": {"$ne": "healing"}}, {"_id": 1})
        return {document["_id"] async for document in found}

    async def incomplete(self, streams: Iterable[str]) -> set[str]:
        """Those of the streams that failed and are not yet healed: a later event may be lacking."""
        kinds: list[Kind] = ["failing", "parked", "healing", "ahead"]
        found = self._collection.find({"_id": {"$in": list(streams)}, "kind": {"$in": kinds}}, {"_id": 1})
        return {document["_id"] async for document in found}

    async def all_incomplete(self) -> frozenset[str]:
        """Every stream that failed and is not yet healed; few, because too many stop the consumer."""
        found = self._collection.find({"kind": {"$in": ["failing", "parked", "healing", "ahead"]}}, {"_id": 1})
        return frozenset([document["_id"] async for document in found])

    async def count(self, *kinds: Kind) -> int:
        """How many streams are held for these reasons."""
        return await self._collection.count_documents({"kind": {"$in": list(kinds)}})

    async def count_set_aside(self, *, besides: str = "") -> int:
        """How many streams could not be applied and are not healed yet, this one left out.

        One that is just being tried again is still one of them; one whose job ended, or that an operator released, is
        not.
        """
        tried_again = {"kind": "healing", "since": {"$exists": True}}
        query = {"_id": {"$ne": besides}, "$or": [{"kind": {"$in": ["failing", "parked", "ahead"]}}, tried_again]}
        return await self._collection.count_documents(query)

    async def set_aside(self, stream: str, source: str, version: int, error: BaseException) -> Kind:
        """Note that a version could not be applied; returns what that makes of the stream: failing or parked."""
        change = {
            "source": {"$literal": source},
            "version": {"$cond": [{"$eq": ["$kind", "failing"]}, "$version", {"$literal": version}]},
            "reason": {"$literal": reason_of(error)},
            **self._failure("failing"),
        }
        query = {"_id": stream, "kind": {"$nin": ["parked", "job", "ahead"]}}
        try:
            stored = await self._collection.find_one_and_update(
                query, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:  # another replica parked it or opened its job
            return "parked"
        return cast("Document", stored)["kind"]

    async def mark_ahead(self, stream: str, source: str, head: int) -> bool:
        """Note that more was applied than the owner has, whatever the stream waited for. False if that is known."""
        state = {"source": source, "kind": "ahead", "version": head + 1}
        reason = f"ahead of its owner, which has {head} versions: needs a rebuild"
        change = {"$set": state | {"reason": reason}, "$unset": {"due": ""}, "$currentDate": {"since": True}}
        try:
            await self._collection.update_one({"_id": stream, "kind": {"$ne": "ahead"}}, change, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    async def open_job(self, stream: str, source: str, version: int, payload: Document) -> None:
        """Hold the stream until a job is done. One that is open already goes on: the rest comes from the feed."""
        query = {"_id": stream, "kind": {"$nin": ["parked", "failing", "job", "ahead"]}}
        state = {"source": source, "kind": "job", "version": version, "payload": payload, "cursor": None}
        change = {"$set": state, "$unset": {"reason": ""}, "$currentDate": {"due": True}}
        try:
            await self._collection.update_one(query, change, upsert=True)
        except DuplicateKeyError:
            return
        self.opened.set()

    async def claim(self, lease_seconds: float) -> Hold | None:
        """Take the work that is due longest, for so long; a failing stream becomes a healing one."""
        query = {"kind": {"$in": ["failing", "healing", "job"]}, "$expr": {"$lte": ["$due", _NOW]}}
        healing = {"$cond": [{"$eq": ["$kind", "failing"]}, "healing", "$kind"]}
        change = {"kind": healing, "due": _later(int(lease_seconds * 1000))}
        stored = await self._collection.find_one_and_update(
            query, [{"$set": change}], sort=[("due", ASCENDING)], return_document=ReturnDocument.AFTER
        )
        return _hold(stored) if stored else None

    async def keep(self, hold: Hold, lease_seconds: float) -> None:
        """Hold on to work that was claimed."""
        change = {"due": _later(int(lease_seconds * 1000))}
        await self._collection.update_one({"_id": hold.stream, "kind": hold.kind}, [{"$set": change}])

    async def progress(self, hold: Hold, cursor: Any) -> None:
        """Note how far a job has come. Its trouble, if it had any, is over."""
        change = {"$set": {"cursor": cursor}, "$unset": {"since": "", "reason": ""}}
        await self._collection.update_one({"_id": hold.stream, "kind": "job", "version": hold.version}, change)

    async def put_back(self, hold: Hold, delay_seconds: float = 0.0) -> None:
        """Give claimed work back, due after a delay."""
        change = {"due": _later(int(delay_seconds * 1000))}
        await self._collection.update_one({"_id": hold.stream, "kind": hold.kind}, [{"$set": change}])

    async def job_failed(self, hold: Hold, error: BaseException) -> None:
        """Try the same chunk again later, or park the stream when the budget is used up."""
        change = {"reason": {"$literal": reason_of(error)}, **self._failure("job")}
        query = {"_id": hold.stream, "kind": "job", "version": hold.version}
        await self._collection.update_one(query, [{"$set": change}])

    async def job_done(self, hold: Hold) -> None:
        """The job ended and the watermark is raised: what came meanwhile is now healed."""
        change = {"$set": {"kind": "healing"}, "$unset": {"since": "", "reason": ""}, "$currentDate": {"due": True}}
        query = {"_id": hold.stream, "kind": "job", "version": hold.version}
        await self._collection.update_one(query, change)

    async def healed(self, stream: str) -> None:
        """Forget the hold, unless healing met a new obstacle."""
        await self._collection.delete_one({"_id": stream, "kind": "healing"})

    async def release(self, stream: str) -> bool:
        """Let a parked stream be read again from the feed; its budget begins anew. False if it is not parked."""
        change = {"$set": {"kind": "healing"}, "$unset": {"since": ""}, "$currentDate": {"due": True}}
        result = await self._collection.update_one({"_id": stream, "kind": "parked"}, change)
        return result.modified_count == 1

    async def get(self, stream: str) -> Hold | None:
        """The hold of a stream, if there is one."""
        stored = await self._collection.find_one({"_id": stream})
        return _hold(stored) if stored else None

    async def list(self, *kinds: Kind) -> list[Hold]:
        """The holds of these kinds, the oldest first."""
        found = self._collection.find({"kind": {"$in": list(kinds)}}).sort("since", ASCENDING)
        return [_hold(stored) async for stored in found]

    def _failure(self, kind: Kind) -> Document:
        since = {"$ifNull": ["$since", _NOW]}
        used_up = {"$lte": [since, {"$subtract": [_NOW, self._budget_ms]}]}
        back_off = min(_BACK_OFF_MS, max(50, self._budget_ms // 4))
        return {"since": since, "kind": {"$cond": [used_up, "parked", kind]}, "due": _later(back_off)}


def reason_of(error: BaseException) -> str:
    """Type and place of an exception. Its text is kept only where it is known to hold no personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno} ({frames[-1].name})" if frames else ""
    text = f": {error}" if isinstance(error, (UnknownEvent, UndecodableEvent)) else ""
    return f"{type(error).__name__}{text}{place}"


def _later(milliseconds: int) -> Document:
    return {"$add": [_NOW, milliseconds]}


def _hold(stored: Document) -> Hold:
    return Hold(
        stream=stored["_id"],
        source=stored["source"],
        kind=stored["kind"],
        version=stored["version"],
        since=stored.get("since"),
        reason=stored.get("reason", ""),
        payload=stored.get("payload", {}),
        cursor=stored.get("cursor"),
    )
