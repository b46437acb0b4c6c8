"""The task side of an activity: who is responsible, when it is due, whether it is done.

Task character comes from responsible, due and not completed alone; there is no separate flag (ACT-02).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from activities.domain.state import Activity
from activities.domain.types import DEADLINES
from dossier.contracts.activities import (
    ActivityCompleted,
    ActivityReopened,
    Assignment,
    DueMoved,
    FollowUpMoved,
    ResponsibleAssigned,
    ResponsibleRemoved,
)
from dossier.contracts.base import EARLIEST, Event
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import EarlyDeadlineAdded


def complete(state: Activity, completed_on: date) -> Sequence[Event]:
    """Mark the task done; it leaves the work lists and stays in every history (ACT-20).

    Raises RuleViolation DLN-01 before a second person has approved what is to be reviewed.
    """
    if state.completed_on is not None:
        return []
    if state.is_reviewed and not state.task.is_approved:
        raise RuleViolation("DLN-01", "it is not done before a second person has reviewed and approved it", "review")
    return [ActivityCompleted(completed_on=completed_on)]


def is_task(state: Activity) -> bool:
    """Whether somebody is responsible or it is due (ACT-02)."""
    return state.facts.due_on is not None or bool(state.assignments)


def reopen(state: Activity) -> Sequence[Event]:
    """Open the task again."""
    return [] if state.completed_on is None else [ActivityReopened()]


def assign(state: Activity, user: str, *, main: bool, follow_up_on: date | None) -> Sequence[Event]:
    """Make a user responsible, mainly (in place of the former main one) or further.

    Without a follow-up date the user keeps the one there may already be.
    """
    former = {assignment.user: assignment for assignment in state.assignments}.get(user)
    was_main = former is not None and former == state.facts.responsible
    wanted = Assignment(user=user, follow_up_on=follow_up_on or (former.follow_up_on if former else None))
    if former is None or was_main != main:
        return [ResponsibleAssigned(assignment=wanted, main=main)]
    return [] if former == wanted else [FollowUpMoved(user=user, follow_up_on=wanted.follow_up_on)]


def remove(state: Activity, user: str) -> Sequence[Event]:
    """Take a user off the responsible ones."""
    return [ResponsibleRemoved(user=user)] if any(user == other.user for other in state.assignments) else []


def move_follow_up(state: Activity, user: str, follow_up_on: date | None) -> Sequence[Event]:
    """Give a responsible user's own follow-up another date, or none. Raises RuleViolation ACT-02 for another user."""
    for assignment in state.assignments:
        if assignment.user == user:
            return (
                [] if assignment.follow_up_on == follow_up_on else [FollowUpMoved(user=user, follow_up_on=follow_up_on)]
            )
    raise RuleViolation("ACT-02", "only a responsible user has a follow-up date", "user")


def move_due(state: Activity, due_on: date | None, early: Collection[EarlyDeadlineAdded] = ()) -> Sequence[Event]:
    """Make the activity due on another day, or undated. Raises RuleViolation DLN-04 if `early` deadlines follow it.

    A deadline is never undated, with early ones or without (DLN-02), which is judged with all else that holds of it.
    """
    if due_on is None and early and state.facts.activity_type not in DEADLINES:
        raise RuleViolation("DLN-04", "its early deadlines follow its date", "on")
    return [] if state.facts.due_on == due_on else [DueMoved(due_on=due_on)]


def later(day: date, days: int, *, rule: str = "ACT-02", field: str = "due_on") -> date:
    """The day so many days later, or earlier if negative.

    Raises RuleViolation for a day outside the calendar, which begins where that of callers does.
    """
    number = day.toordinal() + days
    if not EARLIEST.toordinal() <= number <= date.max.toordinal():
        raise RuleViolation(rule, "this would be a day outside the calendar, which goes from 1900 to 9999", field)
    return date.fromordinal(number)


def later_as_far_as_days_reach(day: date, days: int) -> date:
    """The same for a day that follows another one, which is not to be refused for it: at most the calendar's ends."""
    number = day.toordinal() + days
    return date.fromordinal(max(EARLIEST.toordinal(), min(number, date.max.toordinal())))
