"""A change that touches many documents goes on in chunks, through every death, and keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dossier.projections.holds import Holds
from dossier.projections.model import Job
from dossier.projections.tokens import wait
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
from dossier.testing.projections import Cards
from dossier.testing.recorded import recorded

pytestmark = pytest.mark.backends

CARDS = 150


class Slow(Cards):
    """Jobs of thirty chunks that take two seconds."""

    chunk: ClassVar[int] = 5

    async def run_job(self, job: Job) -> Any:
        await asyncio.sleep(0.04)
        return await super().run_job(job)


async def loaded_contact(world: World) -> str:
    person = contact()
    await world.record.append(person, registered())
    made = [event for _ in range(CARDS) for event in recorded(activity(), recorded_with(person))]
    await world.record.store(made)
    async with running(world.runner()):
        await world.complete(40.0)
        await world.loaded()
    return person


def holds(world: World) -> Holds:
    return Holds(world.attached().collection("holds"))


async def cursor_of(world: World, person: str) -> Any:
    hold = await holds(world).get(person)
    return hold and hold.cursor


async def let_go(world: World, person: str) -> bool:
    return await holds(world).get(person) is None


async def test_a_job_killed_in_the_middle_goes_on_where_it_was(world: World) -> None:
    person = await loaded_contact(world)
    task = asyncio.create_task(world.runner(kind=Slow).run(asyncio.Event()))
    await world.happen(person, moved())
    await world.eventually(lambda: cursor_of(world, person))
    await kill(task)
    stopped_at = await cursor_of(world, person)
    assert (await world.attached().positions([person]))[person] == 1

    chunks: list[Any] = []

    class Watched(Slow):
        async def run_job(self, job: Job) -> Any:
            chunks.append(job.cursor)
            return await super().run_job(job)

    async with running(world.runner(kind=Watched)):
        await world.complete()
    assert chunks[0] == stopped_at
    assert None not in chunks


async def test_while_a_job_is_open_other_streams_go_on_and_its_own_waits(world: World) -> None:
    go_on = asyncio.Event()

    class Held(Cards):
        """Its job stands still until the test has seen what it wants to see."""

        chunk: ClassVar[int] = 5

        async def run_job(self, job: Job) -> Any:
            if job.cursor:
                await go_on.wait()
            return await super().run_job(job)

    person = await loaded_contact(world)
    async with running(world.runner(kind=Held)):
        await world.happen(person, moved())
        await world.eventually(lambda: cursor_of(world, person))
        await world.happen(person, promoted(), moved())
        for _ in range(3):
            talk = activity()
            await world.happen(talk, recorded_with(person), corrected("meanwhile"))
            assert await wait(world.attached(), {talk: 2}, 20.0) == {}
        assert await cursor_of(world, person)
        assert await wait(world.attached(), {person: 2}, 0.0) == {person: 2}
        go_on.set()
        await world.complete()
        # The hold goes after the watermark, so that a death in between leaves it to the next start.
        await world.eventually(lambda: let_go(world, person))


async def test_a_token_for_the_stream_waits_for_the_job(world: World) -> None:
    person = await loaded_contact(world)
    async with running(world.runner(kind=Slow)):
        (event,) = await world.happen(person, moved())
        await world.eventually(lambda: cursor_of(world, person))
        assert await wait(world.attached(), {person: 2}, 0.0) == {person: 2}
        assert await wait(world.attached(), {person: 2}, 10.0) == {}
        company = event.event().model_dump()["company"]
        assert await world.attached().cards.count_documents({"company": company}) == CARDS


async def test_a_job_that_always_fails_parks_its_stream(world: World) -> None:
    class Broken(Cards):
        async def run_job(self, job: Job) -> Any:
            raise LookupError("no such thing")

    person = await loaded_contact(world)
    async with running(world.runner(kind=Broken)):
        await world.happen(person, moved())

        async def parked() -> bool:
            hold = await holds(world).get(person)
            return hold is not None and hold.kind == "parked"

        await world.eventually(parked)
    async with running(world.runner()):
        assert await holds(world).release(person)
        await world.complete()


@pytest.mark.slow
async def test_a_process_killed_with_kill_9_at_any_moment_loses_nothing(world: World) -> None:
    person = await loaded_contact(world)
    await world.happen(person, moved())
    talks = [activity() for _ in range(5)]
    for round_ in range(4):
        process = start(world)
        try:
            for talk in talks:
                await world.happen(talk, *([] if round_ else [recorded_with(person)]), corrected(f"in round {round_}"))
            await world.happen(person, promoted() if round_ % 2 else moved())
            await asyncio.sleep(1.0 + 0.4 * round_)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    await world.happen(person, moved())  # something that only the last process can have applied
    process = start(world)
    try:
        await world.complete(40.0)
    finally:
        process.terminate()
        # A consumer that is joining its group leaves when the group is whole again,
        # which is when the sessions of the killed members have ended.
        assert process.wait(40) == 0


def start(world: World) -> subprocess.Popen[bytes]:
    arguments = [world.settings.mongo_url, world.database.name, world.settings.kafka_bootstrap]
    script = Path(__file__).with_name("consumer_process.py")
    return subprocess.Popen([sys.executable, str(script), *arguments, world.settings.topic_prefix])
