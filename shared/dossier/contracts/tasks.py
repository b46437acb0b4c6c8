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
    """The offer was accepted (the user becomes responsible in the same commit), declined, or taken back by `by`."""

    by: Id
    answer: Literal["accepted", "declined", "withdrawn"]
    reason: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class EarlyDeadlineMade(Event):
    """This activity is an early deadline of another one, so many days before it (DLN-03).

    It follows `ActivityRecorded` in the first commit of its stream.
    """

    deadline: Id
    days_before: Count


@event("activities")
class ReviewDemanded(Event):
    """The deadline is not done before `reviewer`, a second person, has checked it (DLN-01)."""

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

    `rule` is a checked RRULE whose `starts_on` is the due date of the first occurrence; `series` is shared by all
    occurrences, `occurrence` counts from 1.
    """

    rule: str = Field(max_length=500)
    series: Id
    starts_on: date
    occurrence: Count


@event("activities")
class RecurrenceStopped(Event):
    """Completing the task opens no further one."""
