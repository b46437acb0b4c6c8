"""How things stood when a command was first carried out: sent again, it is warned of what it was warned of then.

Only what those who call may see, and what others may, is always of the present.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import reduce

from activities.api.desk import Desk
from activities.domain.state import Activity, evolve
from dossier.contracts import RecordedEvent
from dossier.ids import stream_id
from dossier.store import CommitStore, Committed


async def found(committed: Committed, store: CommitStore) -> Activity:
    """The activity as the command found it."""
    events = (await store.history(committed.stream)).events
    return _folded(each for each in events if each.version < committed.first)


async def left(committed: Committed, store: CommitStore) -> Activity:
    """The activity as the command left it."""
    events = (await store.history(committed.stream)).events
    return _folded(each for each in events if each.version <= committed.last)


async def others(identifiers: Iterable[str], committed: Committed, desk: Desk) -> dict[str, Activity]:
    """Those of these activities that the caller may see, as they stood with the commit."""
    seen = await desk.activities.seen(identifiers, desk.principal)
    if not committed.replayed:
        return seen
    histories = {id: (await desk.store.history(stream_id("activity", id))).events for id in seen}
    then = {
        id: _folded(each for each in events if each.recordedtime <= committed.recorded_at)
        for id, events in histories.items()
    }
    return {id: state for id, state in then.items() if state.now is not None}


async def today(committed: Committed, desk: Desk) -> date:
    """The date where the caller is, on the day of the command."""
    if not committed.replayed:
        return await desk.activities.today(desk.principal)
    zone = await desk.activities.zone(desk.principal.user)
    return datetime.fromisoformat(committed.recorded_at).astimezone(zone).date()


def _folded(events: Iterable[RecordedEvent]) -> Activity:
    return reduce(evolve, (each.event() for each in events), Activity())
