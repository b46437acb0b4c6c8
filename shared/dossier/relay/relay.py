"""The relay of one service: reads pending commits, publishes them, and only then takes their flag off.

Whatever stops it in between, the flag is still there and the commit is published again: at least once, and within a
stream always in order from a point not later than what was published before.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

from dossier.kafka import KafkaAccess
from dossier.mongo import Database, Document, Mongo, PyMongoError
from dossier.relay.aside import SetAside
from dossier.relay.doorbell import Doorbell
from dossier.relay.leases import Leases
from dossier.relay.outbox import Lag, Outbox
from dossier.relay.publisher import Outcome, Publisher, PublishingFailed
from dossier.relay.stopping import pause
from dossier.telemetry import logs, metrics

log = logs.logger()

PAGE = 500
"""Commits that are published at once."""
POLL_SECONDS = 0.2
"""How long a commit waits at most that the doorbell did not announce."""
PAUSES = (0.1, 2.0)
"""Between attempts while Kafka or the database is away: the first, and the longest."""
REPORT_SECONDS = 5.0
FINISH_SECONDS = 1.0
"""What a page that is under way may still take when the relay has to stop; the same again for giving up its leases."""

PUBLISHED = metrics.counter("crm_outbox_published_total", "Commits published", ("context",))
SET_ASIDE = metrics.gauge("crm_outbox_set_aside", "Streams whose next commit cannot be published", ("context",))
REBUILDS = metrics.gauge("crm_outbox_producer_rebuilds", "Producers thrown away after a failure", ("context",))


class Relay:
    """Publishes the commits of `database` to `topic`. Any number of relays of one service share the work.

    `owner` names this relay among them, for instance by host and role.
    """

    def __init__(
        self, mongo: Mongo, database: Database, context: str, kafka: KafkaAccess, topic: str, owner: str
    ) -> None:
        self.leases = Leases(database, owner)
        self.outbox = Outbox(database)
        self.publisher = Publisher(kafka, topic)
        self.aside = SetAside(database)
        self._doorbell = Doorbell(mongo, database)
        self._context = context
        self._waiting: list[str] = []
        self._unflagged: set[str] = set()
        self._clearing: asyncio.Task[None] | None = None
        self._after = -1
        self._pause = 0.0
        self._stopping = asyncio.Event()

    async def lag(self) -> Lag:
        """What is not on Kafka yet, counted anew."""
        return await self.outbox.lag()

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set; then finish what is under way and give up the leases, all within 3 s."""
        self._stopping = asyncio.Event()
        await self.leases.prepare()
        await self._beat()
        async with asyncio.TaskGroup() as tasks:
            helpers = [tasks.create_task(self._doorbell.listen(self._stopping))]
            helpers += [tasks.create_task(self._keep_beating()), tasks.create_task(self._keep_reporting())]
            work = tasks.create_task(self._work())
            try:
                await stop.wait()
            finally:  # also when one of the tasks failed: none goes on without the others
                self._stopping.set()
                self._doorbell.ring()
            await asyncio.wait({work}, timeout=FINISH_SECONDS)
            for task in (work, *helpers):
                task.cancel()
        await self._leave()

    async def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                found = await self.step()
                self._pause = 0.0
            except (PublishingFailed, PyMongoError) as error:
                await self._back_off(error)
                continue
            if not found:
                await self._doorbell.wait(POLL_SECONDS)

    async def step(self) -> bool:
        """Publish one page of commits and begin to clear their flags; False if there was nothing to do."""
        fences = self.leases.held()
        page = await self._page(list(fences))
        if not page:
            await self._cleared()
            return False
        outcome = Outcome()
        try:
            await self.publisher.publish(page, outcome)
        finally:
            await self._settle(outcome, fences)
        return True

    async def _page(self, shards: Sequence[int]) -> list[Document]:
        """Pending commits that are not published yet. After a full page the shards behind it come first."""
        asked = [shard for shard in shards if shard > self._after] or shards
        if not asked:
            return []
        limit = PAGE + len(self._unflagged)
        found = await self.outbox.page(asked, self._waiting, limit)
        self._after = found[-1]["pending"] if len(found) == limit else -1
        if not found and len(asked) < len(shards):
            return await self._page(shards)
        return [commit for commit in found if commit["_id"] not in self._unflagged]

    async def _settle(self, outcome: Outcome, fences: dict[int, int]) -> None:
        """Set aside what was refused, and clear what is on Kafka while the next page is being read."""
        if outcome.refused:
            await self._set_aside(outcome)
        await self._cleared()
        if outcome.acknowledged:
            PUBLISHED.labels(self._context).inc(len(outcome.acknowledged))
            self._unflagged = {commit["_id"] for commit in outcome.acknowledged}
            self._clearing = asyncio.create_task(self.outbox.clear(outcome.acknowledged, fences, self.leases))

    async def _cleared(self) -> None:
        """Wait for the clearing that is under way. What it did not clear is pending, so it is published again."""
        if self._clearing is None:
            return
        await asyncio.wait({self._clearing})
        clearing, self._clearing, self._unflagged = self._clearing, None, set()
        clearing.result()

    async def _set_aside(self, outcome: Outcome) -> None:
        for refused in outcome.refused.values():
            log.error("relay.set-aside", stream=refused.stream, commit=refused.commit, reason=refused.reason)
        await self.aside.add(outcome.refused)
        self._waiting = await self.aside.streams()
        SET_ASIDE.labels(self._context).set(len(self._waiting))

    async def _back_off(self, error: Exception) -> None:
        if not self._pause:
            log.warning("relay.interrupted", reason=str(error) or type(error).__name__)
        shortest, longest = PAUSES
        self._pause = min(max(self._pause * 2, shortest), longest)
        await pause(self._stopping, self._pause * random.uniform(0.5, 1.0))

    async def _keep_beating(self) -> None:
        while not self._stopping.is_set():
            await pause(self._stopping, self.leases.seconds / 4)
            if self._stopping.is_set():
                return
            with suppress(PyMongoError):  # what is held runs out by itself
                await self._beat()

    async def _beat(self) -> None:
        await self.leases.beat()
        self._waiting = await self.aside.streams()

    async def _keep_reporting(self) -> None:
        while not self._stopping.is_set():
            with suppress(PyMongoError):
                lag = await self.lag()
                metrics.OUTBOX_PENDING.labels(self._context).set(lag.pending)
                metrics.OUTBOX_OLDEST_AGE.labels(self._context).set(lag.oldest_age_seconds)
                SET_ASIDE.labels(self._context).set(lag.set_aside)
            REBUILDS.labels(self._context).set(self.publisher.rebuilt)
            await pause(self._stopping, REPORT_SECONDS)

    async def _leave(self) -> None:
        with suppress(TimeoutError, PyMongoError):
            async with asyncio.timeout(FINISH_SECONDS):
                await self._cleared()
                await self.leases.release()
        await self.publisher.close()
        if self._clearing is not None:
            self._clearing.cancel()
