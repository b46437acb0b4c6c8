"""Appliers that race each other, each with streams of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random

from dossier.contracts import RecordedEvent
from dossier.projections.model import Projection, Span


async def apply_in_parts(applier: Projection, events: Sequence[RecordedEvent], random: Random) -> None:
    """One of several appliers: its own streams, in order, in small batches."""
    streams: dict[str, list[RecordedEvent]] = defaultdict(list)
    for event in events:
        streams[event.subject].append(event)
    while streams:
        chosen = random.sample(sorted(streams), min(len(streams), random.randint(1, 12)))
        spans = [Span(stream, streams[stream][: random.randint(1, 4)]) for stream in chosen]
        for job in await applier.apply(spans):
            await applier.run_job_to_the_end(job, spans)
        await applier.advance({span.stream: span.last for span in spans})
        for span in spans:
            streams[span.stream] = streams[span.stream][len(span.events) :]
            if not streams[span.stream]:
                del streams[span.stream]
