"""Has documents read that came before documents were read at all, or whose record was lost.

An upload makes its record itself, whether anybody reads at that moment or not. Beside that all stored files are gone
through when the reader starts, and once a day. Those without a record get one, a few at a time, so that what comes in
meanwhile waits behind a few only. Nothing has to be remembered: who begins anew passes by what has a record.
"""

from __future__ import annotations

import asyncio

from activities.contents.keeping import Keeping
from activities.contents.worker import Find
from dossier.clock import pause
from dossier.files import StoredFiles
from dossier.store.errors import StoreUnavailableError
from dossier.telemetry import logs

AT_ONCE = 50
"""Files that are looked at together, and documents that wait to be read before more are added."""
IDLE_SECONDS = 1.0
AGAIN_SECONDS = 24 * 3600.0
PAUSE_SECONDS = 30.0
"""How long to wait while the store does not answer."""

log = logs.logger()


class CatchingUp:
    """Goes through the stored files; several that do so at once do no harm."""

    def __init__(self, files: StoredFiles, keeping: Keeping, find: Find) -> None:
        self._files = files
        self._keeping = keeping
        self._find = find

    async def run(self, stop: asyncio.Event) -> None:
        """Catch up now and then, until told to stop."""
        while not stop.is_set():
            try:
                await self.catch_up(stop)
            except StoreUnavailableError as error:
                log.warning("contents.not-caught-up", error=type(error).__name__)
                await pause(stop, PAUSE_SECONDS)
            else:
                await pause(stop, AGAIN_SECONDS)

    async def catch_up(self, stop: asyncio.Event) -> None:
        """Give each file that is a version of a document a record. Raises StoreUnavailableError."""
        names = await self._files.names("", AT_ONCE)
        while names and not stop.is_set():
            for file in await self._keeping.unknown(names):
                stream, _, _ = file.rpartition("/")
                if await self._find(stream, file) is not None:
                    await self._keeping.add(file, stream)
            while await self._keeping.waiting() >= AT_ONCE and not stop.is_set():
                await pause(stop, IDLE_SECONDS)
            names = await self._files.names(names[-1], AT_ONCE)
