"""Delivers the events of many worlds the way Kafka may: in any interleaving, twice, not at all, and through crashes.

Within a stream the relay sends in order, from a point that is not later than what it sent before; a lost event shows as
a gap and is healed from the feed, a lost tail by comparing heads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from random import Random

from dossier.contracts import RecordedEvent
from dossier.contracts.addresses import AddressDeactivated
from dossier.projections.model import Job, Span
from histories.domain.order import OutOfOrder
from histories.views.projection import Histories
from oracle.recording import recorded


class Crash(Exception):
    """The process died here."""


class Delivery:
    """One consumer group: the records it gets, and what it does with them until all streams are applied."""

    def __init__(self, make: Callable[[], Histories], events: Iterable[RecordedEvent], random: Random) -> None:
        self.feed: dict[str, list[RecordedEvent]] = defaultdict(list)
        for event in events:
            self.feed[event.subject].append(event)
        self.random = random
        self.make = make
        self.projection = make()

    async def run(self, batch: int = 80, crashes: float = 0.1) -> None:
        """Deliver everything, in batches of up to so many records; each may end in a crash."""
        records = self.records()
        while records:
            size = self.random.randint(1, batch)
            await self.handle(records[:size], crashes)
            records = records[size:]
        for stream in self.shuffled(self.feed):
            await self.handle([self.feed[stream][-1]], 0)

    def records(self) -> list[RecordedEvent]:
        """What arrives: every stream in order, some records twice, some not at all."""
        arriving: list[RecordedEvent] = []
        left = dict.fromkeys(self.feed, 0)
        while left:
            stream = self.random.choice(list(left))
            events, position = self.feed[stream], left[stream]
            again = self.random.randrange(position + 1) if self.random.random() < 0.1 else position
            until = min(len(events), position + self.random.randint(1, 3))
            arriving += [event for event in events[again:until] if self.random.random() > 0.05]
            if until == len(events):
                del left[stream]
            else:
                left[stream] = until
        return arriving

    async def handle(self, records: list[RecordedEvent], crashes: float) -> None:
        """Apply a batch exactly as a consumer does; after a crash a new process gets it again."""
        while True:
            try:
                await self.attempt(records, self.random.random() < crashes)
            except Crash:
                self.projection = self.make()
            else:
                return

    async def attempt(self, records: list[RecordedEvent], crash: bool) -> None:
        heads: dict[str, int] = {}
        for record in records:
            heads[record.subject] = max(record.sequence, heads.get(record.subject, 0))
        positions = await self.projection.positions(heads)
        spans = [
            Span(stream, self.feed[stream][positions.get(stream, 0) : head])
            for stream, head in heads.items()
            if head > positions.get(stream, 0)
        ]
        if not spans:
            return
        if crash and self.random.random() < 0.5:
            self.projection.deriver.settle = _die
        for job in await self.projection.apply(spans):
            if crash:
                await self.projection.run_job(Job(job.stream, heads[job.stream], job.payload))
            else:
                await self.projection.run_job_to_the_end(job, spans)
        if crash:
            raise Crash
        await self.projection.advance({span.stream: span.last for span in spans})

    def shuffled(self, streams: Iterable[str]) -> list[str]:
        order = list(streams)
        self.random.shuffle(order)
        return order


async def _die(activities: Iterable[str]) -> None:
    """Own sides are written, what depends on them is not."""
    raise Crash


async def load(projection: Histories, events: Iterable[RecordedEvent], random: Random) -> None:
    """The same events through the path of a rebuild: stream by stream, a context after the other, some in pieces.

    Now and then a stream comes along that cannot be folded; then, as in a rebuild, the spans are applied one by one.
    """
    streams: dict[str, list[RecordedEvent]] = defaultdict(list)
    for event in events:
        streams[event.subject].append(event)
    await projection.prepare_bulk()
    spans: list[Span] = []
    for stream in sorted(streams, key=lambda stream: stream.startswith("activity-")):
        cut = random.randint(0, len(streams[stream]))
        spans += [Span(stream, piece) for piece in (streams[stream][:cut], streams[stream][cut:]) if piece]
    while spans:
        size = random.randint(1, 50)
        piece = _folded_together(spans[:size])
        if random.random() < 0.1:
            piece.insert(random.randint(0, len(piece)), _POISON)
        await _load_piece(projection, piece)
        spans = spans[size:]
    await projection.finish_bulk()
    await projection.prepare()


async def _load_piece(projection: Histories, spans: list[Span]) -> None:
    try:
        await projection.bulk(spans)
    except OutOfOrder:
        for span in spans:
            if span is not _POISON:
                await projection.apply([span])
                await projection.advance({span.stream: span.last})


def _folded_together(spans: list[Span]) -> list[Span]:
    """A call has each stream at most once."""
    merged: dict[str, list[RecordedEvent]] = {}
    for span in spans:
        merged[span.stream] = merged.get(span.stream, []) + span.events
    return [Span(stream, events) for stream, events in merged.items()]


_POISON = Span(
    "contact-00000000-0000-4000-8000-000000000000",
    [recorded("contact-00000000-0000-4000-8000-000000000000", 2, AddressDeactivated(), "2024-01-08T08:00:00.000000Z")],
)
"""A stream without its first event."""
