"""The change log of an aggregate: who changed what, when and by which road, from what to what.

@router.get("/{id}/changes", dependencies=[require("read")])
async def changes(id: Id, store: Store, paging: Paging) -> Page[Change]:
    return await change_log(store, PROJECT, id, paging)

Nothing is written for it: the stream is folded, and what the state shows before and after each event is compared. Who
may not see everything gives `shown`, which makes of a state what the caller may see of it; an event that changes
nothing of that leaves no entry. What a conflict (409) tells comes of the same comparison (`changes_since`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar, cast

from pydantic import BaseModel, Field, JsonValue
from pydantic_core import to_jsonable_python

from dossier.commands import Aggregate
from dossier.contracts import Event, RecordedEvent
from dossier.contracts.rules import NotFound
from dossier.http.models import Page
from dossier.http.paging import PagingContext
from dossier.ids import stream_id
from dossier.store import CommitStore, ConflictError

S = TypeVar("S")
Shown = Callable[[S], object]
"""Makes of a state what the caller may see of it: a dataclass, or a mapping of names to values, with such in it."""
_BEGINNINGS = ("registered", "recorded", "created", "defined", "opened")
"""Under these names a state keeps the event that it began with, which is no field of it."""
_NOTHING: tuple[object, ...] = (None, "", [], {})


class FieldChange(BaseModel):
    """One field, from what to what; null is none. `item` is the id of the part of a list that the field belongs to."""

    field: str = Field(examples=["channels.value"])
    item: str | None = None
    before: JsonValue = None
    after: JsonValue = None


class Change(BaseModel):
    """One event as it changed what the caller may see. Times are RFC 3339 in UTC.

    `recorded_at` is when it was entered, `occurred_at` when it happened in the world. `channel` is the way it came in
    (user, import, mail, api, rule), `batch` the bulk change it belongs to, `reason` what was given as such. `names`
    says of ids in `fields` what they are called now, as far as that is known here and the caller may see it.
    """

    actor: str = Field(examples=["user:018f2f3a-0000-7000-8000-000000000001"])
    actor_name: str | None = Field(default=None, examples=["Anna Muster"])
    channel: str
    recorded_at: str
    occurred_at: str
    event: str = Field(examples=["crm.addresses.company-renamed"])
    batch: str | None = None
    reason: str | None = None
    fields: list[FieldChange]
    names: dict[str, str] = {}


@dataclass(frozen=True)
class Told:
    """An event and what it changed of what the caller may see."""

    event: RecordedEvent
    reason: str | None
    fields: list[FieldChange]


def everything(state: object) -> object:
    """For those who may see the whole state."""
    return state


async def change_log(
    store: CommitStore, aggregate: Aggregate[S], identifier: str, paging: PagingContext, shown: Shown[S] = everything
) -> Page[Change]:
    """The changes of an aggregate, newest first, a page at a time. Raises NotFound."""
    events = (await store.history(stream_id(aggregate.kind, identifier))).events
    if not events:
        raise NotFound(identifier)
    return page_of(aggregate, identifier, events, paging, shown)


def page_of(
    aggregate: Aggregate[S],
    identifier: str,
    events: Sequence[RecordedEvent],
    paging: PagingContext,
    shown: Shown[S] = everything,
) -> Page[Change]:
    """As `change_log`, of events that were read already: what rights were judged by is what is told."""
    of = ("changes", stream_id(aggregate.kind, identifier))
    position = paging.position(*of)
    told = [each for each in changes_of(aggregate, events, shown) if each.fields]
    older = [each for each in reversed(told) if position is None or each.event.version < position[0]]
    page = paging.page(older[: paging.limit + 1], lambda each: [each.event.version], *of)
    return Page(items=[_entry(each) for each in page.items], next=page.next)


def changes_of(
    aggregate: Aggregate[S], events: Sequence[RecordedEvent], shown: Shown[S] = everything
) -> Iterator[Told]:
    """Each event of a whole stream with what it changed, in order; without fields if it is none of the caller's."""
    state = aggregate.initial()
    before = _flat(shown(state))
    for recorded in events:
        event = recorded.event()
        state = aggregate.evolve(state, event)
        after = _flat(shown(state))
        yield Told(recorded, getattr(event, "reason", None) or None, _difference(before, after))
        before = after


def changes_since(aggregate: Aggregate[S], error: ConflictError, shown: Shown[S] = everything) -> list[dict[str, Any]]:
    """What a conflict tells: what the change log tells, without the values.

    Of what is none of the caller's only who and when: that something came is known anyway.
    """
    since = {event.version for event in error.since}
    return [_since(told) for told in changes_of(aggregate, error.history, shown) if told.event.version in since]


def _since(told: Told) -> dict[str, Any]:
    change: dict[str, Any] = {
        "actor": told.event.actor,
        "recorded_at": told.event.recordedtime,
        "commit": told.event.commitsequence,
    }
    if told.fields:
        change |= {"type": told.event.type, "fields": sorted({changed.field for changed in told.fields})}
    return change


_Place = tuple[str, str | None]


def _difference(before: Mapping[_Place, Any], after: Mapping[_Place, Any]) -> list[FieldChange]:
    return [
        FieldChange(field=place[0], item=place[1], before=before.get(place), after=after.get(place))
        for place in dict.fromkeys((*before, *after))
        if before.get(place) != after.get(place)
    ]


def _flat(shown: object) -> dict[_Place, Any]:
    """Every value by its place. What is empty counts as absent."""
    return {place: value for place, value in _values(shown, "", None) if value not in _NOTHING}


def _values(value: object, path: str, item: str | None) -> Iterator[tuple[_Place, Any]]:
    """The parts of a state (dataclasses and mappings) by field, the parts of a list by their ids, all else as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        yield from _parts(named, path, item)
    elif isinstance(value, Mapping):
        yield from _parts(cast("Mapping[str, object]", value), path, item)
    elif isinstance(value, (tuple, list)) and value and all(map(_id, cast("Sequence[object]", value))):
        for part in cast("Sequence[object]", value):
            yield from ((place, own) for place, own in _values(part, path, _id(part)) if place[0] != f"{path}.id")
    else:
        yield (path, item), to_jsonable_python(sorted(value) if isinstance(value, (set, frozenset)) else value)


def _parts(named: Mapping[str, object], path: str, item: str | None) -> Iterator[tuple[_Place, Any]]:
    for name, part in named.items():
        if name in _BEGINNINGS and isinstance(part, Event):
            continue
        yield from _values(part, f"{path}.{name}" if path else name, item)


def _id(part: object) -> str | None:
    """The id of a part of the state; values have none, whatever their fields are called."""
    if isinstance(part, Mapping):
        return cast("Mapping[str, Any]", part).get("id")
    return getattr(part, "id", None) if is_dataclass(part) else None


def _entry(told: Told) -> Change:
    recorded = told.event
    return Change(
        actor=recorded.actor,
        channel=recorded.channel,
        recorded_at=recorded.recordedtime,
        occurred_at=recorded.time,
        event=recorded.type,
        batch=recorded.batchid or None,
        reason=told.reason,
        fields=told.fields,
    )
