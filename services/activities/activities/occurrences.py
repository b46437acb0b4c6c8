"""Which days a recurrence means. `dateutil` says so; here is only what keeps it from searching for ever."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from itertools import dropwhile, islice, takewhile

from dateutil.rrule import rrulestr

from activities.domain.recurrence import MOST_YEARS, Rule

_SHIFT = 19 * 400
"""Years. The calendar repeats after 400, days of the week included, and dateutil searches until the year 9999: moved
near to that end it gives up on a rule that never comes after a seventh of a second, and not after ten."""


async def upcoming(rule: Rule, day: date) -> tuple[date, ...]:
    """The first two days of the rule from this day on, the day itself included, within `MOST_YEARS`.

    The day belongs to the rule or begins it: periods are counted from it. It is computed beside the event loop.
    """
    return await asyncio.to_thread(_upcoming, rule, day)


def _upcoming(rule: Rule, day: date) -> tuple[date, ...]:
    # Days without a time: hours and zones have no part in it (T13).
    begins = day.replace(year=day.year + _SHIFT)
    if rule.frequency == "WEEKLY":  # dateutil would count the places in a week (BYSETPOS) from the day it begins with
        begins -= timedelta(days=begins.weekday())
    found = rrulestr(rule.days, dtstart=datetime.combine(begins, time()))
    days = dropwhile(lambda each: each < day, (each.date().replace(year=each.year - _SHIFT) for each in found))
    last = min(rule.until or date.max, date(day.year + MOST_YEARS, 12, 31))
    try:
        return tuple(islice(takewhile(lambda each: each <= last, days), 2))
    except IndexError:  # it looks for the 53rd Monday of a month beyond the end of the year
        return ()
