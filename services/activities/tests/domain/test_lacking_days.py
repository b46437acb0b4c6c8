"""Days that some months or years lack: a task recurs on them only if that is said."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from typing import Any

import pytest
from dateutil.rrule import rrulestr  # the oracle
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from activities.domain import recurrence
from activities.domain.recurrence import Rule
from dossier.contracts.rules import RuleViolation

MONDAY, LAST_OF_JANUARY = date(2026, 6, 1), date(2026, 1, 31)


def checked(text: str, starts_on: date = MONDAY, **more: Any) -> Rule:
    return recurrence.checked(text, starts_on, **{"skip_short_months": False, **more})


@pytest.mark.parametrize(
    ("text", "starts_on"),
    [
        ("FREQ=MONTHLY", LAST_OF_JANUARY),
        ("FREQ=MONTHLY;BYMONTHDAY=31", LAST_OF_JANUARY),
        ("FREQ=MONTHLY;BYMONTHDAY=1,30", LAST_OF_JANUARY),
        ("FREQ=MONTHLY;BYMONTHDAY=-31", LAST_OF_JANUARY),
        ("FREQ=YEARLY", date(2028, 2, 29)),
    ],
)
def test_act_22_a_day_that_some_months_lack_has_to_be_asked_for(text: str, starts_on: date) -> None:
    with pytest.raises(RuleViolation, match="BYMONTHDAY=-1"):
        checked(text, starts_on)
    assert checked(text, starts_on, skip_short_months=True)


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("FREQ=MONTHLY;BYDAY=5MO", "months have no 5MO: -1MO"),
        ("FREQ=MONTHLY;BYDAY=1FR,-5FR", "months have no -5FR: -1FR"),
        ("FREQ=YEARLY;BYMONTH=3,6;BYDAY=5MO", "months have no 5MO: -1MO"),
        ("FREQ=YEARLY;BYMONTH=6;BYDAY=5MO", "years have no 5MO: -1MO"),
        ("FREQ=YEARLY;BYDAY=53MO", "years have no 53MO: -1MO"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "years have no day 29: BYMONTHDAY=-1"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=5", "months have no place 5 among these days: BYSETPOS=-1"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-21", "months have no place -21"),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=2", "months have no place 2"),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYSETPOS=1", "months have no day 31"),
        ("FREQ=MONTHLY;BYDAY=5MO;BYSETPOS=1", "months have no 5MO"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;BYSETPOS=1", "months have no such day"),
        ("FREQ=YEARLY;BYDAY=MO;BYSETPOS=53", "years have no place 53"),
        ("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=1,366", "years have no place 366"),
        ("FREQ=YEARLY;BYMONTH=1,2;BYDAY=5MO;BYSETPOS=1", "years have no 5MO"),
        ("FREQ=YEARLY;BYMONTH=1,2;BYDAY=MO;BYSETPOS=-9", "years have no place -9"),
        ("FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=29;BYSETPOS=2", "years have no place 2"),
        ("FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR;BYSETPOS=2", "years have no place 2"),
        ("FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=13;BYDAY=FR;BYSETPOS=1", "years have no such day"),
        ("FREQ=DAILY;BYMONTHDAY=31;BYSETPOS=1", "months have no day 31"),
    ],
)
def test_act_22_whatever_some_months_or_years_lack_has_to_be_asked_for(text: str, lacking: str) -> None:
    with pytest.raises(RuleViolation, match=lacking) as refusal:
        checked(text)
    assert (refusal.value.rule, refusal.value.field) == ("ACT-22", "rule")
    assert checked(text, skip_short_months=True)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=MONTHLY;BYDAY=4MO,-4FR",
        "FREQ=YEARLY;BYDAY=52MO",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=52",
        "FREQ=YEARLY;BYMONTH=1,2;BYDAY=MO;BYSETPOS=8",
        "FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=29;BYSETPOS=1",
        "FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR;BYSETPOS=1",
        "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=2",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=20,-20",
        "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=-1,-2,-3,-4,-5,-6,-7;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    ],
)
def test_act_22_what_every_month_has_needs_no_word(text: str) -> None:
    assert checked(text)


@st.composite
def days_of_years(draw: st.DrawFn) -> str:
    """A rule of days, of which each year has its own number."""
    months = draw(st.sets(st.integers(1, 12), max_size=3))
    ordinals = draw(st.sampled_from([("",), ("1", "4", "5", "-5") if months else ("1", "52", "53", "-53")]))
    names = draw(st.sets(st.sampled_from(recurrence.DAYS)))
    weekdays = [f"{draw(st.sampled_from(ordinals))}{name}" for name in names]
    near_ends = st.sampled_from([1, 13, 28, 29, 30, 31, -1, -29, -31])
    numbers = draw(st.sets(near_ends, min_size=0 if weekdays else 1, max_size=3))
    by = {"BYMONTH": months, "BYDAY": weekdays, "BYMONTHDAY": numbers}
    return ";".join(["FREQ=YEARLY", *(f"{name}={','.join(map(str, some))}" for name, some in by.items() if some)])


@settings(deadline=None, max_examples=150)
@for_all(
    text=days_of_years(), near=st.integers(-1, 2), backwards=st.booleans(), more=st.sampled_from(["", "1,", "-1,"])
)
def test_act_22_a_place_in_the_year_has_to_be_asked_for_exactly_if_some_year_lacks_it(
    text: str, near: int, backwards: bool, more: str
) -> None:
    """The calendar's last 28 years are of all kinds, and dateutil ends with them."""

    def of_each_year(rule: str) -> list[int]:
        found = Counter(day.year for day in rrulestr(rule, dtstart=datetime.combine(date(9972, 1, 1), time())))
        return [found[year] for year in range(9972, 10_000)]

    place = max(1, min(of_each_year(text)) + near)
    places = f"{more}{-place if backwards else place}"
    lacks = not all(all(of_each_year(f"{text};BYSETPOS={each}")) for each in places.split(","))
    try:
        checked(f"{text};BYSETPOS={places}", skip_short_months=True)
    except RuleViolation:  # no year has such a day, or so many
        return
    try:
        checked(f"{text};BYSETPOS={places}")
    except RuleViolation:
        assert lacks
    else:
        assert not lacks
