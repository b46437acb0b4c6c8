"""Corrections of an activity and of its place in histories, and taking back the last change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce

from activities import several
from activities.api.changes import told_to
from activities.api.correction_models import HideEntry, MoveActivity, Place, Why
from activities.api.desk import AtDesk, Desk
from activities.api.doubts import of_withdrawn
from activities.api.models import WarnedAnswer
from activities.api.moments import found
from activities.api.warnings import of_left, with_warnings
from activities.domain import corrections, linking, undoing
from activities.domain.state import Activity, evolve
from activities.handling import Decide, Prepare
from dossier.auth.guard import require
from dossier.contracts import RecordedEvent
from dossier.contracts.activities import (
    ActivityCompleted,
    ActivityLinked,
    ActivityRestored,
    ActivityUnlinked,
    ActivityWithdrawn,
    DueMoved,
    EntryHidden,
    EntryPinned,
    EntryShown,
    EntryUnpinned,
)
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import EarlyDeadlineAdded
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router

_BEGINNING = (ActivityLinked, EntryPinned, EntryHidden)
_ENDING = (ActivityUnlinked, EntryUnpinned, EntryShown)
_OF_BEING = (ActivityRestored, ActivityWithdrawn)
_OF_WITHDRAWN = (EntryHidden, EntryShown)
_NO_REASON = Why()

router = Router(
    prefix="/v1/activities/{id}", tags=["corrections"], dependencies=[require("write")], responses=responses(409)
)


@router.post("/withdraw")
async def withdraw(id: Id, desk: AtDesk, body: Why = _NO_REASON) -> WarnedAnswer:
    """Say that it was entered in error: it is on no page any more, and takes no command but to be hidden or restored.

    It stays to be read. A deadline takes its open early ones along. What is withdrawn already keeps its reason, which a
    warning says if that is another one.
    """
    commits = await desk.commit_prepared(id, several.withdrawing(body.reason), withdrawn_too=True)
    before = await found(commits[0], desk.store)
    return with_warnings(await desk.answer_of_all(commits), of_withdrawn(before, body.reason))


@router.post("/restore")
async def restore(id: Id, desk: AtDesk, body: Why = _NO_REASON) -> Answer:
    """Say that it was withdrawn in error; it is again wherever it was.

    A deadline brings the early ones back that went with it. An early one comes back to its place before its deadline
    as that is now, done if that is done; without one to follow it is refused (DLN-03, DLN-04).
    """
    return await desk.change_prepared(id, several.restoring(body.reason), withdrawn_too=True)


@router.post("/move")
async def move(id: Id, body: MoveActivity, desk: AtDesk) -> Answer:
    """Let it belong to another address instead, in one step."""
    await desk.check(id, {"to": body.to.stream})
    return await desk.change(id, lambda state: linking.move(state, body.former, body.to, body.reason))


@router.post("/pin")
async def pin(id: Id, body: Place, desk: AtDesk) -> Answer:
    """Let it stand out in an object's history, if and when that one shows it."""
    await desk.check(id, {"object": body.object.stream})
    return await desk.change(id, lambda state: corrections.pin(state, body.object))


@router.post("/unpin")
async def unpin(id: Id, body: Place, desk: AtDesk) -> Answer:
    """Let it stand out there no longer. Where it does not, or not for the caller to see, nothing changes."""
    return await _where_seen(id, body, desk, lambda state: corrections.unpin(state, body.object))


@router.post("/hide")
async def hide(id: Id, body: HideEntry, desk: AtDesk) -> Answer:
    """Do not show it in an object's history, whatever rule leads there. All others show it as before.

    What was withdrawn may be hidden before it is restored.
    """
    await desk.check(id, {"object": body.object.stream})
    return await desk.change(id, lambda state: corrections.hide(state, body.object, body.reason), withdrawn_too=True)


@router.post("/show")
async def show(id: Id, body: Place, desk: AtDesk) -> Answer:
    """Hide it there no longer. Where it is not hidden, or not for the caller to see, nothing changes."""
    return await _where_seen(id, body, desk, lambda state: corrections.show(state, body.object), withdrawn_too=True)


async def _where_seen(id: Id, place: Place, desk: Desk, decide: Decide, *, withdrawn_too: bool = False) -> Answer:
    unseen = await desk.activities.hidden([place.object.stream], desk.principal)
    return await desk.change(id, (lambda _: ()) if unseen else decide, withdrawn_too=withdrawn_too)


@router.post("/undo")
async def undo(id: Id, desk: AtDesk, body: Why = _NO_REASON) -> WarnedAnswer:
    """Take back the last change, the one that made the version in `If-Match`, by a change that says the opposite.

    Refused with a word where there is no opposite, and with 409 if something came after that version. A warning says
    if it is on no page then (ACT-01).
    """
    if desk.expected_commit is None:
        raise RuleViolation(
            "ACT-UNDO", 'the header `If-Match` says which change: the `ETag` of its answer, such as `"3"`', "If-Match"
        )
    opposite = await _opposite(id, body.reason, desk)
    for event in opposite:
        if isinstance(event, _BEGINNING):
            await desk.check(id, {"object": event.object.stream})
    for event in reversed(opposite):  # what an early deadline made up for when it came back goes with that
        if prepare := await _with_others(id, event, desk):
            return with_warnings(await desk.change_prepared(id, prepare, withdrawn_too=isinstance(event, _OF_BEING)))
    withdrawn_too = any(isinstance(event, _OF_WITHDRAWN) for event in opposite)
    committed = await desk.commit(id, lambda _: opposite, withdrawn_too=withdrawn_too)
    return with_warnings(desk.answer(committed), await of_left(committed, desk.store))


async def _with_others(identifier: str, event: Event, desk: Desk) -> Prepare | None:
    """What undoes with others: deadlines and their early ones, of which not all need be as they were before."""
    match event:
        case ActivityRestored():
            return several.restoring(event.reason)
        case ActivityWithdrawn():
            return several.withdrawing(event.reason)
        case ActivityCompleted():
            place = await desk.calendar_of(await desk.see(identifier))
            # Its day was accepted before, and is not judged by the day where somebody else is.
            return several.completing(identifier, event.completed_on, event.completed_on, place)
        case DueMoved():
            return several.moving(event.due_on)
        case _:
            return None


async def _opposite(identifier: str, reason: str, desk: Desk) -> Sequence[Event]:
    """What undoes the last commit; nothing if that is not the one that is meant, which the conflict then tells.

    Words are about what the change log tells the caller. For all else there is one refusal, in the same words as where
    there is no opposite.
    """
    recorded = await desk.activities.events(identifier, desk.principal)
    last = recorded[-1].commitsequence
    if last != desk.expected_commit:
        return []
    told = await told_to(desk.principal, recorded, desk.activities)
    _undone(told, last, reason)
    # Early deadlines that are hidden have no word in it: they stay done, as where it is reopened by hand.
    judged = [each for each in recorded if each.commitsequence == last or each.type != EarlyDeadlineAdded.event_type]
    try:
        opposite = _undone(judged, last, reason, await desk.activities.hidden_keywords(desk.principal))
    except RuleViolation:
        raise undoing.refused() from None
    places = [event.object.stream for event in opposite if isinstance(event, (*_BEGINNING, *_ENDING))]
    if not opposite or await desk.activities.hidden(places, desk.principal):
        raise undoing.refused()
    return opposite


def _undone(recorded: Sequence[RecordedEvent], last: int, reason: str, hidden: Collection[str] = ()) -> Sequence[Event]:
    """The opposite of what these events have in the last commit. Raises RuleViolation ACT-UNDO."""
    former = (each.event() for each in recorded if each.commitsequence < last)
    before = reduce(evolve, former, Activity())
    return undoing.undo(before, [each.event() for each in recorded if each.commitsequence == last], reason, hidden)
