"""With Kafka away the feeds go on; with Kafka back the topics do. Stopping is quick and in order."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest
from prometheus_client import REGISTRY

from dossier.contracts import RecordedEvent
from dossier.mongo import ConnectionFailure
from dossier.projections.model import FanOut, Span
from dossier.projections.runner import ProjectionRunner
from dossier.testing.projecting import (
    QUICK,
    World,
    activity,
    contact,
    corrected,
    moved,
    promoted,
    recorded_with,
    registered,
    running,
)
from dossier.testing.projections import Cards, RecordFeed

pytestmark = pytest.mark.backends


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@asynccontextmanager
async def forwarded(port: int, target: str) -> AsyncGenerator[None]:
    """A way to the broker that is there only inside the block."""
    host, _, number = target.rpartition(":")

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(number))
        await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)

    server = await asyncio.start_server(connect, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def test_a_runner_that_starts_without_kafka_works_by_the_feeds_and_joins_later(world: World) -> None:
    person, port = contact(), free_port()
    settings = world.settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{port}"})
    options = QUICK.model_copy(update={"heads_period": 1.0})
    await world.happen(person, registered(), publish=False)
    async with running(ProjectionRunner(world.attached(), settings, world.feeds, options)):
        await world.complete()
        await world.happen(person, moved(), publish=False)
        await world.complete()
        async with forwarded(port, world.settings.kafka_bootstrap):
            for feed in world.feeds.values():
                feed.down = True
            talk = activity()
            events = [
                *await world.record.append(person, promoted()),
                *await world.record.append(talk, recorded_with(person)),
            ]
            await world.topics.publish(events)
            await world.eventually(lambda: seen(world, person, talk), 30.0)


async def seen(world: World, person: str, talk: str) -> bool:
    return await world.attached().positions([person, talk]) == {person: 3, talk: 1}


async def test_stopping_finishes_the_batch_in_hand_and_takes_less_than_its_limit(world: World) -> None:
    person = contact()
    talks = [activity() for _ in range(60)]
    stop = asyncio.Event()
    running_ = asyncio.create_task(world.runner().run(stop))
    await world.happen(person, registered())
    await world.complete()
    await world.loaded()
    for talk in talks:
        await world.happen(talk, recorded_with(person), corrected("x"))
    began = time.monotonic()
    stop.set()
    await running_
    assert time.monotonic() - began < QUICK.drain
    async with running(world.runner()):
        await world.complete()


async def test_how_far_the_consumer_is_behind_is_shown(world: World) -> None:
    topic = f"{world.settings.topic_prefix}.addresses"

    def behind() -> float | None:
        labels = {"group": world.group, "topic": topic}
        return REGISTRY.get_sample_value("crm_consumer_lag_records", labels)

    async with running(world.runner()):
        await world.happen(contact(), registered(), promoted())
        await world.complete()
        await world.eventually(lambda: asyncio.sleep(0, behind() == 0))
        assert REGISTRY.get_sample_value("crm_projection_lag_seconds", {"projection": "cards"}) == 0

    class Stuck(Cards):
        async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
            raise ConnectionFailure("no primary")

    async with running(world.runner(kind=Stuck)):
        await world.happen(contact(), registered(), promoted())
        await world.eventually(lambda: asyncio.sleep(0, behind() == 2))


async def test_stopping_does_not_wait_for_a_feed_that_takes_long(world: World) -> None:
    class Endless(RecordFeed):
        begun = asyncio.Event()

        async def events(self, cursor: str = "") -> AsyncGenerator[tuple[list[RecordedEvent], str]]:
            self.begun.set()
            while True:
                await asyncio.sleep(0.01)
                yield [], cursor

    world.feeds["addresses"] = Endless(world.record, "addresses")
    async with running(world.runner()):
        await Endless.begun.wait()
        began = time.monotonic()
    assert time.monotonic() - began < QUICK.drain
