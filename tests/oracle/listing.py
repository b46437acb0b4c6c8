"""Lists as the oracle makes them: work lists, calendars, an object's next task and how much happened in each month."""

from __future__ import annotations

from collections import Counter
from datetime import date

from oracle.facts import Activity
from oracle.oracle import Oracle

Listed = tuple[str, str | None]
"""An activity and the day it stands under."""


def work_list(oracle: Oracle, user: str, name: str, tokens: set[str], until: date | None = None) -> list[Listed]:
    """The list of a user as somebody with these tokens sees it, in order."""
    found: list[Listed] = []
    for activity, fact in oracle.activities.items():
        if oracle.visible(activity, tokens) and _stands_on(fact, user, name):
            day = _day(fact, user, name)
            if until is None or day is None or day <= until:
                found.append((activity, day.isoformat() if day else None))

    def in_order(listed: Listed) -> tuple[bool, str, int, str]:
        activity, day = listed
        urgent = 0 if name in ("done", "calendar", "entrusted") else _rank(oracle.activities[activity])
        return day is None, day or "", urgent, activity

    return sorted(found, key=in_order, reverse=name == "done")


def next_task(oracle: Oracle, target: str, tokens: set[str], *, subsidiaries: bool = False) -> str | None:
    """The open task of an object that comes first, undated ones last."""
    open_ones: list[tuple[bool, str, int, str]] = []
    for activity in oracle.page(target, tokens, subsidiaries=subsidiaries):
        fact = oracle.activities[activity]
        if fact.task.done is None and (fact.task.due is not None or _responsible(fact)):
            days = [fact.task.due, *(fact.task.follow_ups[user] for user in _responsible(fact))]
            first = min((day for day in days if day is not None), default=None)
            open_ones.append((first is None, first.isoformat() if first else "", _rank(fact), activity))
    return min(open_ones)[3] if open_ones else None


def months(oracle: Oracle, target: str, tokens: set[str], today: date) -> dict[str, int]:
    """How many activities of each month up to today are on the object's page."""
    page = oracle.page(target, tokens, until=today)
    return dict(Counter(oracle.activities[each].on.isoformat()[:7] for each in page))


def _rank(fact: Activity) -> int:
    return ("high", "normal", "low").index(fact.said["priority"])


def _responsible(fact: Activity) -> set[str]:
    return {*fact.further, *([fact.main] if fact.main else [])}


def _stands_on(fact: Activity, user: str, name: str) -> bool:
    if fact.withdrawn:
        return False
    mine, done = user in _responsible(fact), fact.task.done is not None
    match name:
        case _ if user == "nobody":
            return not _responsible(fact) and fact.task.due is not None and not done
        case "done":
            return mine and done
        case "waiting":
            return not mine and not done and bool(_responsible(fact)) and user in (fact.author, fact.task.handed_on)
        case "calendar":
            return fact.all_day and user in (fact.author, *fact.participants)
        case "entrusted":
            return fact.all_day and mine and user not in (fact.author, *fact.participants)
        case _:
            return mine and not done


def _day(fact: Activity, user: str, name: str) -> date | None:
    due, follow_up = fact.task.due, fact.task.follow_ups.get(user)
    match name:
        case "date":
            return min((day for day in (due, follow_up) if day is not None), default=None)
        case "follow_up":
            return follow_up
        case "done":
            return fact.task.done
        case "calendar" | "entrusted":
            return fact.on
        case _:
            return due
