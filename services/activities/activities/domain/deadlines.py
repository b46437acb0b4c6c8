"""Deadlines: their early deadlines, and the review by a second person (DLN-01…05)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from activities.domain import corrections
from activities.domain.recording import TITLE_LIMIT
from activities.domain.state import Activity, evolve
from activities.domain.tasks import complete, later_as_far_as_days_reach, move_due
from activities.domain.types import DEADLINES, REVIEWED_DEADLINE
from dossier.contracts.activities import ActivityRecorded, ActivityRestored, ActivityWithdrawn, Assignment
from dossier.contracts.base import Event
from dossier.contracts.common import Grant, GrantOrigin
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import (
    EarlyDeadlineAdded,
    EarlyDeadlineMade,
    ReviewDemanded,
    ReviewGiven,
    ReviewWaived,
)

DISTANCE = 7
"""Days between a deadline and its first early one, and between an early one and the next (DLN-03)."""
MOST_EARLY = 20
MOST_MADE = 100
"""Early deadlines that a deadline ever had, withdrawn ones too: each is looked at whenever it moves or is done."""
MOST_DAYS = 3660
"""Ten years: farther before a deadline is a typing error."""


def is_deadline(state: Activity) -> bool:
    """Whether its type says so (DLN-01)."""
    return state.facts.activity_type in DEADLINES


def next_distance(standing: Iterable[EarlyDeadlineAdded]) -> int:
    """How many days before the deadline the next early one after these is, if nobody says otherwise (DLN-03)."""
    return max((early.days_before for early in standing), default=0) + DISTANCE


def add_early(
    state: Activity, wanted: Sequence[EarlyDeadlineAdded], standing: Collection[EarlyDeadlineAdded]
) -> Sequence[Event]:
    """Let a deadline have early ones; those it has already are left out. `standing` are those not withdrawn.

    Raises RuleViolation DLN-03 if it is no open deadline, or an early one itself, or there would be too many.
    """
    new = [early for early in wanted if early not in state.task.early]
    if not new:
        return []
    if state.task.early_of is not None:
        raise RuleViolation("DLN-03", "an early deadline has no early ones itself", "early")
    if not is_deadline(state) or state.completed_on is not None:
        raise RuleViolation("DLN-03", "only an open deadline has early ones", "early")
    if len(standing) + len(new) > MOST_EARLY:
        raise RuleViolation("DLN-03", f"a deadline has at most {MOST_EARLY} early ones", "early")
    if len(state.task.early) + len(new) > MOST_MADE:
        raise RuleViolation("DLN-03", f"a deadline has at most {MOST_MADE} early ones with withdrawn ones", "early")
    taken = {early.early for early in state.task.early}
    for place, early in enumerate(wanted):
        if early in new and early.early in taken:
            raise RuleViolation("ACT-ID", "an early deadline of it has this id", f"early.{place}.id")
        taken.add(early.early)
    return new


def early_one(
    deadline: ActivityRecorded, due_on: date | None, title: str | None, author: str | None
) -> ActivityRecorded:
    """The early deadline as it enters the history: links, rights and responsible users of the deadline now (DLN-03).

    It is called after the deadline unless somebody says otherwise, so that lists tell the two apart. The responsible
    users have no follow-up dates of their own yet. Who entered the deadline goes on seeing it.
    """
    people: dict[str, object] = {
        "responsible": deadline.responsible and Assignment(user=deadline.responsible.user),
        "further_responsible": tuple(Assignment(user=other.user) for other in deadline.further_responsible),
    }
    return deadline.model_copy(
        update={
            **people,
            "activity_type": None,
            "title": title or _called_after(deadline),
            "text": "",
            "text_cut": False,
            "text_object": None,
            "starts_at": None,
            "ends_at": None,
            "duration_minutes": None,
            "all_day": False,
            "due_on": due_on,
            "entered_by": author,
            "mail": None,
            "sighting": None,
            "grants": _with_author(deadline, author),
            "follow_up_of": None,
        }
    )


def next_title(early: Activity, deadline: Activity, next_one: ActivityRecorded) -> str | None:
    """What takes the place of this early deadline before the next occurrence is called; none: after that one.

    The title stays, unless it only followed the deadline's, or is hidden from some of those who will see the other.
    """
    begun = Activity(now=early_one(next_one, None, None, next_one.entered_by))
    is_open = early.readers is None or (begun.readers is not None and begun.readers <= early.readers)
    followed = {_called_after(facts) for facts in (deadline.recorded, deadline.now) if facts}
    if not is_open or not {*early.engagements} <= {*begun.engagements} or early.facts.title in followed:
        return None
    return early.facts.title


def make_early(state: Activity, draft: ActivityRecorded, made: EarlyDeadlineMade, field: str) -> Sequence[Event]:
    """Let the early deadline enter the history. Raises RuleViolation ACT-ID at `field` if its id is taken."""
    if state.recorded is None:
        return [draft, made]
    if state.task.early_of == made:
        return []
    raise RuleViolation("ACT-ID", "another activity has this id", field)


def follow(state: Activity, former: date | None, due_on: date, days_before: int) -> Sequence[Event]:
    """Move an early deadline with its deadline, unless it is completed, withdrawn or undated by hand (DLN-04).

    It moves by as many days; where it is not known when its deadline was due before, it is so many days before it. At
    the ends of the calendar it stays: to refuse its deadline's date would tell of early ones that are hidden (RGT-10).
    """
    own = state.facts.due_on
    if state.completed_on is not None or state.withdrawn or own is None:
        return []
    day, days = (due_on, -days_before) if former is None else (own, (due_on - former).days)
    return move_due(state, later_as_far_as_days_reach(day, days))


def complete_along(state: Activity, completed_on: date) -> Sequence[Event]:
    """Mark an early deadline done with its deadline, of which nothing is left to be reminded (DLN-04).

    One that was withdrawn, or that waits for a review of its own, stays as it is.
    """
    waits = state.is_reviewed and not state.task.is_approved
    return [] if state.withdrawn or waits else complete(state, completed_on)


def withdraw_early(state: Activity, reason: str, deadline: Activity) -> Sequence[Event]:
    """Say that an early deadline was entered in error, and when its deadline is due, so that it can follow later."""
    return [
        event.model_copy(update={"deadline_due_on": deadline.facts.due_on})
        for event in corrections.withdraw(state, reason)
    ]


def withdraw_along(state: Activity) -> Sequence[Event]:
    """Withdraw an early deadline with its deadline, before which there is nothing to be reminded of any more (DLN-03).

    What was done stays in the histories. The reason, which is the deadline's, is not told here, where others may read.
    """
    done = state.withdrawn or state.completed_on is not None
    return [] if done else [ActivityWithdrawn(with_deadline=True)]


def restore_along(state: Activity) -> Sequence[Event]:
    """Bring an early deadline back that went with its deadline; one that was withdrawn by itself stays so (DLN-03)."""
    went = state.withdrawal is not None and state.withdrawal.with_deadline
    return [ActivityRestored()] if went else []


def restore_early(
    state: Activity, reason: str, deadline: Activity, standing: Collection[EarlyDeadlineAdded]
) -> Sequence[Event]:
    """Say that an early deadline was withdrawn in error: it is where it would be if it had never been (DLN-04).

    It moved with its deadline as far as that moved meanwhile, and is done if that is done. `standing` are the other
    early ones. What this tells of the deadline, whoever sees the early one is told of by its moves, too.

    Raises RuleViolation DLN-03 if the deadline was withdrawn itself or has too many others, and DLN-04 if it has no
    date.
    """
    made, withdrawal = state.task.early_of, state.withdrawal
    if withdrawal is None or made is None:
        return []
    if deadline.withdrawn:
        raise RuleViolation("DLN-03", "its deadline was withdrawn; it comes back with that", "early_deadline_of")
    if (due_on := deadline.facts.due_on) is None:
        raise RuleViolation("DLN-04", "its deadline has no date that it could follow", "early_deadline_of")
    if len(standing) >= MOST_EARLY:
        raise RuleViolation("DLN-03", f"its deadline has {MOST_EARLY} early ones already", "early_deadline_of")
    back = ActivityRestored(reason=reason)
    restored = evolve(state, back)
    moved = follow(restored, withdrawal.deadline_due_on, due_on, made.days_before)
    done = complete_along(restored, deadline.completed_on) if deadline.completed_on else ()
    return [back, *moved, *done]


def demand_review(state: Activity, reviewer: str) -> Sequence[Event]:
    """Let a second person check the deadline; it is not done before (DLN-01)."""
    if not is_deadline(state):
        raise RuleViolation("DLN-01", "only a deadline is reviewed", "activity_type")
    return [] if state.task.reviewer == reviewer else [ReviewDemanded(reviewer=reviewer)]


def waive_review(state: Activity) -> Sequence[Event]:
    """Let nobody check it. Raises RuleViolation DLN-01 while its type asks for a review."""
    if state.task.reviewer is None:
        return []
    if state.facts.activity_type == REVIEWED_DEADLINE:
        raise RuleViolation("DLN-01", "its type asks for a review", "activity_type")
    return [ReviewWaived()]


def review(state: Activity, *, by: str, approved: bool, remark: str) -> Sequence[Event]:
    """Say whether document, date and description are right. Raises RuleViolation DLN-01 for all but the reviewer."""
    if state.task.reviewer is None or state.task.reviewer != by:
        raise RuleViolation("DLN-01", "only its reviewer checks the deadline", "reviewer")
    given = ReviewGiven(reviewer=by, approved=approved, remark=remark)
    return [] if state.task.review == given else [given]


def _called_after(deadline: ActivityRecorded) -> str:
    return f"Early deadline: {deadline.title}"[:TITLE_LIMIT]


def _with_author(deadline: ActivityRecorded, author: str | None) -> tuple[Grant, ...]:
    if deadline.visibility == "everyone" or deadline.entered_by in (None, author):
        return deadline.grants
    origin = GrantOrigin(kind="rule", id="early-deadline")
    return (*deadline.grants, Grant(to="user", id=deadline.entered_by or "", origin=origin))
