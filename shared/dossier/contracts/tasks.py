"""Events of an activity's task side beyond dates and completion. Topic `crm.activities`, stream `activity-…`.

Who is responsible, when it is due and when it was done is told in `activities`.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from dossier.contracts.base import Count, Event, Id, Personal, event


@event("activities")
class DelegationOffered(Event):
    """The main responsible user's task was offered to another user, who is not responsible before accepting."""

    to: Id
    by: Id
    note: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class DelegationAnswered(Event):
    """The offer was accepted (the user becomes responsible in the same commit), declined, or taken back by `by`.

    It lapsed, by nobody, if the task was done or given to somebody else meanwhile.
    """

    by: Id | None
    answer: Literal["accepted", "declined", "withdrawn", "lapsed"]
    reason: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class EarlyDeadlineMade(Event):
    """This activity is an early deadline of another one, so many days before it (DLN-03).

    It follows `ActivityRecorded` in the first commit of its stream.
    """

    deadline: Id
    days_before: Count


@event("activities")
class EarlyDeadlineAdded(Event):
    """The deadline has an early one, so many days before it, made in the same transaction (DLN-03).

    From now on it moves with the deadline until it is completed (DLN-04).
    """

    early: Id
    days_before: Count


@event("activities")
class ReviewDemanded(Event):
    """The deadline is not done before `reviewer`, a second person, has checked it (DLN-01).

    It comes again when what was approved has changed.
    """

    reviewer: Id


@event("activities")
class ReviewWaived(Event):
    """No review is needed any more."""


@event("activities")
class ReviewGiven(Event):
    """The reviewer checked the deadline; without approval it stays open."""

    reviewer: Id
    approved: bool
    remark: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class RecurrenceSet(Event):
    """The task recurs: completing it opens the next one, and exactly that (ACT-18).

    `rule` is a checked RRULE that says all by itself; it holds from `starts_on`, the day of an occurrence. `occurs_on`
    is this one's day by the rule, whatever becomes of its due date. `series` is the first occurrence's id, shared by
    all; `occurrence` counts from 1.
    """

    rule: str = Field(max_length=500)
    series: Id
    starts_on: date
    occurrence: Count
    occurs_on: date
    previous: Id | None = None


@event("activities")
class OccurrenceOpened(Event):
    """Completing the task opened the next one of its series, in the same transaction; it never opens another."""

    activity: Id
    occurs_on: date


@event("activities")
class RecurrenceStopped(Event):
    """Completing the task opens no further one."""
