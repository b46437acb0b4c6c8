"""From a date and a wall time to an instant. All instants are in UTC; wall time is arithmetic of calendars alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name, UTC for a name nobody knows: a reminder at another hour is better than none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def instant(day: date, wall: time, place: ZoneInfo) -> datetime:
    """When the clocks of a place show that time on that day.

    A time that is skipped moves on by what was skipped; of one that comes twice the first is meant (rule T2).
    """
    return datetime.combine(day, wall.replace(fold=0), place).astimezone(UTC)


def start_of_day(day: date, place: ZoneInfo) -> datetime:
    """The first instant there is on that day, which is not midnight everywhere (rule T5).

    A day that a place left out altogether begins when the next one does.
    """
    midnight = datetime.combine(day, time(), place)
    first = midnight.astimezone(UTC)
    if first.astimezone(place).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return first
    return _transition(midnight.replace(fold=1).astimezone(UTC), first, place)


def overdue_from(day: date, place: ZoneInfo) -> datetime:
    """An all-day date holds until the end of that day, so it is over when the next day begins (rule T6)."""
    return start_of_day(day + timedelta(days=1), place)


def _transition(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The instant between the two (both in UTC) at which the clocks jump, to the second."""
    old = before.astimezone(place).utcoffset()
    while after - before > _SECOND:
        middle = before + ((after - before) / 2 // _SECOND) * _SECOND
        if middle.astimezone(place).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
