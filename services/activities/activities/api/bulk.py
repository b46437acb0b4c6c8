"""What a work list does with many items at once: complete them, shift their dates. Each as if it came alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date

from fastapi import Depends, Request

from activities import several
from activities.api import tasks
from activities.api.bulk_models import Changed, CompleteMany, ManyChanged, ShiftMany
from activities.api.desk import Desk, informed
from activities.api.models import Complete, MoveDate, WarnedAnswer
from activities.domain.state import Activity
from activities.domain.tasks import later
from dossier.auth.guard import require
from dossier.contracts.rules import RuleViolation
from dossier.http.commands import Command, CommandContext
from dossier.http.models import Answer
from dossier.http.problems import ProblemDocument, to_problem
from dossier.http.replaying import earlier
from dossier.http.routing import Router
from dossier.store import Committed

router = Router(prefix="/v1/activities/bulk", tags=["tasks"], dependencies=[require("write"), Depends(informed)])

Change = Callable[[str, Desk, CommandContext], Awaitable[Answer]]
Again = Callable[[Sequence[Committed], Desk], Awaitable[Answer]]
"""What is answered to a command that was carried out before, and would be refused by now."""


@router.post("/complete")
async def complete_many(body: CompleteMany, command: Command, request: Request) -> ManyChanged:
    """Mark tasks done, each or not: what is refused of one is told in its place and keeps no other back.

    All have one `batch_id`. There is no `Dossier-After`: each answer has its version.
    """

    async def complete(id: str, desk: Desk, part: CommandContext) -> Answer:
        return await tasks.complete(id, desk, Complete(completed_on=body.completed_on))

    return await _all(body.activities, complete, command, request)


@router.post("/shift")
async def shift_many(body: ShiftMany, command: Command, request: Request) -> ManyChanged:
    """Move due dates, or the caller's own follow-up dates, each or not; see `complete`.

    Moving by days is repeated safely with an `Idempotency-Key` only. What has no such date cannot move by days, and
    whoever is not responsible has no follow-up date to move (ACT-02). A deadline takes along its early deadlines as
    ever, but for those that are named as well: each moves once.
    """

    async def shift(id: str, desk: Desk, part: CommandContext) -> Answer:
        move = MoveDate(on=body.on)
        loaded = await desk.activities.read(id, desk.principal)
        if loaded.state.completed_on is not None:
            raise RuleViolation("ACT-20", "it is done and on no work list; reopen it to move its dates", "activities")
        if body.days is not None:
            part.expected_commit = loaded.head.commit  # what was added to must still stand
            move = MoveDate(on=_moved(_standing(loaded.state, body, desk), body.days))
        if body.date == "due":
            apart = await _named(loaded.state, body, desk)
            return await tasks.due_moved(id, several.moving(move.on, apart=apart), desk)
        return await tasks.move_follow_up(id, _user(desk), move, desk)

    again = tasks.told_of_due if body.date == "due" else _answered
    return await _all(body.activities, shift, command, request, again)


async def _answered(commits: Sequence[Committed], desk: Desk) -> Answer:
    return await desk.answer_of_all(commits)


async def _all(
    activities: Sequence[str], change: Change, command: CommandContext, request: Request, again: Again = _answered
) -> ManyChanged:
    """What became of each. What is changed at the same moment shares commits."""
    items = await asyncio.gather(*(_one(id, change, command, request, again) for id in activities))
    return ManyChanged(batch_id=command.batch_id, items=list(items))


async def _one(id: str, change: Change, command: CommandContext, request: Request, again: Again) -> Changed:
    part = command.part(id, command.batch_id)
    desk = Desk(request, part)
    try:
        return Changed(id=id, status=200, answer=_warned(await change(id, desk, part)))
    except Exception as error:
        if (first := await earlier(request.app.state.store, part, error)) is not None:
            return Changed(id=id, status=200, answer=_warned(await again(first, desk)))
        problem = await to_problem(error, request)
        if problem.status_code == 500:  # an error of ours is nobody's answer
            raise
        named = {"field": "activities"} if problem.status_code == 404 else {}
        told = ProblemDocument.model_validate(problem.document | named)
        return Changed(id=id, status=problem.status_code, problem=told)


def _warned(answer: Answer) -> WarnedAnswer:
    return WarnedAnswer.model_validate(answer.model_dump())


async def _named(state: Activity, body: ShiftMany, desk: Desk) -> Collection[str]:
    """Those of its early deadlines that the request moves itself; one that the caller may not see is none of them."""
    named = {each.early for each in state.task.early}.intersection(body.activities)
    return await desk.activities.seen(named, desk.principal) if named else ()


def _standing(state: Activity, body: ShiftMany, desk: Desk) -> date | None:
    """The date that is to move."""
    if body.date == "due":
        return state.facts.due_on
    return {each.user: each.follow_up_on for each in state.assignments}.get(_user(desk))


def _moved(day: date | None, days: int) -> date:
    if day is None:
        raise RuleViolation("ACT-03", "it has no such date, so it cannot move by days", "days")
    return later(day, days, rule="ACT-03", field="days")


def _user(desk: Desk) -> str:
    if desk.principal.user is None:
        raise RuleViolation("ACT-02", "only a responsible user has a follow-up date", "date")
    return desk.principal.user
