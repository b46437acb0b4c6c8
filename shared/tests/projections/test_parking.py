"""What cannot be applied is set aside by stream: nothing else waits, nothing is lost, and release goes on in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
import pytest

from dossier.contracts.recorded import to_headers
from dossier.http.health import Readiness
from dossier.mongo import ConnectionFailure
from dossier.projections.applier import TooManySetAside
from dossier.projections.consumers import Consumers
from dossier.projections.holds import Hold
from dossier.projections.model import FanOut, Span
from dossier.projections.parking import Parking, holds_of
from dossier.projections.runner import ProjectionRunner
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
from dossier.testing.projections import Cards

pytestmark = pytest.mark.backends


async def parked(world: World) -> list[Hold]:
    return await Parking(world.attached()).list()


async def test_a_failing_stream_is_parked_after_the_budget_and_the_others_never_wait(world: World) -> None:
    class Failing(Cards):
        failing: ClassVar[set[str]] = set()

    person, bad, good = contact(), activity(), activity()
    Failing.failing.add(bad)
    async with running(world.runner(kind=Failing)):
        await world.happen(person, registered())
        began = time.monotonic()
        await world.happen(bad, recorded_with(person))
        for number in range(10):
            await world.happen(bad, corrected(f"bad {number}"))
            await world.happen(good, *([recorded_with(person)] if number == 0 else []), corrected(f"good {number}"))
        await world.eventually(lambda: at(world, good, 11), 3.0)
        assert await parked(world) == [] or time.monotonic() - began >= QUICK.parking_budget
        assert await Parking(world.attached()).hidden([bad, good]) == {bad}
        await world.eventually(lambda: parked(world))
        assert time.monotonic() - began >= QUICK.parking_budget
        (hold,) = await parked(world)
        assert (hold.stream, hold.source, hold.version) == (bad, "activities", 1)
        assert hold.reason.startswith("LookupError at projections.py")
        assert bad not in hold.reason

        await world.happen(bad, corrected("while parked"))
        await world.happen(good, corrected("still goes on"))
        await world.eventually(lambda: at(world, good, 12))
        assert await world.attached().positions([bad]) == {}

        Failing.failing.clear()
        assert await Parking(world.attached()).release(bad)
        await world.complete()
        await world.eventually(lambda: gone(world, bad))
        await world.happen(bad, corrected("after release"))
        await world.complete()


async def test_a_stream_released_too_early_is_parked_again(world: World) -> None:
    class Failing(Cards):
        failing: ClassVar[set[str]] = set()

    person = contact()
    Failing.failing.add(person)
    async with running(world.runner(kind=Failing, options=QUICK.model_copy(update={"parking_budget": 0.0}))):
        await world.happen(person, registered())
        await world.eventually(lambda: parked(world))
        assert await Parking(world.attached()).release(person)
        assert not await Parking(world.attached()).release(activity())
        await world.eventually(lambda: again(world, person))
    (hold,) = await parked(world)
    assert hold.version == 1


async def again(world: World, stream: str) -> bool:
    hold = await Parking(world.attached()).show(stream)
    return hold is not None and hold.kind == "parked"


async def test_a_failure_that_passes_within_the_budget_parks_nothing(world: World) -> None:
    class Failing(Cards):
        failing: ClassVar[set[str]] = set()

    person = contact()
    Failing.failing.add(person)
    async with running(world.runner(kind=Failing, options=QUICK.model_copy(update={"parking_budget": 30.0}))):
        await world.happen(person, registered(), promoted())
        await world.eventually(lambda: Parking(world.attached()).show(person))
        await world.happen(person, promoted())
        Failing.failing.clear()
        await world.complete()
        await world.eventually(lambda: gone(world, person))


async def test_an_event_of_a_type_nobody_knows_parks_its_stream(world: World) -> None:
    person, other = contact(), contact()
    async with running(world.runner()):
        await world.happen(person, registered())
        (event,) = await world.record.append(person, promoted())
        strange = msgspec.structs.replace(event, type="crm.addresses.contact-enchanted")
        await world.topics.send("addresses", person.encode(), bytes(event.data), to_headers(strange))
        await world.happen(other, registered())
        await world.eventually(lambda: at(world, other, 1))
        # The record lies: what the owner's feed has under this version is known, so the first retry succeeds.
        await world.complete()


async def test_too_many_streams_set_aside_stop_the_consumer_until_some_are_released(world: World) -> None:
    class Failing(Cards):
        failing: ClassVar[set[str]] = set()

    people = [contact() for _ in range(5)]
    Failing.failing.update(people)
    options = QUICK.model_copy(update={"parking_budget": 0.0, "max_parked": 3})
    async with running(world.runner(kind=Failing, options=options)):
        for person in people:
            await world.happen(person, registered())
        await world.eventually(lambda: several(world, 3))
        await asyncio.sleep(1.0)
        assert len(await parked(world)) == 3
        Failing.failing.clear()
        for hold in await parked(world):
            await Parking(world.attached()).release(hold.stream)
        await world.complete()
    assert await parked(world) == []


async def test_a_stopped_consumer_stays_stopped_while_streams_are_tried_again(world: World) -> None:
    class Failing(Cards):
        failing: ClassVar[set[str]] = set()

    people, good = [contact() for _ in range(3)], contact()
    Failing.failing.update(people)
    runner = world.runner(kind=Failing, options=QUICK.model_copy(update={"parking_budget": 40.0, "max_parked": 2}))
    async with running(runner):
        for person in people:
            await world.happen(person, registered())
        await world.eventually(lambda: is_stopped(runner))
        await world.happen(good, registered())
        for _ in range(60):  # longer than the pause after which streams are tried again
            await asyncio.sleep(0.05)
            assert await is_stopped(runner)
        assert await world.attached().positions([*people, good]) == {}
        assert {hold.stream for hold in await Parking(world.attached()).set_aside()} < set(people)
        Failing.failing.clear()
        await world.complete(40.0)
        assert not await is_stopped(runner)


async def test_a_service_is_not_ready_while_the_generation_that_is_read_is_stopped(world: World) -> None:
    class Failing(Cards):
        failing: ClassVar[set[str]] = set()

    people = [contact() for _ in range(2)]
    Failing.failing.update(people)
    options = QUICK.model_copy(update={"parking_budget": 0.0, "max_parked": 1})
    consumers = Consumers(Failing, world.database, world.settings, world.feeds, options)
    readiness, stop = Readiness(), asyncio.Event()
    readiness.add("projection-cards", consumers.check)
    assert await readiness.results() == {"projection-cards": True}
    consuming = asyncio.create_task(consumers.run(stop))
    for person in people:
        await world.happen(person, registered())

    async def told(ready: bool) -> bool:
        return await readiness.results() == {"projection-cards": ready}

    await world.eventually(lambda: told(False))
    Failing.failing.clear()
    for hold in await parked(world):
        await Parking(world.attached()).release(hold.stream)
    await world.complete()
    await world.eventually(lambda: told(True))
    stop.set()
    await consuming


async def is_stopped(runner: ProjectionRunner) -> bool:
    try:
        runner.check()
    except TooManySetAside:
        return True
    return False


async def test_what_stops_a_consumer_is_what_fails_and_not_what_a_job_or_an_operator_left(world: World) -> None:
    holds, (failing, healing, job, released) = holds_of(world.attached(), 30.0), [contact() for _ in range(4)]
    for stream in (healing, failing):
        await holds.set_aside(stream, "addresses", 1, LookupError())
    await world.attached().collection("holds").update_one({"_id": healing}, {"$set": {"kind": "healing"}})
    await holds.open_job(job, "addresses", 2, {})
    await holds.job_done(Hold(job, "addresses", "job", 2))
    await holds_of(world.attached()).set_aside(released, "addresses", 1, LookupError())
    assert await holds.count_set_aside() == 3
    assert await holds.release(released)
    assert await holds.count_set_aside() == 2
    assert await holds.count_set_aside(besides=healing) == 1
    assert {hold.stream for hold in await Parking(world.attached()).set_aside()} == {failing, healing, released}


async def test_an_outage_is_waited_for_and_parks_nothing(world: World) -> None:
    class Away(Cards):
        until: ClassVar[float] = time.monotonic() + 3 * QUICK.parking_budget

        async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
            if time.monotonic() < self.until:
                raise ConnectionFailure("no primary")
            return await super().apply(spans)

    person = contact()
    async with running(world.runner(kind=Away)):
        await world.happen(person, registered(), promoted())
        await asyncio.sleep(1.5 * QUICK.parking_budget)
        assert await world.attached().collection("holds").count_documents({}) == 0
        await world.complete()
    assert await parked(world) == []


async def at(world: World, stream: str, version: int) -> bool:
    return (await world.attached().positions([stream])).get(stream) == version


async def several(world: World, number: int) -> bool:
    return len(await parked(world)) == number


async def gone(world: World, stream: str) -> Any:
    return await Parking(world.attached()).show(stream) is None
