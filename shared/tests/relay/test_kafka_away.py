"""Kafka may be away for long: the relay waits without hurry, and goes on by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dossier.kafka import KafkaAccess
from dossier.mongo import Database, Mongo
from dossier.relay import publisher
from dossier.store import CommitStore
from dossier.testing.relaying import CONTEXT, PARTITIONS, Outlet, company, eventually, nothing_pending, running
from dossier.topics import ensure_topics
from local_stack.kafka import Kafka
from local_stack.ports import free_port

pytestmark = [pytest.mark.backends, pytest.mark.slow]


class OwnKafka:
    """A broker of this test alone, to be hurt."""

    def __init__(self, folder: Path) -> None:
        self.broker = Kafka(folder, free_port(), free_port())
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self.process = await asyncio.to_thread(self.broker.start)
        await asyncio.to_thread(self.broker.wait_until_ready, self.process)

    async def kill(self) -> None:
        assert self.process is not None
        self.send(signal.SIGKILL)
        await asyncio.to_thread(self.process.wait)

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)


@pytest.fixture
async def own_kafka(tmp_path: Path) -> AsyncIterator[OwnKafka]:
    own = OwnKafka(tmp_path)
    await own.start()
    yield own
    await own.kill()


@pytest.fixture
async def private(mongo: Mongo, database: Database, own_kafka: OwnKafka) -> AsyncIterator[Outlet]:
    kafka = KafkaAccess(own_kafka.broker.bootstrap)
    [topic] = await ensure_topics(kafka, "own", [CONTEXT], partitions=PARTITIONS)
    store = CommitStore(mongo, database, CONTEXT)
    await store.start()
    yield Outlet(mongo, database, store, kafka, topic)
    await store.stop()


async def test_kafka_killed_and_paused_under_load_and_back(
    private: Outlet, own_kafka: OwnKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "PRODUCE_SECONDS", 3.0)
    streams = [company() for _ in range(8)]

    async def commit_to_all() -> None:
        await asyncio.gather(*(private.commit(stream, "a", "b") for stream in streams))

    relay = private.relay()
    async with running(relay):
        await commit_to_all()
        await eventually(nothing_pending(private))

        await own_kafka.kill()
        for _ in range(5):
            await commit_to_all()  # commands go on
        spent, began = time.process_time(), time.monotonic()
        await asyncio.sleep(8.0)
        assert (time.process_time() - spent) / (time.monotonic() - began) < 0.25, "it waits, it does not spin"
        lag = await relay.lag()
        assert (lag.pending, lag.oldest_age_seconds > 8) == (40, True)
        await own_kafka.start()
        await eventually(nothing_pending(private), seconds=60)

        own_kafka.send(signal.SIGSTOP)
        await commit_to_all()
        await asyncio.sleep(5.0)
        own_kafka.send(signal.SIGCONT)
        await commit_to_all()
        await eventually(nothing_pending(private), seconds=60)
    assert await private.faults() == []


async def test_it_stops_in_time_while_kafka_is_away(private: Outlet, own_kafka: OwnKafka) -> None:
    async with running(private.relay()):
        await private.commit(company())
        await eventually(nothing_pending(private))
        own_kafka.send(signal.SIGSTOP)
        await private.commit(company())
        await asyncio.sleep(1.0)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    own_kafka.send(signal.SIGCONT)
