"""When something in a calendar is: at a time, or on days.

From and to carry days of their own; without them it is the activity's date, and never the due date (CAL-02).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from histories.domain.documents import Fields

_MINUTES_OF_A_DAY = 24 * 60


def has_calendar_character(own: Fields) -> bool:
    """Whether from/to, duration or all day is filled (CAL-01); clearing them takes it out again (CAL-03)."""
    return bool(own.get("starts_at") or own.get("duration_minutes") or own.get("all_day"))


def is_timed(own: Fields) -> bool:
    """Whether it is at a time; otherwise it is on days."""
    return bool(own.get("starts_at")) and not own.get("all_day")


def days(own: Fields) -> tuple[date, date]:
    """First and last day of what is not timed: those of from and to where these were said, or the activity's date.

    Without a to it lasts as many whole days as its duration fills. What ends at midnight ends with the day before.
    """
    starts, ends = own.get("starts_at"), own.get("ends_at")
    first = datetime.fromisoformat(starts).date() if starts else date.fromisoformat(own["occurred_on"])
    if ends:
        end = datetime.fromisoformat(ends)
        return first, max(first, end.date() - timedelta(days=end.time() == time() and end.date() > first))
    further = ((own.get("duration_minutes") or 1) - 1) // _MINUTES_OF_A_DAY
    return first, first + timedelta(days=min(further, (date.max - first).days))


def moments(own: Fields) -> tuple[datetime, datetime]:
    """From and to of what is timed, in UTC; without an end it lasts as long as its duration says."""
    start = in_utc(own["starts_at"])
    if own.get("ends_at"):
        return start, in_utc(own["ends_at"])
    try:
        return start, start + timedelta(minutes=own.get("duration_minutes") or 0)
    except OverflowError:
        return start, start


def in_utc(text: str) -> datetime:
    """The moment that a text with an offset names."""
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)  # at an end of the calendar


def first_and_last(own: Fields) -> tuple[date, date]:
    """The days on which it begins and ends: in UTC if it is timed."""
    if not is_timed(own):
        return days(own)
    start, end = moments(own)
    return start.date(), end.date()


def overlaps(own: Fields, first: date, last: date, place: tzinfo) -> bool:
    """Whether it is, at least for a moment, on one of these days as a calendar in that place has them."""
    if not is_timed(own):
        begins, ends = days(own)
        return begins <= last and ends >= first
    start, end = moments(own)
    opening = datetime.combine(first, time(), place)
    closing = datetime.combine(last + timedelta(days=1), time(), place)
    return start < closing and (end > opening or start >= opening)
