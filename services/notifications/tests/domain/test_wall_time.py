"""Time rules T2, T5, T6 and T7: from a date and a wall time to an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications.domain.wall_time import instant, overdue_from, start_of_day, zone

ZURICH = ZoneInfo("Europe/Zurich")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        (date(2026, 3, 29), time(2, 30), "2026-03-29T01:30"),
        (date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),
        (date(2026, 3, 28), time(9), "2026-03-28T08:00"),
        (date(2026, 3, 29), time(9), "2026-03-29T07:00"),
    ],
)
def test_t2_t7_skipped_times_move_on_and_repeated_ones_mean_the_first(day: date, wall: time, expected: str) -> None:
    assert instant(day, wall, ZURICH) == utc(expected)


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("Europe/Zurich", date(2026, 5, 5), "2026-05-04T22:00"),
        ("America/Santiago", date(2026, 9, 6), "2026-09-06T04:00"),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00"),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00"),
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30"),
        ("Australia/Lord_Howe", date(2026, 10, 4), "2026-10-03T13:30"),
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00"),
    ],
)
def test_t5_a_day_starts_with_its_first_instant(name: str, day: date, expected: str) -> None:
    assert start_of_day(day, ZoneInfo(name)) == utc(expected)


@pytest.mark.parametrize(
    "name", ["America/Santiago", "Africa/Cairo", "Asia/Beirut", "America/Asuncion", "Europe/Zurich"]
)
def test_t5_the_second_before_the_start_belongs_to_another_day(name: str) -> None:
    place = ZoneInfo(name)
    for days in range(3650):
        day = date(2020, 1, 1) + timedelta(days=days)
        start = start_of_day(day, place)
        assert start.astimezone(place).date() == day
        assert (start - timedelta(seconds=1)).astimezone(place).date() < day


def test_t6_an_all_day_date_is_over_when_the_next_day_begins() -> None:
    assert overdue_from(date(2026, 5, 4), ZURICH) == utc("2026-05-04T22:00")


def test_a_zone_nobody_knows_is_utc() -> None:
    for name in ("Mars/Olympus", "", "../etc/passwd", "Europe"):
        assert zone(name).key == "UTC"
