"""The task side of an activity beyond dates and completion: offered to whom, checked by whom, what it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dossier.contracts.tasks import (
    DelegationAnswered,
    DelegationOffered,
    EarlyDeadlineAdded,
    EarlyDeadlineMade,
    OccurrenceOpened,
    RecurrenceSet,
    RecurrenceStopped,
    ReviewDemanded,
    ReviewGiven,
    ReviewWaived,
)

TaskEvent = (
    DelegationOffered
    | DelegationAnswered
    | EarlyDeadlineMade
    | EarlyDeadlineAdded
    | ReviewDemanded
    | ReviewWaived
    | ReviewGiven
    | RecurrenceSet
    | RecurrenceStopped
    | OccurrenceOpened
)


@dataclass(frozen=True, kw_only=True)
class TaskSide:
    """The task side as it stands.

    `offer` is the delegation that waits for an answer. `review` is what the reviewer said last of the deadline as it
    stands, none until then. `early_of` says whose early deadline this is, `early` which ones it has itself.
    `recurrence` is how it recurs, none if it does not (any more); `following` is the occurrence that completing it
    opened, `previous` the one before it.
    """

    offer: DelegationOffered | None = None
    reviewer: str | None = None
    review: ReviewGiven | None = None
    early_of: EarlyDeadlineMade | None = None
    early: tuple[EarlyDeadlineAdded, ...] = ()
    recurrence: RecurrenceSet | None = None
    following: OccurrenceOpened | None = None
    previous: str | None = None

    @property
    def is_approved(self) -> bool:
        """Whether the reviewer approved it as it stands."""
        return self.review is not None and self.review.approved

    @property
    def asked(self) -> frozenset[str]:
        """Users who are asked for something, and see the activity for that: to take it over, or to check it."""
        users = (self.offer.to if self.offer else None, self.reviewer)
        return frozenset(f"user:{user}" for user in users if user is not None)


def evolve(state: TaskSide, event: TaskEvent) -> TaskSide:
    """The task side after the event."""
    match event:
        case DelegationOffered():
            return replace(state, offer=event)
        case DelegationAnswered():
            return replace(state, offer=None)
        case ReviewDemanded():
            return replace(state, reviewer=event.reviewer, review=None)
        case ReviewWaived():
            return replace(state, reviewer=None, review=None)
        case ReviewGiven():
            return replace(state, review=event)
        case EarlyDeadlineMade():
            return replace(state, early_of=event)
        case EarlyDeadlineAdded():
            return replace(state, early=(*state.early, event))
        case RecurrenceSet():
            return replace(state, recurrence=event, previous=state.previous or event.previous)
        case RecurrenceStopped():
            return replace(state, recurrence=None)
        case OccurrenceOpened():
            return replace(state, following=event)
