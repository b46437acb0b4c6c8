"""Tasks that recur: completing one opens the next, and exactly that (ACT-18, ACT-22).

The next one is opened in the transaction that completes the task before it, which notes so: completing it twice, at
once, or again after reopening it opens no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from activities.domain import hours, tasks
from activities.domain.recurrence import Rule, parsed
from activities.domain.span import begins_on, is_within
from activities.domain.state import Activity
from dossier.contracts.activities import ActivityRecorded, Assignment
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import OccurrenceOpened, RecurrenceSet, RecurrenceStopped, ReviewDemanded


@dataclass(frozen=True)
class Following:
    """The next occurrence: its id, and its day by the rule."""

    activity: str
    occurs_on: date


def start_of(state: Activity) -> date:
    """The day from which a rule is to hold. Raises RuleViolation ACT-22 for what cannot recur."""
    if state.completed_on is not None or state.task.following is not None:
        field = "next_occurrence" if state.completed_on is None else "completed_on"
        raise RuleViolation("ACT-22", "only an open task without a next one can be made to recur", field)
    if state.task.early_of is not None:
        raise RuleViolation("ACT-22", "an early deadline comes with its deadline", "early_deadline_of")
    if state.facts.due_on is None:
        raise RuleViolation("ACT-22", "what recurs has a due date", "due_on")
    return state.facts.due_on


def recur(state: Activity, identifier: str, rule: Rule, upcoming: Sequence[date]) -> Sequence[Event]:
    """Let the task recur from its due date on: a series begins with it. The same again changes nothing.

    `upcoming` are the rule's first two days from then on. Raises RuleViolation ACT-22 if the due date is none of them,
    or the only one.
    """
    starts_on = start_of(state)
    if not upcoming or (len(upcoming) < 2 and upcoming[0] == starts_on):
        raise RuleViolation("ACT-22", "it would not come again", "rule")
    if upcoming[0] != starts_on:
        raise RuleViolation("ACT-22", f"the due date is no day of the rule; the next one is {upcoming[0]}", "due_on")
    wanted = RecurrenceSet(rule=rule.text, series=identifier, starts_on=starts_on, occurrence=1, occurs_on=starts_on)
    present = state.task.recurrence
    if present is not None and (present.rule, present.occurs_on) == (wanted.rule, starts_on):
        return []
    return [wanted]


def stop(state: Activity) -> Sequence[Event]:
    """Let completing the task open no other. Raises RuleViolation ACT-22 if it has done so already."""
    if state.task.following is not None:
        raise RuleViolation("ACT-22", "the next one is open: the series is stopped there", "next_occurrence")
    return [RecurrenceStopped()] if state.task.recurrence is not None else []


def awaited(state: Activity) -> RecurrenceSet | None:
    """How the task recurs, if completing it now is to open another one."""
    recurrence = state.task.recurrence
    if recurrence is None or state.completed_on is not None or state.task.following is not None:
        return None
    count = parsed(recurrence.rule).count
    return None if count is not None and recurrence.occurrence >= count else recurrence


def complete(state: Activity, completed_on: date, following: Following | None) -> Sequence[Event]:
    """Mark the task done, and note which one that opened. Raises as `tasks.complete`."""
    done = tasks.complete(state, completed_on)
    if not done or following is None:
        return done
    return [*done, OccurrenceOpened(activity=following.activity, occurs_on=following.occurs_on)]


def next_one(state: Activity, identifier: str, following: Following, place: tzinfo) -> Sequence[Event]:
    """How the next occurrence begins: as this one is now, due on its own day, with nothing done yet.

    Follow-up dates keep their distance to the due date, as far as days reach, and so do the hours, at the same time of
    day in this place; those that stayed on the day of the rule while only the due date moved go on from there. It is
    dated on its due day, or where its hours lie on others, on the first of these (CAL-02). Mail and follow-up link are
    left behind.
    """
    recurrence, facts = state.task.recurrence, state.facts
    if recurrence is None:
        raise RuleViolation("ACT-22", "it does not recur", "recurrence")
    due_on, begins = facts.due_on or recurrence.occurs_on, _begins(facts, place)
    days = (following.occurs_on - due_on).days
    since = recurrence.occurs_on if begins == recurrence.occurs_on else due_on
    draft = facts.model_copy(
        update={
            "occurred_on": following.occurs_on,
            "due_on": following.occurs_on,
            "responsible": facts.responsible and _moved(facts.responsible, days),
            "further_responsible": tuple(_moved(other, days) for other in facts.further_responsible),
            **hours.later(facts, (following.occurs_on - since).days, place),
            "mail": None,
            "sighting": None,
            "follow_up_of": None,
        }
    )
    if not is_within(draft, place):
        draft = draft.model_copy(update={"occurred_on": _begins(draft, place)})
    begun: list[Event] = [
        draft,
        recurrence.model_copy(
            update={
                "occurrence": recurrence.occurrence + 1,
                "occurs_on": following.occurs_on,
                "previous": identifier,
            }
        ),
    ]
    return [*begun, *([ReviewDemanded(reviewer=state.task.reviewer)] if state.task.reviewer else [])]


def _begins(facts: ActivityRecorded, place: tzinfo) -> date | None:
    return begins_on(facts.starts_at, place, all_day=facts.all_day) if facts.starts_at else None


def _moved(assignment: Assignment, days: int) -> Assignment:
    if assignment.follow_up_on is None:
        return assignment
    moved = tasks.later_as_far_as_days_reach(assignment.follow_up_on, days)
    return Assignment(user=assignment.user, follow_up_on=moved)
