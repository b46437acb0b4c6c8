"""How a task can recur: a checked part of RFC 5545, which says all by itself (reminders T13 to T16).

Days are days of the calendar, without time and zone. What a rule means is `activities.occurrences`' to say; here is
what can be asked for at all.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NoReturn

from dossier.contracts.rules import RuleViolation

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_COUNT = 1_000
MOST_YEARS = 30
FIRST_YEAR, LAST_YEAR = 1900, 2199
LONGEST = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
"""Days of each month in the longest case."""
_YEARS = {(date(year, 1, 1).weekday(), isleap(year)): year for year in range(2001, 2029)}.values()
"""One of each kind: by the day of the week that it begins with, and whether it is a leap year."""
_PERIOD = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
"""The longest that a period can be, in days: a place in it lies within."""
_PARTS = ("FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "COUNT", "UNTIL")
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{8})(T\d{6}Z?)?")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A recurrence. `by` are its BY parts, as they are written."""

    frequency: str
    interval: int = 1
    by: Mapping[str, str]
    count: int | None = None
    until: date | None = None

    @property
    def days(self) -> str:
        """Which days it means, as an RRULE without its end."""
        interval = {} if self.interval == 1 else {"INTERVAL": str(self.interval)}
        return ";".join(f"{name}={value}" for name, value in {"FREQ": self.frequency, **interval, **self.by}.items())

    @property
    def text(self) -> str:
        """The whole RRULE."""
        count = f";COUNT={self.count}" if self.count else ""
        return f"{self.days}{count}" + (f";UNTIL={self.until:%Y%m%d}" if self.until else "")

    def numbers(self, part: str) -> tuple[int, ...]:
        """The numbers of a BY part, none if it has none."""
        return tuple(int(number) for number in self.by[part].split(",")) if part in self.by else ()


def checked(text: str, starts_on: date, *, skip_short_months: bool) -> Rule:
    """The rule that a person asks for, made explicit: days that follow from the first one are named.

    Raises RuleViolation ACT-22 at `rule` for what is not understood, out of bounds or impossible, and for a day that
    some months lack unless the person says that these are to be skipped.
    """
    if not FIRST_YEAR <= starts_on.year <= LAST_YEAR:
        raise RuleViolation("ACT-22", f"what recurs is due between {FIRST_YEAR} and {LAST_YEAR}", "due_on")
    rule = _explicit(parsed(text), starts_on)
    _possible(rule)
    if rule.until is not None and not starts_on < rule.until <= _years_after(starts_on):
        _refused(f"UNTIL comes after the first day, {starts_on}, {MOST_YEARS} years later at most")
    if not skip_short_months and (lacking := _lacking(rule)):
        some = "years" if _times(rule) == "year" else "months"
        _refused(f"some {some} have no {lacking}; say skip_short_months to leave such {some} out")
    return rule


def parsed(text: str) -> Rule:
    """The rule as it is written. Raises RuleViolation ACT-22 for a part that is unknown, twice there or malformed."""
    if not text.isascii():  # some letters and digits of other scripts would pass for those that are meant
        _refused("it is written in plain letters and digits, as RFC 5545 has it")
    pairs = [part.partition("=") for part in text.upper().removeprefix("RRULE:").split(";")]
    parts = {name: value for name, _, value in pairs}
    if len(parts) < len(pairs) or not parts.keys() <= set(_PARTS) or parts.get("FREQ") not in _PERIOD:
        _refused(
            f"a recurrence consists of {', '.join(_PARTS)}, each once, and its FREQ is one of {', '.join(_PERIOD)}, "
            "such as FREQ=WEEKLY;BYDAY=MO"
        )
    if "COUNT" in parts and "UNTIL" in parts:
        _refused("it ends by COUNT or by UNTIL, not by both")
    by = {name: _canonical(name, parts[name]) for name in _PARTS if name.startswith("BY") and name in parts}
    return Rule(
        frequency=parts["FREQ"],
        interval=_number("INTERVAL", parts.get("INTERVAL", "1"), 1, 366),
        by=by,
        count=_number("COUNT", parts["COUNT"], 2, MOST_COUNT) if "COUNT" in parts else None,
        until=_day(parts["UNTIL"]) if "UNTIL" in parts else None,
    )


def _canonical(name: str, value: str) -> str:
    if name == "BYDAY":
        return ",".join(map(_weekday, value.split(",")))
    lowest, highest = {"BYMONTH": (1, 12), "BYMONTHDAY": (-31, 31), "BYSETPOS": (-366, 366)}[name]
    numbers = sorted({_number(name, number, lowest, highest) for number in value.split(",")})
    if 0 in numbers:
        _refused(f"{name} begins at 1")
    return ",".join(map(str, numbers))


def _weekday(text: str) -> str:
    match = _WEEKDAY.fullmatch(text)
    if match is None:
        _refused("BYDAY has days like MO, or 1MO and -1FR within a month or year")
    ordinal = int(match[1]) if match[1] else None
    if ordinal is not None and not 1 <= abs(ordinal) <= 53:
        _refused("the place of a weekday is 1 to 53, or counted from the end")
    return f"{'' if ordinal is None else ordinal}{match[2]}"


def _number(name: str, text: str, lowest: int, highest: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,5}", text) or not lowest <= int(text) <= highest:
        _refused(f"{name} is a number from {lowest} to {highest}")
    return int(text)


def _day(text: str) -> date:
    """A day, whether it is written with a time or without (T16: of the same kind as the start)."""
    match = _UNTIL.fullmatch(text)
    try:
        return date.fromisoformat(match[1] if match else "")
    except ValueError:
        _refused("UNTIL is a day like 20301231")


def _explicit(rule: Rule, starts_on: date) -> Rule:
    """The rule with the days it leaves to its start, so that it means the same from any of its days on."""
    by = dict(rule.by)
    if rule.frequency == "WEEKLY" and "BYDAY" not in by:
        by["BYDAY"] = DAYS[starts_on.weekday()]
    elif rule.frequency in ("MONTHLY", "YEARLY") and not by.keys() & {"BYDAY", "BYMONTHDAY"}:
        if rule.frequency == "YEARLY":
            by.setdefault("BYMONTH", str(starts_on.month))
        by["BYMONTHDAY"] = str(starts_on.day)
    return replace(rule, by={name: by[name] for name in _PARTS if name in by})


def _possible(rule: Rule) -> None:
    if rule.frequency == "WEEKLY" and "BYMONTHDAY" in rule.by:
        _refused("a week has no days of a month")
    ordinals = re.search(r"\d", rule.by.get("BYDAY", ""))
    if ordinals and rule.frequency in ("DAILY", "WEEKLY"):
        _refused("1MO or -1FR is a place within a month or year")
    if not _of_year(rule) and (beyond := [f"{place}{day}" for place, day in _weekdays(rule) if abs(place) > 5]):
        _refused(f"no month has a {beyond[0]}: of each day of the week there are five at most")
    if any(abs(place) > _PERIOD[rule.frequency] for place in rule.numbers("BYSETPOS")):
        _refused("BYSETPOS lies outside the period")
    if (days := rule.numbers("BYMONTHDAY")) and min(map(abs, days)) > max(LONGEST[month] for month in _months(rule)):
        _refused("none of its months has such a day")


def _lacking(rule: Rule) -> str | None:
    """What some of its months or years lack, and what they all have instead."""
    place = max(rule.numbers("BYSETPOS"), key=abs, default=0) if rule.frequency in ("MONTHLY", "YEARLY") else 0
    if place and (there := _fewest(rule)):
        return f"place {place} among these days: BYSETPOS=-1 is the last of them" if abs(place) > there else None
    shortest = min(28 if month == 2 else LONGEST[month] for month in _months(rule))
    if days := [day for day in rule.numbers("BYMONTHDAY") if abs(day) > shortest]:
        return f"day {days[-1]}: BYMONTHDAY=-1 is the last day of every month"
    always = 52 if _of_year(rule) else 4
    for ordinal, day in _weekdays(rule):
        if abs(ordinal) > always:
            return f"{ordinal}{day}: -1{day} is the last one of each"
    return "such day" if place else None


def _times(rule: Rule) -> str:
    """In what it has a place for its days: a year, or each month."""
    placed = "BYSETPOS" in rule.by or (_of_year(rule) and "BYDAY" in rule.by)
    return "year" if (rule.frequency == "YEARLY" and placed) or len(_months(rule)) == 1 else "month"


def _of_year(rule: Rule) -> bool:
    """Whether the place of a weekday is one in the year."""
    return rule.frequency == "YEARLY" and "BYMONTH" not in rule.by


def _fewest(rule: Rule) -> int:
    """How many of its days there are in each year at least, or in each month by itself."""
    together = sum if rule.frequency == "YEARLY" else min
    return min(together(_there(rule, year, month) for month in _months(rule)) for year in _YEARS)


def _there(rule: Rule, year: int, month: int) -> int:
    """How many of its days there are in this month of this year."""
    numbers, weekdays, length = {*rule.numbers("BYMONTHDAY")}, {*_weekdays(rule)}, monthrange(year, month)[1]
    first, last = (
        (date(year, 1, 1), date(year, 12, 31)) if _of_year(rule) else (date(year, month, 1), date(year, month, length))
    )

    def means(day: date) -> bool:
        places = (0, (day - first).days // 7 + 1, -((last - day).days // 7) - 1)
        by_number = not numbers or not numbers.isdisjoint((day.day, day.day - length - 1))
        return by_number and (not weekdays or not weekdays.isdisjoint((each, DAYS[day.weekday()]) for each in places))

    return sum(means(date(year, month, day)) for day in range(1, length + 1))


def _weekdays(rule: Rule) -> list[tuple[int, str]]:
    """The days of BYDAY, each with its place, 0 for every one."""
    named = rule.by["BYDAY"].split(",") if "BYDAY" in rule.by else []
    return [(int(each[:-2] or 0), each[-2:]) for each in named]


def _months(rule: Rule) -> tuple[int, ...]:
    return rule.numbers("BYMONTH") or tuple(LONGEST)


def _years_after(day: date) -> date:
    return day.replace(year=day.year + MOST_YEARS, day=min(day.day, 28))


def _refused(detail: str) -> NoReturn:
    raise RuleViolation("ACT-22", detail, "rule")
