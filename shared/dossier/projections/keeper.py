"""Work on streams that are held: chunks of jobs, and reading failing or released streams again from the feed."""

from __future__ import annotations

import time

from dossier.projections import metrics
from dossier.projections.applier import Applier
from dossier.projections.feeds import FeedUnreachable
from dossier.projections.holds import Hold, Holds
from dossier.projections.model import Job, Projection
from dossier.projections.outages import is_outage
from dossier.projections.settings import ProjectionSettings
from dossier.telemetry import logs

log = logs.logger()

_UNREACHABLE_SECONDS = 2.0


class Keeper:
    """Runs beside the consumer, in every replica; each piece of work is claimed for a short time by one of them."""

    def __init__(self, projection: Projection, applier: Applier, holds: Holds, settings: ProjectionSettings) -> None:
        self._projection = projection
        self._applier = applier
        self._holds = holds
        self._settings = settings

    async def step(self) -> bool:
        """Do one piece of work; false if none is due. Raises for outages, and the work is then taken up again later."""
        hold = await self._holds.claim(self._settings.lease)
        if hold is None:
            return False
        if hold.kind == "job":
            await self._work(hold)
        else:
            await self._heal(hold, "retry")
        return True

    async def show(self) -> None:
        """Bring the gauges up to date."""
        name = self._projection.name
        metrics.PARKED.labels(name).set(await self._holds.count("parked"))
        metrics.FAILING.labels(name).set(await self._holds.count("failing", "healing"))
        metrics.AHEAD.labels(name).set(await self._holds.count("ahead"))
        metrics.JOBS.labels(name).set(await self._holds.count("job"))

    async def _work(self, hold: Hold) -> None:
        """Do chunks for a short while, so that one long job does not make the others wait."""
        until = time.monotonic() + self._settings.job_slice
        job = Job(hold.stream, hold.version, hold.payload, hold.cursor)
        try:
            while True:
                cursor = await self._projection.run_job(job)
                if cursor is None:
                    break
                await self._holds.progress(hold, cursor)
                if time.monotonic() >= until:
                    await self._holds.put_back(hold)
                    return
                job = Job(hold.stream, hold.version, hold.payload, cursor)
        except Exception as error:
            if is_outage(error):
                await self._holds.put_back(hold, _UNREACHABLE_SECONDS)
                raise
            log.error("projection.job-failed", projection=self._projection.name, stream=hold.stream, error=error)
            await self._holds.job_failed(hold, error)
            return
        await self._projection.advance({hold.stream: hold.version})
        await self._holds.job_done(hold)
        await self._heal(hold._replace(kind="healing"), "job")

    async def _heal(self, hold: Hold, reason: str) -> None:
        try:
            await self._applier.heal_fully(hold.stream, hold.source, reason)
        except FeedUnreachable:
            await self._holds.put_back(hold, _UNREACHABLE_SECONDS)
            return
        await self._holds.healed(hold.stream)
