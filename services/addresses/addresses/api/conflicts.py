"""What a conflict tells of the changes that came in between: what the change log tells, without the values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from addresses.aggregates import ADDRESSES
from addresses.api.visible import shown_to
from dossier.auth.guard import caller_of
from dossier.commands import Aggregate
from dossier.http.changes import Told, changes_of
from dossier.http.problems import changes
from dossier.ids import split_stream
from dossier.store import ConflictError


def conflict_view(request: Request, error: ConflictError) -> list[dict[str, Any]]:
    """As everywhere, but of what the caller may not see only who and when: that something came is known anyway."""
    kinds: Mapping[str, Aggregate[Any]] = {aggregate.kind: aggregate for aggregate in ADDRESSES.values()}
    caller, aggregate = caller_of(request), kinds.get(split_stream(error.stream)[0])
    if caller is None or aggregate is None:
        return changes(request, error)
    since = {event.version for event in error.since}
    told = changes_of(aggregate, error.history, shown_to(caller))
    return [_change(each) for each in told if each.event.version in since]


def _change(told: Told) -> dict[str, Any]:
    change = {
        "actor": told.event.actor,
        "recorded_at": told.event.recordedtime,
        "commit": told.event.commitsequence,
    }
    if told.fields:
        change |= {"type": told.event.type, "fields": sorted({changed.field for changed in told.fields})}
    return change
