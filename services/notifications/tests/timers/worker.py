"""A process that fires reminders until it is killed: `python worker.py URL DATABASE OWNERS NAME DRIVER`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any, cast

from dossier.contracts import RecordedEvent
from dossier.mongo import Driver, Mongo
from dossier.store import CommitStore
from notifications.inbox.records import Inbox
from notifications.timers.firing import Firing
from notifications.timers.ownership import Ownership
from notifications.timers.planner import Planner
from notifications.timers.records import Timers
from notifications.views.reminders import ReminderProjection


class Owner:
    """The owner's store, asked without a socket in between."""

    def __init__(self, store: CommitStore) -> None:
        self._store = store

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        return {stream: (await self._store.head(stream)).version for stream in streams}

    async def stream(self, stream: str, after: int = 0) -> list[RecordedEvent]:
        return await self._store.read(stream, after)


async def work(url: str, database: str, owners: str, name: str, driver: str) -> None:
    mongo = Mongo(url, cast("Driver", driver))
    here: Any = mongo.database(database)
    timers = Timers(here, name)
    inbox = Inbox(here, timers)
    planner = Planner(here, timers, inbox)
    view = ReminderProjection(planner)
    view.attach(here, 1)
    ownership = Ownership(here, name)
    owner = Owner(CommitStore(mongo, mongo.database(owners), "activities"))
    firing = Firing(view, planner, timers, inbox, owner, ownership)
    print("ready", flush=True)
    while True:
        await ownership.beat()
        if not await firing.step(limit=7):
            await inbox.sweep(ownership.now())
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
