"""The change log of an activity: who changed what, when, from what to what (AUD-01)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from typing import Any

from fastapi import Request

from activities.api.desk import AtDesk
from activities.api.naming import name_changes
from activities.api.shown import series_of
from activities.domain.documents import Document
from activities.domain.state import ENGAGEMENT_TYPES, Activity
from activities.domain.task_side import TaskSide
from activities.handling import ACTIVITY, Activities
from dossier.auth.guard import caller_of, require
from dossier.auth.principals import Principal
from dossier.contracts import RecordedEvent
from dossier.contracts.activities import (
    ActivityLinked,
    ActivityRecorded,
    EntryHidden,
    EntryPinned,
)
from dossier.contracts.base import Id
from dossier.contracts.tasks import EarlyDeadlineAdded, EarlyDeadlineMade, OccurrenceOpened, RecurrenceSet
from dossier.http.changes import Change, Shown, changes_of, changes_since, page_of
from dossier.http.models import Page
from dossier.http.paging import Paging
from dossier.http.problems import changes as changes_of_any
from dossier.http.routing import Router
from dossier.ids import split_stream, stream_id
from dossier.store import ConflictError

router = Router(prefix="/v1/activities/{id}", tags=["activities"])


@router.get("/changes", dependencies=[require("read")])
async def changes(id: Id, desk: AtDesk, paging: Paging) -> Page[Change]:
    """The changes of the activity, newest first, for whoever may see it now (AUD-04).

    Engagements and other activities that the caller may not see leave no trace, nor does what concerned nothing else.
    """
    events = await desk.activities.events(id, desk.principal)
    shown = await shown_to(desk.principal, events, desk.activities)
    page = page_of(ACTIVITY, id, events, paging, shown)
    await name_changes(page.items, desk.activities)
    return page


async def conflict_view(request: Request, error: ConflictError) -> list[dict[str, Any]]:
    """What a conflict tells of the changes that came in between: what the change log tells, without the values.

    What leaves no trace there leaves none here either, not even who it was and when.
    """
    caller, activities = caller_of(request), request.app.state.activities
    if caller is None or split_stream(error.stream)[0] != ACTIVITY.kind:
        return await changes_of_any(request, error)
    told = changes_since(ACTIVITY, error, await shown_to(caller, error.history, activities))
    return [change for change in told if "fields" in change]


async def told_to(caller: Principal, events: Sequence[RecordedEvent], activities: Activities) -> list[RecordedEvent]:
    """Those of all events of an activity that the change log tells the caller of."""
    shown = await shown_to(caller, events, activities)
    return [told.event for told in changes_of(ACTIVITY, events, shown) if told.fields]


async def shown_to(caller: Principal, events: Sequence[RecordedEvent], activities: Activities) -> Shown[Activity]:
    """What the caller may see of an activity that has this past."""
    return _shown(await activities.hidden(_named(events), caller) | await activities.hidden_keywords(caller))


def _named(events: Iterable[RecordedEvent]) -> set[str]:
    """What the activity ever had to do with and not everybody may see: engagements and other activities."""
    named: set[str] = set()
    for recorded in events:
        match recorded.event():
            case ActivityRecorded() as event:
                named |= Activity(recorded=event, now=event).links | _streams(event.follow_up_of)
            case ActivityLinked() | EntryPinned() | EntryHidden() as event:
                named.add(event.object.stream)
            case EarlyDeadlineAdded(early=other) | EarlyDeadlineMade(deadline=other) | OccurrenceOpened(activity=other):
                named |= _streams(other)
            case RecurrenceSet(previous=other):
                named |= _streams(other)
            case _:
                pass
    return named


def _streams(activity: str | None) -> set[str]:
    return {stream_id(ACTIVITY.kind, activity)} if activity else set()


def _shown(unseen: Set[str]) -> Shown[Activity]:
    def among(activity: str | None) -> str | None:
        return None if _streams(activity) & unseen else activity

    def shown(state: Activity) -> object:
        if state.now is None:
            return {}
        fields: dict[str, Any] = dict(state.now) | {"sighting": None, "sightings": state.sightings}
        for kind in ENGAGEMENT_TYPES:
            if f"{kind}-{fields[kind]}" in unseen:
                fields[kind] = None
        fields |= {name: fields[name] or None for name in ("all_day", "text_cut")}  # "no" is no news
        fields |= {"completed_on": state.completed_on, "withdrawn": state.withdrawn or None}
        fields["keywords"] = [keyword for keyword in state.now.keywords if keyword not in unseen]
        fields["follow_up_of"] = among(state.now.follow_up_of)
        for name in ("pinned_on", "hidden_on"):
            fields[name] = [place for place in getattr(state, name) if place.stream not in unseen]
        return fields | _of_task(state.task, among) | {"documents": [_document(each) for each in state.documents]}

    return shown


def _document(document: Document) -> dict[str, Any]:
    told = {"id": document.id, "name": document.name, "version": document.newest.number}
    return told | {"checked_out_by": list(document.checked_out_by), "removed": document.removed or None}


def _of_task(task: TaskSide, among: Callable[[str | None], str | None]) -> dict[str, Any]:
    recurs = task.recurrence
    return {
        "delegation": task.offer,
        "reviewer": task.reviewer,
        "review": task.review,
        "recurrence": recurs and recurs.model_copy(update={"previous": None, "series": series_of(recurs)}),
        "previous_occurrence": among(task.previous),
        "next_occurrence": among(task.following.activity if task.following else None),
        "early_deadlines": [each for each in task.early if among(each.early)],
        "early_deadline_of": task.early_of if task.early_of and among(task.early_of.deadline) else None,
    }
