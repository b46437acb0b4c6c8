"""The days an activity lasts, where somebody said from when to when.

Its date is one of them: the calendar goes by the date as well as by the hours (CAL-02), and a meeting that is still to
come is no contact of today.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from dossier.contracts.activities import ActivityRecorded
from dossier.contracts.base import EARLIEST
from dossier.contracts.rules import RuleViolation

_INSTANT = timedelta(microseconds=1)


def first_day(starts_at: datetime | None, place: tzinfo, *, all_day: bool) -> date | None:
    """The day in this place on which it begins; what fills its days says them itself. None without a beginning.

    Raises RuleViolation CAL-02 for one that no date may have.
    """
    if starts_at is None:
        return None
    day = begins_on(starts_at, place, all_day=all_day)
    if day < EARLIEST:
        raise RuleViolation("CAL-02", "it begins before 1900", "starts_at")
    return day


def begins_on(starts_at: datetime, place: tzinfo, *, all_day: bool) -> date:
    """As `first_day`, for what has a beginning, whichever day that is."""
    return starts_at.date() if all_day else _day(starts_at, place)


def is_within(facts: ActivityRecorded, place: tzinfo) -> bool:
    """Whether its date is a day from its beginning to its end, as this place has days or as the hours were written.

    What fills its days says them itself.
    """
    start = facts.starts_at
    if start is None:
        return True
    end = max(start, facts.ends_at or _later(start, facts.duration_minutes or 0))
    if end > start:
        end -= _INSTANT  # what ends at midnight ends with the day before
    if facts.all_day:
        return start.date() <= facts.occurred_on <= end.date()
    first, last = min(start.date(), _day(start, place)), max(end.date(), _day(end, place))
    return first <= facts.occurred_on <= last


def check_day(facts: ActivityRecorded, place: tzinfo) -> None:
    """Raise RuleViolation CAL-02 if the date is none of the days from beginning to end."""
    if not is_within(facts, place):
        raise RuleViolation("CAL-02", "the date is no day from its start to its end", "occurred_on")


def _day(moment: datetime, place: tzinfo) -> date:
    try:
        return moment.astimezone(place).date()
    except OverflowError:  # beyond the calendar
        return moment.date()


def _later(start: datetime, minutes: int) -> datetime:
    try:
        return start + timedelta(minutes=minutes)
    except OverflowError:
        return start
