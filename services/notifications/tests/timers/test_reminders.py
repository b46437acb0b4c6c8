"""From what happens to activities and people to what users are told, on a real database."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dossier.contracts.activities import (
    ActivityChanges,
    ActivityCompleted,
    ActivityCorrected,
    ActivityLinked,
    ActivityReopened,
    ActivityRestored,
    ActivityWithdrawn,
    Assignment,
    DueMoved,
    FollowUpMoved,
    GrantsRevoked,
    ResponsibleAssigned,
    ResponsibleRemoved,
    VisibilityChanged,
)
from dossier.contracts.common import Principals, Reference
from dossier.contracts.directory import UserChanged, UserDeactivated, UserReactivated
from dossier.contracts.engagements import EngagementRestricted, ProjectRegistered
from dossier.contracts.notifications import ReminderPreferencesChanged
from dossier.contracts.tasks import (
    DelegationAnswered,
    DelegationOffered,
    EarlyDeadlineMade,
    RecurrenceSet,
    ReviewDemanded,
    ReviewGiven,
)
from dossier.ids import new_id
from dossier.projections.model import Span
from dossier.testing.activities import ANNA, ATLAS, BEN, note


@pytest.fixture
def activity() -> str:
    return f"activity-{new_id()}"


def due(on: Any, user: str = ANNA) -> Any:
    return note(responsible=Assignment(user=user), due_on=on)


async def test_not_09_a_due_date_is_told_once_and_only_to_the_responsible_user(office: Any, activity: str) -> None:
    await office.happens(activity, note(responsible=Assignment(user=ANNA), due_on=office.past, entered_by=BEN))
    assert await office.fire() == 1
    (entry,) = await office.entries(ANNA)
    assert (entry["act"], entry["rule"], entry["occ"], entry["state"]) == (activity, "due", "2026-01-05", "open")
    assert entry["unsure"] is False
    assert await office.entries(BEN) == []
    await office.leases_end()
    assert await office.fire() == 0
    assert len(await office.told()) == 1


async def test_what_is_not_due_yet_waits(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.future))
    assert await office.fire() == 0
    (timer,) = await office.armed()
    assert timer["vis"] == timer["at"] == datetime(2126, 1, 5, 8, tzinfo=UTC)


async def test_not_10_completing_ends_the_timer_and_the_entry(office: Any, activity: str) -> None:
    told = f"activity-{new_id()}"
    await office.happens(told, due(office.past))
    await office.fire()
    await office.happens(activity, due(office.past))
    for stream in (activity, told):
        await office.happens(stream, ActivityCompleted(completed_on=office.past))
    assert await office.fire() == 0
    (entry,) = await office.entries()
    assert (entry["act"], entry["state"]) == (told, "ended")
    await office.happens(told, ActivityReopened())
    assert await office.fire() == 0
    assert len(await office.told()) == 1


async def test_act_withdrawn_its_reminders_vanish_and_those_to_come_are_back_once_it_is_restored(
    office: Any, activity: str
) -> None:
    told = f"activity-{new_id()}"
    await office.happens(told, due(office.past))
    await office.fire()
    await office.happens(activity, due(office.past))
    for stream in (activity, told):
        await office.happens(stream, ActivityWithdrawn())
    assert await office.fire() == 0
    assert [(entry["act"], entry["state"]) for entry in await office.entries()] == [(told, "ended")]
    for stream in (activity, told):
        await office.happens(stream, ActivityRestored())
    assert await office.fire() == 1
    open_now = {entry["act"] for entry in await office.entries() if entry["state"] == "open"}
    assert open_now == {activity}
    assert len(await office.told()) == 2


async def test_not_10_moving_the_date_moves_the_timer_and_ends_the_entry(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.past))
    await office.fire()
    await office.happens(activity, DueMoved(due_on=office.future))
    assert [entry["state"] for entry in await office.entries()] == ["ended"]
    (timer,) = await office.armed()
    assert (timer["occ"], timer["gen"]) == ("2126-01-05", 2)


async def test_a_date_moved_away_and_back_is_not_told_again(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.past))
    await office.fire()
    await office.happens(activity, DueMoved(due_on=office.future), DueMoved(due_on=office.past))
    assert await office.fire() == 0
    await office.happens(activity, DueMoved(due_on=None))
    await office.happens(activity, DueMoved(due_on=office.past))
    assert await office.fire() == 0
    assert len(await office.told()) == 1


async def test_a_date_moved_away_and_back_before_it_was_told_is_told_once(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.past))
    await office.happens(activity, DueMoved(due_on=office.future))
    await office.happens(activity, DueMoved(due_on=office.past))
    assert await office.fire() == 1
    (entry,) = await office.entries()
    assert entry["gen"] == 3


async def test_not_08_the_new_responsible_user_takes_over(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.past))
    await office.fire()
    await office.happens(activity, ResponsibleAssigned(assignment=Assignment(user=BEN), main=True))
    assert await office.fire() == 1
    assert [entry["state"] for entry in await office.entries(ANNA)] == ["ended"]
    assert [entry["state"] for entry in await office.entries(BEN)] == ["open"]
    await office.happens(activity, ResponsibleRemoved(user=BEN))
    assert [entry["state"] for entry in await office.entries(BEN)] == ["ended"]


async def test_act_02_each_responsible_user_has_an_own_follow_up(office: Any, activity: str) -> None:
    further = (Assignment(user=BEN, follow_up_on=office.future),)
    await office.happens(
        activity, note(responsible=Assignment(user=ANNA, follow_up_on=office.past), further_responsible=further)
    )
    await office.fire()
    assert [entry["rule"] for entry in await office.entries(ANNA)] == ["follow_up"]
    await office.happens(activity, FollowUpMoved(user=BEN, follow_up_on=office.past))
    await office.fire()
    assert [entry["gen"] for entry in await office.entries(BEN)] == [2]


async def test_what_was_due_before_reminders_began_is_not_told(office: Any, activity: str) -> None:
    office.planner._live_since = datetime.now(UTC)
    await office.happens(activity, due(office.past))
    assert await office.fire() == 0
    assert await office.armed() == []


async def test_t10_what_is_due_today_is_told_although_its_time_of_day_is_over(office: Any, activity: str) -> None:
    today = datetime.now(ZoneInfo("Europe/Zurich"))
    office.clock = today.astimezone(UTC)
    early = ReminderPreferencesChanged(remind_at=time(0))
    await office.happens(f"preferences-{ANNA}", early)
    office.planner._live_since = office.clock
    await office.happens(activity, due(today.date()))
    await office.happens(f"activity-{new_id()}", due(today.date() - timedelta(days=1)))
    assert await office.fire() == 1
    assert [entry["act"] for entry in await office.entries()] == [activity]


async def test_live_since_is_set_once_by_the_databases_clock(office: Any) -> None:
    await office.database["timer_state"].delete_many({})
    office.planner._live_since = None
    first = await office.planner.live_since()
    office.planner._live_since = None
    assert await office.planner.live_since() == first
    assert abs((datetime.now(UTC) - first).total_seconds()) < 60


async def test_t7_zone_and_preferences_move_what_is_to_come(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.future))
    (before,) = await office.armed()
    await office.happens(f"user-{ANNA}", UserChanged(time_zone="Asia/Tokyo"))
    (tokyo,) = await office.armed()
    assert tokyo["at"] == datetime(2126, 1, 5, 0, tzinfo=UTC)
    await office.happens(f"preferences-{ANNA}", ReminderPreferencesChanged(remind_at=time(7, 30), lead_days=1))
    (early,) = await office.armed()
    assert early["at"] == datetime(2126, 1, 3, 22, 30, tzinfo=UTC)
    assert before["_id"] == tokyo["_id"] == early["_id"]
    assert before["fence"] < tokyo["fence"] < early["fence"]
    await office.happens(f"preferences-{ANNA}", ReminderPreferencesChanged(due=False))
    assert await office.armed() == []


async def test_users_who_leave_are_not_reminded_until_they_are_back(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.past))
    await office.happens(f"user-{ANNA}", UserDeactivated())
    assert await office.fire() == 0
    await office.happens(f"user-{ANNA}", UserReactivated())
    assert await office.fire() == 1
    assert len(await office.entries()) == 1


async def test_a_reminder_asks_the_owner_first(office: Any, activity: str) -> None:
    moved, kept = f"activity-{new_id()}", f"activity-{new_id()}"
    for stream in (activity, moved, kept):
        await office.happens(stream, due(office.past))
    await office.tell(activity, ActivityCompleted(completed_on=office.past))
    await office.tell(moved, DueMoved(due_on=office.future))
    await office.tell(kept, ActivityCorrected(changes=ActivityChanges(title="Other")))
    assert await office.fire() == 3
    assert [entry["act"] for entry in await office.entries()] == [kept]
    assert [timer["act"] for timer in await office.armed()] == [moved]


class Away:
    """An owner that does not answer."""

    async def versions(self, streams: Any) -> dict[str, int]:
        raise ConnectionError

    async def stream(self, stream: str, after: int = 0) -> list[Any]:
        raise ConnectionError


async def test_a_reminder_waits_a_minute_for_its_owner_and_is_then_told_with_a_mark(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.past))
    worker = await office.worker(owner=Away())
    assert await worker.step() == 1
    assert await office.entries() == []
    (held,) = await office.armed()
    assert (held["vis"] - held["held"]).total_seconds() == pytest.approx(5, abs=0.1)
    assert await worker.step() == 0
    await office.leases_end()
    assert await worker.step() == 1
    assert await office.entries() == []
    await office.database["timers"].update_many({}, [{"$set": {"held": {"$subtract": ["$held", 60_000]}}}])
    await office.leases_end()
    assert await worker.step() == 1
    (entry,) = await office.entries()
    assert entry["unsure"] is True


async def test_a_held_reminder_is_told_without_a_mark_once_the_owner_answers(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.past))
    await (await office.worker(owner=Away())).step()
    await office.tell(activity, ActivityCorrected(changes=ActivityChanges(title="Other")))
    await office.leases_end()
    assert await office.fire() == 1
    (entry,) = await office.entries()
    assert entry["unsure"] is False


async def test_rgt_10_who_may_not_see_the_activity_is_never_told(office: Any, activity: str) -> None:
    project = f"project-{ATLAS}"
    await office.happens(project, ProjectRegistered(code="A", title="Atlas"))
    await office.happens(project, EngagementRestricted(to=Principals(users=(BEN,))))
    linked = ActivityLinked(object=Reference(type="project", id=ATLAS))
    further = (Assignment(user=BEN),)
    task = note(responsible=Assignment(user=ANNA), further_responsible=further, due_on=office.past)
    await office.happens(activity, task, linked)
    assert await office.fire() == 2
    assert await office.entries(ANNA) == []
    assert len(await office.entries(BEN)) == 1
    assert {each["why"] for each in await office.database["timers"].find({}).to_list(None)} == {"fired", "withheld"}


async def test_rgt_10_an_engagement_not_known_yet_does_not_keep_it_from_the_responsible(
    office: Any, activity: str
) -> None:
    await office.happens(activity, note(responsible=Assignment(user=ANNA), due_on=office.past, project=ATLAS))
    await office.fire()
    assert len(await office.entries()) == 1


async def test_news_in_any_order_and_any_number_of_times_ends_in_the_same_timers(office: Any) -> None:
    one, two = (f"activity-{new_id()}" for _ in range(2))
    histories: dict[str, list[Any]] = {
        one: [
            due(office.future),
            FollowUpMoved(user=ANNA, follow_up_on=office.past),
            VisibilityChanged(visibility="granted"),
        ],
        two: [
            due(office.past, BEN),
            ResponsibleAssigned(assignment=Assignment(user=ANNA), main=False),
            GrantsRevoked(grants=()),
        ],
        f"preferences-{ANNA}": [ReminderPreferencesChanged(lead_days=2), ReminderPreferencesChanged(follow_up=True)],
        f"user-{BEN}": [UserChanged(time_zone="Asia/Tokyo")],
    }
    for stream, events in histories.items():
        await office.tell(stream, *events)
    choose = random.Random(11)
    ends: list[list[Any]] = []
    for _ in range(12):
        for name in ("timers", "reminders_v1_view", "reminders_v1_watermarks"):
            await office.database[name].delete_many({})
        spans = [
            Span(stream, await office.store.read(stream)) for stream in (*histories, f"user-{ANNA}", f"user-{BEN}")
        ]
        pieces = [Span(span.stream, span.events[:size]) for span in spans for size in range(1, len(span.events) + 1)]
        choose.shuffle(pieces)
        for piece in [*pieces, *spans]:
            whole = next(span for span in spans if span.stream == piece.stream)
            known = (await office.view.versions([piece.stream])).get(piece.stream, 0)
            piece = Span(piece.stream, whole.events[: max(known, piece.last)])
            for wish in await office.view.apply([piece]):
                await office.view.run_job_to_the_end(wish, [piece])
        kept = ("_id", "gen", "at", "live", "usr", "act", "occ", "rule")
        ends.append([{name: timer.get(name) for name in kept} for timer in await office.armed()])
    assert len(ends[0]) == 4
    assert all(end == ends[0] for end in ends)


async def test_replay_and_reconciling_change_nothing_and_say_nothing(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.past), DueMoved(due_on=office.future), DueMoved(due_on=office.past))
    await office.fire()
    await office.happens(f"activity-{new_id()}", due(office.future))
    before = [await office.database[name].find().sort("_id").to_list(None) for name in ("timers", "inbox", "inbox_log")]
    whole = await office.store.read(activity)
    for size in range(1, len(whole) + 1):
        await office.view.apply([Span(activity, whole[:size])])
    await office.view.bulk([Span(activity, whole)])
    assert await office.view.reconcile() == 2
    after = [await office.database[name].find().sort("_id").to_list(None) for name in ("timers", "inbox", "inbox_log")]
    assert after == before


async def test_reconciling_arms_what_was_lost(office: Any, activity: str) -> None:
    await office.happens(activity, due(office.past))
    await office.database["timers"].delete_many({})
    await office.view.reconcile()
    assert await office.fire() == 1


async def test_dlg_01_03_an_offer_is_told_once_to_who_sees_it_only_for_that(office: Any, activity: str) -> None:
    hidden = note(responsible=Assignment(user=ANNA), visibility="granted")
    await office.happens(activity, hidden, DelegationOffered(to=BEN, by=ANNA))
    assert await office.fire() == 1
    (entry,) = await office.entries(BEN)
    assert (entry["rule"], entry["state"]) == ("delegation", "open")
    await office.view.reconcile()
    assert await office.fire() == 0
    await office.happens(activity, DelegationAnswered(by=BEN, answer="declined"))
    assert [each["state"] for each in await office.entries(BEN)] == ["ended"]
    await office.happens(activity, DelegationOffered(to=BEN, by=ANNA))
    assert await office.fire() == 1
    assert [each["state"] for each in await office.entries(BEN)].count("open") == 1


async def test_dlg_02_an_offer_taken_back_before_it_was_told_is_not_told(office: Any, activity: str) -> None:
    await office.happens(activity, note(responsible=Assignment(user=ANNA)), DelegationOffered(to=BEN, by=ANNA))
    await office.tell(activity, DelegationAnswered(by=ANNA, answer="withdrawn"))  # heard of only when it fires
    await office.fire()
    assert await office.entries(BEN) == []


async def test_dln_01_a_review_that_is_wanted_is_told_until_it_is_given(office: Any, activity: str) -> None:
    await office.happens(activity, note(responsible=Assignment(user=ANNA)), ReviewDemanded(reviewer=BEN))
    assert await office.fire() == 1
    (entry,) = await office.entries(BEN)
    assert (entry["rule"], entry["state"]) == ("review", "open")
    await office.happens(activity, ReviewGiven(reviewer=BEN, approved=True))
    assert [each["state"] for each in await office.entries(BEN)] == ["ended"]
    await office.happens(activity, DueMoved(due_on=office.future), ReviewDemanded(reviewer=BEN))
    assert await office.fire() == 1
    assert sorted(each["state"] for each in await office.entries(BEN)) == ["ended", "open"]


async def test_dln_03_act_18_early_deadlines_and_occurrences_are_due_like_any_task(office: Any, activity: str) -> None:
    early = EarlyDeadlineMade(deadline=new_id(), days_before=7)
    series = RecurrenceSet(
        rule="FREQ=DAILY", series=new_id(), starts_on=office.past, occurrence=2, occurs_on=office.past
    )
    for stream, event in ((activity, early), (f"activity-{new_id()}", series)):
        await office.happens(stream, due(office.past), event)
    while await office.fire():
        pass
    assert [entry["rule"] for entry in await office.entries()] == ["due", "due"]
