"""What a projection knows of each context it reads: how far its feed was read at first, and whether to compare heads.

Kept durably, so that a replica that notes a lack and dies leaves the healing to the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from dossier.mongo import Collection, PyMongoError, ReturnDocument


class SourceState(NamedTuple):
    """`loaded`: the feed was read to its end once. `due` grows with every sign of a lack, `compared` follows it."""

    loaded: bool = False
    cursor: str = ""
    due: int = 0
    compared: int = 0
    reason: str = ""


class Sources:
    """The sources of one generation of a projection."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._loaded: set[str] = set()

    def loaded(self, source: str) -> bool:
        """Whether this process knows that the source's feed was read to its end. Before, gaps are nothing special."""
        return source in self._loaded

    async def state(self, source: str) -> SourceState:
        """The present state. A source that is loaded counts as such in this process from now on."""
        stored = await self._collection.find_one({"_id": source})
        if stored is None:
            return SourceState()
        state = SourceState(**{name: stored[name] for name in SourceState._fields if name in stored})
        if state.loaded:
            self._loaded.add(source)
        return state

    async def mark_due(self, source: str, reason: str) -> None:
        """Note that streams of this source may be lacking something."""
        await self._collection.update_one(
            {"_id": source}, {"$inc": {"due": 1}, "$set": {"reason": reason}}, upsert=True
        )

    async def compared(self, source: str, due: int) -> None:
        """Note that all signs up to the one numbered `due` were followed up."""
        await self._collection.update_one({"_id": source}, {"$max": {"compared": due}}, upsert=True)

    async def save_cursor(self, source: str, cursor: str) -> None:
        """Note how far the first reading of the feed has come."""
        await self._collection.update_one({"_id": source}, {"$set": {"cursor": cursor}}, upsert=True)

    async def mark_loaded(self, source: str) -> None:
        """Note that the feed was read to its end."""
        change = {"$set": {"loaded": True}, "$unset": {"cursor": ""}}
        await self._collection.update_one({"_id": source}, change, upsert=True)
        self._loaded.add(source)

    async def take_turn(self, source: str, seconds: float, *, at: str = "turn") -> bool:
        """Whether this replica may do the source's common work of this name now; for so long nobody else may."""
        now, span = "$$NOW", int(seconds * 1000)
        await self._collection.update_one({"_id": source}, {"$setOnInsert": {"due": 0}}, upsert=True)
        taken = await self._collection.find_one_and_update(
            {"_id": source, "$expr": {"$lte": [{"$ifNull": [f"${at}", now]}, now]}},
            [{"$set": {at: {"$add": [now, span]}}}],
            return_document=ReturnDocument.AFTER,
        )
        return taken is not None

    async def extend_turn(self, source: str, seconds: float, *, at: str = "turn") -> None:
        """Keep the turn for so long from now; never shorten it: an earlier write may come late."""
        change = {at: {"$max": [f"${at}", {"$add": ["$$NOW", int(seconds * 1000)]}]}}
        await self._collection.update_one({"_id": source}, [{"$set": change}])

    @asynccontextmanager
    async def keeping_turn(self, source: str, seconds: float, *, at: str = "turn") -> AsyncGenerator[None]:
        """Keep the turn inside the block, however long that takes; afterwards for so long at most."""

        async def keep() -> None:
            while True:
                await asyncio.sleep(seconds / 3)
                with suppress(PyMongoError):  # it may run out: two at the same work are slow, and not wrong
                    await self.extend_turn(source, seconds, at=at)

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()

    async def topic_ids(self) -> dict[str, str]:
        """The ids that the topics had when they were last looked at, by source."""
        found = self._collection.find({"topic_id": {"$exists": True}})
        return {stored["_id"]: stored["topic_id"] async for stored in found}

    async def save_topic_ids(self, ids: Mapping[str, str]) -> None:
        """Remember the ids of topics, by source."""
        for source, topic_id in ids.items():
            await self._collection.update_one({"_id": source}, {"$set": {"topic_id": topic_id}}, upsert=True)
