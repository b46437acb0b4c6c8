"""Tasks that recur: which rules can be asked for, what they mean, and that one task opens one."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from dateutil.rrule import rrulestr  # also the oracle
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from activities.domain import recurrence, series
from activities.domain.recurrence import Rule
from activities.domain.series import Following
from activities.domain.state import Activity, evolve
from activities.occurrences import upcoming
from dossier.contracts.activities import ActivityCompleted, ActivityReopened, Assignment, DueMoved
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import (
    EarlyDeadlineMade,
    OccurrenceOpened,
    RecurrenceSet,
    RecurrenceStopped,
    ReviewDemanded,
)
from dossier.ids import new_id
from dossier.testing.activities import ANNA, BEN, note
from dossier.testing.gwt import Scenarios

ACTIVITY = Scenarios(Activity, evolve)
THIS, NEXT = new_id(), new_id()
MONDAY, LAST_OF_JANUARY = date(2026, 6, 1), date(2026, 1, 31)
TASK = note(due_on=MONDAY, responsible=Assignment(user=ANNA, follow_up_on=date(2026, 5, 29)))


def checked(text: str, starts_on: date = MONDAY, **more: Any) -> Rule:
    return recurrence.checked(text, starts_on, **{"skip_short_months": False, **more})


def days(text: str, starts_on: date, number: int, **more: Any) -> list[date]:
    """The first days of the rule, each found from the one before, as completing one task after the other finds them."""
    rule, found = checked(text, starts_on, **more), [starts_on]
    while len(found) < number:
        later = [day for day in asyncio.run(upcoming(rule, found[-1])) if day > found[-1]]
        if not later:
            break
        found.append(later[0])
    return found


def weekly(occurrence: int = 1, rule: str = "FREQ=WEEKLY;BYDAY=MO") -> RecurrenceSet:
    day = MONDAY + timedelta(weeks=occurrence - 1)
    return RecurrenceSet(rule=rule, series=THIS, starts_on=MONDAY, occurrence=occurrence, occurs_on=day)


@pytest.mark.parametrize(
    ("text", "starts_on", "explicit"),
    [
        ("FREQ=DAILY", MONDAY, "FREQ=DAILY"),
        ("RRULE:freq=weekly;interval=2", MONDAY, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"),
        ("FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=1", MONDAY, "FREQ=WEEKLY;BYDAY=MO,TH"),
        ("FREQ=MONTHLY", MONDAY, "FREQ=MONTHLY;BYMONTHDAY=1"),
        ("FREQ=MONTHLY;BYDAY=-1FR", date(2026, 5, 29), "FREQ=MONTHLY;BYDAY=-1FR"),
        ("FREQ=YEARLY", MONDAY, "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1"),
        ("FREQ=YEARLY;BYMONTH=12,6", MONDAY, "FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=1"),
        ("FREQ=DAILY;COUNT=5", MONDAY, "FREQ=DAILY;COUNT=5"),
        ("FREQ=DAILY;UNTIL=20301231T235959Z", MONDAY, "FREQ=DAILY;UNTIL=20301231"),
    ],
)
def test_act_22_a_rule_says_all_by_itself(text: str, starts_on: date, explicit: str) -> None:
    rule = checked(text, starts_on)
    assert rule.text == explicit
    assert checked(explicit, starts_on) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "weekly",
        "FREQ=HOURLY",
        "FREQ=SECONDLY",
        "INTERVAL=2",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;BYEASTER=0",
        "FREQ=YEARLY;BYWEEKNO=5",
        "FREQ=WEEKLY;WKST=SU",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=367",
        "FREQ=DAILY;INTERVAL=9999999999999999999",
        "FREQ=DAILY;INTERVAL=two",
        "FREQ=DAILY;INTERVAL=\uff11",  # a full-width digit
        "FREQ=DA\u0131LY",  # a dotless i, of which I is the capital
        "FREQ=MONTHLY;BYDAY=\u0661MO",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=1",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;UNTIL=20260601",
        "FREQ=DAILY;UNTIL=20560602",
        "FREQ=DAILY;UNTIL=20261301",
        "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=DAILY;BYDAY=1MO",
        "FREQ=WEEKLY;BYDAY=-1MO",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=MONTHLY;BYDAY=54MO",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=8",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=4,6;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=-30",
    ],
)
def test_act_22_what_is_unknown_or_impossible_is_refused(text: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        checked(text)
    assert (refusal.value.rule, refusal.value.field) == ("ACT-22", "rule")


@pytest.mark.parametrize("starts_on", [date(1899, 12, 31), date(2200, 1, 1), date.max])
def test_act_22_what_recurs_is_due_in_a_century_of_ours(starts_on: date) -> None:
    with pytest.raises(RuleViolation, match="ACT-22") as refusal:
        checked("FREQ=DAILY", starts_on)
    assert refusal.value.field == "due_on"


def test_act_22_an_end_before_the_first_day_is_refused_by_its_name() -> None:
    with pytest.raises(RuleViolation, match="UNTIL comes after the first day, 2026-06-01"):
        checked("FREQ=DAILY;UNTIL=20250101")


def test_act_22_the_31st_skips_months_and_the_last_day_does_not() -> None:
    skipped = days("FREQ=MONTHLY;BYMONTHDAY=31", LAST_OF_JANUARY, 3, skip_short_months=True)
    assert skipped == [LAST_OF_JANUARY, date(2026, 3, 31), date(2026, 5, 31)]
    last = days("FREQ=MONTHLY;BYMONTHDAY=-1", LAST_OF_JANUARY, 3)
    assert last == [LAST_OF_JANUARY, date(2026, 2, 28), date(2026, 3, 31)]
    workday = days("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", date(2026, 1, 30), 3)
    assert workday == [date(2026, 1, 30), date(2026, 2, 27), date(2026, 3, 31)]
    assert days("FREQ=YEARLY", date(2028, 2, 29), 3, skip_short_months=True) == [
        date(2028, 2, 29),
        date(2032, 2, 29),
        date(2036, 2, 29),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU;BYMONTH=2;BYMONTHDAY=-29",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=7",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=20",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        "FREQ=YEARLY;INTERVAL=366",
    ],
)
async def test_act_22_a_rule_that_never_comes_again_is_found_out_in_bounded_work(text: str) -> None:
    """How long is not asserted. A search that was not bounded would take ten seconds and run into the test's limit."""
    assert len(await upcoming(checked(text, MONDAY, skip_short_months=True), MONDAY)) < 2


@pytest.mark.parametrize(
    ("text", "none"),
    [
        ("FREQ=MONTHLY;BYDAY=6MO", "6MO"),
        ("FREQ=MONTHLY;BYDAY=1MO,-53FR", "-53FR"),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=53MO", "53MO"),
    ],
)
async def test_act_22_a_weekday_that_no_month_has_is_refused_at_once_and_ends_rules_from_before(
    text: str, none: str
) -> None:
    for skip in (False, True):
        with pytest.raises(RuleViolation, match=f"no month has a {none}: ") as refusal:
            checked(text, skip_short_months=skip)
        assert (refusal.value.rule, refusal.value.field) == ("ACT-22", "rule")
    assert len(await upcoming(recurrence.parsed(text.replace("1MO,", "")), MONDAY)) < 2


@pytest.mark.parametrize("text", ["weekly", "FREQ=SECONDLY"])
def test_act_22_who_writes_no_rule_is_told_what_one_is(text: str) -> None:
    with pytest.raises(RuleViolation, match=r"a recurrence consists of FREQ, .*such as FREQ=WEEKLY;BYDAY=MO"):
        checked(text)


async def test_act_22_the_loop_goes_on_while_days_are_searched() -> None:
    rule = checked("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=20", MONDAY)
    turns, searching = 0, asyncio.create_task(upcoming(rule, MONDAY))
    while not searching.done():
        await asyncio.sleep(0)
        turns += 1
    assert searching.result() == ()
    assert turns > 2


@settings(deadline=None, max_examples=150)
@for_all(data=st.data())
def test_act_22_days_found_one_after_the_other_are_those_of_the_whole_rule(data: st.DataObject) -> None:
    """Each is found from the day before alone; dateutil's own expansion from the first day says the same."""
    starts_on = date(2026, 1, 1) + timedelta(days=data.draw(st.integers(0, 800)))
    frequency = data.draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={data.draw(st.integers(1, 5))}"]
    if data.draw(st.booleans()):
        parts.append("BYDAY=" + ",".join(data.draw(st.sets(st.sampled_from(recurrence.DAYS), min_size=1))))
    if data.draw(st.booleans()):
        parts.append(f"BYMONTH={data.draw(st.integers(1, 12))}")
    if frequency != "WEEKLY" and data.draw(st.booleans()):
        parts.append(f"BYMONTHDAY={data.draw(st.sampled_from([1, 2, 15, 28, -1, -2]))}")
    try:
        rule = checked(";".join(parts), starts_on, skip_short_months=True)
    except RuleViolation:
        return
    first = next(iter(asyncio.run(upcoming(rule, starts_on))), None)
    if first is None:
        return
    whole = rrulestr(rule.days, dtstart=datetime.combine(first, time()))
    expected = [day.date() for day in whole[:6] if day.year <= first.year + 4]
    found = [first]
    while len(found) < len(expected):
        found.append(asyncio.run(upcoming(rule, found[-1]))[-1])
    assert found == expected


@settings(deadline=None, max_examples=150)
@for_all(
    starts_on=st.dates(date(2026, 1, 1), date(2029, 12, 31)),
    interval=st.integers(1, 3),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    places=st.sets(st.sampled_from([1, 2, 3, 5, 7, -1, -2]), min_size=1),
)
def test_act_22_places_in_a_week_are_counted_from_its_monday_whichever_day_of_the_series_is_asked(
    starts_on: date, interval: int, weekdays: set[int], places: set[int]
) -> None:
    """Weeks are counted from the one of the first day."""
    named, chosen = ",".join(recurrence.DAYS[day] for day in weekdays), ",".join(map(str, places))
    rule = checked(f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={named};BYSETPOS={chosen}", starts_on)
    ordered, monday = sorted(weekdays), starts_on - timedelta(days=starts_on.weekday())
    there = [place for place in places if abs(place) <= len(ordered)]
    meant = sorted({ordered[place - 1 if place > 0 else place] for place in there})
    mondays = [monday + timedelta(weeks=interval * number) for number in range(5)]
    series_days = [day for each in mondays for days in meant if (day := each + timedelta(days=days)) >= starts_on]
    assert asyncio.run(upcoming(rule, starts_on)) == tuple(series_days[:2])
    for day, following in pairwise(series_days):
        assert asyncio.run(upcoming(rule, day)) == (day, following)


def test_act_18_a_task_recurs_from_its_due_date_on() -> None:
    rule, upcoming_days = checked("FREQ=WEEKLY"), (MONDAY, date(2026, 6, 8))
    after = ACTIVITY.given(TASK).when(lambda state: series.recur(state, THIS, rule, upcoming_days)).then(weekly())
    after.when(lambda state: series.recur(state, THIS, rule, upcoming_days)).then()


@pytest.mark.parametrize(
    ("days", "field"), [((), "rule"), ((MONDAY,), "rule"), ((date(2026, 6, 3), date(2026, 6, 10)), "due_on")]
)
def test_act_22_the_due_date_is_a_day_of_the_rule_and_not_the_last(days: tuple[date, ...], field: str) -> None:
    rule = checked("FREQ=WEEKLY")
    ACTIVITY.given(TASK).when(lambda state: series.recur(state, THIS, rule, days)).refused("ACT-22", field)


@pytest.mark.parametrize(
    ("events", "field"),
    [
        ((note(),), "due_on"),
        ((TASK, ActivityCompleted(completed_on=MONDAY)), "completed_on"),
        ((TASK, EarlyDeadlineMade(deadline=NEXT, days_before=7)), "early_deadline_of"),
        ((TASK, weekly(), OccurrenceOpened(activity=NEXT, occurs_on=MONDAY)), "next_occurrence"),
    ],
)
def test_act_22_only_an_open_task_with_a_due_date_recurs(events: tuple[Event, ...], field: str) -> None:
    ACTIVITY.given(*events).when(lambda state: series.recur(state, THIS, checked("FREQ=WEEKLY"), ())).refused(
        "ACT-22", field
    )


def test_act_18_completing_notes_the_next_one_and_opens_no_other_after_reopening() -> None:
    following = Following(NEXT, date(2026, 6, 8))
    done = ActivityCompleted(completed_on=MONDAY)
    opened = OccurrenceOpened(activity=NEXT, occurs_on=date(2026, 6, 8))
    given = ACTIVITY.given(TASK, weekly())
    assert series.awaited(given.state) is not None
    after = given.when(lambda state: series.complete(state, MONDAY, following)).then(done, opened)
    after.when(lambda state: series.complete(state, MONDAY, following)).then()
    again = ACTIVITY.given(TASK, weekly(), done, opened, ActivityReopened())
    assert series.awaited(again.state) is None
    again.when(lambda state: series.complete(state, MONDAY, None)).then(done)


def test_act_18_the_next_one_is_like_this_one_now_and_nothing_of_it_is_done() -> None:
    following = Following(NEXT, date(2026, 6, 8))
    given = ACTIVITY.given(TASK, weekly(), ReviewDemanded(reviewer=BEN), DueMoved(due_on=date(2026, 6, 2)))
    draft, set_again, demanded = series.next_one(given.state, THIS, following, UTC)
    assert set_again == weekly(2).model_copy(update={"previous": THIS})
    assert demanded == ReviewDemanded(reviewer=BEN)
    new = ACTIVITY.given(draft, set_again).state
    assert (new.facts.due_on, new.facts.title, new.facts.entered_by) == (date(2026, 6, 8), "Offer", ANNA)
    assert new.facts.occurred_on == date(2026, 6, 8)
    assert new.facts.responsible == Assignment(user=ANNA, follow_up_on=date(2026, 6, 4))
    assert (new.completed_on, new.task.previous) == (None, THIS)


def test_act_18_a_series_ends_with_its_count() -> None:
    assert series.awaited(ACTIVITY.given(TASK, weekly(2, "FREQ=WEEKLY;BYDAY=MO;COUNT=3")).state) is not None
    assert series.awaited(ACTIVITY.given(TASK, weekly(3, "FREQ=WEEKLY;BYDAY=MO;COUNT=3")).state) is None


def test_act_18_a_series_is_stopped_where_it_goes_on() -> None:
    after = ACTIVITY.given(TASK, weekly()).when(series.stop).then(RecurrenceStopped())
    after.when(series.stop).then()
    assert series.awaited(after.state) is None
    gone_on = ACTIVITY.given(TASK, weekly(), OccurrenceOpened(activity=NEXT, occurs_on=MONDAY))
    gone_on.when(series.stop).refused("ACT-22", "next_occurrence")
