"""What users and groups are called, wherever an answer gives their ids and somebody decides by it.

Names come from the own view, which is a moment behind: none is told of whom it does not know yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from pydantic import BaseModel

from activities.api.document_models import Warning
from activities.handling import Activities
from dossier.http.changes import Change
from dossier.ids import is_id


async def names_in(answer: object, activities: Activities) -> dict[str, str]:
    """The names of the users and groups whose ids stand anywhere in the answer, by id."""
    return await activities.called(_ids(answer))


async def name_changes(changes: Sequence[Change], activities: Activities) -> None:
    """Name in entries of a change log who it was, and whom it refers to."""
    names = await names_in(changes, activities)
    for change in changes:
        change.actor_name = names.get(_id_of(change.actor))
        change.names = {each: names[each] for each in sorted(set(_ids(change.fields))) if each in names}


async def name_warnings(warnings: Sequence[Warning], activities: Activities) -> None:
    """Name in warnings who it is."""
    names = await names_in(warnings, activities)
    for each in warnings:
        each.names = {id: names[id] for id in _ids(each.by) if id in names}


def _ids(value: object) -> Iterator[str]:
    match value:
        case str():
            if is_id(identifier := _id_of(value)):
                yield identifier
        case BaseModel():
            yield from _ids(dict(value))
        case Mapping():
            for part in cast("Mapping[str, object]", value).values():
                yield from _ids(part)
        case list() | tuple():
            for part in cast("Sequence[object]", value):
                yield from _ids(part)
        case _:
            pass


def _id_of(text: str) -> str:
    """The id of an actor (`user:…`); any other text as it is."""
    return text.rpartition(":")[2]
