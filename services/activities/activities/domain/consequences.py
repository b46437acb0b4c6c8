"""What follows from a decision, whichever it was: what it makes void, and what the outcome may not be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce

from activities.domain.deadlines import is_deadline
from activities.domain.state import Activity, evolve
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import DelegationAnswered, ReviewDemanded

REVIEWED = ("activity_type", "title", "text", "text_object", "occurred_on", "due_on")
"""Fields that a review is about, beside the documents: who approved them has not approved others."""


def settled(state: Activity, events: Sequence[Event]) -> Sequence[Event]:
    """The events with what follows from them. Raises RuleViolation DLN-01, DLN-02 or DLN-03 for what no deadline is."""
    if not events:
        return events
    after = reduce(evolve, events, state)
    _checked(state, after)
    return [*events, *_lapsed(state, after), *_reviewed_anew(state, after)]


def check_reviewed(before: Activity, events: Sequence[Event], tokens: Collection[str]) -> None:
    """Raise RuleViolation DLN-01 if by this no second person would review it, as a caller with these tokens has it.

    Nobody becomes the reviewer who was mainly responsible since it is to be reviewed, and who was responsible at all
    not by oneself.
    """
    if not events or before.now is None or not before.is_reviewed:
        return
    after = reduce(evolve, events, before)
    reviewer = after.task.reviewer
    if reviewer is not None and reviewer != before.task.reviewer:
        by_oneself = reviewer in before.did and f"user:{reviewer}" in tokens
        if by_oneself or reviewer in before.led:
            raise RuleViolation("DLN-01", "who is or was responsible for it does not become its reviewer", "reviewer")
    _check_freed(before, after, tokens)


def _check_freed(before: Activity, after: Activity, tokens: Collection[str]) -> None:
    """Raise RuleViolation DLN-01 if a caller with these tokens, who did the work, would be rid of the second person.

    Who is responsible, or was since it is to be reviewed, and not the reviewer neither waives the review, nor takes the
    type away that asks for it, nor asks somebody else after the reviewer did not approve. The reviewer, and whoever has
    no part in it, may.
    """
    task, did = before.task, {f"user:{user}" for user in before.did}
    refused = task.review is not None and not task.review.approved
    if after.is_reviewed and not (refused and after.task.reviewer != task.reviewer):
        return
    if (did - {f"user:{task.reviewer}"}).isdisjoint(tokens):
        return
    field = "reviewer" if after.facts.activity_type == before.facts.activity_type else "activity_type"
    raise RuleViolation(
        "DLN-01", "who is or was responsible is not freed of the review by oneself: the reviewer can", field
    )


def _checked(before: Activity, after: Activity) -> None:
    """Raise RuleViolation. What has a type since before that type was a deadline's may lack what it always lacked."""
    reviewer = after.task.reviewer
    if reviewer is not None and reviewer == _main(after):
        field = "responsible" if reviewer == before.task.reviewer else "reviewer"
        raise RuleViolation("DLN-01", "a second person reviews it, not who is mainly responsible for it", field)
    if not is_deadline(after):
        return
    became = before.now is None or not is_deadline(before)
    if became and after.task.early_of is not None:
        raise RuleViolation(
            "DLN-03", "an early deadline is no deadline itself: nothing passes through it", "activity_type"
        )
    for field in ("due_on", "responsible"):
        if (became or getattr(before.facts, field) is not None) and getattr(after.facts, field) is None:
            raise RuleViolation("DLN-02", "a deadline has a due date and somebody mainly responsible", field)


def _lapsed(before: Activity, after: Activity) -> Sequence[Event]:
    """An offer to take the task over is void once it is done or somebody else is responsible (DLG-02)."""
    stands = after.task.offer is not None and after.completed_on is None and _main(after) == _main(before)
    return [] if stands or after.task.offer is None else [DelegationAnswered(by=None, answer="lapsed")]


def _reviewed_anew(before: Activity, after: Activity) -> Sequence[Event]:
    """What was approved and is otherwise now is to be reviewed again (DLN-01)."""
    if not before.task.is_approved or not after.task.is_approved or after.task.reviewer is None:
        return []
    return [ReviewDemanded(reviewer=after.task.reviewer)] if _reviewed(before) != _reviewed(after) else []


def _reviewed(state: Activity) -> tuple[object, ...]:
    """What a review is about: date, description and documents, as they are now."""
    documents = tuple((each.id, each.newest.file.sha256) for each in state.documents if not each.removed)
    return (*(getattr(state.facts, field) for field in REVIEWED), documents)


def _main(state: Activity) -> str | None:
    main = state.now.responsible if state.now else None
    return main.user if main else None
