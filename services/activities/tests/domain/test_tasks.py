"""The task side: responsible users, dates, completion."""

from __future__ import annotations

from datetime import date

from activities.domain import tasks
from activities.domain.state import Activity, evolve
from dossier.contracts.activities import (
    ActivityCompleted,
    ActivityReopened,
    Assignment,
    DueMoved,
    FollowUpMoved,
    ResponsibleAssigned,
    ResponsibleRemoved,
)
from dossier.testing.activities import ANNA, BEN, CARA, note
from dossier.testing.gwt import Given, Outcome, Scenarios

ACTIVITY = Scenarios(Activity, evolve)
MAY, JUNE = date(2026, 5, 4), date(2026, 6, 1)


def task() -> Given[Activity]:
    return ACTIVITY.given(
        note(
            responsible=Assignment(user=ANNA, follow_up_on=MAY),
            further_responsible=(Assignment(user=BEN, follow_up_on=JUNE),),
            due_on=JUNE,
        )
    )


def assign(given: Given[Activity], user: str, *, main: bool, follow_up_on: date | None = None) -> Outcome[Activity]:
    return given.when(lambda state: tasks.assign(state, user, main=main, follow_up_on=follow_up_on))


def test_act_20_completing_keeps_everything_and_happens_once() -> None:
    after = task().when(lambda state: tasks.complete(state, JUNE)).then(ActivityCompleted(completed_on=JUNE))
    assert after.state.facts == task().state.facts
    after.when(lambda state: tasks.complete(state, MAY)).then()


def test_act_20_a_completed_task_is_opened_again() -> None:
    after = ACTIVITY.given(note(), ActivityCompleted(completed_on=JUNE)).when(tasks.reopen).then(ActivityReopened())
    assert after.state.completed_on is None
    after.when(tasks.reopen).then()


def test_act_08_a_new_main_responsible_replaces_the_former() -> None:
    made = ResponsibleAssigned(assignment=Assignment(user=CARA, follow_up_on=JUNE), main=True)
    after = assign(task(), CARA, main=True, follow_up_on=JUNE).then(made)
    assert [other.user for other in after.state.assignments] == [CARA, BEN]


def test_act_08_a_further_responsible_is_added_once() -> None:
    made = ResponsibleAssigned(assignment=Assignment(user=CARA), main=False)
    after = assign(task(), CARA, main=False).then(made)
    assert [other.user for other in after.state.assignments] == [ANNA, BEN, CARA]
    assign(after, CARA, main=False).then()


def test_act_02_who_takes_over_the_task_keeps_the_own_follow_up() -> None:
    made = ResponsibleAssigned(assignment=Assignment(user=BEN, follow_up_on=JUNE), main=True)
    after = assign(task(), BEN, main=True).then(made)
    assert after.state.assignments == (Assignment(user=BEN, follow_up_on=JUNE),)


def test_act_02_assigning_with_another_date_only_moves_the_follow_up() -> None:
    assign(task(), BEN, main=False, follow_up_on=MAY).then(FollowUpMoved(user=BEN, follow_up_on=MAY))


def test_act_02_responsible_users_have_own_follow_up_dates() -> None:
    after = task().when(lambda state: tasks.move_follow_up(state, BEN, MAY))
    given = after.then(FollowUpMoved(user=BEN, follow_up_on=MAY))
    assert [other.follow_up_on for other in given.state.assignments] == [MAY, MAY]
    given.when(lambda state: tasks.move_follow_up(state, BEN, MAY)).then()
    given.when(lambda state: tasks.move_follow_up(state, ANNA, None)).then(FollowUpMoved(user=ANNA, follow_up_on=None))
    given.when(lambda state: tasks.move_follow_up(state, CARA, MAY)).refused("ACT-02", "user")


def test_act_02_a_user_is_taken_off_whether_main_or_further() -> None:
    after = task().when(lambda state: tasks.remove(state, ANNA)).then(ResponsibleRemoved(user=ANNA))
    assert after.state.facts.responsible is None
    after = after.when(lambda state: tasks.remove(state, BEN)).then(ResponsibleRemoved(user=BEN))
    assert after.state.assignments == ()
    after.when(lambda state: tasks.remove(state, BEN)).then()


def test_act_02_the_due_date_moves_and_may_go() -> None:
    after = task().when(lambda state: tasks.move_due(state, MAY)).then(DueMoved(due_on=MAY))
    after = after.when(lambda state: tasks.move_due(state, None)).then(DueMoved(due_on=None))
    after.when(lambda state: tasks.move_due(state, None)).then()
