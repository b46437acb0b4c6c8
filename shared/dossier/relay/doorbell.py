"""A change stream that says "there is something new", and nothing else: who misses it polls a moment later.

It is read batch by batch with plain commands: a burst of commits costs one round trip, where the drivers' own iterator
takes one for each. Nothing is resumed after a failure, as nothing depends on it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from dossier.mongo import Database, Document, Mongo, PyMongoError
from dossier.relay.stopping import pause
from dossier.store.documents import COMMITS
from dossier.telemetry import logs

log = logs.logger()

_WAIT_MILLISECONDS = 1_000
_PAUSE_SECONDS = 1.0


class Doorbell:
    """Rings for every new commit in the database, after the majority has it."""

    def __init__(self, mongo: Mongo, database: Database) -> None:
        self._mongo = mongo
        self._database = database
        self._rung = asyncio.Event()

    async def listen(self, stop: asyncio.Event) -> None:
        """Ring until `stop` is set. One change stream a process: each costs the server a walk through its whole log."""
        while not stop.is_set():
            try:
                await self._follow(stop)
            except PyMongoError as error:
                if not stop.is_set():
                    log.warning("relay.doorbell-interrupted", reason=type(error).__name__)
                await pause(stop, _PAUSE_SECONDS)

    async def wait(self, seconds: float) -> None:
        """Return when it rings, or after `seconds`."""
        try:
            await asyncio.wait_for(self._rung.wait(), seconds)
        except TimeoutError:
            return
        self._rung.clear()

    def ring(self) -> None:
        """Wake who waits."""
        self._rung.set()

    async def _follow(self, stop: asyncio.Event) -> None:
        pipeline = [{"$changeStream": {}}, {"$match": {"operationType": "insert"}}, {"$project": {"_id": 1}}]
        open_it: Document = {"aggregate": COMMITS, "pipeline": pipeline, "cursor": {}}
        async with self._mongo.session() as session:
            answer: Any = await self._database.command(
                open_it | {"readConcern": {"level": "majority"}}, session=session
            )
            cursor: int = answer["cursor"]["id"]
            more: Document = {"getMore": cursor, "collection": COMMITS, "maxTimeMS": _WAIT_MILLISECONDS}
            self.ring()  # for what came while nobody listened
            try:
                while not stop.is_set():
                    answer = await self._database.command(more, session=session)
                    if answer["cursor"]["nextBatch"]:
                        self.ring()
            finally:
                await asyncio.shield(self._close(cursor))

    async def _close(self, cursor: int) -> None:
        with suppress(PyMongoError):  # the server drops it by itself
            await self._database.command({"killCursors": COMMITS, "cursors": [cursor]})
