"""Taking back the last change: nothing is erased, the opposite is added.

What undoes a change is a change itself, so that undoing twice brings the first one back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from activities.domain.attaching import found, restored
from activities.domain.keywords import with_hidden
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
from dossier.contracts.attachments import (
    DocumentAttached,
    DocumentCheckedIn,
    DocumentCheckedOut,
    DocumentRemoved,
    DocumentRenamed,
    DocumentRestored,
    DocumentVersionAdded,
)
from dossier.contracts.base import Event
from dossier.contracts.common import Reference
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import (
    DelegationAnswered,
    DelegationOffered,
    EarlyDeadlineAdded,
    OccurrenceOpened,
    RecurrenceSet,
    RecurrenceStopped,
    ReviewDemanded,
    ReviewGiven,
    ReviewWaived,
)

_NO_WORD = "the last change cannot be undone"
_INSTEAD: Mapping[type[Event], str] = {
    ActivityRecorded: "it was only recorded so far; withdraw it instead",
    DocumentAttached: "a document came; remove that instead",
    DocumentVersionAdded: "a version of a document came; add the former one again instead",
    DocumentCheckedOut: "a document was checked out; whoever did checks it in instead",
    DocumentCheckedIn: "a document was checked in; whoever did checks it out instead",
    DelegationOffered: "the task was offered; whoever did takes the offer back instead",
    DelegationAnswered: "an offer of the task ended; offer it again instead",
    ReviewDemanded: "a review is asked for since; change by hand what is to be as before",
    ReviewWaived: "the review was waived; ask for it again instead",
    ReviewGiven: "the reviewer said so; let that one say otherwise instead",
    EarlyDeadlineAdded: "an early deadline came; withdraw that instead",
    RecurrenceSet: "it recurs by this rule since; set the former one again, or stop it, instead",
    RecurrenceStopped: "it recurs no longer; set the recurrence again instead",
    OccurrenceOpened: "the next one was opened with it; withdraw that and reopen this instead",
}
"""What to do by hand in place of taking back what has no opposite, which a delivery of a mail has neither of."""


def refused(detail: str = _NO_WORD) -> RuleViolation:
    """The refusal, which tells nothing of the change unless that is said."""
    return RuleViolation("ACT-UNDO", detail, "If-Match")


def undo(before: Activity, events: Sequence[Event], reason: str, hidden: Collection[str] = ()) -> Sequence[Event]:
    """The opposite of these events, which all came with the last change, the last of them first.

    Keywords that are `hidden` from who undoes it stay as they are (KEY-06); there may be nothing else to undo. Raises
    RuleViolation ACT-UNDO for what has no opposite, with what to do instead where there is something.
    """
    undone: list[Sequence[Event]] = []
    for event in events:
        undone.append(_opposite(before, event, reason, hidden))
        before = evolve(before, event)
    return [event for opposite in reversed(undone) for event in opposite]


def _opposite(before: Activity, event: Event, reason: str, hidden: Collection[str]) -> Sequence[Event]:
    match event:
        case ActivityCorrected():
            return _opposite_of_fields(before, event, reason, hidden)
        case ActivityLinked() | ActivityUnlinked():
            return [_opposite_link(before, event, reason)]
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
        case DocumentRenamed():
            return [DocumentRenamed(document=event.document, name=found(before, event.document).name)]
        case DocumentRemoved():
            return [restored(found(before, event.document), reason)]
        case DocumentRestored():
            return [DocumentRemoved(document=event.document, reason=reason)]
        case _:
            return _opposite_of_correction(event, reason)


def _opposite_of_fields(
    before: Activity, event: ActivityCorrected, reason: str, hidden: Collection[str]
) -> Sequence[Event]:
    former = {name: getattr(before.facts, name) for name in event.changes.model_fields_set}
    if (there := event.changes.keywords) is not None:
        shown = tuple(keyword for keyword in before.facts.keywords if keyword not in hidden)
        former["keywords"] = with_hidden(shown, there, hidden)
        if former["keywords"] == there:
            del former["keywords"]
    return [ActivityCorrected(changes=ActivityChanges(**former), reason=reason)] if former else []


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
        case _:
            raise refused(_INSTEAD.get(type(event), _NO_WORD))


def _opposite_link(before: Activity, event: ActivityLinked | ActivityUnlinked, reason: str) -> Event:
    primary = before.facts.address
    if isinstance(event, ActivityUnlinked):
        was_primary = primary is not None and address_of(event.object) == primary
        return ActivityLinked(object=event.object, primary=was_primary, reason=reason)
    if not event.primary or primary is None:
        return ActivityUnlinked(object=event.object, reason=reason)
    if event.object.stream in before.links:  # it only became the primary one
        return ActivityLinked(object=Reference(type=primary.type, id=primary.id), primary=True, reason=reason)
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
