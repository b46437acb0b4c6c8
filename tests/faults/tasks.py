"""Tasks in the storm: handed on, recurring, deadlines with early ones and a review. Each is one caller's own.

Whoever works on one waits for each answer, so the order of what happened to it is known. Where an answer is not the
one that is needed to go on, the story ends there.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from dossier.ids import derived_id, new_id
from faults.cast import USER_IDS, Cast
from faults.changes import recorded, stream_of
from faults.client import Clients
from faults.model import Effect, Means, put

DUE = date(2027, 6, 7)
"""A Monday, far enough that nobody is reminded of it."""
DONE = put(completed_on="2026-10-06")
DISTANCES = (7, 14)
"""Days between a deadline and its early ones."""
ANNA, BRUNO, CLARA = (USER_IDS[login] for login in ("anna", "bruno", "clara"))


class _StoryEnds(Exception):
    """A step was not done."""


class Tasks:
    """Tells stories of tasks."""

    def __init__(self, clients: Clients, cast: Cast) -> None:
        self._clients = clients
        self._cast = cast
        self._told = 0

    async def story(self) -> None:
        """The next of the stories, as far as it goes."""
        self._told += 1
        story = Story(self._clients, self._cast, f"Geschichte {self._told}")
        with suppress(_StoryEnds):
            await (story.handed_on, story.again_and_again, story.deadline)[self._told % 3]()


class Story:
    """A task and what becomes of it."""

    def __init__(self, clients: Clients, cast: Cast, title: str) -> None:
        self._clients = clients
        self._random = cast.random
        self._address = cast.address()
        self._facts: dict[str, Any] = {"title": title, "main": ANNA, "addresses": (stream_of(self._address),)}

    async def handed_on(self) -> None:
        """Anna offers a task to Bruno, who takes it over or not; or she takes it back. Then it is done."""
        task = await self._begin("task")
        await self._do("delegation", task, {"to": BRUNO, "note": "please"}, put(offered_to=BRUNO))
        said = self._random.choice(("accepted", "declined", "withdrawn"))
        main, by = BRUNO if said == "accepted" else ANNA, "anna" if said == "withdrawn" else "bruno"
        await self._do("delegation/answer", task, {"answer": said}, put(offered_to=None, main=main), by=by)
        await self._complete(task, by="bruno")

    async def again_and_again(self) -> None:
        """A weekly task, done a few times: now and then by two at once, or once more after it was opened again."""
        task, day = await self._begin("recurring"), DUE
        rule, recurs = {"rule": "FREQ=WEEKLY;BYDAY=MO"}, (derived_id("series", task), 1, DUE.isoformat())
        await self._do("recurrence", task, rule, put(recurrence=recurs), method="PUT")
        for occurrence in range(2, self._random.randint(4, 6)):
            await self._complete_somehow(task)
            task, day = await self._following(task), day + timedelta(days=7)
            recurs = (recurs[0], occurrence, day.isoformat())
            begun = recorded(**self._facts, due_on=day.isoformat(), recurrence=recurs)
            self._clients.notes.began(f"activity-{task}", begun)

    async def deadline(self) -> None:
        """It is moved twice, with an early one done in between, and done only as it stands when it is approved.

        With it those early ones are done that were still open.
        """
        deadline = await self._begin("deadline", activity_type="deadline_with_review", reviewer=CLARA)
        early = {new_id(): DUE - timedelta(days=days) for days in DISTANCES}
        await self._add_early(deadline, early)
        await self._move(deadline, early, DUE + timedelta(days=10), 10)
        await self._complete(next(iter(early)))
        del early[next(iter(early))]
        await self._move(deadline, early, DUE + timedelta(days=15), 5)
        await self._be_refused(deadline)
        await self._approve(deadline)
        title = f"{self._facts['title']} anders"
        changed = put(title=title, approved=None)
        await self._do("corrections", deadline, {"changes": {"title": title}}, changed)
        await self._be_refused(deadline)
        await self._approve(deadline)
        await self._complete(deadline, others={f"activity-{id}": DONE for id in early})

    async def _begin(self, what: str, *, reviewer: str | None = None, **fields: Any) -> str:
        task = new_id()
        body = {
            "id": task,
            "kind": "note",
            "title": self._facts["title"],
            "address": self._address,
            "responsible": {"user": ANNA},
            "due_on": DUE.isoformat(),
            **fields,
            **({"reviewer": reviewer} if reviewer else {}),
        }
        means = {f"activity-{task}": recorded(**self._facts, due_on=DUE.isoformat(), reviewer=reviewer)}
        if await self._clients.send(what, "/v1/activities", body, means=means) is None:
            raise _StoryEnds
        return task

    async def _do(
        self,
        tail: str,
        task: str,
        body: dict[str, Any],
        effect: Effect,
        *,
        by: str = "anna",
        method: str = "POST",
        others: Means | None = None,
    ) -> None:
        means = {f"activity-{task}": effect, **(others or {})}
        path = f"/v1/activities/{task}/{tail}"
        if await self._clients.send(tail, path, body, means=means, by=by, method=method) is None:
            raise _StoryEnds

    async def _complete(self, task: str, by: str = "anna", others: Means | None = None) -> None:
        await self._do("complete", task, {"completed_on": "2026-10-06"}, DONE, by=by, others=others)

    async def _complete_somehow(self, task: str) -> None:
        match self._random.randrange(3):
            case 0:
                await asyncio.gather(self._complete(task), self._complete(task, by="bruno"))
            case 1:
                await self._complete(task)
                await self._do("reopen", task, {}, put(completed_on=None))
                await self._complete(task)
            case _:
                await self._complete(task)

    async def _following(self, task: str) -> str:
        """The occurrence that completing it opened."""
        try:
            answer = await self._clients.ask("activities", f"/v1/activities/{task}")
        except TimeoutError:
            raise _StoryEnds from None
        if (following := answer.json().get("next_occurrence")) is None:
            self._clients.notes.surprises.append(f"{task} is done and opened no other")
            raise _StoryEnds
        return following

    async def _add_early(self, deadline: str, early: dict[str, date]) -> None:
        wanted = [
            {"id": id, "days_before": days, "title": self._facts["title"]}
            for id, days in zip(early, DISTANCES, strict=True)
        ]
        others = {
            f"activity-{id}": recorded(**self._facts, due_on=day.isoformat(), early_of=deadline)
            for id, day in early.items()
        }
        there = put(early=frozenset(early))
        await self._do("early-deadlines", deadline, {"early": wanted}, there, others=others)

    async def _move(self, deadline: str, early: dict[str, date], to: date, days: int) -> None:
        """Move it, and with it by as many days those early ones that are open."""
        for id, day in early.items():
            early[id] = day + timedelta(days=days)
        others = {f"activity-{id}": put(due_on=day.isoformat()) for id, day in early.items()}
        moved = put(due_on=to.isoformat())
        await self._do("due", deadline, {"on": to.isoformat()}, moved, method="PUT", others=others)

    async def _approve(self, deadline: str) -> None:
        await self._do("review", deadline, {"approved": True}, put(approved=True), by="clara")

    async def _be_refused(self, deadline: str) -> None:
        """Nobody has approved it as it stands, so nobody gets it done."""
        path = f"/v1/activities/{deadline}/complete"
        if await self._clients.send("complete too early", path, {}) is not None:
            self._clients.notes.surprises.append(f"{deadline} was done without a review")
            raise _StoryEnds
