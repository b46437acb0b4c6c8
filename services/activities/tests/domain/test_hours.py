"""The hours of what recurs: when the next one takes place, whatever clocks and people do in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from activities.domain import series
from activities.domain.recording import check_times
from activities.domain.series import Following
from activities.domain.span import is_within
from activities.domain.state import Activity, evolve
from dossier.contracts.activities import ActivityRecorded
from dossier.contracts.tasks import RecurrenceSet
from dossier.ids import new_id
from dossier.testing.activities import note

THIS, NEXT = new_id(), new_id()
MONDAY = date(2026, 6, 1)
ZURICH = ZoneInfo("Europe/Zurich")
PLACES = ("Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "UTC")
"""Clocks go by an hour, by half an hour, at midnight, and not at all."""


def moment(wall: datetime, place: tzinfo) -> datetime:
    """The moment as a request has it: with the offset that the place has then."""
    return wall.replace(tzinfo=timezone(wall.replace(tzinfo=place).utcoffset() or timedelta()))


def next_of(
    facts: ActivityRecorded, days: int, place: tzinfo = ZURICH, occurs_on: date | None = None
) -> ActivityRecorded:
    """The next occurrence, so many days after the day by the rule, which is the due date unless it is said."""
    day = occurs_on or facts.due_on or MONDAY
    rule = RecurrenceSet(rule="FREQ=DAILY", series=THIS, starts_on=day, occurrence=1, occurs_on=day)
    state = evolve(evolve(Activity(), facts), rule)
    draft, *_ = series.next_one(state, THIS, Following(NEXT, day + timedelta(days=days)), place)
    assert isinstance(draft, ActivityRecorded)
    return ActivityRecorded.model_validate_json(draft.model_dump_json())


@settings(deadline=None)
@for_all(
    place=st.sampled_from(PLACES).map(ZoneInfo),
    day=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    minute=st.integers(0, 24 * 60 - 1),
    minutes=st.one_of(st.none(), st.integers(1, 5 * 24 * 60)),
    timed=st.booleans(),
    days=st.integers(1, 40),
)
def test_act_18_cal_01_02_each_occurrence_is_at_the_same_time_of_day_whenever_clocks_change(
    place: ZoneInfo, day: date, minute: int, minutes: int | None, timed: bool, days: int
) -> None:
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    start, until = moment(wall, place), None if minutes is None else wall + timedelta(minutes=minutes)
    end = until and moment(until, place)
    assume(end is None or end >= start)
    duration = int((end - start).total_seconds() // 60) if end and timed else None
    facts = note(
        due_on=wall.date(), occurred_on=wall.date(), starts_at=start, ends_at=end, duration_minutes=duration or None
    )
    for number in range(1, 25):
        facts, on = next_of(facts, days, place), timedelta(days=number * days)
        assert (facts.due_on, facts.occurred_on) == (wall.date() + on,) * 2
        assert facts.starts_at is not None
        assert facts.starts_at.replace(tzinfo=None) == wall + on
        assert facts.starts_at == moment(wall + on, place)
        until = until if until and moment(until + on, place) > facts.starts_at else None
        assert facts.ends_at == (until and moment(until + on, place))
        assert until or facts.duration_minutes == minutes
        check_times(facts)
        assert is_within(facts, place)


def test_act_18_cal_02_a_time_that_clocks_leave_out_is_there_again_the_next_time() -> None:
    facts = note(due_on=date(2026, 3, 28), starts_at=moment(datetime.combine(date(2026, 3, 28), time(2, 30)), ZURICH))
    told: list[datetime | None] = []
    for _ in range(2):
        facts = next_of(facts, 1)
        told.append(facts.starts_at and facts.starts_at.astimezone(UTC))
    assert told == [datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 3, 30, 0, 30, tzinfo=UTC)]


def test_act_18_cal_01_an_end_at_which_clocks_have_only_just_begun_again_leaves_the_duration() -> None:
    day = date(2026, 3, 28)
    start, end = (moment(datetime.combine(day, time(hour, 30)), ZURICH) for hour in (2, 3))
    meeting = next_of(note(due_on=day, starts_at=start, ends_at=end, duration_minutes=60), 1)
    assert (meeting.ends_at, meeting.duration_minutes) == (None, 60)


def test_act_18_cal_01_what_fills_its_days_or_has_a_duration_alone_does_so_again() -> None:
    days = {"starts_at": datetime(2026, 6, 1, tzinfo=UTC), "ends_at": datetime(2026, 6, 3, tzinfo=UTC)}
    trip = next_of(note(due_on=MONDAY, all_day=True, **days), 7, ZoneInfo("America/New_York"))
    assert (trip.all_day, trip.occurred_on, trip.starts_at) == (
        True,
        date(2026, 6, 8),
        datetime(2026, 6, 8, tzinfo=UTC),
    )
    assert trip.ends_at == datetime(2026, 6, 10, tzinfo=UTC)
    short = next_of(note(due_on=MONDAY, duration_minutes=30), 7)
    assert (short.duration_minutes, short.starts_at, short.occurred_on) == (30, None, date(2026, 6, 8))


@pytest.mark.parametrize(
    ("due_on", "begins", "expected"),
    [
        (date(2026, 6, 3), date(2026, 6, 1), date(2026, 6, 8)),  # only the due date was moved
        (date(2026, 6, 3), date(2026, 6, 3), date(2026, 6, 8)),  # both were
        (date(2026, 6, 1), date(2026, 5, 29), date(2026, 6, 5)),  # it is always some days before
    ],
)
def test_act_18_cal_02_hours_keep_their_place_in_the_series(due_on: date, begins: date, expected: date) -> None:
    start = moment(datetime.combine(begins, time(9)), ZURICH)
    following = next_of(note(due_on=due_on, occurred_on=begins, starts_at=start), 7, occurs_on=MONDAY)
    assert following.starts_at == moment(datetime.combine(expected, time(9)), ZURICH)
    assert (following.due_on, following.occurred_on) == (date(2026, 6, 8), expected)


@pytest.mark.parametrize(
    ("starts_at", "due_on"),
    [
        (datetime(9999, 12, 30, 12, tzinfo=UTC), MONDAY),
        (datetime(9999, 12, 25, 12, tzinfo=UTC), MONDAY),
        (datetime(1900, 1, 3, 12, tzinfo=UTC), date(2026, 6, 22)),
        (datetime(1, 1, 2, 12, tzinfo=UTC), date(2026, 6, 22)),
    ],
)
def test_act_18_cal_02_hours_that_no_calendar_has_are_left_out(starts_at: datetime, due_on: date) -> None:
    facts = note(due_on=due_on, starts_at=starts_at, ends_at=starts_at, duration_minutes=None)
    following = next_of(facts, 7, occurs_on=MONDAY)
    assert (following.starts_at, following.ends_at, following.occurred_on) == (None, None, date(2026, 6, 8))
