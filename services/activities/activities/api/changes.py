"""The change log of an activity: who changed what, when, from what to what (AUD-01)."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any

from fastapi import APIRouter

from activities.api.desk import AtDesk
from activities.domain.state import ENGAGEMENT_TYPES, Activity
from activities.handling import ACTIVITY
from dossier.auth.guard import require
from dossier.contracts import RecordedEvent
from dossier.contracts.activities import ActivityLinked, ActivityRecorded, EntryHidden, EntryPinned
from dossier.contracts.base import Id
from dossier.http.changes import Change, Shown, change_log
from dossier.http.models import Page
from dossier.http.paging import Paging
from dossier.http.writing import Store

router = APIRouter(prefix="/v1/activities/{id}", tags=["activities"])


@router.get("/changes", dependencies=[require("read")])
async def changes(id: Id, desk: AtDesk, store: Store, paging: Paging) -> Page[Change]:
    """The changes of the activity, newest first, for whoever may see it now (AUD-04).

    Engagements that the caller may not see leave no trace, nor does what concerned nothing else.
    """
    events = await desk.activities.events(id, desk.principal)
    unseen = await desk.activities.hidden(_named(events), desk.principal)
    return await change_log(store, ACTIVITY, id, paging, _shown(unseen))


def _named(events: Iterable[RecordedEvent]) -> set[str]:
    """The engagements that the activity was ever linked to, pinned at or hidden from."""
    named: set[str] = set()
    for recorded in events:
        match recorded.event():
            case ActivityRecorded() as event:
                named |= Activity(recorded=event, now=event).links
            case ActivityLinked() | EntryPinned() | EntryHidden() as event:
                named.add(event.object.stream)
            case _:
                pass
    return named


def _shown(unseen: Set[str]) -> Shown[Activity]:
    def shown(state: Activity) -> object:
        if state.now is None:
            return {}
        fields: dict[str, Any] = dict(state.now) | {"sighting": None, "sightings": state.sightings}
        for kind in ENGAGEMENT_TYPES:
            if f"{kind}-{fields[kind]}" in unseen:
                fields[kind] = None
        fields |= {name: fields[name] or None for name in ("all_day", "text_cut")}  # "no" is no news
        fields |= {"completed_on": state.completed_on, "withdrawn": state.withdrawn or None}
        for name in ("pinned_on", "hidden_on"):
            fields[name] = [place for place in getattr(state, name) if place.stream not in unseen]
        return fields

    return shown
