"""The task side of activities: responsible users, dates, completion."""

from __future__ import annotations

from collections.abc import Sequence

from activities import several
from activities.api.desk import AtDesk, Desk
from activities.api.doubts import of_days, of_done, of_nobody
from activities.api.models import Assign, Complete, MoveDate, Notice, WarnedAnswer
from activities.api.moments import found, left, today
from activities.api.warnings import kept_out, of_left, of_taken_over, reading_only, too_late, with_warnings
from activities.domain import tasks
from activities.handling import Prepare
from dossier.auth.guard import require
from dossier.contracts.base import Id
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.store import Committed

router = Router(prefix="/v1/activities/{id}", tags=["tasks"], dependencies=[require("write")], responses=responses(409))


_TODAY = Complete()
_NO_TASK = Notice(rule="ACT-02", detail="it is no task: nobody is responsible and it is not due")


@router.post("/complete")
async def complete(id: Id, desk: AtDesk, body: Complete = _TODAY) -> WarnedAnswer:
    """Mark the task done, without a body today. It stays in every history.

    With a deadline its open early ones are done. If it recurs, the next one is opened, and exactly that. What is done
    already stays done on its day, which a warning says if that is another one.
    """
    day, seen = await desk.activities.today(desk.principal), await desk.see(id)
    completing = several.completing(id, body.completed_on or day, day, await desk.calendar_of(seen))
    commits = await desk.commit_prepared(id, completing)
    before = await found(commits[0], desk.store)
    task = None if tasks.is_task(before) else _NO_TASK
    return with_warnings(await desk.answer_of_all(commits), task, of_done(before, body.completed_on))


@router.post("/reopen")
async def reopen(id: Id, desk: AtDesk) -> Answer:
    """Open the task again."""
    return await desk.change(id, tasks.reopen)


@router.put("/due")
async def move_due(id: Id, body: MoveDate, desk: AtDesk) -> WarnedAnswer:
    """Make it due on another day, or undated. Early deadlines that are not completed move by as many days.

    A warning says if nobody is responsible for it, so that only the work list of nobody shows it (ACT-19).
    """
    return await due_moved(id, several.moving(body.on), desk)


async def due_moved(id: str, moving: Prepare, desk: Desk) -> WarnedAnswer:
    """Move the due date, and look at what it is then."""
    return await told_of_due(await desk.commit_prepared(id, moving), desk)


async def told_of_due(commits: Sequence[Committed], desk: Desk) -> WarnedAnswer:
    """What is answered to a due date that was moved by these."""
    state = await left(commits[0], desk.store)
    late = await too_late(state, commits[0], desk)
    doubts = () if state.completed_on else of_days(await today(commits[0], desk), due_on=state.facts.due_on)
    return with_warnings(await desk.answer_of_all(commits), late, of_nobody(state), *doubts)


@router.post("/responsible")
async def assign(id: Id, body: Assign, desk: AtDesk) -> WarnedAnswer:
    """Make a user responsible: mainly, in place of the former main one, or further.

    Warnings name the former one (ACT-02), and to whom it is no longer offered (DLG-02).
    """
    await desk.check(id, {"user": f"user-{body.user}"})
    committed = await desk.commit(
        id, lambda state: tasks.assign(state, body.user, main=body.main, follow_up_on=body.follow_up_on)
    )
    before = await found(committed, desk.store)
    yielded = await of_taken_over(before, committed, desk.activities)
    unseeing = await kept_out([body.user], before, desk.activities)
    return with_warnings(desk.answer(committed), *yielded, unseeing, await reading_only(body.user, desk))


@router.delete("/responsible/{user}")
async def remove(id: Id, user: Id, desk: AtDesk) -> WarnedAnswer:
    """Take a user off the responsible ones. A warning says if no page (ACT-01) or work list (ACT-19) shows it then."""
    committed = await desk.commit(id, lambda state: tasks.remove(state, user))
    return with_warnings(desk.answer(committed), await of_left(committed, desk.store))


@router.put("/responsible/{user}/follow-up")
async def move_follow_up(id: Id, user: Id, body: MoveDate, desk: AtDesk) -> Answer:
    """Give a responsible user's own follow-up another date, or none."""
    return await desk.change(id, lambda state: tasks.move_follow_up(state, user, body.on))
