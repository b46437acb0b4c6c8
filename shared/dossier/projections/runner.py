"""Keeps one generation of a projection equal to the record: the topics for speed, the feeds for completeness."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.client import AIOKafkaClient
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber

from dossier.projections import metrics
from dossier.projections.applier import Applier, Arrived, TooManySetAside
from dossier.projections.comparison import Comparison
from dossier.projections.consuming import TolerantConsumer
from dossier.projections.feeds import Feeds
from dossier.projections.keeper import Keeper
from dossier.projections.model import Projection
from dossier.projections.outages import is_outage
from dossier.projections.parking import holds_of
from dossier.projections.records import Records, pass_through, read_records, tolerant_parser
from dossier.projections.settings import ProjectionSettings
from dossier.projections.signs import Signs, contexts, show_lag
from dossier.projections.sources import Sources
from dossier.settings import ServiceSettings
from dossier.telemetry import logs, tracing

if TYPE_CHECKING:
    from faststream._internal.endpoint.subscriber.utils import MultiLock

log = logs.logger()

_IDLE_SECONDS = 0.5
_LOOK_SECONDS = 1.0
_SHOW_SECONDS = 5.0
_BACK_OFF = (0.1, 5.0)
_METADATA_MS = 5_000
_LINKS = 20
_LIBRARY_LOG = logging.getLogger("dossier.faststream")
# It warns at every start that it makes no topics, which is what we ask it for: the topics job makes them.
_LIBRARY_LOG.addFilter(lambda record: not record.getMessage().startswith("Auto create topics is disabled"))


def group_of(projection: Projection, settings: ServiceSettings) -> str:
    """The consumer group of one generation of a projection."""
    return f"{settings.topic_prefix}.{settings.service}.{projection.name}.v{projection.generation}"


class ProjectionRunner:
    """One replica of the consumer of one generation. The projection must be attached.

    A batch that meets an outage is read again, after a pause that grows; it is neither skipped nor is anything parked.
    """

    applier_class = Applier
    comparison_class = Comparison

    def __init__(
        self,
        projection: Projection,
        settings: ServiceSettings,
        feeds: Feeds,
        options: ProjectionSettings | None = None,
    ) -> None:
        """`feeds` has a feed for each of the projection's sources."""
        options = options or ProjectionSettings()
        self.projection = projection
        self.options = options
        self.group = group_of(projection, settings)
        self.topics = contexts(settings.topic_prefix, projection.sources)
        self.sources = Sources(projection.collection("sources"))
        self.holds = holds_of(projection, options.parking_budget)
        self.applier = self.applier_class(projection, feeds, self.holds, self.sources, max_set_aside=options.max_parked)
        self.keeper = Keeper(projection, self.applier, self.holds, options)
        self.comparisons = [
            self.comparison_class(projection, source, feeds[source], self.applier, self.sources, options)
            for source in projection.sources
        ]
        self.signs = Signs(projection.name, self.group, self.topics, self.sources)
        self._kafka = settings.kafka
        self._stop = asyncio.Event()
        self._failures = 0
        self._stopped = False
        self.broker, self.subscriber = self._subscribe()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish the batch in hand, commit its offset and leave the group.

        Reading feeds, jobs and retries are broken off instead: they may take long, and go on at the next start.
        """
        self._stop = stop
        await self._insist(self._prepare)
        client = AIOKafkaClient(**self._kafka.options())
        loops = [self._loop(partial(self._compare, comparison), _LOOK_SECONDS) for comparison in self.comparisons]
        loops += [
            self._loop(self._keep, wake=self.holds.opened),
            self._loop(self._show, _SHOW_SECONDS),
            self._consume(client),
        ]
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(loop) for loop in loops]
                await stop.wait()
                for task in running:
                    task.cancel()
        finally:
            # Last: who sees that the group has no members may be sure that nothing is written any more.
            await client.close()
            await self.broker.stop()

    def _subscribe(self) -> tuple[KafkaBroker, BatchSubscriber]:
        """Every setting that could lose or double data is explicit; a test holds them."""
        options = self.options
        broker = KafkaBroker(
            self._kafka.bootstrap,
            allow_auto_create_topics=False,
            consumer_only=True,
            graceful_timeout=options.drain,
            metadata_max_age_ms=_METADATA_MS,
            apply_types=False,
            logger=_LIBRARY_LOG,
        )
        subscriber = broker.subscriber(
            *self.topics,
            batch=True,
            group_id=self.group,
            group_instance_id=options.instance or None,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            batch_timeout_ms=options.batch_timeout_ms,
            max_records=options.max_records,
            parser=tolerant_parser,
            decoder=pass_through,
            listener=_Drain(self),
            no_reply=True,
        )
        subscriber(self.handle)
        return broker, subscriber

    async def handle(self, records: Records) -> None:
        """One batch; its offsets are committed when this returns, and it is read again if this raises."""
        try:
            await self._require_going()
            await self.signs.check_batch(records, self.consumer)
            arrived = self._arrived(records)
            with tracing.span(f"{self.projection.name} apply", kind="consumer", links=_traces(arrived)):
                await self.applier.process(arrived)
        except Exception as error:
            self._failures += 1
            self._complain(error)
            await self._pause(min(_BACK_OFF[1], _BACK_OFF[0] * 2 ** min(self._failures, 10)))
            raise NackMessage from error
        self._failures = 0
        self.signs.batch_done(records)
        show_lag(self.projection.name, records)

    def check(self) -> None:
        """Raise TooManySetAside while nothing is applied because of that; for the service's readiness."""
        if self._stopped:
            raise TooManySetAside(self.projection.name)

    @property
    def consumer(self) -> AIOKafkaConsumer:
        """The consumer in use. Raises RuntimeError when there is none."""
        if self.subscriber.consumer is None:
            raise RuntimeError("the consumer is not running")
        return self.subscriber.consumer

    def _arrived(self, records: Records) -> list[Arrived]:
        streams: dict[str, Arrived] = {}
        hostile = 0
        for arrival in read_records(records):
            if arrival.stream is None:
                hostile += 1
                continue
            item = streams.get(arrival.stream)
            if item is None:
                item = streams[arrival.stream] = Arrived(arrival.stream, self.topics[arrival.topic])
            if arrival.event is None:
                hostile += 1
                item.unreadable = True
            else:
                item.events.setdefault(arrival.event.version, arrival.event)
        if hostile:
            metrics.EVENTS.labels(self.projection.name, metrics.HOSTILE).inc(hostile)
            log.warning("projection.hostile-records", projection=self.projection.name, count=hostile)
        return list(streams.values())

    async def _prepare(self) -> None:
        await self.holds.prepare()
        await self.projection.prepare()
        for source in self.projection.sources:
            await self.sources.state(source)

    async def _consume(self, client: AIOKafkaClient) -> None:
        """Start the consumer and watch the topics until the end."""
        await self._insist(self._start_broker)
        await self._insist(lambda: self._kafka.reached(client.bootstrap()))
        await self._loop(lambda: self.signs.look(self.consumer, client), self.options.watch_period)

    async def _start_broker(self) -> None:
        try:
            await self.broker.connect()
            config = self.broker.config.broker_config
            options = cast("partial[AIOKafkaConsumer]", config.builder).keywords
            config.builder = partial(TolerantConsumer, signs=self.signs, **options | self._kafka.options())
            await self._kafka.reached(self.broker.start())
        except BaseException:
            await self.broker.stop()
            raise

    async def _require_going(self) -> None:
        """Go on only when fewer streams are set aside than stopped us. Raises TooManySetAside."""
        if self._stopped and await self.holds.count_set_aside() < self.options.max_parked:
            self._stopped = False
            metrics.STOPPED.labels(self.projection.name).set(0)
            log.warning("projection.resumed", projection=self.projection.name)
        self.check()

    async def _compare(self, comparison: Comparison) -> None:
        await self._require_going()
        await comparison.step()

    async def _show(self) -> None:
        await self.keeper.show()
        with suppress(TooManySetAside):  # so that it is seen to go on also while no record comes
            await self._require_going()

    async def _keep(self) -> None:
        self.holds.opened.clear()
        while not self._ending() and await self.keeper.step():
            pass

    async def _loop(
        self, step: Callable[[], Awaitable[object]], period: float = _IDLE_SECONDS, wake: asyncio.Event | None = None
    ) -> None:
        """Repeat a step for ever, when `wake` is set or the period is over; its failures are told and pass."""
        failures = 0
        while not self._ending():
            try:
                await step()
                failures = 0
            except Exception as error:
                failures += 1
                self._complain(error)
            if failures:
                await self._pause(min(_BACK_OFF[1], period * 2 ** min(failures, 10)))
            else:
                await self._pause(period, wake)

    async def _insist(self, step: Callable[[], Awaitable[object]]) -> None:
        """Do a step that has to succeed once."""
        failures = 0
        while not self._ending():
            try:
                await step()
                return
            except Exception as error:
                if not is_outage(error):
                    raise
                failures += 1
                self._complain(error)
                await self._pause(min(_BACK_OFF[1], _BACK_OFF[0] * 2**failures))

    def _ending(self) -> bool:
        """Whether to stop. PyMongo's async client can swallow a cancellation and try its operation again instead."""
        task = asyncio.current_task()
        return self._stop.is_set() or (task is not None and task.cancelling() > 0)

    async def _pause(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """Wait so long, or until `wake`; whoever is woken by that is cancelled when it is time to stop."""
        try:
            async with asyncio.timeout(seconds):
                await (wake or self._stop).wait()
        except TimeoutError:
            return

    def _complain(self, error: Exception) -> None:
        if isinstance(error, TooManySetAside):
            metrics.STOPPED.labels(self.projection.name).set(1)
            if not self._stopped:  # told once: it stays so until some are released or heal
                log.critical("projection.stopped", projection=self.projection.name, count=self.options.max_parked)
            self._stopped = True
        elif is_outage(error):
            log.warning("projection.outage", projection=self.projection.name, error=error)
        else:
            log.error("projection.failed", projection=self.projection.name, exc_info=error)


class _Drain(ConsumerRebalanceListener):
    """Before partitions are given up, the batch in hand is finished and committed."""

    def __init__(self, runner: ProjectionRunner) -> None:
        self._runner = runner

    async def on_partitions_revoked(self, revoked: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        in_hand = cast("MultiLock", self._runner.subscriber.lock)
        await in_hand.wait_release(self._runner.options.drain)
        self._runner.signs.forget()

    async def on_partitions_assigned(self, assigned: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        metrics.REBALANCES.labels(self._runner.group).inc()


def _traces(arrived: list[Arrived]) -> list[str]:
    """The traces that a batch goes on from, if anybody records traces."""
    if tracing.provider() is None:
        return []
    found = dict.fromkeys(event.traceparent for item in arrived for event in item.events.values() if event.traceparent)
    return list(found)[:_LINKS]
