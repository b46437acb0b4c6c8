"""The task side of activities: responsible users, dates, completion."""

from __future__ import annotations

from activities import several
from activities.api.desk import AtDesk, Desk
from activities.api.doubts import of_days, of_done, of_nobody
from activities.api.models import Assign, Complete, MoveDate, Notice, WarnedAnswer
from activities.api.warnings import kept_out, of_left, of_taken_over, reading_only, too_late, with_warnings
from activities.domain import tasks
from activities.handling import Prepare
from dossier.auth.guard import require
from dossier.contracts.base import Id
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router

router = Router(prefix="/v1/activities/{id}", tags=["tasks"], dependencies=[require("write")], responses=responses(409))


_TODAY = Complete()
_NO_TASK = Notice(rule="ACT-02", detail="it is no task: nobody is responsible and it is not due")


@router.post("/complete")
async def complete(id: Id, desk: AtDesk, body: Complete = _TODAY) -> WarnedAnswer:
    """Mark the task done, without a body today. It stays in every history.

    With a deadline its open early ones are done. If it recurs, the next one is opened, and exactly that. What is done
    already stays done on its day, which a warning says if that is another one.
    """
    today, seen = await desk.activities.today(desk.principal), await desk.see(id)
    completing = several.completing(id, body.completed_on or today, today, await desk.calendar_of(seen))
    answer = await desk.change_prepared(id, completing)
    done = None if answer.replayed else of_done(seen, body.completed_on)
    return with_warnings(answer, None if tasks.is_task(seen) else _NO_TASK, done)


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
    """Move the due date, and look at what it is now."""
    answer = await desk.change_prepared(id, moving)
    state, today = await desk.see(id), await desk.activities.today(desk.principal)
    late = await too_late(state, desk.activities, desk.principal)
    doubts = () if state.completed_on else of_days(today, due_on=state.facts.due_on)
    return with_warnings(answer, late, of_nobody(state), *doubts)


@router.post("/responsible")
async def assign(id: Id, body: Assign, desk: AtDesk) -> WarnedAnswer:
    """Make a user responsible: mainly, in place of the former main one, or further.

    Warnings name the former one (ACT-02), and to whom it is no longer offered (DLG-02).
    """
    await desk.check(id, {"user": f"user-{body.user}"})
    seen = await desk.see(id)
    committed = await desk.commit(
        id, lambda state: tasks.assign(state, body.user, main=body.main, follow_up_on=body.follow_up_on)
    )
    yielded = await of_taken_over(committed, desk.activities)
    unseeing = await kept_out([body.user], seen, desk.activities)
    return with_warnings(desk.answer(committed), *yielded, unseeing, await reading_only(body.user, desk))


@router.delete("/responsible/{user}")
async def remove(id: Id, user: Id, desk: AtDesk) -> WarnedAnswer:
    """Take a user off the responsible ones. A warning says if no page (ACT-01) or work list (ACT-19) shows it then."""
    committed = await desk.commit(id, lambda state: tasks.remove(state, user))
    return with_warnings(desk.answer(committed), await of_left(committed, desk.activities))


@router.put("/responsible/{user}/follow-up")
async def move_follow_up(id: Id, user: Id, body: MoveDate, desk: AtDesk) -> Answer:
    """Give a responsible user's own follow-up another date, or none."""
    return await desk.change(id, lambda state: tasks.move_follow_up(state, user, body.on))
