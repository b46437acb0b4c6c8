"""What reminders need to know of an activity, folded from its events with the versions that set each date."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from dossier.contracts.activities import (
    ActivityCompleted,
    ActivityRecorded,
    ActivityReopened,
    ActivityRestored,
    ActivityWithdrawn,
    DueMoved,
    FollowUpMoved,
    ResponsibleAssigned,
    ResponsibleRemoved,
)
from dossier.contracts.base import Event
from dossier.contracts.tasks import (
    DelegationAnswered,
    DelegationOffered,
    ReviewDemanded,
    ReviewGiven,
    ReviewWaived,
)


@dataclass(frozen=True)
class Dated:
    """A date, the version of the activity that set it, and when that was recorded."""

    on: date | None
    version: int
    set_at: datetime


@dataclass(frozen=True)
class Responsible:
    """A responsible user: since which version, mainly or further, with an own follow-up date."""

    since: int
    main: bool
    follow_up: Dated


@dataclass(frozen=True)
class Asked:
    """A user who is asked for an answer: by which version of the activity, and when that was recorded."""

    user: str
    version: int
    at: datetime


@dataclass(frozen=True)
class Task:
    """The task side of an activity (ACT-02). `open_since` is the version since which it is open, none while done.

    `standing_since` is the version since which it stands, none while it is withdrawn as entered in error.
    `offer` is who is asked to take it over, `review` who is asked to check it, both until they answered; the `reviewer`
    stays.
    """

    open_since: int | None = 0
    standing_since: int | None = 0
    due: Dated | None = None
    responsible: dict[str, Responsible] = field(default_factory=dict[str, Responsible])
    offer: Asked | None = None
    review: Asked | None = None
    reviewer: str | None = None

    @property
    def asked(self) -> frozenset[str]:
        """Users who see it because they are asked to take it over (DLG-03) or to review it."""
        users = (self.offer.user if self.offer else None, self.reviewer)
        return frozenset(user for user in users if user is not None)

    @property
    def concerned(self) -> frozenset[str]:
        """Users whom it may have something to tell."""
        return self.asked | self.responsible.keys()


def evolve(task: Task, event: Event, version: int, recorded_at: datetime) -> Task:
    """Apply the event with that version; events that concern nobody leave the task as it is."""

    def dated(on: date | None) -> Dated:
        return Dated(on, version, recorded_at)

    match event:
        case ActivityRecorded():
            task = Task(open_since=version, due=dated(event.due_on))
            if event.responsible is not None:
                task = _assigned(task, event.responsible.user, dated(event.responsible.follow_up_on), main=True)
            for further in event.further_responsible:
                task = _assigned(task, further.user, dated(further.follow_up_on), main=False)
            return task
        case DueMoved():
            return replace(task, due=dated(event.due_on))
        case ActivityCompleted():
            return replace(task, open_since=None)
        case ActivityReopened():
            return replace(task, open_since=version)
        case ActivityWithdrawn():
            return replace(task, standing_since=None)
        case ActivityRestored():
            return replace(task, standing_since=version)
        case ResponsibleAssigned():
            return _assigned(task, event.assignment.user, dated(event.assignment.follow_up_on), main=event.main)
        case ResponsibleRemoved():
            return replace(task, responsible=_without(task, event.user))
        case FollowUpMoved() if event.user in task.responsible:
            moved = replace(task.responsible[event.user], follow_up=dated(event.follow_up_on))
            return replace(task, responsible={**task.responsible, event.user: moved})
        case _:
            return _asked(task, event, version, recorded_at)


def _asked(task: Task, event: Event, version: int, recorded_at: datetime) -> Task:
    """What somebody is asked to do with it: to take it over, or to review it."""
    match event:
        case DelegationOffered():
            return replace(task, offer=Asked(event.to, version, recorded_at))
        case DelegationAnswered():
            return replace(task, offer=None)
        case ReviewDemanded():
            return replace(task, reviewer=event.reviewer, review=Asked(event.reviewer, version, recorded_at))
        case ReviewGiven():
            return replace(task, review=None)
        case ReviewWaived():
            return replace(task, reviewer=None, review=None)
        case _:
            return task


def _assigned(task: Task, user: str, follow_up: Dated, *, main: bool) -> Task:
    former = task.responsible.get(user)
    since = former.since if former else follow_up.version
    if former is not None and former.follow_up.on == follow_up.on:
        follow_up = former.follow_up
    others = {name: other for name, other in _without(task, user).items() if not (main and other.main)}
    return replace(task, responsible={**others, user: Responsible(since, main, follow_up)})


def _without(task: Task, user: str) -> dict[str, Responsible]:
    return {name: other for name, other in task.responsible.items() if name != user}
