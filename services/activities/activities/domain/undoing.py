"""Taking back the last change: nothing is erased, the opposite is added.

What undoes a change is a change itself, so that undoing twice brings the first one back.
"""

from __future__ import annotations

from collections.abc import Sequence

from activities.domain.state import Activity, address_of, evolve
from dossier.contracts.activities import (
    ActivityChanges,
    ActivityCompleted,
    ActivityCorrected,
    ActivityLinked,
    ActivityRecorded,
    ActivityReopened,
    ActivityRestored,
    ActivityUnlinked,
    ActivityWithdrawn,
    DueMoved,
    EntryHidden,
    EntryPinned,
    EntryShown,
    EntryUnpinned,
    FollowUpMoved,
    GrantsAdded,
    GrantsRevoked,
    ResponsibleAssigned,
    ResponsibleRemoved,
    VisibilityChanged,
)
from dossier.contracts.base import Event
from dossier.contracts.common import Reference
from dossier.contracts.rules import RuleViolation


def refused() -> RuleViolation:
    """The refusal that tells nothing of the change: there is no opposite, or none that the caller may hear of."""
    return RuleViolation("ACT-UNDO", "the last change cannot be undone", "If-Match")


def undo(before: Activity, events: Sequence[Event], reason: str) -> Sequence[Event]:
    """The opposite of these events, which all came with the last change, the last of them first.

    Raises RuleViolation ACT-UNDO for what has no opposite: that it was recorded, the delivery of a mail, what others
    have gone on from.
    """
    undone: list[Sequence[Event]] = []
    for event in events:
        undone.append(_opposite(before, event, reason))
        before = evolve(before, event)
    return [event for opposite in reversed(undone) for event in opposite]


def _opposite(before: Activity, event: Event, reason: str) -> Sequence[Event]:
    match event:
        case ActivityCorrected():
            former = {name: getattr(before.facts, name) for name in event.changes.model_fields_set}
            return [ActivityCorrected(changes=ActivityChanges(**former), reason=reason)]
        case ActivityLinked() | ActivityUnlinked():
            return [_opposite_link(before, event, reason)]
        case DueMoved() if before.task.early:
            raise RuleViolation("ACT-UNDO", "its early deadlines moved with it; move the date back instead", "due_on")
        case DueMoved():
            return [DueMoved(due_on=before.facts.due_on)]
        case ActivityCompleted() if before.task.early:
            raise RuleViolation(
                "ACT-UNDO", "its early deadlines were completed with it; reopen it and them instead", "completed_on"
            )
        case ActivityCompleted():
            return [ActivityReopened()]
        case ActivityReopened() if before.completed_on is not None:
            return [ActivityCompleted(completed_on=before.completed_on)]
        case ResponsibleAssigned() | ResponsibleRemoved() | FollowUpMoved():
            return _opposite_of_people(before, event)
        case VisibilityChanged():
            return [VisibilityChanged(visibility=before.facts.visibility)]
        case GrantsAdded():
            return [GrantsRevoked(grants=event.grants)]
        case GrantsRevoked():
            return [GrantsAdded(grants=event.grants)]
        case _:
            return _opposite_of_correction(event, reason)


def _opposite_of_correction(event: Event, reason: str) -> Sequence[Event]:
    match event:
        case ActivityWithdrawn():
            return [ActivityRestored(reason=reason)]
        case ActivityRestored():
            return [ActivityWithdrawn(reason=reason)]
        case EntryPinned():
            return [EntryUnpinned(object=event.object)]
        case EntryUnpinned():
            return [EntryPinned(object=event.object)]
        case EntryHidden():
            return [EntryShown(object=event.object)]
        case EntryShown():
            return [EntryHidden(object=event.object, reason=reason)]
        case ActivityRecorded():
            raise RuleViolation("ACT-UNDO", "it was only recorded so far; withdraw it instead", "If-Match")
        case _:
            raise refused()


def _opposite_link(before: Activity, event: ActivityLinked | ActivityUnlinked, reason: str) -> Event:
    primary = before.facts.address
    if isinstance(event, ActivityUnlinked):
        return ActivityLinked(object=event.object, primary=primary is not None and address_of(event.object) == primary)
    if not event.primary or primary is None:
        return ActivityUnlinked(object=event.object, reason=reason)
    if event.object.stream in before.links:  # it only became the primary one
        return ActivityLinked(object=Reference(type=primary.type, id=primary.id), primary=True)
    return ActivityUnlinked(object=event.object, new_primary=primary, reason=reason)


def _opposite_of_people(
    before: Activity, event: ResponsibleAssigned | ResponsibleRemoved | FollowUpMoved
) -> Sequence[Event]:
    """Whoever was responsible is so again, as before: the user it was about, and the main one who had to yield."""
    user = event.assignment.user if isinstance(event, ResponsibleAssigned) else event.user
    main = before.facts.responsible
    former = next((each for each in before.assignments if each.user == user), None)
    if isinstance(event, FollowUpMoved):
        return [FollowUpMoved(user=user, follow_up_on=former.follow_up_on if former else None)]
    yielded = main if isinstance(event, ResponsibleAssigned) and event.main else None
    again = [] if former is None or former == main else [ResponsibleAssigned(assignment=former, main=False)]
    if main is not None and (former == main or yielded):
        return [ResponsibleAssigned(assignment=main, main=True), *again]
    return again or [ResponsibleRemoved(user=user)]
