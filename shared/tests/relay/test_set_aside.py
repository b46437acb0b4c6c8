"""A commit that cannot be published holds back its own stream only, until it is released."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from dossier.relay import Relay
from dossier.telemetry import metrics
from dossier.testing.relaying import CONTEXT, Outlet, company, eventually, running

pytestmark = pytest.mark.backends


@pytest.fixture
async def admin(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await client.start()
    yield client
    await client.close()


async def limit(admin: AIOKafkaAdminClient, topic: str, size: int) -> None:
    """Change the topic's largest record, and wait until the broker knows."""
    config = {"max.message.bytes": str(size)}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=config)])
    await asyncio.sleep(1.0)


async def waiting(relay: Relay) -> list[tuple[str, str]]:
    return [(one.stream, one.reason) for one in await relay.aside.list()]


async def test_a_commit_too_large_for_the_topic_waits_alone_and_is_published_after_release(
    outlet: Outlet, admin: AIOKafkaAdminClient
) -> None:
    large, others = company(), [company() for _ in range(12)]
    await limit(admin, outlet.topic, 1_300)
    await outlet.commit(large, "first")
    head = await outlet.commit(large, "😀" * 250)
    await outlet.commit(large, "later", head=head)
    for other in others:
        await outlet.commit(other, "a", "b")
    relay = outlet.relay()
    async with running(relay):
        await eventually(lambda: _pending(outlet, 2))
        assert await waiting(relay) == [(large, "MessageSizeTooLargeError")]
        await outlet.commit(large, "later still")
        await outlet.commit(others[0], "others go on")
        await eventually(lambda: _pending(outlet, 3))
        await eventually(lambda: _reported(1))
        lag = await relay.lag()
        assert (lag.pending, lag.set_aside, lag.held_back) == (0, 1, 3)
        on_topic = await outlet.published()
        assert [event.version for event in on_topic[large]] == [1]
        for other in others:
            assert on_topic[other] == await outlet.store.read(other)

        await limit(admin, outlet.topic, 1_000_000)
        assert await relay.aside.release(large)
        await eventually(lambda: _pending(outlet, 0))
    assert await outlet.faults() == []
    assert await waiting(relay) == []
    assert not await relay.aside.release(large)


async def test_a_commit_that_cannot_be_encoded_waits_alone(outlet: Outlet) -> None:
    broken, other = company(), company()
    await outlet.commit(broken)
    await outlet.commit(broken)
    await outlet.store.commits.update_one({"_id": f"{broken}:0000000001"}, {"$set": {"events.0.data": 7}})
    await outlet.commit(other)
    relay = outlet.relay()
    async with running(relay):
        await eventually(lambda: _pending(outlet, 2))
        assert await waiting(relay) == [(broken, "AttributeError")]
        await outlet.store.commits.update_one({"_id": f"{broken}:0000000001"}, {"$set": {"events.0.data": "{}"}})
        await relay.aside.release(broken)
        await eventually(lambda: _pending(outlet, 0))
    assert [event.version for event in (await outlet.published())[broken]] == [1, 2]


async def test_a_relay_that_does_not_know_of_it_meets_the_same_commit_first(outlet: Outlet) -> None:
    broken = company()
    await outlet.commit(broken)
    await outlet.commit(broken)
    await outlet.store.commits.update_one({"_id": f"{broken}:0000000001"}, {"$set": {"events.0.data": 7}})
    async with running(outlet.relay("one")):
        await eventually(lambda: _waits(outlet.relay()))
    await outlet.relay().aside.release(broken)
    async with running(outlet.relay("two")):
        await eventually(lambda: _waits(outlet.relay()))
    assert await outlet.published() == {}


async def _pending(outlet: Outlet, count: int) -> bool:
    return await outlet.pending() == count


async def _waits(relay: Relay) -> bool:
    return len(await relay.aside.list()) == 1


async def _reported(count: int) -> bool:
    return f'crm_outbox_set_aside{{context="{CONTEXT}"}} {float(count)}'.encode() in metrics.exposition()
