"""What reminders need to know of an activity, folded from its events with the versions that set each date."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from dossier.contracts.activities import (
    ActivityCompleted,
    ActivityRecorded,
    ActivityReopened,
    Assignment,
    DueMoved,
    FollowUpMoved,
    ResponsibleAssigned,
    ResponsibleRemoved,
)
from dossier.contracts.base import Event


@dataclass(frozen=True)
class Dated:
    """A date and the version of the activity that set it."""

    on: date | None
    version: int


@dataclass(frozen=True)
class Responsible:
    """A responsible user: since which version, mainly or further, with an own follow-up date."""

    since: int
    main: bool
    follow_up: Dated


@dataclass(frozen=True)
class Task:
    """The task side of an activity (ACT-02). `open_since` is the version since which it is open, none while done."""

    open_since: int | None = 0
    due: Dated = Dated(None, 0)
    responsible: dict[str, Responsible] = field(default_factory=dict[str, Responsible])


def evolve(task: Task, event: Event, version: int) -> Task:
    """Apply the event with that version; events that concern no date leave the task as it is."""
    match event:
        case ActivityRecorded():
            task = Task(open_since=version, due=Dated(event.due_on, version))
            if event.responsible is not None:
                task = _assigned(task, event.responsible, version, main=True)
            for further in event.further_responsible:
                task = _assigned(task, further, version, main=False)
            return task
        case DueMoved():
            return replace(task, due=Dated(event.due_on, version))
        case ActivityCompleted():
            return replace(task, open_since=None)
        case ActivityReopened():
            return replace(task, open_since=version)
        case ResponsibleAssigned():
            return _assigned(task, event.assignment, version, main=event.main)
        case ResponsibleRemoved():
            return replace(task, responsible=_without(task, event.user))
        case FollowUpMoved() if event.user in task.responsible:
            moved = replace(task.responsible[event.user], follow_up=Dated(event.follow_up_on, version))
            return replace(task, responsible={**task.responsible, event.user: moved})
        case _:
            return task


def _assigned(task: Task, assignment: Assignment, version: int, *, main: bool) -> Task:
    former = task.responsible.get(assignment.user)
    follow_up = Dated(assignment.follow_up_on, version)
    if former is not None and former.follow_up.on == assignment.follow_up_on:
        follow_up = former.follow_up
    user = Responsible(former.since if former else version, main, follow_up)
    others = {name: other for name, other in _without(task, assignment.user).items() if not (main and other.main)}
    return replace(task, responsible={**others, assignment.user: user})


def _without(task: Task, user: str) -> dict[str, Responsible]:
    return {name: other for name, other in task.responsible.items() if name != user}
