"""The consumer role of a service: one runner for every active generation of a projection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dossier.mongo import Database
from dossier.projections.feeds import Feeds
from dossier.projections.model import Projection
from dossier.projections.outages import is_outage
from dossier.projections.pointer import Pointers
from dossier.projections.runner import ProjectionRunner
from dossier.projections.settings import ProjectionSettings
from dossier.settings import ServiceSettings
from dossier.telemetry import logs

log = logs.logger()

_LOOK_SECONDS = 1.0


class Consumers:
    """Starts and stops runners as generations come and go. `run` is a role."""

    def __init__(
        self,
        make: Callable[[], Projection],
        database: Database,
        settings: ServiceSettings,
        feeds: Feeds,
        options: ProjectionSettings | None = None,
    ) -> None:
        """`make` gives a projection that is not attached yet."""
        self._make = make
        self._database = database
        self._settings = settings
        self._feeds = feeds
        self._options = options
        self._running: dict[int, tuple[asyncio.Event, asyncio.Task[None], ProjectionRunner]] = {}
        self._live = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; a runner that fails ends this with its exception."""
        try:
            while not stop.is_set():
                await self._adjust()
                await self._pause(stop)
        finally:
            await asyncio.gather(*(self._end(number) for number in list(self._running)))

    async def check(self) -> None:
        """Raise TooManySetAside while the generation that is read is stopped; for the service's readiness."""
        if self._live in self._running:
            self._running[self._live][2].check()

    async def _adjust(self) -> None:
        code = self._make().version
        try:
            pointer = await Pointers(self._database, self._make().name).ensure(code)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("projection.outage", error=error)
            return
        self._live = pointer.live
        active = pointer.active(code)
        if not active:
            log.error("projection.needs-rebuild", projection=self._make().name)
        for number in [number for number in self._running if number not in active]:
            await self._end(number)
        for number in active:
            if number not in self._running:
                self._begin(number)

    def _begin(self, number: int) -> None:
        projection = self._make()
        projection.attach(self._database, number)
        runner = ProjectionRunner(projection, self._settings, self._feeds, self._options)
        stop = asyncio.Event()
        self._running[number] = stop, asyncio.create_task(runner.run(stop)), runner

    async def _end(self, number: int) -> None:
        stop, task, _ = self._running.pop(number)
        stop.set()
        await task

    async def _pause(self, stop: asyncio.Event) -> None:
        waiting = asyncio.create_task(stop.wait())
        tasks = [task for _, task, _ in self._running.values()]
        await asyncio.wait([waiting, *tasks], timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        for task in tasks:
            if task.done():
                task.result()
