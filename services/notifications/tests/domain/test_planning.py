"""Which reminders an activity calls for."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce

import msgspec

from dossier.contracts.activities import (
    ActivityChanges,
    ActivityCompleted,
    ActivityCorrected,
    ActivityReopened,
    ActivityRestored,
    ActivityWithdrawn,
    Assignment,
    DueMoved,
    FollowUpMoved,
    ResponsibleAssigned,
    ResponsibleRemoved,
)
from dossier.contracts.base import Event
from dossier.contracts.tasks import (
    DelegationAnswered,
    DelegationOffered,
    ReviewDemanded,
    ReviewGiven,
    ReviewWaived,
)
from dossier.ids import new_id
from dossier.testing.activities import ANNA, BEN, CARA, note
from notifications.domain.planning import Recipient, Reminder, plan
from notifications.domain.preferences import Preferences
from notifications.domain.task import Task, evolve

ACTIVITY = f"activity-{new_id()}"
MAY, JUNE, JULY = date(2026, 5, 4), date(2026, 6, 1), date(2026, 7, 1)
LIVE = datetime(2026, 1, 1, tzinfo=UTC)
ZURICH = Recipient("Europe/Zurich")
ALL = {ANNA: ZURICH, BEN: ZURICH, CARA: ZURICH}

TASK = note(responsible=Assignment(user=ANNA), due_on=MAY)


def reminders(
    *events: Event, recipients: dict[str, Recipient] | None = None, live: datetime = LIVE, at: datetime = LIVE
) -> list[Reminder]:
    numbered = enumerate(events, start=1)
    task = reduce(lambda state, item: evolve(state, item[1], item[0], at), numbered, Task())
    return list(plan(ACTIVITY, task, ALL if recipients is None else recipients, live).values())


def said(*events: Event) -> set[tuple[str, str, date, int]]:
    return {(item.user, item.anchor, item.on, item.generation) for item in reminders(*events)}


def test_not_09_a_responsible_user_is_reminded_of_the_due_date_at_nine() -> None:
    (reminder,) = reminders(TASK)
    assert (reminder.user, reminder.anchor, reminder.on) == (ANNA, "due", MAY)
    assert reminder.at == datetime(2026, 5, 4, 7, 0, tzinfo=UTC)


def test_act_02_nobody_responsible_undated_or_done_calls_for_nothing() -> None:
    assert said(note(due_on=MAY)) == set()
    assert said(note(responsible=Assignment(user=ANNA))) == set()
    assert said(TASK, ActivityCompleted(completed_on=MAY)) == set()


def test_act_withdrawn_what_was_entered_in_error_calls_for_nothing_until_it_is_restored() -> None:
    assert said(TASK, ActivityWithdrawn()) == set()
    assert said(TASK, ActivityWithdrawn(), DueMoved(due_on=JUNE)) == set()
    assert said(TASK, ActivityWithdrawn(), ActivityRestored()) == {(ANNA, "due", MAY, 3)}
    done = (TASK, ActivityCompleted(completed_on=MAY), ActivityWithdrawn(), ActivityRestored())
    assert said(*done) == set()
    assert said(*done, ActivityReopened()) == {(ANNA, "due", MAY, 5)}


def test_act_02_every_responsible_user_has_the_due_date_and_the_own_follow_up() -> None:
    further = (Assignment(user=BEN, follow_up_on=JUNE),)
    assert said(
        note(responsible=Assignment(user=ANNA, follow_up_on=MAY), further_responsible=further, due_on=JULY)
    ) == {
        (ANNA, "due", JULY, 1),
        (ANNA, "follow_up", MAY, 1),
        (BEN, "due", JULY, 1),
        (BEN, "follow_up", JUNE, 1),
    }


def test_the_generation_is_the_version_that_called_for_it() -> None:
    assert said(TASK, ActivityCorrected(changes=ActivityChanges(title="x"))) == {(ANNA, "due", MAY, 1)}
    assert said(TASK, DueMoved(due_on=JUNE)) == {(ANNA, "due", JUNE, 2)}
    assert said(TASK, DueMoved(due_on=JUNE), DueMoved(due_on=MAY)) == {(ANNA, "due", MAY, 3)}
    assert said(TASK, ActivityCompleted(completed_on=MAY), ActivityReopened()) == {(ANNA, "due", MAY, 3)}


def test_moving_away_and_back_is_the_same_reminder() -> None:
    (first,) = reminders(TASK)
    (second,) = reminders(TASK, DueMoved(due_on=JUNE), DueMoved(due_on=MAY))
    assert first.identity == second.identity


def test_not_08_a_new_responsible_user_takes_over_the_reminders() -> None:
    taken = ResponsibleAssigned(assignment=Assignment(user=BEN), main=True)
    assert said(TASK, taken) == {(BEN, "due", MAY, 2)}
    added = ResponsibleAssigned(assignment=Assignment(user=BEN, follow_up_on=JUNE), main=False)
    both = {(ANNA, "due", MAY, 1), (BEN, "due", MAY, 2), (BEN, "follow_up", JUNE, 2)}
    assert said(TASK, added) == both
    assert said(TASK, added, ResponsibleRemoved(user=ANNA)) == both - {(ANNA, "due", MAY, 1)}


def test_not_08_a_user_who_changes_the_part_keeps_the_reminders() -> None:
    added = ResponsibleAssigned(assignment=Assignment(user=BEN, follow_up_on=JUNE), main=False)
    promoted = ResponsibleAssigned(assignment=Assignment(user=BEN, follow_up_on=JUNE), main=True)
    assert said(TASK, added, promoted) == {(BEN, "due", MAY, 2), (BEN, "follow_up", JUNE, 2)}


def test_a_follow_up_moves_for_its_user_alone() -> None:
    moved = FollowUpMoved(user=ANNA, follow_up_on=JUNE)
    assert said(TASK, moved) == {(ANNA, "due", MAY, 1), (ANNA, "follow_up", JUNE, 2)}
    assert said(TASK, FollowUpMoved(user=BEN, follow_up_on=JUNE)) == {(ANNA, "due", MAY, 1)}


def test_t7_the_recipients_zone_and_time_of_day_decide() -> None:
    tokyo = {ANNA: Recipient("Asia/Tokyo", preferences=Preferences(remind_at=time(7, 30)))}
    (reminder,) = reminders(TASK, recipients=tokyo)
    assert reminder.at == datetime(2026, 5, 3, 22, 30, tzinfo=UTC)
    assert reminder.identity == reminders(TASK)[0].identity


def test_t3_lead_days_are_days_of_the_calendar_and_concern_the_due_date_alone() -> None:
    lead = {ANNA: Recipient("Europe/Zurich", preferences=Preferences(lead_days=1))}
    spring = note(responsible=Assignment(user=ANNA, follow_up_on=date(2026, 3, 30)), due_on=date(2026, 3, 30))
    at = {reminder.anchor: reminder.at for reminder in reminders(spring, recipients=lead)}
    assert at == {
        "due": datetime(2026, 3, 29, 7, 0, tzinfo=UTC),
        "follow_up": datetime(2026, 3, 30, 7, 0, tzinfo=UTC),
    }


def test_what_a_user_switched_off_is_not_said() -> None:
    task = note(responsible=Assignment(user=ANNA, follow_up_on=JUNE), due_on=MAY)
    for preferences, anchors in ((Preferences(due=False), ["follow_up"]), (Preferences(follow_up=False), ["due"])):
        chosen = {ANNA: Recipient("Europe/Zurich", preferences=preferences)}
        assert [reminder.anchor for reminder in reminders(task, recipients=chosen)] == anchors


def test_users_who_left_or_are_not_known_yet_are_not_reminded() -> None:
    assert reminders(TASK, recipients={}) == []
    assert reminders(TASK, recipients={ANNA: Recipient("Europe/Zurich", is_active=False)}) == []


def test_what_was_due_before_reminders_began_is_history() -> None:
    nine = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
    assert len(reminders(TASK, live=nine)) == 1
    assert reminders(TASK, live=nine + timedelta(microseconds=1)) == []


def day(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, 4, hour, minute, tzinfo=UTC)


def test_t10_a_date_set_after_its_reminder_was_due_is_told_while_its_day_lasts() -> None:
    (reminder,) = reminders(TASK, at=day(13), live=day(12))
    assert reminder.at == day(7)
    assert len(reminders(TASK, at=day(21, 59), live=day(12))) == 1
    assert reminders(TASK, at=day(22), live=day(12)) == []


def test_t10_a_date_set_before_reminders_began_is_not_made_up_for() -> None:
    assert reminders(TASK, at=day(11), live=day(12)) == []


def test_t10_a_lead_that_is_gone_already_is_told_at_once() -> None:
    lead = {ANNA: Recipient("Europe/Zurich", preferences=Preferences(lead_days=7))}
    (reminder,) = reminders(
        TASK, recipients=lead, at=datetime(2026, 5, 1, tzinfo=UTC), live=datetime(2026, 5, 1, tzinfo=UTC)
    )
    assert reminder.at == datetime(2026, 4, 27, 7, tzinfo=UTC)


def test_t10_who_takes_over_what_is_overdue_is_told() -> None:
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    task = evolve(
        evolve(Task(), TASK, 1, moment), ResponsibleAssigned(assignment=Assignment(user=BEN), main=True), 2, day(23)
    )
    assert [item.user for item in plan(ACTIVITY, task, ALL, LIVE).values()] == [BEN]


def test_dates_no_clock_can_show_are_no_dates() -> None:
    for impossible in (date.min, date.max):
        assert said(note(responsible=Assignment(user=ANNA, follow_up_on=impossible), due_on=impossible)) == set()


def test_any_way_of_folding_gives_the_same_reminders() -> None:
    choose = random.Random(7)
    for _ in range(200):
        events: list[Event] = [TASK]
        for _ in range(8):
            user, on = choose.choice([ANNA, BEN, CARA]), choose.choice([MAY, JUNE, JULY, None])
            events.append(
                choose.choice(
                    [
                        DueMoved(due_on=on),
                        FollowUpMoved(user=user, follow_up_on=on),
                        ResponsibleAssigned(assignment=Assignment(user=user, follow_up_on=on), main=bool(on)),
                        ResponsibleRemoved(user=user),
                        ActivityCompleted(completed_on=MAY),
                        ActivityReopened(),
                        ActivityWithdrawn(),
                        ActivityRestored(),
                        ActivityRestored(),
                    ]
                )
            )
        task = Task()
        for version, event in enumerate(events, start=1):
            if choose.random() < 0.5:
                task = msgspec.convert(msgspec.to_builtins(task), Task)  # kept as a document in between
            task = evolve(task, event, version, LIVE)
        assert list(plan(ACTIVITY, task, ALL, LIVE).values()) == reminders(*events)


def test_dlg_01_who_is_offered_a_task_is_told_at_once_until_there_is_an_answer() -> None:
    offered = DelegationOffered(to=BEN, by=ANNA)
    asked = [each for each in reminders(TASK, offered) if each.anchor == "delegation"]
    assert [(each.user, each.on, each.generation, each.at) for each in asked] == [(BEN, LIVE.date(), 2, LIVE)]
    declined = DelegationAnswered(by=BEN, answer="declined")
    assert said(TASK, offered, declined) == said(TASK)
    again = [each for each in reminders(TASK, offered, declined, offered) if each.anchor == "delegation"]
    assert again[0].identity != asked[0].identity
    done = DelegationAnswered(by=None, answer="lapsed")
    assert said(TASK, offered, ActivityCompleted(completed_on=MAY), done) == set()


def test_dln_01_the_reviewer_is_told_whenever_there_is_something_to_review() -> None:
    demanded, given = ReviewDemanded(reviewer=BEN), ReviewGiven(reviewer=BEN, approved=True)
    asked = (BEN, "review", LIVE.date(), 2)
    assert said(TASK, demanded) == said(TASK) | {asked}
    assert said(TASK, demanded, given) == said(TASK)
    assert said(TASK, demanded, ReviewWaived()) == said(TASK)
    moved = said(TASK, demanded, given, DueMoved(due_on=JUNE), demanded)
    assert moved == {(ANNA, "due", JUNE, 4), (BEN, "review", LIVE.date(), 5)}


def test_what_was_asked_before_reminders_began_is_history() -> None:
    later = LIVE + timedelta(days=1)
    assert reminders(note(), DelegationOffered(to=BEN, by=ANNA), ReviewDemanded(reviewer=CARA), live=later) == []
    assert reminders(note(), DelegationOffered(to=BEN, by=ANNA), recipients={}) == []
