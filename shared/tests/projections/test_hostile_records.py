"""No record can lose its batch, block its partition or park a stream that is sound."""

from __future__ import annotations

import asyncio
import os
import struct
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c
from prometheus_client import REGISTRY

from dossier.contracts import RecordedEvent
from dossier.contracts.recorded import to_headers
from dossier.projections import consuming
from dossier.projections.parking import Parking
from dossier.projections.records import read_record
from dossier.projections.runner import ProjectionRunner
from dossier.testing.projecting import (
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
from local_stack import shared_servers

pytestmark = pytest.mark.backends

BINARY = b"\xff\xfe\x00"
CRC_OFFSET = 17


def count(result: str) -> float:
    labels = {"projection": "cards", "result": result}
    return REGISTRY.get_sample_value("crm_projection_events_total", labels) or 0.0


def headers_with(event: RecordedEvent, name: str, value: bytes | None) -> list[tuple[str, Any]]:
    return [*(pair for pair in to_headers(event) if pair[0] != name), (name, value)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("traceparent", None),
        ("traceparent", BINARY),
        ("x-anything", None),
        ("x-anything", BINARY),
        ("ce_sequence", None),
        ("ce_sequence", BINARY),
        ("ce_sequence", b"many"),
        ("ce_sequence", b"-1"),
        ("ce_subject", b"contact-of-somebody-else"),
    ],
)
async def test_a_hostile_header_neither_loses_nor_blocks_its_batch(
    world: World, name: str, value: bytes | None
) -> None:
    person, talk = contact(), activity()
    async with running(world.runner()):
        await world.happen(person, registered())
        await world.complete()
        (hostile,) = await world.record.append(person, promoted())
        headers = headers_with(hostile, name, value)
        sent = [world.topics.send("addresses", person.encode(), bytes(hostile.data), headers)]
        sent += [world.happen(talk, recorded_with(person), corrected("goes on"))]
        sent += [world.happen(contact(), registered()) for _ in range(6)]
        await asyncio.gather(*sent)
        await world.complete()
    assert await Parking(world.attached()).list() == []


@pytest.mark.parametrize("value", [None, b"", b"no json", BINARY], ids=["null", "empty", "text", "binary"])
async def test_a_value_that_is_no_event_is_fetched_from_the_feed(world: World, value: bytes | None) -> None:
    person = contact()
    async with running(world.runner()):
        await world.happen(person, registered())
        await world.complete()
        (hostile,) = await world.record.append(person, promoted())
        await world.topics.send("addresses", person.encode(), value, to_headers(hostile))
        await world.happen(activity(), recorded_with(person))
        await world.complete()
    assert await Parking(world.attached()).list() == []


@pytest.mark.parametrize("key", [None, b"", BINARY, b"contact-x", b"person"])
async def test_a_record_whose_key_is_no_stream_parks_nothing_and_is_counted(world: World, key: bytes | None) -> None:
    person, before = contact(), count("hostile")
    async with running(world.runner()):
        await world.topics.send("addresses", key, b"{}", [("ce_sequence", None)])
        await world.happen(person, registered())
        await world.complete()
        await world.eventually(lambda: asyncio.sleep(0, count("hostile") == before + 1))
    assert await Parking(world.attached()).list() == []


async def test_a_record_of_a_stream_its_owner_does_not_know_parks_nothing_and_is_counted(world: World) -> None:
    person, before = contact(), count("unknown")
    async with running(world.runner()):
        await world.happen(person, registered())
        await world.complete()
        await world.loaded()
        await world.topics.send("addresses", contact().encode(), b"nothing", [])
        await world.eventually(lambda: asyncio.sleep(0, count("unknown") == before + 1))
        await world.complete()
    assert await Parking(world.attached()).list() == []


async def test_a_batch_that_fails_is_read_again_from_all_its_partitions(world: World) -> None:
    class Outage(ProjectionRunner):
        refused = 0
        partitions: set[tuple[str, int]] = set()  # noqa: RUF012

        def _arrived(self, records: Any) -> Any:
            places = {(record.topic, record.partition) for record in records}
            if len(Outage.partitions) < 6 or Outage.refused < 3:
                Outage.partitions |= places
                Outage.refused += 1
                raise ConnectionError("away")
            return super()._arrived(records)

    people = [contact() for _ in range(30)]
    made = [event for person in people for event in await world.record.append(person, registered())]
    made += [event for person in people for event in await world.record.append(activity(), recorded_with(person))]
    await world.topics.publish(made)
    for source in world.feeds:
        await world.runner().sources.mark_loaded(source)
        world.feeds[source].down = True
    async with running(world.runner(Outage)):
        await world.eventually(lambda: marked(world, len(made)))
    for feed in world.feeds.values():
        feed.down = False
    await world.complete(1.0)
    assert len(Outage.partitions) == 6


async def marked(world: World, streams: int) -> bool:
    return await world.attached().collection("watermarks").count_documents({}) == streams


def test_a_good_record_is_read_whole() -> None:
    from dossier.testing.recorded import recorded

    (event,) = recorded(contact(), registered())
    headers = tuple(to_headers(event))
    key, value = event.stream.encode(), bytes(event.data)

    class Raw:
        topic = "crm.addresses"

    raw: Any = Raw()
    raw.key, raw.value, raw.headers = key, value, headers
    assert read_record(raw) == ("crm.addresses", event.stream, event)


async def test_a_header_name_that_the_client_library_cannot_read_is_passed_by_and_healed(world: World) -> None:
    people = [contact() for _ in range(12)]
    async with running(world.runner()):
        for person in people:
            await world.happen(person, registered())
        await world.complete()
        await world.loaded()
        lost = [event for person in people for event in await world.record.append(person, promoted(), moved())]
        await world.topics.publish(lost[::3])
        for number in range(world.partitions):
            await unreadable_batch(world, f"{world.settings.topic_prefix}.addresses", number)
        await world.topics.publish(lost[1::3])
        await world.happen(activity(), recorded_with(people[0]))
        await world.complete()
        await world.happen(people[0], promoted())
        await world.complete()


def holding_runner() -> tuple[asyncio.Event, type[ProjectionRunner]]:
    """A runner that applies nothing while the event is not set."""
    going = asyncio.Event()
    going.set()

    class Holding(ProjectionRunner):
        async def handle(self, records: Any) -> None:
            await going.wait()
            await super().handle(records)

    return going, Holding


async def test_what_was_read_together_with_an_unreadable_record_is_healed_too(world: World) -> None:
    going, holding = holding_runner()
    async with running(world.runner(holding)):
        for _ in range(20):  # so that every partition has an offset, which is no sign of anything afterwards
            await world.happen(activity(), recorded_with(contact()))
            await world.happen(contact(), registered())
        await world.complete()
        await world.eventually(lambda: followed_up(world))
        going.clear()
        await world.happen(contact(), registered())
        await asyncio.sleep(0.5)
        for number in range(world.partitions):
            await unreadable_batch(world, f"{world.settings.topic_prefix}.addresses", number)
        for _ in range(20):
            await world.happen(activity(), recorded_with(contact()))
        going.set()
        await world.complete()


@pytest.mark.parametrize("cut", [False, True])
async def test_a_batch_that_was_damaged_on_the_disk_is_passed_by_and_healed(
    world: World, monkeypatch: pytest.MonkeyPatch, cut: bool
) -> None:
    monkeypatch.setattr(consuming, "_SILENT_POLLS", 3)
    monkeypatch.setattr(consuming, "_SILENT_SECONDS", 1.0)

    going, holding = holding_runner()
    people = [contact() for _ in range(12)]
    async with running(world.runner(holding)):
        for person in people:
            await world.happen(person, registered())
        await world.complete()
        await world.loaded()
        going.clear()
        await world.happen(activity(), recorded_with(people[0]))
        lost = [event for person in people for event in await world.record.append(person, promoted(), moved())]
        await world.topics.publish(lost)
        topic = f"{world.settings.topic_prefix}.addresses"
        written = [log for number in range(world.partitions) for log in shared_servers.segments(topic, number)]
        assert [damage(log, cut) for log in written if log.stat().st_size]
        going.set()
        await world.complete()
        await world.happen(people[0], promoted())
        await world.complete()


def damage(file: Path, cut: bool) -> int:
    """Change the last byte where it lies, or cut half of the file; how many bytes there are."""
    with file.open("r+b") as stored:
        if cut:
            return stored.truncate(file.stat().st_size // 2)
        stored.seek(-1, os.SEEK_END)
        (last,) = stored.read(1)
        stored.seek(-1, os.SEEK_END)
        return stored.write(bytes([last ^ 1]))


async def followed_up(world: World) -> bool:
    """Whether no sign waits for its comparison."""
    await asyncio.sleep(1.0)
    states = [await world.runner().sources.state(source) for source in world.feeds]
    return all(state.due == state.compared for state in states)


async def unreadable_batch(world: World, topic: str, partition: int) -> None:
    """Three records of which the second has a header whose name is no UTF-8."""
    producer = AIOKafkaProducer(bootstrap_servers=world.settings.kafka_bootstrap)
    await producer.start()
    try:
        batch = producer.create_batch()
        for name in ("good", "bad-name", "good"):
            batch.append(key=contact().encode(), value=b"{}", timestamp=None, headers=[(name, b"x")])
        raw = bytearray(batch._build()).replace(b"bad-name", BINARY + BINARY + b"xx")
        struct.pack_into(">I", raw, CRC_OFFSET, calc_crc32c(bytes(raw[CRC_OFFSET + 4 :])))
        batch._buffer = raw
        await (await producer.send_batch(batch, topic, partition=partition))
    finally:
        await producer.stop()
