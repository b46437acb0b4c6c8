"""An installation in small for tests of runners: a record, its topics, and the card projection, on real servers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dossier.contracts import AddressRef, RecordedEvent
from dossier.contracts.activities import ActivityChanges, ActivityCorrected, ActivityRecorded
from dossier.contracts.addresses import AffiliationCorrected, ContactPositionChanged, ContactRegistered
from dossier.ids import new_id, split_stream, stream_id
from dossier.mongo import Database, Document
from dossier.projections.runner import ProjectionRunner, group_of
from dossier.projections.settings import ProjectionSettings
from dossier.projections.sources import Sources
from dossier.settings import ServiceSettings
from dossier.testing.projections import Cards, Record, RecordFeed, Topics, expected_state
from dossier.topics import delete_topics, ensure_topics

QUICK = ProjectionSettings(heads_patience=0.4, watch_period=0.3, parking_budget=1.0, lease=2.0, drain=3.0)
"""Settings under which a test need not wait for what an operator may wait for."""


def contact() -> str:
    """A contact that does not exist yet."""
    return stream_id("contact", new_id())


def activity() -> str:
    """An activity that does not exist yet."""
    return stream_id("activity", new_id())


def recorded_with(person: str, title: str = "talked") -> ActivityRecorded:
    """An activity with a contact."""
    address = AddressRef(type="contact", id=split_stream(person)[1])
    return ActivityRecorded(
        kind="call", medium="phone", title=title, occurred_on=date(2026, 5, 4), entered_by=None, address=address
    )


def corrected(title: str) -> ActivityCorrected:
    """The activity has another title."""
    return ActivityCorrected(changes=ActivityChanges(title=title))


def registered() -> ContactRegistered:
    """The contact belongs to some company."""
    return ContactRegistered(company=new_id(), last_name="Muster")


def moved() -> AffiliationCorrected:
    """The contact belonged to another company from the start: all its cards move."""
    return AffiliationCorrected(company=new_id())


def promoted(function: str = "head") -> ContactPositionChanged:
    """Something about the contact that no card shows."""
    return ContactPositionChanged(function=function, department="")


@dataclass
class World:
    """One installation of a test: record, topics, and what the projection made of them."""

    database: Database
    settings: ServiceSettings
    topics: Topics
    partitions: int
    record: Record
    feeds: dict[str, RecordFeed] = field(default_factory=dict)
    projection: Cards = field(default_factory=Cards)

    def attached(self, kind: type[Cards] = Cards, generation: int = 1) -> Cards:
        """The projection, ready for a runner."""
        projection = kind()
        projection.attach(self.database, generation)
        return projection

    def runner(
        self,
        of: type[ProjectionRunner] = ProjectionRunner,
        kind: type[Cards] = Cards,
        options: ProjectionSettings = QUICK,
    ) -> ProjectionRunner:
        """A runner that is not running yet."""
        return of(self.attached(kind), self.settings, self.feeds, options)

    async def happen(self, stream: str, *events: Any, publish: bool = True) -> list[RecordedEvent]:
        """Record events, and let the relay bring them to the topic, or lose them."""
        made = await self.record.append(stream, *events)
        if publish:
            await self.topics.publish(made)
        return made

    async def everything(self) -> list[RecordedEvent]:
        """All events of the record."""
        return [event for feed in self.feeds.values() async for batch, _ in feed.events() for event in batch]

    async def state(self) -> dict[str, list[Document]]:
        """All that the projection shows now."""
        return await self.attached().state()

    async def complete(self, seconds: float = 20.0) -> None:
        """Wait until the projection shows exactly what the record says; fail with the difference."""
        expected = expected_state(await self.everything())
        deadline = time.monotonic() + seconds
        while (state := await self.state()) != expected:
            if time.monotonic() > deadline:
                assert state == expected
            await asyncio.sleep(0.05)

    async def loaded(self) -> None:
        """Wait until the feeds were read to their ends, so that only topics, gaps and comparisons bring events."""
        sources = Sources(self.attached().collection("sources"))

        async def done() -> bool:
            return all([(await sources.state(source)).loaded for source in self.feeds])

        await self.eventually(done)
        await asyncio.sleep(2 * QUICK.heads_patience)

    async def eventually(self, done: Callable[[], Awaitable[object]], seconds: float = 20.0) -> None:
        """Wait until it is so."""
        deadline = time.monotonic() + seconds
        while not await done():
            assert time.monotonic() < deadline, f"not so after {seconds} s"
            await asyncio.sleep(0.05)

    async def make_topics_anew(self) -> None:
        """Delete the topics with all they hold, and make them again."""
        names = [f"{self.settings.topic_prefix}.{context}" for context in self.feeds]
        await delete_topics(self.settings.kafka, names)
        await asyncio.sleep(1.0)
        await self.make_topics()

    async def make_topics(self) -> None:
        """Make the topics that are missing."""
        await ensure_topics(
            self.settings.kafka, self.settings.topic_prefix, list(self.feeds), partitions=self.partitions
        )

    @property
    def group(self) -> str:
        """The consumer group of the runners."""
        return group_of(self.attached(), self.settings)


@asynccontextmanager
async def running(*runners: ProjectionRunner) -> AsyncGenerator[None]:
    """Runners at work; they are stopped in an orderly way."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(runner.run(stop)) for runner in runners]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def kill(task: asyncio.Task[None]) -> None:
    """Let a runner end in the middle of whatever it does."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def without(events: Iterable[RecordedEvent], lost: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """The events but those."""
    gone = {event.id for event in lost}
    return [event for event in events if event.id not in gone]
