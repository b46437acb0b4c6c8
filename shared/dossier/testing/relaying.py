"""A store with commits, a relay on it, and what is on the topic afterwards."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from dossier.contracts.addresses import CompanyRenamed
from dossier.contracts.recorded import RecordedEvent, from_headers
from dossier.ids import new_id, stream_id
from dossier.kafka import KafkaAccess
from dossier.mongo import Database, Mongo
from dossier.relay import Relay
from dossier.store import CommitStore, Head, Metadata, NewCommit

CONTEXT = "addresses"
PARTITIONS = 3


@dataclass
class Outlet:
    """Where a relay of a test reads and writes."""

    mongo: Mongo
    database: Database
    store: CommitStore
    kafka: KafkaAccess
    topic: str

    def relay(self, owner: str = "one", of: type[Relay] = Relay) -> Relay:
        """A relay that is not running yet."""
        return of(self.mongo, self.database, CONTEXT, self.kafka, self.topic, owner)

    async def commit(self, stream: str, *names: str, head: Head | None = None) -> Head:
        """Append one commit with an event a name."""
        about = Metadata(actor="user:test", channel="user", correlation_id=new_id(), command_id=new_id())
        events = [CompanyRenamed(name=name) for name in names or ("x",)]
        expected = head or await self.store.head(stream)
        done = await self.store.append(NewCommit(stream, expected, events, about))
        return Head(stream, done.commit, done.last)

    async def pending(self) -> int:
        """How many commits still carry the flag."""
        return await self.store.commits.count_documents({"pending": {"$exists": True}})

    async def cleared(self) -> int:
        """How many commits carry the flag no more."""
        return await self.store.commits.count_documents({"pending": {"$exists": False}})

    async def records(self) -> list[Any]:
        """All records of the topic, by partition."""
        consumer = AIOKafkaConsumer(**self.kafka.options())
        await consumer.start()
        try:
            partitions = [TopicPartition(self.topic, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Any] = []
            while any([await consumer.position(place) < ends[place] for place in partitions]):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found += batch
            return found
        finally:
            await consumer.stop()

    async def published(self) -> dict[str, list[RecordedEvent]]:
        """The events on the topic by stream, as often and in the order they are there."""
        streams: defaultdict[str, list[RecordedEvent]] = defaultdict(list)
        for record in await self.records():
            event = from_headers({name: value.decode() for name, value in record.headers}, record.value)
            assert record.key.decode() == event.stream
            streams[event.stream].append(event)
        return streams

    async def faults(self) -> list[str]:
        """The checker: how the topic differs from what a consumer needs to end up with exactly the store's events.

        Within a stream every event must be there, and no event may come before all its predecessors have come.
        """
        on_topic = await self.published()
        faults: list[str] = []
        for stream in await self.store.commits.distinct("stream"):
            applied: list[RecordedEvent] = []
            for event in on_topic.get(stream, []):
                if event.version > len(applied) + 1:
                    faults.append(f"{stream}: {event.version} came after {len(applied)}")
                elif event.version == len(applied) + 1:
                    applied.append(event)
            stored = await self.store.read(stream)
            if applied != stored:
                faults.append(f"{stream}: {len(applied)} of {len(stored)} arrived")
        return faults


def company() -> str:
    """A stream that does not exist yet."""
    return stream_id("company", new_id())


@asynccontextmanager
async def running(*relays: Relay) -> AsyncGenerator[None]:
    """Relays at work; they are stopped in an orderly way."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(relay.run(stop)) for relay in relays]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def eventually(done: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not await done():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        await asyncio.sleep(0.05)


def nothing_pending(outlet: Outlet) -> Callable[[], Awaitable[bool]]:
    """Whether all flags are off."""

    async def done() -> bool:
        return await outlet.pending() == 0

    return done
