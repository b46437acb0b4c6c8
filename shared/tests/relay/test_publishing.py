"""Every commit reaches Kafka, in order within its stream."""

import asyncio
import time

import pytest

from dossier.contracts.recorded import to_headers
from dossier.relay import Relay
from dossier.testing.relaying import Outlet, company, eventually, nothing_pending, running

pytestmark = pytest.mark.backends


async def test_commits_are_published_in_order_and_their_flags_are_taken_off(outlet: Outlet) -> None:
    streams = [company() for _ in range(20)]
    for number in range(5):
        await asyncio.gather(*(outlet.commit(stream, f"{number}a", f"{number}b") for stream in streams))
    assert (await outlet.relay().lag()).pending == 100
    async with running(outlet.relay()):
        await eventually(nothing_pending(outlet))
    on_topic = await outlet.published()
    for stream in streams:
        assert on_topic[stream] == await outlet.store.read(stream)


async def test_a_record_is_a_cloud_event_in_binary_mode_keyed_by_its_stream(outlet: Outlet) -> None:
    stream = company()
    await outlet.commit(stream, "Ünïcode")
    async with running(outlet.relay()):
        await eventually(nothing_pending(outlet))
    [record] = await outlet.records()
    [event] = await outlet.store.read(stream)
    assert record.key == stream.encode()
    assert list(record.headers) == to_headers(event)
    assert record.value == bytes(event.data)


async def test_the_doorbell_is_faster_than_the_poll(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dossier.relay.relay.POLL_SECONDS", 30.0)
    async with running(outlet.relay()):
        await asyncio.sleep(1.0)
        began = time.monotonic()
        await outlet.commit(company())
        await eventually(nothing_pending(outlet), seconds=10)
        assert time.monotonic() - began < 5


async def test_without_a_doorbell_the_poll_finds_what_is_new(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    async def deaf(_self: object, stop: asyncio.Event) -> None:
        await stop.wait()

    monkeypatch.setattr("dossier.relay.doorbell.Doorbell.listen", deaf)
    async with running(outlet.relay()):
        await asyncio.sleep(0.5)
        await outlet.commit(company())
        await eventually(nothing_pending(outlet), seconds=10)


async def test_the_lag_is_exact(outlet: Outlet) -> None:
    relay = outlet.relay()
    assert await relay.lag() == await relay.lag()
    assert (await relay.lag()).pending == 0
    assert (await relay.lag()).oldest_age_seconds == 0
    stream = company()
    await outlet.commit(stream)
    await asyncio.sleep(1.0)
    await outlet.commit(stream)
    await outlet.commit(company(), "a", "b")
    lag = await relay.lag()
    assert lag.pending == 3
    assert 1.0 <= lag.oldest_age_seconds < 10.0
    async with running(relay):
        await eventually(nothing_pending(outlet))
    assert (await relay.lag()).pending == 0


async def test_two_relays_share_the_shards_and_all_arrives_in_order_while_they_come_and_go(outlet: Outlet) -> None:
    streams = [company() for _ in range(12)]

    async def write(stream: str) -> None:
        head = None
        for number in range(25):
            head = await outlet.commit(stream, str(number), head=head)
            await asyncio.sleep(0.02)

    first, second = outlet.relay("one"), outlet.relay("two")
    async with running(first):
        writing = asyncio.gather(*(write(stream) for stream in streams))
        await asyncio.sleep(1.0)
        async with running(second):
            await eventually(lambda: _shares(first, second, 8, 8), seconds=15)
        await eventually(lambda: _shares(first, second, 16, 0), seconds=15)
        await writing
        await eventually(nothing_pending(outlet))
    assert await outlet.faults() == []


async def test_relays_that_know_nothing_of_each_other_keep_the_order(outlet: Outlet) -> None:
    class Careless(Relay):
        """Believes that it holds every shard, whatever the others do."""

        async def _beat(self) -> None:
            self.leases.held = lambda: dict.fromkeys(range(16), 0)  # type: ignore[method-assign]

    streams = [company() for _ in range(6)]
    async with running(outlet.relay("true"), outlet.relay("a", Careless), outlet.relay("b", Careless)):
        for number in range(20):
            await asyncio.gather(*(outlet.commit(stream, str(number)) for stream in streams))
        await eventually(nothing_pending(outlet))
    assert await outlet.faults() == []
    seen = [event.version for event in (await outlet.published())[streams[0]]]
    assert len(seen) > 20, "the relays did overlap"


async def test_it_stops_within_five_seconds_under_load_and_leaves_its_shards_to_others(outlet: Outlet) -> None:
    for _ in range(10):
        await asyncio.gather(*(outlet.commit(company()) for _ in range(50)))
    async with running(outlet.relay("one")):
        await asyncio.sleep(0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    began = time.monotonic()
    async with running(outlet.relay("two")):
        await eventually(nothing_pending(outlet))
    assert time.monotonic() - began < 5, "nobody had to wait for a lease to expire"
    assert await outlet.faults() == []


async def _shares(first: Relay, second: Relay, one: int, two: int) -> bool:
    return (len(first.leases.held()), len(second.leases.held())) == (one, two)
