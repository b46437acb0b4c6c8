"""The hours of what recurs: at the same time of day each time, whatever the clocks do in between (reminders T13)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from activities.domain.recording import MOST_MINUTES
from dossier.contracts.activities import ActivityRecorded
from dossier.contracts.base import EARLIEST

_MINUTE = timedelta(minutes=1)


def later(facts: ActivityRecorded, days: int, place: tzinfo) -> dict[str, object]:
    """Its hours so many days later, as this place tells the time; none where the calendar has no such day.

    A time that clocks leave out is as long after midnight as it would be without that; if the end would not come after
    it then, it has its duration instead. A duration beside an end is what lies between start and end then.
    """
    start, end = facts.starts_at, facts.ends_at
    if start is None:
        return {}
    try:
        begins = _later(start, days, place, all_day=facts.all_day)
        ends = None if end is None else _later(end, days, place, all_day=facts.all_day)
    except OverflowError:
        return {"starts_at": None, "ends_at": None}
    hours: dict[str, object] = {"starts_at": begins, "ends_at": ends}
    if end is None or ends is None:
        return hours
    if ends <= begins and end > start:
        return hours | {"ends_at": None, "duration_minutes": (end - start) // _MINUTE or None}
    if facts.duration_minutes is not None:
        minutes, rest = divmod(ends - begins, _MINUTE)
        hours["duration_minutes"] = minutes if not rest and 1 <= minutes <= MOST_MINUTES else None
    return hours


def _later(moment: datetime, days: int, place: tzinfo, *, all_day: bool) -> datetime:
    """Raises OverflowError for a day outside the calendar. What fills its days says them itself, wherever one is."""
    if not all_day and moment.replace(tzinfo=place).utcoffset() != moment.utcoffset():
        moment = moment.astimezone(place)  # else it is written as this place has it, even if clocks left it out
    zone = moment.tzinfo if all_day else place
    there = (moment.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=zone)
    if not EARLIEST < there.astimezone(UTC).date() < date.max:
        raise OverflowError
    return there.astimezone(timezone(there.utcoffset() or timedelta()))
