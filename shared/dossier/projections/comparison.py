"""Reading an owner's feed: once from its beginning, and ever again comparing all heads with the watermarks.

A gap shows itself as soon as a newer event arrives. A lost tail of a stream that never changes again shows nothing, so
every consumer compares: when it starts, when a sign of loss is seen (see `signs`), and periodically.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import islice

from dossier.contracts import RecordedEvent
from dossier.projections import metrics
from dossier.projections.applier import Applier, gather
from dossier.projections.feeds import Feed
from dossier.projections.heads import compare, reachable, truly_ahead
from dossier.projections.model import Projection
from dossier.projections.settings import ProjectionSettings
from dossier.projections.sources import Sources, SourceState
from dossier.telemetry import logs

log = logs.logger()

_CHUNK = 500
_POLL_SECONDS = 0.25
_REST = 20
"""How much longer than the last walk along all heads the pause before the next periodic one is at least,
whichever replica made it."""
_PERIODIC = "periodic"
"""A turn of its own: whoever rests after a periodic comparison does not keep a sign of loss from being followed up."""


class Comparison:
    """The feed of one source, read for one projection. One replica reads at a time."""

    def __init__(
        self,
        projection: Projection,
        source: str,
        feed: Feed,
        applier: Applier,
        sources: Sources,
        settings: ProjectionSettings,
    ) -> None:
        self._projection = projection
        self._source = source
        self._feed = feed
        self._applier = applier
        self._sources = sources
        self._settings = settings
        self._started = False
        self._next_at = 0.0
        self._took = 0.0

    async def step(self) -> None:
        """Do what is due now, if anything. Raises for outages."""
        state = await self._sources.state(self._source)
        if not state.loaded:
            if await self._sources.take_turn(self._source, self._settings.lease):
                await self._read_all(state.cursor)
            return
        reason = await self._reason(state)
        if reason:
            await self._in_turn(reason)
            await self._sources.compared(self._source, state.due)
            self._started = True
            pause = max(self._settings.heads_period, _REST * self._took)
            await self._sources.extend_turn(self._source, pause, at=_PERIODIC)
            self._next_at = time.monotonic() + pause

    async def _in_turn(self, reason: str) -> None:
        """Compare as the one replica whose turn it is. At its start each compares for itself."""
        if not self._started:
            await self.compare(reason)
            return
        turn = _PERIODIC if reason == "period" else "turn"
        async with self._sources.keeping_turn(self._source, self._settings.lease, at=turn):
            await self.compare(reason)

    async def compare(self, reason: str) -> None:
        """Find what is lacking and heal it, and what the owner does not have. Raises FeedUnreachable."""
        metrics.COMPARISONS.labels(self._projection.name, reason).inc()
        began = time.monotonic()
        found = await compare(self._projection, self._source, self._feed)
        self._took = time.monotonic() - began
        ahead = await truly_ahead(self._feed, found.ahead)
        lacking = await self._still_lacking(found.lacking) if found.lacking else {}
        streams = iter(lacking.items())
        while chunk := dict(islice(streams, _CHUNK)):
            await self._applier.heal(dict.fromkeys(chunk, self._source), reason, heads=chunk)
        for stream, head in ahead.items():
            await self._applier.take_back(stream, self._source, head)

    async def lacking(self) -> dict[str, int]:
        """The streams whose heads lie beyond their watermarks, with these heads."""
        return (await compare(self._projection, self._source, self._feed)).lacking

    async def _still_lacking(self, lacking: dict[str, int]) -> dict[str, int]:
        """Let the topic bring what is merely on its way; what makes no progress is not coming."""
        before = dict[str, int]()
        quiet_since = time.monotonic()
        while lacking and time.monotonic() - quiet_since < self._settings.heads_patience:
            await asyncio.sleep(min(_POLL_SECONDS, self._settings.heads_patience))
            sample = list(islice(lacking, _CHUNK))
            positions = await self._projection.positions(sample)
            lacking = {
                stream: head for stream, head in lacking.items() if stream not in positions or positions[stream] < head
            }
            if positions != before:
                before, quiet_since = positions, time.monotonic()
        return lacking

    async def _read_all(self, cursor: str) -> None:
        log.info("projection.first-reading", projection=self._projection.name, context=self._source)
        async for events, following in reachable(self._feed.events(cursor)):
            await self._take(events)
            await self._sources.save_cursor(self._source, following)
            await self._sources.extend_turn(self._source, self._settings.lease)
        await self._sources.mark_loaded(self._source)

    async def _take(self, events: Sequence[RecordedEvent]) -> None:
        await self._applier.process(gather(events, self._source))

    async def _reason(self, state: SourceState) -> str:
        if not self._started:
            return state.reason if state.due > state.compared else "start"
        if state.due > state.compared:
            return state.reason if await self._sources.take_turn(self._source, self._settings.lease) else ""
        if time.monotonic() < self._next_at:
            return ""
        # As long as a replica that died may keep others from it; the rest begins when the comparison was made.
        self._next_at = time.monotonic() + self._settings.lease
        return "period" if await self._sources.take_turn(self._source, self._settings.lease, at=_PERIODIC) else ""
