"""Recurring tasks and deadlines, whatever is done to them at once and whoever dies meanwhile.

This file is also the program that is killed: `python test_tasks_at_once.py URL DATABASE DRIVER FIRST` goes along the
series that begins with FIRST, moves and completes each occurrence, until it dies.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, date, timedelta
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities import several
from activities.domain import recording, series, tasks
from activities.domain.state import Activity, evolve
from activities.handling import ACTIVITY, Activities, Order
from activities.several import Early
from activities.views.world import WorldView
from dossier.auth.principals import Principal
from dossier.commands import load
from dossier.contracts.activities import (
    ActivityCompleted,
    ActivityRestored,
    ActivityWithdrawn,
    Assignment,
    DueMoved,
)
from dossier.contracts.rules import RuleViolation
from dossier.ids import new_id, split_stream
from dossier.mongo import Driver, Mongo
from dossier.references import ReferenceChecker
from dossier.store import CommitStore, ConflictError, Metadata
from dossier.testing.activities import ANNA, note

BEGIN = date(2026, 6, 1)
DISTANCES = (7, 14, 30)
Step = tuple[str, int, int]
"""What is done, to which of the activities there are (or which early deadline of the first), and by how many days."""
ACTIONS = (
    "complete",
    "complete",
    "move",
    "move",
    "move",
    "reopen",
    "move",
    "early",
    "complete early",
    "reopen early",
    "move early",
    "withdraw early",
    "restore early",
    "withdraw",
    "restore",
    "stop",
    "recur",
)
ROUNDS = st.lists(
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 3), st.integers(-9, 9)), min_size=1, max_size=4),
    min_size=1,
    max_size=6,
)


def order() -> Order:
    """A command of Anna's."""
    principal = Principal(user=ANNA, service=None, groups=frozenset(), capabilities=frozenset({"read", "write"}))
    return Order(principal, Metadata(actor=f"user:{ANNA}", channel="user", correlation_id="", command_id=new_id()))


class Office:
    """A store with a recurring deadline, and everything that can be done to what comes of it."""

    def __init__(self, mongo: Mongo, database: str) -> None:
        here = mongo.database(database)
        world = WorldView()
        world.attach(here, 1)
        self.store = CommitStore(mongo, here, "activities")
        self.activities = Activities(self.store, world, cast("ReferenceChecker", None))  # nothing is referred to
        self.first = new_id()

    async def begin(self) -> None:
        await self.store.start()
        draft = note(activity_type="deadline", due_on=BEGIN, responsible=Assignment(user=ANNA))
        await self.activities.change(self.first, order(), lambda state: recording.record(state, draft), create=True)
        early = [Early(new_id(), days) for days in DISTANCES]
        await self.activities.change_prepared(self.first, order(), several.adding_early(self.first, early, ANNA))
        await self.recur(self.first)

    async def recur(self, id: str) -> None:
        rule = several.recurring(id, "FREQ=DAILY", skip_short_months=False)
        await self.activities.change_prepared(id, order(), rule)

    async def states(self) -> dict[str, Activity]:
        streams = await self.store.commits.distinct("stream")
        return {split_stream(each)[1]: (await load(self.store, ACTIVITY, each)).state for each in streams}

    async def line(self) -> list[str]:
        """The occurrences from the first one on."""
        states, found = await self.states(), [self.first]
        while (following := states[found[-1]].task.following) is not None:
            found.append(following.activity)
        return found

    async def do(self, step: Step) -> None:
        """One command; what a rule refuses is no matter here."""
        action, which, days = step
        line = await self.line()
        id = line[-1 - which % len(line)] if which else line[-1]
        if action.endswith("early"):
            early = (await self.states())[id].task.early
            if action != "early":
                id = early[which % len(early)].early
        with suppress(RuleViolation, ConflictError):
            await self._do(action, id, days)

    async def _do(self, action: str, id: str, days: int) -> None:
        activities, state = self.activities, (await self.states())[id]
        match action:
            case "complete" | "complete early":
                await activities.change_prepared(id, order(), several.completing(id, BEGIN, BEGIN, UTC))
            case "reopen" | "reopen early":
                await activities.change(id, order(), tasks.reopen)
            case "move" | "move early":
                due_on = (state.facts.due_on or BEGIN) + timedelta(days=days)
                await activities.change_prepared(id, order(), several.moving(due_on))
            case "early":
                wanted = [Early(new_id(), abs(days) + 1)]
                await activities.change_prepared(id, order(), several.adding_early(id, wanted, ANNA))
            case "withdraw" | "withdraw early":
                await activities.change_prepared(id, order(), several.withdrawing(""), withdrawn_too=True)
            case "restore" | "restore early":
                await activities.change_prepared(id, order(), several.restoring(""), withdrawn_too=True)
            case "stop":
                await activities.change(id, order(), series.stop)
            case _:
                await self.recur(id)


async def holds(office: Office) -> None:
    """What must be so after whatever happened."""
    states, line = await office.states(), await office.line()
    deadlines = {id: state for id, state in states.items() if state.task.early_of is None}
    assert sorted(line) == sorted(deadlines)  # nobody opened what no other notes, nor one twice
    for former, id in pairwise(line):
        assert deadlines[id].task.previous == former
    last = deadlines[line[-1]]
    assert last.completed_on is None or last.task.recurrence is None  # the next one is there and open
    for id, state in deadlines.items():
        await _early_ones_hold(office, id, state, states)
    made = {id: state.task.early_of.deadline for id, state in states.items() if state.task.early_of is not None}
    assert made == {each.early: id for id, state in deadlines.items() for each in state.task.early}


async def _early_ones_hold(office: Office, id: str, state: Activity, states: dict[str, Activity]) -> None:
    """Each is as many days before as it was made, unless it was completed or moved by hand meanwhile, or is withdrawn.

    None of a withdrawn deadline is open.
    """
    assert state.facts.due_on is not None
    for each in state.task.early:
        by_hand, shifted_while_done = await _moves(office, each.early)
        early = states[each.early]
        assert not shifted_while_done
        assert not state.withdrawn or early.withdrawn or early.completed_on is not None or by_hand
        if by_hand == 0 and not early.withdrawn:
            assert early.facts.due_on == state.facts.due_on - timedelta(days=each.days_before)


async def _moves(office: Office, early: str) -> tuple[int, bool]:
    """How often it was completed or moved by hand, and whether it was shifted while it was completed."""
    commits = await office.store.commits.find({"stream": f"activity-{early}"}).sort("_id", 1).to_list(None)
    several_at_once = {commit["command_id"] for commit in commits if "of" in commit}
    state, by_hand, shifted_while_done = Activity(), 0, False
    command_of = {commit["commit"]: commit["command_id"] for commit in commits}
    past = [(each, each.event()) for each in await office.store.read(f"activity-{early}")]
    coming = {each.commitsequence for each, event in past if isinstance(event, ActivityWithdrawn | ActivityRestored)}
    for recorded, event in past:
        together = command_of[recorded.commitsequence] in several_at_once
        if isinstance(event, DueMoved) and together:
            shifted_while_done |= state.completed_on is not None
        elif recorded.sequence > 2 and (recorded.commitsequence not in coming or isinstance(event, ActivityCompleted)):
            by_hand += 1
        state = evolve(state, event)
    return by_hand, shifted_while_done


@pytest.fixture
async def office(mongo: Mongo, database_name: str) -> AsyncIterator[Office]:
    made = Office(mongo, database_name)
    await made.begin()
    yield made
    await made.store.stop()


@pytest.mark.slow
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rounds=ROUNDS)
async def test_act_18_dln_03_04_whatever_is_done_at_once_there_is_one_next_and_early_ones_keep_their_distance(
    mongo: Mongo, database_name: str, rounds: Sequence[Sequence[Step]]
) -> None:
    office = Office(mongo, f"{database_name}_{new_id()[-6:]}")
    await office.begin()
    try:
        for commands in rounds:
            await asyncio.gather(*map(office.do, commands))
            await holds(office)
    finally:
        await office.store.stop()
        await mongo.client.drop_database(office.store.database.name)


async def test_act_18_dln_04_a_killed_process_leaves_nothing_half_done(
    office: Office, mongo_url: str, database_name: str, mongo_driver: Driver
) -> None:
    choose, arguments = random.Random(3), (__file__, mongo_url, database_name, mongo_driver, office.first)
    for _ in range(4):
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(choose.randint(2, 6)):
            assert await process.stdout.readline()
        await asyncio.sleep(choose.uniform(0, 0.02))  # anywhere in what it does next
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await holds(office)
    assert len(await office.line()) > 4


async def work(url: str, database: str, driver: str, first: str) -> None:
    """Move and complete one occurrence after the other."""
    office: Any = Office(Mongo(url, cast("Driver", driver)), database)
    office.first = first
    while True:
        current = (await office.line())[-1]
        await office._do("move", current, 1)
        await office._do("complete", current, 0)
        print(current, flush=True)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
