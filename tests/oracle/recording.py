"""Recorded events as the owners of streams would deliver them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from dossier.clock import parse_rfc3339
from dossier.contracts import Event, RecordedEvent
from dossier.projections.model import Projection, Span
from dossier.testing import recorded as testing
from histories.views.projection import Histories
from histories.views.texts import Texts


def recorded(stream: str, version: int, event: Event, moment: str, actor: str = "service:tests") -> RecordedEvent:
    """The event as it was committed at this moment."""
    (made,) = testing.recorded(stream, event, after=version - 1, at=parse_rfc3339(moment), actor=actor)
    return made


async def apply(projection: Projection, spans: Sequence[Span]) -> None:
    """Apply the spans with all jobs they wish for, and advance."""
    for job in await projection.apply(spans):
        await projection.run_job_to_the_end(job, spans)
    await projection.advance({span.stream: span.last for span in spans})


class Present:
    """Streams under way, each event a second after the one before, and projections that keep up with them."""

    def __init__(self, projection: Histories, texts: Texts | None = None) -> None:
        self.projection = projection
        self.texts = texts
        self.streams: dict[str, list[RecordedEvent]] = defaultdict(list)
        self._seconds = 0

    def record(self, stream: str, *events: Event) -> Span:
        """The next events of the stream, recorded and not yet applied."""
        first = len(self.streams[stream])
        for event in events:
            self._seconds += 1
            minutes, seconds = divmod(self._seconds, 60)
            moment = f"2026-05-04T08:{minutes:02}:{seconds:02}.000000Z"
            self.streams[stream].append(recorded(stream, len(self.streams[stream]) + 1, event, moment))
        return Span(stream, self.streams[stream][first:])

    async def happen(self, stream: str, *events: Event) -> str:
        """Record the events and apply them; returns the stream."""
        await self.apply(self.record(stream, *events))
        return stream

    async def apply(self, *spans: Span) -> None:
        """Apply the spans with all jobs they wish for, and advance."""
        await apply(self.projection, spans)
        if self.texts is not None:
            await apply(self.texts, [span for span in spans if self.texts.follows(span.stream)])

    async def entry(self, activity: str) -> dict[str, Any]:
        """The stored entry of an activity."""
        found = await self.projection.collections.entries.find_one({"_id": activity})
        assert found is not None
        return found
