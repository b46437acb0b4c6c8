"""However delivery repeats, loses and reorders events, and however often the consumer dies: the same documents."""

from __future__ import annotations

import asyncio
import random

import pytest

from dossier.contracts import RecordedEvent
from dossier.testing.projecting import (
    World,
    activity,
    contact,
    corrected,
    kill,
    moved,
    promoted,
    recorded_with,
    registered,
    running,
)
from dossier.testing.projections import shuffled

pytestmark = pytest.mark.backends


async def history(world: World, seed: int, *, contacts: int = 6, activities: int = 30) -> list[RecordedEvent]:
    """A random record: contacts that change and move, activities that are corrected."""
    chance = random.Random(seed)
    made: list[RecordedEvent] = []
    people = [contact() for _ in range(contacts)]
    for person in people:
        changes = [chance.choice([moved(), promoted()]) for _ in range(chance.randint(0, 3))]
        made += await world.record.append(person, registered(), *changes)
    for number in range(activities):
        changes = [corrected(f"{number}.{step}") for step in range(chance.randint(0, 3))]
        made += await world.record.append(activity(), recorded_with(chance.choice(people)), *changes)
    return made


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_any_repeat_and_any_loss_end_in_the_same_documents(world: World, seed: int) -> None:
    async with running(world.runner()):
        events = await history(world, seed)
        await world.topics.publish(shuffled(events, seed, lost=0.2))
        await world.complete()


async def test_a_consumer_killed_again_and_again_loses_nothing(world: World) -> None:
    events = shuffled(await history(world, 7, activities=120), 7)
    for part in range(6):
        task = asyncio.create_task(world.runner().run(asyncio.Event()))
        await world.topics.publish(events[part::6])
        await asyncio.sleep(random.Random(part).random())
        await kill(task)
    async with running(world.runner()):
        await world.complete()


async def test_two_replicas_that_share_and_exchange_partitions_end_in_the_same_documents(world: World) -> None:
    events = shuffled(await history(world, 9, activities=90), 9)
    async with running(world.runner()):
        await world.topics.publish(events[::3])
        async with running(world.runner()):
            await world.topics.publish(events[1::3])
            await asyncio.sleep(0.5)
        await world.topics.publish(events[2::3])
        await world.complete()


async def test_what_was_never_on_a_topic_comes_from_the_feed_at_first_start(world: World) -> None:
    await history(world, 11)
    async with running(world.runner()):
        await world.complete()
