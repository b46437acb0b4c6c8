"""Whatever Kafka loses comes from the feeds, also where no gap shows that it is lacking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from dossier.projections import metrics
from dossier.projections.comparison import Comparison
from dossier.projections.feeds import FeedUnreachable
from dossier.projections.offsets import note_ends
from dossier.projections.runner import ProjectionRunner
from dossier.projections.sources import Sources
from dossier.testing.projecting import (
    QUICK,
    World,
    activity,
    contact,
    corrected,
    promoted,
    recorded_with,
    registered,
    running,
)
from dossier.testing.projections import Cards, RecordFeed

pytestmark = pytest.mark.backends


class Unasked(Comparison):
    """Compares only when a sign of loss was seen."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._started = True
        self._next_at = float("inf")


class OnSignsOnly(ProjectionRunner):
    comparison_class = Unasked


async def one_of_each(world: World) -> tuple[str, str]:
    person, talk = contact(), activity()
    await world.happen(person, registered())
    await world.happen(talk, recorded_with(person))
    return person, talk


async def reasons(world: World) -> set[str]:
    states = [await Sources(world.attached().collection("sources")).state(source) for source in world.feeds]
    return {state.reason for state in states}


async def drop_records(world: World) -> None:
    """Let retention pass by: the logs begin where they end."""
    topics = [f"{world.settings.topic_prefix}.{context}" for context in world.feeds]
    ends = await note_ends(world.settings.kafka, topics)
    admin = AIOKafkaAdminClient(bootstrap_servers=world.settings.kafka_bootstrap)
    await admin.start()
    try:
        await admin.delete_records({partition: RecordsToDelete(-1) for partition in ends.offsets})
    finally:
        await admin.close()


async def test_a_lost_event_shows_as_a_gap_and_is_healed_at_once(world: World) -> None:
    person, _ = await one_of_each(world)
    async with running(world.runner(OnSignsOnly)):
        await world.complete()
        await world.happen(person, promoted(), publish=False)
        await world.happen(person, promoted())
        await world.complete(3.0)


async def test_a_lost_tail_is_healed_by_the_periodic_comparison(world: World) -> None:
    person, talk = await one_of_each(world)
    async with running(world.runner(options=QUICK.model_copy(update={"heads_period": 0.8}))):
        await world.complete()
        await world.happen(person, promoted(), publish=False)
        await world.happen(talk, corrected("nobody published this"), publish=False)
        await world.happen(activity(), recorded_with(person), publish=False)
        await world.complete()


async def test_a_comparison_that_takes_long_is_made_more_seldom(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    heads = RecordFeed.heads
    periodic = metrics.COMPARISONS.labels(Cards.name, "period")
    before = periodic._value.get()

    async def slowly(feed: RecordFeed) -> AsyncIterator[dict[str, int]]:
        await asyncio.sleep(0.3)
        async for each in heads(feed):
            yield each

    monkeypatch.setattr(RecordFeed, "heads", slowly)
    await one_of_each(world)
    async with running(world.runner(options=QUICK.model_copy(update={"heads_period": 0.1}))):
        await world.complete()
        await asyncio.sleep(4)
    assert periodic._value.get() == before, "none within twenty times what the one at the start took"


async def begun(*replicas: Comparison) -> None:
    """Let each make the comparison of its start."""
    for each in replicas:
        while not each._started:
            await asyncio.sleep(0.1)
            await each.step()


async def test_all_replicas_rest_after_a_periodic_comparison_but_not_from_a_sign_of_loss(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one_of_each(world)
    options = QUICK.model_copy(update={"heads_period": 0.2, "lease": 0.1})
    async with running(world.runner(options=options)):
        await world.complete()
    one, other = [world.runner(options=options).comparisons[0] for _ in range(2)]
    made: list[str] = []

    async def slowly(self: Comparison, reason: str) -> None:
        made.append(reason)
        self._took = 10.0 if reason == "period" else 0.0

    monkeypatch.setattr(Comparison, "compare", slowly)
    await begun(one, other)
    made.clear()
    await asyncio.sleep(0.5)
    await one.step()
    assert made == ["period"]
    await asyncio.sleep(0.5)
    await other.step()
    assert made == ["period"]
    await one._sources.mark_due(one._source, "gap")
    await other.step()
    assert made == ["period", "gap"]


async def test_one_replica_compares_however_long_it_takes_and_another_soon_after_it_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await one_of_each(world)
    options = QUICK.model_copy(update={"heads_period": 3.0, "lease": 0.3})
    async with running(world.runner(options=options)):
        await world.complete()
    one, other = [world.runner(options=options).comparisons[0] for _ in range(2)]
    made: list[Comparison] = []

    async def slow_and_in_vain(self: Comparison, reason: str) -> None:
        made.append(self)
        if reason == "period":
            await asyncio.sleep(1)
            raise FeedUnreachable

    monkeypatch.setattr(Comparison, "compare", slow_and_in_vain)
    await begun(one, other)
    made.clear()
    await asyncio.sleep(3)
    failing = asyncio.create_task(one.step())
    await asyncio.sleep(0.7)
    await other.step()
    assert made == [one], "longer than the lease, and nobody else does the same"
    with pytest.raises(FeedUnreachable):
        await failing
    await asyncio.sleep(0.4)
    with pytest.raises(FeedUnreachable):
        await other.step()
    assert made == [one, other], "and not a whole period later"


async def test_a_lost_tail_is_healed_at_the_next_start(world: World) -> None:
    person, _ = await one_of_each(world)
    async with running(world.runner()):
        await world.complete()
    await world.happen(person, promoted(), publish=False)
    async with running(world.runner()):
        await world.complete()


async def test_a_topic_deleted_and_made_anew_under_a_running_consumer_is_seen_by_its_id(world: World) -> None:
    person, talk = await one_of_each(world)
    async with running(world.runner(OnSignsOnly)):
        await world.complete()
        await world.eventually(Sources(world.attached().collection("sources")).topic_ids)
        await world.happen(person, promoted(), publish=False)
        await world.happen(talk, corrected("lost"), publish=False)
        await world.make_topics_anew()
        await world.complete()
        assert "new-topic" in await reasons(world)
        await world.happen(talk, corrected("and it goes on"))
        await world.complete()


async def test_a_log_start_moved_past_the_offset_is_a_sign(world: World) -> None:
    person, talk = await one_of_each(world)
    async with running(world.runner()):
        await world.complete()
        await world.eventually(lambda: committed(world))
    await world.happen(talk, corrected("expires unread"))
    await world.happen(person, promoted())
    await drop_records(world)
    async with running(world.runner(OnSignsOnly)):
        await world.complete()
    assert "below-log-start" in await reasons(world)


async def test_a_group_without_offsets_is_a_sign(world: World) -> None:
    person, talk = await one_of_each(world)
    async with running(world.runner()):
        await world.complete()
    await world.happen(talk, corrected("expires unread"))
    await world.happen(person, promoted())
    await drop_records(world)
    forgotten = world.settings.model_copy(update={"service": "forgotten"})
    async with running(OnSignsOnly(world.attached(), forgotten, world.feeds, QUICK)):
        await world.complete()
    assert "no-offset" in await reasons(world)


async def test_a_gap_waits_for_a_feed_that_is_away_without_stopping_the_others(world: World) -> None:
    person, talk = await one_of_each(world)
    async with running(world.runner(OnSignsOnly)):
        await world.complete()
        world.feeds["addresses"].down = True
        await world.happen(person, promoted(), publish=False)
        await world.happen(person, promoted())
        await world.happen(talk, corrected("goes on"))
        await world.eventually(lambda: title_is(world, talk, "goes on"), 5.0)
        assert (await world.attached().positions([person]))[person] == 1
        world.feeds["addresses"].down = False
        await world.complete()


async def committed(world: World) -> bool:
    """Whether the group has committed all that is there."""
    admin = AIOKafkaAdminClient(bootstrap_servers=world.settings.kafka_bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(world.group)
    finally:
        await admin.close()
    return sum(max(0, offset.offset) for offset in offsets.values()) >= len(await world.everything())


async def title_is(world: World, stream: str, title: str) -> bool:
    card = await world.attached().cards.find_one({"_id": stream})
    return card is not None and card["title"] == title
