"""Seeing when a read model has applied something, without going through its API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from benchmarks.commands import activity
from benchmarks.http import Http
from benchmarks.measuring import Samples
from dossier.ids import new_id
from dossier.mongo import Collection, Database

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


class Way:
    """From the answer to a command to the document that shows it, in the product or in the bare pipe.

    `path` is where activities are recorded; of the bare pipe it is the beginning of a stream's.
    """

    def __init__(self, http: Http, path: str, rows: Collection) -> None:
        self.samples = Samples()
        self._http = http
        self._path = path
        self._watch = Watch(rows)

    @asynccontextmanager
    async def watched(self) -> AsyncGenerator[None]:
        """Look inside the block; the client is closed afterwards."""
        watching = asyncio.create_task(self._watch.run())
        try:
            yield
        finally:
            watching.cancel()
            await self._http.close()

    async def record(self, number: int) -> None:
        """Record an activity, and wait until it is shown."""
        identifier = new_id()
        target = self._path + identifier if self._path.endswith("-") else self._path
        await self._http.post(target, activity(number, identifier))
        acknowledged = time.perf_counter()
        seen = await self._watch.visible(f"activity-{identifier}")
        self.samples.latencies.append(seen - acknowledged)


def product_way(http: Http, histories: Database) -> Way:
    """Through commands, relay, consumer and the derivation of entries."""
    return Way(http, "/v1/activities", histories["histories_v1_entries"])


def bare_way(address: str, bare: Database) -> Way:
    """Through an insert, a doorbell, a producer, a consumer and an upsert."""
    return Way(Http(address), "/commands/activity-", bare["rows"])
