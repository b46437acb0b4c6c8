"""From events that arrived, in whatever order and number, to spans that are applied exactly once in effect."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dossier.contracts import EVENTS, RecordedEvent, UnknownEvent
from dossier.contracts.base import UPCASTERS
from dossier.projections import metrics
from dossier.projections.feeds import Feeds, FeedUnreachable, FeedUnreadable, read_head, read_stream
from dossier.projections.holds import Holds
from dossier.projections.model import FanOut, Projection, Span
from dossier.projections.outages import is_outage
from dossier.projections.sources import Sources
from dossier.telemetry import logs

log = logs.logger()

_FEED_REQUESTS = 8
"""Streams that are healed at the same time: enough to hide the way, few enough not to flood an owner."""


class TooManySetAside(Exception):
    """More streams are failing or parked than the setting allows. Then it is our bug, and going on would hide it."""


@dataclass(slots=True)
class Arrived:
    """What arrived of one stream. `unreadable`: a record of it could not be read, so the feed has to be asked."""

    stream: str
    source: str
    events: dict[int, RecordedEvent] = field(default_factory=dict[int, RecordedEvent])
    unreadable: bool = False


class Applier:
    """Applies to one projection what comes from topics and feeds. Safe to call from several tasks and replicas."""

    def __init__(
        self, projection: Projection, feeds: Feeds, holds: Holds, sources: Sources, *, max_set_aside: int
    ) -> None:
        self._projection = projection
        self._feeds = feeds
        self._holds = holds
        self._sources = sources
        self._max_set_aside = max_set_aside
        self._asking = asyncio.Semaphore(_FEED_REQUESTS)
        self._setting_aside = asyncio.Lock()

    async def process(self, arrived: Sequence[Arrived]) -> None:
        """Apply what is next of each stream; heal gaps from the feed; set aside what cannot be applied.

        When this returns, everything is either applied, or held, or noted as lacking at its source, durably. Raises
        for an outage (nothing may be skipped then) and TooManySetAside.
        """
        streams = [item.stream for item in arrived]
        held, positions = await asyncio.gather(self._holds.holding(streams), self._projection.positions(streams))
        ready = [item for item in arrived if item.stream not in held]
        self._count(metrics.HELD, sum(len(item.events) for item in arrived if item.stream in held))
        found = await asyncio.gather(*(self._span(item, positions.get(item.stream, 0)) for item in ready))
        await self.apply_all([(span, item.source) for span, item in zip(found, ready, strict=True) if span.events])

    async def heal(self, streams: Mapping[str, str], reason: str, heads: Mapping[str, int] | None = None) -> None:
        """Apply what the feeds have beyond the watermarks of these streams (stream to source).

        A stream whose feed does not reach the version that `heads` says it has cannot be read, and is set aside.
        Raises FeedUnreachable if an owner does not answer; streams that are held stay as they are.
        """
        held, positions = await asyncio.gather(self._holds.holding(streams), self._projection.positions(streams))
        names = [stream for stream in streams if stream not in held]
        answers = await asyncio.gather(*(self._ask(name, streams[name], positions.get(name, 0)) for name in names))
        spans = [Span(name, events) for name, events in zip(names, answers, strict=True) if events]
        if spans:
            metrics.HEALED_STREAMS.labels(self._projection.name, reason).inc(len(spans))
            log.warning("projection.healed", projection=self._projection.name, reason=reason, count=len(spans))
        await self.apply_all([(span, streams[span.stream]) for span in spans])
        for name, events in zip(names, answers, strict=True):
            reached = events[-1].version if events else positions.get(name, 0)
            if reached < (heads or {}).get(name, 0):
                await self.set_aside(name, streams[name], reached + 1, FeedUnreadable("the feed ends before its head"))

    async def heal_fully(self, stream: str, source: str, reason: str) -> None:
        """Apply everything of one stream up to the version its owner says it has. Raises FeedUnreachable."""
        head = await read_head(self._feeds[source], stream)
        await self.heal({stream: source}, reason, heads={stream: head})

    async def take_back(self, stream: str, source: str, head: int) -> None:
        """More of this stream was applied than its owner has: begin it anew if the projection can, else set it aside.

        Raises FeedUnreachable and TooManySetAside.
        """
        name = self._projection.name
        try:
            events = await read_stream(self._feeds[source], stream, 0)
            anew = await self._projection.begin_anew(stream, events)
        except Exception as error:
            if is_outage(error):
                raise
            anew = False
        if anew:
            metrics.HEALED_STREAMS.labels(name, "ahead").inc()
            log.error("projection.taken-back", projection=name, stream=stream, version=head)
            return
        async with self._setting_aside:
            await self._require_room(stream)
            news = await self._holds.mark_ahead(stream, source, head)
        if news:
            log.critical("projection.ahead-of-feed", projection=name, stream=stream, version=head)

    def next_events(self, position: int, events: Mapping[int, RecordedEvent]) -> tuple[list[RecordedEvent], bool]:
        """The events that follow the watermark without a gap, and whether newer ones lie behind a gap."""
        run: list[RecordedEvent] = []
        while (event := events.get(position + len(run) + 1)) is not None:
            run.append(event)
        return run, bool(events) and max(events) > position + len(run)

    async def write(self, spans: Sequence[Span], sources: Mapping[str, str]) -> None:
        """Documents first, all acknowledged; then jobs; the watermarks last."""
        jobs = await self._projection.apply(spans)
        await self.mark(spans, jobs, sources)

    async def mark(self, spans: Sequence[Span], jobs: Sequence[FanOut], sources: Mapping[str, str]) -> None:
        """Note that spans are applied: by a watermark, or by a job that raises it when it ends."""
        last = {span.stream: span.last for span in spans}
        for job in jobs:
            await self._holds.open_job(job.stream, sources[job.stream], last.pop(job.stream), job.payload)
        await self._projection.advance(last)

    async def _span(self, item: Arrived, position: int) -> Span:
        run, gap = self.next_events(position, item.events)
        self._count(metrics.SKIPPED, sum(version <= position for version in item.events))
        if (gap or item.unreadable) and self._sources.loaded(item.source):
            run += await self._lacking(item, position + len(run), known=position > 0 or bool(run))
        elif gap or item.unreadable:  # the first reading of the feed, and the comparison after it, bring these
            self._count(metrics.HELD, len(item.events) - len(run))
        return Span(item.stream, run)

    async def _lacking(self, item: Arrived, after: int, *, known: bool) -> list[RecordedEvent]:
        try:
            events = await self._ask(item.stream, item.source, after)
            reached = after + len(events)
            # The record claims a version that the feed does not give: it was forged, or the owner cannot read its own.
            if reached < max(item.events, default=0) <= await read_head(self._feeds[item.source], item.stream):
                await self.set_aside(item.stream, item.source, reached + 1, FeedUnreadable("the feed ends too early"))
        except FeedUnreachable:
            # The batch must not wait for another service: the lack is noted durably and healed by a comparison.
            await self._sources.mark_due(item.source, "feed-unreachable")
            self._count(metrics.HELD, sum(version > after for version in item.events))
            return []
        if events:
            metrics.HEALED_STREAMS.labels(self._projection.name, "gap").inc()
        elif not known:
            self._count(metrics.UNKNOWN, 1)
        return events

    async def _ask(self, stream: str, source: str, after: int) -> list[RecordedEvent]:
        async with self._asking:
            try:
                events = await read_stream(self._feeds[source], stream, after)
            except FeedUnreadable as error:
                await self.set_aside(stream, source, after + 1, error)
                return []
        run, gap = self.next_events(after, {event.version: event for event in events})
        if gap:  # a line in between could not be read
            await self.set_aside(stream, source, after + len(run) + 1, FeedUnreadable("a gap in the feed"))
        self._count(metrics.HEALED, len(run))
        return run

    async def apply_all(self, spans: Sequence[tuple[Span, str]]) -> None:
        """Apply spans that follow their streams' watermarks, each with its source."""
        sources = {span.stream: source for span, source in spans}
        known: list[Span] = []
        for span, source in spans:
            strange = next((event for event in span.events if not _is_known(event)), None)
            if strange is None:
                known.append(span)
                continue
            metrics.UNKNOWN_TYPES.labels(source).inc()
            error = UnknownEvent(f"{strange.type} v{strange.schemaversion}")
            await self.set_aside(span.stream, source, span.first, error)
        await self._apply(known, sources)

    async def _apply(self, spans: Sequence[Span], sources: Mapping[str, str]) -> None:
        """Apply the spans; if that fails, halve them until the stream that is to blame is found."""
        if not spans:
            return
        try:
            await self.write(spans, sources)
        except Exception as error:
            if is_outage(error):
                raise
            if len(spans) == 1:
                await self.set_aside(spans[0].stream, sources[spans[0].stream], spans[0].first, error)
                return
            middle = len(spans) // 2
            await self._apply(spans[:middle], sources)
            await self._apply(spans[middle:], sources)
        else:
            self._count(metrics.APPLIED, sum(len(span.events) for span in spans))

    async def set_aside(self, stream: str, source: str, version: int, error: Exception) -> None:
        """Take the stream out of the way, durably. Raises TooManySetAside."""
        async with self._setting_aside:
            await self._require_room(stream)
            kind = await self._holds.set_aside(stream, source, version, error)
        log.error(
            f"projection.stream-{kind}", projection=self._projection.name, stream=stream, version=version, error=error
        )

    async def _require_room(self, stream: str) -> None:
        if await self._holds.count_set_aside(besides=stream) >= self._max_set_aside:
            raise TooManySetAside(f"{self._projection.name}: {self._max_set_aside} are set aside")

    def _count(self, result: str, number: int) -> None:
        if number:
            metrics.EVENTS.labels(self._projection.name, result).inc(number)


def gather(events: Iterable[RecordedEvent], source: str) -> list[Arrived]:
    """Events of one source by stream, as `Applier.process` takes them."""
    streams: dict[str, Arrived] = {}
    for event in events:
        item = streams.get(event.stream)
        if item is None:
            item = streams[event.stream] = Arrived(event.stream, source)
        item.events.setdefault(event.version, event)
    return list(streams.values())


def _is_known(event: RecordedEvent) -> bool:
    key = (event.type, event.schemaversion)
    return key in EVENTS or key in UPCASTERS
