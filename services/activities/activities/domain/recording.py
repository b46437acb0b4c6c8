"""Recording an activity and putting its own fields right."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, tzinfo

from activities.domain.span import check_day, first_day, is_within
from activities.domain.state import Activity
from activities.domain.types import DEADLINES
from dossier.contracts.activities import (
    TEXT_LIMIT,
    ActivityChanges,
    ActivityCorrected,
    ActivityKind,
    ActivityRecorded,
    Assignment,
    Mail,
    Medium,
    Visibility,
)
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import ReviewDemanded
from dossier.contracts.texts import is_blank

TITLE_LIMIT = 255
MOST_MINUTES = 10 * 365 * 24 * 60
"""Ten years: longer is a typing error, and beyond 64 bits no database could hold it."""

USUAL_MEDIUM: dict[ActivityKind, Medium] = {
    "appointment": "on_site",
    "meeting": "on_site",
    "call": "phone",
    "email": "email",
    "document": "written",
    "note": "note",
}
"""The medium of an activity whose medium nobody said."""
_OF_DAYS = frozenset({"occurred_on", "starts_at", "ends_at", "duration_minutes", "all_day"})


def fitting_title(title: str, *, by_machine: bool) -> str:
    """The title as it is kept: one of a machine is cut at 255 characters, a person is told (domain 7.2).

    Raises RuleViolation ACT-TITLE for a person's title that is too long or blank.
    """
    if by_machine:
        return title[:TITLE_LIMIT]
    if is_blank(title):
        raise RuleViolation("ACT-TITLE", "a title is needed", "title")
    if len(title) > TITLE_LIMIT:
        raise RuleViolation("ACT-TITLE", f"the title has {len(title)} characters, {TITLE_LIMIT} are possible", "title")
    return title


def usual_visibility(kind: ActivityKind, mail: Mail | None) -> Visibility:
    """Who sees an activity of which nobody said it: mail is for those with access to it, typed or filed (EML-20)."""
    return "granted" if kind == "email" or mail is not None else "everyone"


def fits(text: str) -> bool:
    """Whether the text can stay in an event; a longer one is cut there and kept whole as an object (ACT-TEXT)."""
    return len(text) <= TEXT_LIMIT


def record(state: Activity, draft: ActivityRecorded, reviewer: str | None = None) -> Sequence[Event]:
    """Let an activity enter the history (ACT-01: with or without an address); a deadline with who reviews it (DLN-01).

    Writing it makes nobody responsible (ACT-08). Recording the same one again changes nothing; another one under the
    same id is refused (ACT-ID). Addresses and responsible users named twice count once (ACT-09, ACT-02); two follow-up
    dates of one user are refused (ACT-02).
    """
    check_times(draft)
    if draft.further_addresses and draft.address is None:
        raise RuleViolation("ACT-09", "further addresses need a primary one", "address")
    if draft.sighting is not None and draft.mail is None:
        raise RuleViolation("ACT-MAIL", "only a mail can be sighted", "sighting")
    event = _each_once(draft)
    if state.recorded == event:
        return []
    if state.recorded is not None:
        raise RuleViolation("ACT-ID", "another activity has this id", "id")
    if draft.mail is not None and draft.kind != "email":
        raise RuleViolation("ACT-MAIL", "only what is of the kind email has the head of a mail", "mail")
    if reviewer is None:
        return [event]
    if event.activity_type not in DEADLINES:
        raise RuleViolation("DLN-01", "only a deadline is reviewed", "reviewer")
    return [event, ReviewDemanded(reviewer=reviewer)]


def differing(state: Activity, draft: ActivityRecorded, hidden: Collection[str] = ()) -> list[str]:
    """The fields in which the activity began otherwise than this draft says; `hidden` keywords make no difference."""
    there, event = state.recorded, _each_once(draft)
    if there is not None:
        shown = tuple(keyword for keyword in there.keywords if keyword not in hidden)
        there = there.model_copy(update={"keywords": shown})
    return [name for name in type(event).model_fields if getattr(there, name, None) != getattr(event, name)]


def offline(identifier: str | None, occurred_on: date | None) -> None:
    """What a note taken on the go needs, so that sent twice it is one activity, and of the day it was taken (PHO-04).

    Raises RuleViolation PHO-04.
    """
    if identifier is None:
        raise RuleViolation("PHO-04", "a draft has an id of its own", "id")
    if occurred_on is None:
        raise RuleViolation("PHO-04", "a draft says its day", "occurred_on")


def correct(state: Activity, changes: ActivityChanges, reason: str, place: tzinfo = UTC) -> Sequence[Event]:
    """Put own fields right; fields that already say so are left out, and nothing is written if none is left.

    Clearing from, to, duration and all day takes the activity out of the calendar (CAL-03). A date that nobody says
    follows the hours, as days are in this place; one that contradicts them is refused (CAL-02).
    """
    facts = state.facts
    asked = {name: getattr(changes, name) for name in changes.model_fields_set}
    different = {name: value for name, value in asked.items() if value != getattr(facts, name)}
    if not different:
        return []
    after = facts.model_copy(update=different)
    check_times(after)
    if not different.keys().isdisjoint(_OF_DAYS) and not is_within(after, place):
        if "occurred_on" in asked:
            check_day(after, place)
        different["occurred_on"] = first_day(after.starts_at, place, all_day=after.all_day)
    return [ActivityCorrected(changes=ActivityChanges(**different), reason=reason)]


def check_times(draft: ActivityRecorded) -> None:
    """Raise RuleViolation CAL-01 if from, to and duration contradict each other, or the duration is out of bounds."""
    start, end, minutes = draft.starts_at, draft.ends_at, draft.duration_minutes
    if minutes is not None and minutes < 1:
        raise RuleViolation("CAL-01", "a duration is at least one minute", "duration_minutes")
    if minutes is not None and minutes > MOST_MINUTES:
        raise RuleViolation("CAL-01", "a duration is at most ten years", "duration_minutes")
    if end is None:
        return
    if start is None:
        raise RuleViolation("CAL-01", "an end needs a start", "starts_at")
    if end < start:
        raise RuleViolation("CAL-01", "the end lies before the start", "ends_at")
    if minutes is not None and (end - start).total_seconds() != minutes * 60:
        raise RuleViolation("CAL-01", "start, end and duration contradict each other", "duration_minutes")


def _each_once(draft: ActivityRecorded) -> ActivityRecorded:
    updates: dict[str, object] = {}
    addresses = tuple(dict.fromkeys(other for other in draft.further_addresses if other != draft.address))
    if addresses != draft.further_addresses:
        updates["further_addresses"] = addresses
    if (people := _people_once(draft)) != (draft.responsible, draft.further_responsible):
        updates["responsible"], updates["further_responsible"] = people
    for name in ("participants", "keywords", "grants"):
        values = getattr(draft, name)
        if len(set(values)) != len(values):
            updates[name] = tuple(dict.fromkeys(values))
    return draft.model_copy(update=updates) if updates else draft


def _people_once(draft: ActivityRecorded) -> tuple[Assignment | None, tuple[Assignment, ...]]:
    """The main and the further responsible users, each with the follow-up date that is given anywhere.

    Raises RuleViolation ACT-02 if there are two of one user: neither is dropped without a word.
    """
    main = draft.responsible
    once = {main.user: main} if main else {}
    for place, other in enumerate(draft.further_responsible):
        former = once.get(other.user, other)
        if None not in (former.follow_up_on, other.follow_up_on) and former != other:
            field = f"further_responsible.{place}.follow_up_on"
            raise RuleViolation("ACT-02", "this user has another follow-up date already", field)
        once[other.user] = former if former.follow_up_on else other
    return (once.pop(main.user) if main else None), tuple(once.values())
