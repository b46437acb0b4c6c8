"""Workers that die at any step, several at once, and real processes that are killed: each reminder is told once."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import pytest

from dossier.contracts.activities import Assignment, DueMoved
from dossier.ids import new_id
from dossier.mongo import Database, Driver
from dossier.testing.activities import ANNA, BEN, CARA, note
from notifications.inbox.log import InboxLog
from notifications.inbox.records import Inbox
from notifications.timers.records import Claim, Timers


class Crash(BaseException):
    """The process is gone."""


class FragileTimers(Timers):
    """Dies before or after finishing."""

    def __init__(self, database: Database, owner: str, dies: str) -> None:
        super().__init__(database, owner)
        self._dies = dies

    async def finish(self, claims: Sequence[Claim], why: Any) -> None:
        if self._dies == "before finishing":
            raise Crash
        await super().finish(claims, why)
        if self._dies == "after finishing" and claims:
            raise Crash


class FragileInbox(Inbox):
    """Dies before the entry is written, after it is opened and recorded, or in between."""

    def __init__(self, database: Database, timers: Timers, dies: str) -> None:
        super().__init__(database, timers)
        self._dies = dies
        self.log = FragileLog(database, dies)  # between opening the entry and being done with it

    async def prepare_entries(self, claims: Sequence[Claim], *, unsure: bool = False) -> None:
        if self._dies == "before the entry":
            raise Crash
        await super().prepare_entries(claims, unsure=unsure)

    async def open(self, identities: Collection[str]) -> int:
        opened = await super().open(identities)
        if self._dies == "at the end":
            raise Crash
        return opened


class FragileLog(InboxLog):
    """Dies before or after the user's record."""

    def __init__(self, database: Database, dies: str) -> None:
        super().__init__(database)
        self._dies = dies

    async def append(self, happenings: Sequence[Any]) -> None:
        if self._dies == "before the record" and happenings:
            raise Crash
        await super().append(happenings)
        if self._dies == "after the record":
            raise Crash


STEPS = (
    "before the entry",
    "before finishing",
    "after finishing",
    "before the record",
    "after the record",
    "at the end",
)


def due(on: Any) -> Any:
    return note(responsible=Assignment(user=ANNA), due_on=on)


async def dies(office: Any, step: str) -> None:
    timers = FragileTimers(office.database, "fragile", step)
    worker = await office.worker("fragile", timers=timers, inbox=FragileInbox(office.database, timers, step))
    with pytest.raises(Crash):
        await worker.step()


async def settle(office: Any) -> None:
    """Others go on until nothing is left to do."""
    for _ in range(3):
        await office.leases_end()
        await office.database["timer_owners"].delete_many({})
        worker = await office.worker("healthy")
        while await worker.step():
            pass
        await office.inbox.sweep(worker._ownership.now())


async def is_told_once(office: Any, activities: Collection[str]) -> None:
    entries = [entry for user in (ANNA, BEN, CARA) for entry in await office.entries(user)]
    told = await office.told()
    assert sorted(entry["act"] for entry in entries) == sorted(activities)
    assert told == sorted(entry["_id"] for entry in entries)
    assert await office.database["inbox"].count_documents({"loose": True}) == 0


@pytest.mark.parametrize("step", STEPS)
async def test_a_worker_that_dies_loses_nothing_and_doubles_nothing(office: Any, step: str) -> None:
    activities = [f"activity-{new_id()}" for _ in range(3)]
    for activity in activities:
        await office.happens(activity, due(office.past))
    await dies(office, step)
    await settle(office)
    await is_told_once(office, activities)


@pytest.mark.parametrize("step", STEPS)
async def test_a_date_moved_while_a_dead_worker_holds_it_is_told_only_as_it_is_now(office: Any, step: str) -> None:
    activity = f"activity-{new_id()}"
    await office.happens(activity, due(office.past))
    await dies(office, step)
    await office.happens(activity, DueMoved(due_on=office.future))
    await settle(office)
    shown = await office.database["inbox"].find({"state": {"$in": ["open", "pending"]}}).to_list(None)
    assert shown == []
    await office.happens(activity, DueMoved(due_on=office.past))
    await settle(office)
    assert len(await office.told()) == 1


async def test_a_stalled_worker_can_finish_nothing_after_it_was_overtaken(office: Any) -> None:
    activity = f"activity-{new_id()}"
    await office.happens(activity, due(office.past))
    stalled = await office.worker("stalled")
    claims = await office.timers.claim(range(256), 10, stalled._ownership.now())
    await office.happens(activity, DueMoved(due_on=office.future))
    await office.happens(activity, DueMoved(due_on=office.past))
    await office.inbox.prepare_entries(claims)
    await office.timers.finish(claims, "fired")
    assert await office.inbox.open([claim.identity for claim in claims]) == 0
    assert len(await office.armed()) == 1
    await settle(office)
    await is_told_once(office, [activity])


async def test_two_claims_of_one_timer_are_told_once_and_the_late_one_changes_nothing(office: Any) -> None:
    activity = f"activity-{new_id()}"
    await office.happens(activity, due(office.past))
    now = (await office.worker())._ownership.now()
    first = await office.timers.claim(range(256), 10, now)
    assert await office.timers.claim(range(256), 10, now) == []
    await office.leases_end()
    second = await office.timers.claim(range(256), 10, now)
    assert second[0].fence == first[0].fence + 1
    for claims in (second, first):
        await office.inbox.prepare_entries(claims)
        await office.timers.finish(claims, "fired")
        await office.inbox.open([claim.identity for claim in claims])
    await is_told_once(office, [activity])


async def arm_many(office: Any, number: int) -> list[str]:
    activities = [f"activity-{new_id()}" for _ in range(number)]
    for activity in activities:
        task = note(responsible=Assignment(user=random.choice([ANNA, BEN, CARA])), due_on=office.past)
        await office.tell(activity, task)
    await office.hears(*activities)
    return activities


async def test_many_workers_share_the_timers_and_tell_each_once_in_gapless_records(office: Any) -> None:
    activities = await arm_many(office, 120)
    workers = [await office.worker(f"worker-{number}") for number in range(4)]
    for worker in workers:
        worker._ownership._share = range(256)  # all believe that everything is theirs

    async def work(worker: Any) -> int:
        return sum([await worker.step(limit=9) for _ in range(30)])

    claimed = await asyncio.gather(*(work(worker) for worker in workers))
    assert sum(claimed) == 120
    await is_told_once(office, activities)
    for user in (ANNA, BEN, CARA):
        numbers = [record["number"] for record in await office.inbox.log.after(user, 0)]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_shares_cover_all_buckets_and_follow_who_lives(office: Any) -> None:
    workers = [await office.worker(f"worker-{number}") for number in range(3)]

    async def shares() -> list[set[int]]:
        for worker in workers:
            worker._ownership._beaten = float("-inf")
            await worker._ownership.beat()
        return [set(worker._ownership.buckets()) for worker in workers]

    first, second, third = await shares()
    assert first | second | third == set(range(256))
    assert len(first) + len(second) + len(third) == 256
    assert min(map(len, (first, second, third))) > 50
    await workers.pop()._ownership.leave()
    alone = await shares()
    assert alone[0] >= first
    assert alone[1] >= second
    assert alone[0] | alone[1] == set(range(256))


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_killed_processes_lose_nothing_and_double_nothing(
    office: Any, mongo_url: str, database_name: str, mongo_driver: Driver
) -> None:
    activities = await arm_many(office, 150)
    script = str(Path(__file__).with_name("worker.py"))
    choose = random.Random(5)

    async def start(name: str) -> asyncio.subprocess.Process:
        arguments = (script, mongo_url, database_name, f"{database_name}_owners", name, mongo_driver)
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        await process.stdout.readline()
        return process

    async def all_fired() -> bool:
        await office.leases_end()
        live = await office.database["timers"].count_documents({"live": True})
        return live + await office.database["inbox"].count_documents({"loose": True}) == 0

    for number in range(3):
        process = await start(f"killed-{number}")
        await asyncio.sleep(choose.uniform(0.05, 0.4))
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await office.leases_end()
    await office.database["timer_owners"].delete_many({})
    last = await start("last")
    try:
        await until(all_fired)
    finally:
        last.kill()
        await last.wait()
    await is_told_once(office, activities)
