"""Wakes event streams when something happened to their user's entries: one look for all of them, twice a second.

It only wakes. A stream that misses a ring reads its user's record when it next says that it lives.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager, suppress

from dossier.mongo import PyMongoError
from notifications.inbox.log import InboxLog

LOOK_SECONDS = 0.5


class Bell:
    """The bell of one process."""

    def __init__(self, log: InboxLog) -> None:
        self._log = log
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._seen: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @contextmanager
    def listening(self, user: str) -> Generator[asyncio.Event]:
        """An event that is set whenever something may have happened for the user."""
        ring = asyncio.Event()
        self._waiting[user].add(ring)
        try:
            yield ring
        finally:
            self._waiting[user].discard(ring)
            if not self._waiting[user]:
                del self._waiting[user]
                self._seen.pop(user, None)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(PyMongoError):
                heads = await self._log.heads(list(self._waiting)) if self._waiting else {}
                for user, head in heads.items():
                    if self._seen.get(user) != head:
                        self._seen[user] = head
                        for ring in self._waiting.get(user, ()):
                            ring.set()
