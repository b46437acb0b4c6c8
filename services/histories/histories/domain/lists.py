"""On whose lists an activity stands, and where: work lists and calendars, derived from its own side alone.

A *place* is a day, of work how urgent it is (high priority first within a day), and the activity's id, so that the
order of texts is the order of a list and no two are equal; what has no day comes last. `lists` of an entry says `{user:
{list: place}}`: one index over it serves the list of every user, sorted, however many activities there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from histories.domain.calendar import first_and_last, has_calendar_character
from histories.domain.documents import Entry, Fields

BY_DATE = "date"
"""Open, and the user is responsible: by the earlier of the due date and the user's own follow-up date (ACT-03)."""
BY_DUE = "due"
BY_FOLLOW_UP = "follow_up"
WAITING = "waiting"
"""Open, entered or handed on by the user, and others are responsible: by due date."""
OFFERED = "offered"
"""Open, and offered to the user, who is not responsible before accepting (DLG-01): by due date."""
REVIEWS = "reviews"
"""Open, and the user is to approve it as it stands (DLN-01): by due date."""
DONE = "done"
"""Completed, and the user is responsible: by the day of completion."""
CALENDAR = "calendar"
"""With calendar character (CAL-01); the user entered it or takes part (CAL-02): by its first day."""
ENTRUSTED = "entrusted"
"""With calendar character; the user is responsible and no more than that: by its first day."""
NOBODY = "nobody"
"""In the place of a user: open and due, and nobody is responsible; by due date."""
LONG = "_long"
"""Ending of the calendar lists whose activities last longer than `SHORT`: these stand by their last day."""

SHORT = timedelta(days=1)
UNDATED = "~"
"""The day of what has none: later than every day."""
_RANKS = {"high": "1 ", "normal": "2 ", "low": "3 "}


def settle_lists(entry: Entry) -> None:
    """Bring `lists` and `next` up to the entry's own side, in place."""
    own, identifier = entry["own"], entry["_id"][-36:]
    found: dict[str, dict[str, str]] = {}
    rank = _RANKS[own.get("priority") or "normal"]
    for user, name, day in _work(own):
        found.setdefault(user, {})[name] = _place(day, "" if name == DONE else rank, identifier)
    for user, name, day in _calendar(own):
        found.setdefault(user, {})[name] = _place(day, "", identifier)
    entry["lists"] = {user: found[user] for user in sorted(found)}
    entry["next"] = _place(_next(own), rank, identifier) if is_task(own) else None


def _place(day: str | None, rank: str, identifier: str) -> str:
    return f"{day or UNDATED} {rank}{identifier}"


def is_task(own: Fields) -> bool:
    """Whether the activity is an open task: somebody is responsible or it is due, and it is not completed (ACT-02)."""
    return (
        not own.get("withdrawn") and not own.get("completed_on") and bool(own.get("due_on") or list(assignments(own)))
    )


def assignments(own: Fields) -> Iterator[dict[str, Any]]:
    """All responsible users with their follow-up dates, the main one first."""
    if main := own.get("responsible"):
        yield main
    yield from own.get("further_responsible", ())


def _work(own: Fields) -> Iterator[tuple[str, str, str | None]]:
    if own.get("withdrawn"):
        return
    responsible = {assignment["user"]: assignment.get("follow_up_on") for assignment in assignments(own)}
    due, done = own.get("due_on"), own.get("completed_on")
    for user, follow_up in responsible.items():
        if done:
            yield user, DONE, done
            continue
        yield user, BY_DATE, _earliest((due, follow_up))
        yield user, BY_DUE, due
        yield user, BY_FOLLOW_UP, follow_up
    if not done:
        for name, user in ((OFFERED, own.get("offered_to")), (REVIEWS, own.get("reviewer"))):
            if user is not None and not (name == REVIEWS and own.get("approved")):
                yield user, name, due
    if is_task(own) and not responsible:
        yield NOBODY, BY_DUE, due
    if responsible and not done:
        for user in _known(own.get("entered_by"), own.get("handed_on_by")) - responsible.keys():
            yield user, WAITING, due


def _calendar(own: Fields) -> Iterator[tuple[str, str, str]]:
    if own.get("withdrawn") or not has_calendar_character(own):
        return
    first, last = first_and_last(own)
    ending, day = (LONG, last) if last - first > SHORT else ("", first)
    taking_part = _known(own.get("entered_by"), *own.get("participants", ()))
    for user in taking_part:
        yield user, CALENDAR + ending, day.isoformat()
    for user in {assignment["user"] for assignment in assignments(own)} - taking_part:
        yield user, ENTRUSTED + ending, day.isoformat()


def _known(*users: str | None) -> set[str]:
    return {user for user in users if user is not None}


def _next(own: Fields) -> str | None:
    return _earliest((own.get("due_on"), *(assignment.get("follow_up_on") for assignment in assignments(own))))


def _earliest(days: Iterable[str | None]) -> str | None:
    return min((day for day in days if day), default=None)
