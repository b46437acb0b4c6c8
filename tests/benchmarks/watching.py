"""Seeing when a read model has applied something, without going through its API."""

from __future__ import annotations

import asyncio
import time

from dossier.mongo import Collection

_PAUSE_SECONDS = 0.002


class Watch:
    """Looks every two milliseconds, in one query, for everything that is waited for.

    What it says is late by its own round trip and never early.
    """

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._awaited: dict[str, asyncio.Future[float]] = {}

    def visible(self, identifier: str) -> asyncio.Future[float]:
        """When (`time.perf_counter`) the document was seen with its watermark."""
        self._awaited[identifier] = seen = asyncio.get_running_loop().create_future()
        return seen

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            if self._awaited:
                applied = {"_id": {"$in": list(self._awaited)}, "applied": {"$gt": 0}}
                found = await self._collection.find(applied, {"_id": 1}).to_list(None)
                now = time.perf_counter()
                for document in found:
                    seen = self._awaited.pop(document["_id"])
                    if not seen.done():
                        seen.set_result(now)
            await asyncio.sleep(_PAUSE_SECONDS)
