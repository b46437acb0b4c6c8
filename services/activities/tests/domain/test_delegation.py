"""Delegating a task: offered, and not somebody's before it is accepted."""

from __future__ import annotations

from datetime import date

import pytest

from activities.domain import delegation, tasks
from activities.domain.consequences import settled
from activities.domain.state import Activity, evolve
from dossier.contracts.activities import (
    ActivityCompleted,
    Assignment,
    ResponsibleAssigned,
    ResponsibleRemoved,
)
from dossier.contracts.base import Event
from dossier.contracts.tasks import DelegationAnswered, DelegationOffered, ReviewDemanded
from dossier.testing.activities import ANNA, BEN, CARA, note
from dossier.testing.gwt import Given, Scenarios

ACTIVITY = Scenarios(Activity, evolve)
JUNE = date(2026, 6, 1)
TASK = note(responsible=Assignment(user=ANNA), visibility="granted")
OFFERED = DelegationOffered(to=BEN, by=ANNA, note="Please")


def offered(*more: Event) -> Given[Activity]:
    return ACTIVITY.given(TASK, OFFERED, *more)


def test_dlg_01_a_task_is_offered_and_its_user_stays_responsible() -> None:
    after = ACTIVITY.given(TASK).when(lambda state: delegation.offer(state, BEN, by=ANNA, note="Please")).then(OFFERED)
    assert [other.user for other in after.state.assignments] == [ANNA]
    after.when(lambda state: delegation.offer(state, BEN, by=ANNA, note="Please")).then()
    after.when(lambda state: delegation.offer(state, CARA, by=ANNA, note="")).refused("DLG-01", "to")


@pytest.mark.parametrize(("given", "by"), [((TASK,), BEN), ((note(),), ANNA)])
def test_dlg_01_only_who_is_mainly_responsible_offers(given: tuple[Event, ...], by: str) -> None:
    ACTIVITY.given(*given).when(lambda state: delegation.offer(state, CARA, by=by, note="")).refused(
        "DLG-01", "responsible"
    )


def test_dlg_01_neither_to_oneself_nor_what_is_done() -> None:
    ACTIVITY.given(TASK).when(lambda state: delegation.offer(state, ANNA, by=ANNA, note="")).refused("DLG-01", "to")
    done = ACTIVITY.given(TASK, ActivityCompleted(completed_on=JUNE))
    done.when(lambda state: delegation.offer(state, BEN, by=ANNA, note="")).refused("DLG-01", "completed_on")


def test_dlg_02_who_accepts_becomes_responsible_and_keeps_the_own_follow_up() -> None:
    further = ResponsibleAssigned(assignment=Assignment(user=BEN, follow_up_on=JUNE), main=False)
    after = (
        offered(further)
        .when(lambda state: delegation.answer(state, "accepted", by=BEN, reason=""))
        .then(
            DelegationAnswered(by=BEN, answer="accepted"),
            ResponsibleAssigned(assignment=Assignment(user=BEN, follow_up_on=JUNE), main=True),
        )
    )
    assert after.state.assignments == (Assignment(user=BEN, follow_up_on=JUNE),)
    assert after.state.task.offer is None


def test_dlg_02_who_declines_is_not_responsible_and_it_can_be_offered_again() -> None:
    after = (
        offered()
        .when(lambda state: delegation.answer(state, "declined", by=BEN, reason="On leave"))
        .then(DelegationAnswered(by=BEN, answer="declined", reason="On leave"))
    )
    assert [other.user for other in after.state.assignments] == [ANNA]
    after.when(lambda state: delegation.offer(state, BEN, by=ANNA, note="Please")).then(OFFERED)


def test_dlg_02_who_offered_it_takes_it_back() -> None:
    after = (
        offered()
        .when(lambda state: delegation.answer(state, "withdrawn", by=ANNA, reason=""))
        .then(DelegationAnswered(by=ANNA, answer="withdrawn"))
    )
    after.when(lambda state: delegation.answer(state, "accepted", by=BEN, reason="")).refused("DLG-02", "delegation")


@pytest.mark.parametrize(
    ("said", "by"), [("accepted", ANNA), ("accepted", CARA), ("declined", ANNA), ("withdrawn", BEN)]
)
def test_dlg_02_nobody_answers_for_another(said: delegation.Answer, by: str) -> None:
    offered().when(lambda state: delegation.answer(state, said, by=by, reason="")).refused("DLG-02", "answer")


def test_dlg_02_an_offer_lapses_with_the_task_or_its_user() -> None:
    lapsed = DelegationAnswered(by=None, answer="lapsed")
    offered().when(lambda state: settled(state, tasks.complete(state, JUNE))).then(
        ActivityCompleted(completed_on=JUNE), lapsed
    )
    offered().when(lambda state: settled(state, tasks.remove(state, ANNA))).then(ResponsibleRemoved(user=ANNA), lapsed)
    assigned = ResponsibleAssigned(assignment=Assignment(user=CARA), main=True)
    offered().when(lambda state: settled(state, tasks.assign(state, CARA, main=True, follow_up_on=None))).then(
        assigned, lapsed
    )
    kept = ResponsibleAssigned(assignment=Assignment(user=CARA), main=False)
    offered().when(lambda state: settled(state, tasks.assign(state, CARA, main=False, follow_up_on=None))).then(kept)


def test_dlg_03_who_it_is_offered_to_sees_it_meanwhile_and_no_longer() -> None:
    assert offered().state.readers == {f"user:{ANNA}", f"user:{BEN}"}
    assert offered().state.insiders == {f"user:{ANNA}"}
    assert offered(DelegationAnswered(by=BEN, answer="declined")).state.readers == {f"user:{ANNA}"}


def test_dln_01_it_is_not_offered_to_who_reviews_it() -> None:
    reviewed = ACTIVITY.given(TASK, ReviewDemanded(reviewer=BEN))
    reviewed.when(lambda state: delegation.offer(state, BEN, by=ANNA, note="")).refused("DLN-01", "to")
