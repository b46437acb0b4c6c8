"""What work lists answer."""

from __future__ import annotations

from typing import Literal

from dossier.contracts.activities import ActivityKind, Priority
from histories.api.models import Day, Mark, Moment, Reference, Shown

Section = Literal["overdue", "today", "coming", "undated", "completed"]
"""Where an item stands, as days are where the reader is; what is due on a day is overdue on the next."""


class EarlyOf(Shown):
    """A deadline that the reader sees."""

    id: str
    title: str


class WorkItem(Shown):
    """An activity on the work list of `user`, none if nobody is responsible for it, under the day `on`."""

    id: str
    user: Reference | None
    on: Day | None
    section: Section
    kind: ActivityKind
    activity_type: str | None
    title: str
    priority: Priority
    due_on: Day | None
    follow_up_on: Day | None
    completed_on: Day | None
    responsible: Reference | None
    further_responsible: list[Reference]
    entered_by: Reference | None
    primary_address: Reference | None
    project: Reference | None
    early_deadline_of: EarlyOf | None
    marks: list[Mark]
    recorded_at: Moment
    version: int
    """The activity's version that is shown."""


class WorkList(Shown):
    """One page of a work list. `today` is the reader's; `until` the last day of the list, none if it has no end."""

    today: Day
    until: Day | None
    items: list[WorkItem]
    next: str | None


class TeamReference(Shown):
    """A group whose members' lists the reader sees."""

    group: Reference
    members: list[Reference]


class WorkListsOverview(Shown):
    """Which lists there are for the reader."""

    today: Day
    mine: bool
    """Whether anything open is on the reader's own list (ACT-05)."""
    waiting: bool
    offered: bool
    """Whether anything is offered to the reader (DLG-01)."""
    reviews: bool
    """Whether the reader is to approve anything (DLN-01)."""
    nobody: bool
    """Whether anything is due that nobody is responsible for."""
    represents: list[Reference]
    """Users whom the reader stands in for today, whose lists are open to the reader (NOT-17)."""
    teams: list[TeamReference]
