"""A new generation is built beside the live one and read without any backward step."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from dossier.projections.checksum import checksum_of
from dossier.projections.consumers import Consumers
from dossier.projections.feeds import FeedUnreachable
from dossier.projections.model import Span
from dossier.projections.parking import Parking
from dossier.projections.pointer import Live, Pointers, RebuildRunning
from dossier.projections.rebuild import GenerationsDiffer, Progress, Rebuild
from dossier.projections.tokens import wait
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
from dossier.testing.projections import Cards, expected_state

pytestmark = pytest.mark.backends


def rebuild(world: World, told: list[Progress] | None = None) -> Rebuild:
    report = (told if told is not None else []).append
    return Rebuild(Cards, world.database, world.settings, world.feeds, QUICK, report)


async def some(world: World, contacts: int = 5, each: int = 8) -> list[str]:
    made: list[str] = []
    for _ in range(contacts):
        person = contact()
        await world.happen(person, registered(), promoted(), moved())
        for number in range(each):
            made.append(activity())
            await world.happen(made[-1], recorded_with(person, f"{number}"), corrected(f"{number}!"))
    return made


async def test_a_rebuild_equals_the_live_generation_and_the_record(world: World) -> None:
    await some(world)
    told: list[Progress] = []
    async with running(world.runner()):
        await world.complete()
        report = await rebuild(world, told).run()
    assert report.generation == 2
    assert report.equal
    assert report.switched
    assert report.events == len(await world.everything())
    rebuilt = world.attached(generation=2)
    state = await rebuilt.state()
    assert state == expected_state(await world.everything())
    assert report.checksums["cards_v2_cards"] == checksum_of(state["cards"])
    assert [progress.phase for progress in told if progress.phase != "load"] == [
        "note",
        "index",
        "catch-up",
        "compare",
        "switch",
    ]
    loads = [progress for progress in told if progress.phase == "load"]
    assert all(progress.done <= progress.total for progress in loads)
    assert sum(progress.done for progress in loads if progress.done == progress.total) == report.events


async def test_under_load_no_token_holder_reads_backwards(world: World) -> None:
    activities = await some(world, 3, 4)
    stop = asyncio.Event()
    consumers = asyncio.create_task(Consumers(Cards, world.database, world.settings, world.feeds, QUICK).run(stop))
    live = Live(Cards, world.database)
    seen: set[int] = set()
    done = asyncio.Event()

    async def write_and_read(stream: str) -> int:
        version = 2
        while not done.is_set():
            version += 1
            await world.happen(stream, corrected(f"{version}"))
            projection = await live.current()
            assert await wait(projection, {stream: version}, 10.0) == {}
            card = await projection.cards.find_one({"_id": stream})
            assert card is not None
            assert card["versions"]["activity"] >= version
            seen.add(projection.generation)
            await asyncio.sleep(0.01)
        return version

    writers = [asyncio.create_task(write_and_read(stream)) for stream in activities[:4]]
    await asyncio.sleep(0.5)
    await rebuild(world).run()
    await asyncio.sleep(1.5)
    done.set()
    await asyncio.gather(*writers)
    assert seen == {1, 2}
    stop.set()
    await consumers


async def test_a_generation_that_differs_is_not_switched_to(world: World) -> None:
    made = await some(world, 1, 3)
    async with running(world.runner()):
        await world.complete()
        await world.loaded()  # whoever brought the same events, from the feed or a topic, has done with them
        await world.attached().cards.update_one({"_id": made[0]}, {"$set": {"title": "by hand"}})
        with pytest.raises(GenerationsDiffer) as caught:
            await rebuild(world).run(patience=3.0)
        assert caught.value.differing == {"cards_v1_cards": [made[0]]}
        assert (await Pointers(world.database, "cards").read(1)).live == 1
        report = await rebuild(world).run(patience=3.0, accept_differences=True)
        assert (report.compared, report.equal) == (True, False)
    pointer = await Pointers(world.database, "cards").read(1)
    assert (pointer.live, pointer.previous) == (report.generation, 1)


async def test_the_generation_before_is_kept_up_to_date_and_read_again_after_a_rollback(world: World) -> None:
    made = await some(world, 1, 3)
    stop = asyncio.Event()
    consumers = asyncio.create_task(Consumers(Cards, world.database, world.settings, world.feeds, QUICK).run(stop))
    await world.complete()
    await rebuild(world).run()
    await world.happen(made[0], corrected("after the switch"))
    await world.complete()
    await rebuild(world).roll_back()
    assert (await Live(Cards, world.database).current()).generation == 1
    await rebuild(world).retire(2)
    assert not [name for name in await world.database.list_collection_names() if name.startswith("cards_v2_")]
    with pytest.raises(ValueError, match="live"):
        await rebuild(world).retire(1)
    with pytest.raises(ValueError, match="no earlier generation"):
        await rebuild(world).roll_back()
    stop.set()
    await consumers


async def test_a_rebuild_at_work_refuses_a_second_one(world: World) -> None:
    pointers = Pointers(world.database, "cards")
    await pointers.begin(1)
    with pytest.raises(RebuildRunning):
        await pointers.begin(1)


async def test_what_a_dead_rebuild_left_is_cleared_away_and_its_number_never_used_again(world: World) -> None:
    await some(world, 1, 2)
    pointers = Pointers(world.database, "cards")
    dead = await pointers.begin(1)
    await world.attached(generation=dead).cards.insert_one({"_id": "left behind"})
    long_ago = {f"generations.{dead}.beat": datetime.now(UTC) - timedelta(minutes=1)}
    await world.database["projections"].update_one({"_id": "cards"}, {"$set": long_ago})
    report = await rebuild(world).run(accept_differences=True, patience=5.0)
    assert report.generation == dead + 1
    assert not [name for name in await world.database.list_collection_names() if name.startswith(f"cards_v{dead}_")]
    await rebuild(world).roll_back()
    await rebuild(world).retire(report.generation)
    assert await pointers.begin(1) == report.generation + 1


async def test_a_stream_that_cannot_be_applied_is_set_aside_in_the_new_generation_and_stops_nothing(
    world: World,
) -> None:
    made = await some(world, 2, 2)

    class Poisoned(Cards):
        failing: ClassVar[set[str]] = {made[0]}

    report = await Rebuild(Poisoned, world.database, world.settings, world.feeds, QUICK).run(
        accept_differences=True, patience=2.0
    )
    assert report.parked == 1
    rebuilt = world.attached(generation=report.generation)
    assert await rebuilt.positions(made) == dict.fromkeys(made[1:], 2)
    hold = await Parking(rebuilt).show(made[0])
    assert hold is not None
    assert hold.version == 1


async def test_a_stream_that_the_end_of_the_load_refuses_is_parked_in_the_new_generation(world: World) -> None:
    made = await some(world, 1, 3)

    class Deferring(Cards):
        """Finds out late what cannot be stored, as a projection does that keeps documents until they are whole."""

        failing: ClassVar[set[str]] = set()

        async def bulk(self, spans: Sequence[Span]) -> None:
            await super().bulk([span for span in spans if span.stream != made[0]])

        async def bulk_advance(self, marks: Mapping[str, int]) -> None:
            await super().bulk_advance({stream: mark for stream, mark in marks.items() if stream != made[0]})

        async def finish_bulk(self) -> Mapping[str, Exception]:
            self.failing.add(made[0])
            return {made[0]: OverflowError("too large")}

    report = await Rebuild(Deferring, world.database, world.settings, world.feeds, QUICK).run(
        accept_differences=True, patience=2.0
    )
    assert (report.parked, report.switched) == (1, True)
    rebuilt = world.attached(generation=report.generation)
    assert await rebuilt.positions(made) == dict.fromkeys(made[1:], 2)
    (hold,) = await Parking(rebuilt).set_aside()
    assert (hold.stream, hold.source, hold.kind, hold.reason) == (made[0], "activities", "parked", "OverflowError")


async def test_a_feed_that_does_not_answer_ends_a_rebuild_and_leaves_no_generation_behind(world: World) -> None:
    await some(world, 1, 2)
    world.feeds[Cards.sources[-1]].down = True
    with pytest.raises(FeedUnreachable):
        await rebuild(world).run()
    assert list((await Pointers(world.database, "cards").read(1)).generations) == [1]
    assert not [name for name in await world.database.list_collection_names() if name.startswith("cards_v2_")]
