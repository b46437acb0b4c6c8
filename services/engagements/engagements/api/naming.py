"""What things are called, wherever an answer gives their ids and somebody decides by it.

Beside one id stands `…_name`, beside several `names` by id; a reference to an address has an `alias`, one to an
engagement a `name`. Names of others' things come from the own view, which is a moment behind. None is told of what is
not known yet, nor of an engagement that the caller may not see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from pydantic import BaseModel

from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.http.after import After
from dossier.http.changes import Change
from dossier.http.writing import Store
from dossier.ids import is_id, stream_id
from dossier.naming import words
from dossier.store import CommitStore
from engagements import access, catalogue
from engagements.aggregates import INVOICE, OPPORTUNITY, PHASE, PROJECT, ROLE_TYPE, STATUS
from engagements.api.models import NamedAddress, NamedEngagement
from engagements.api.references import KnownStreams
from engagements.views.known import Known

M = TypeVar("M", bound=BaseModel)
Thing = tuple[str, str]
"""Kind and id; of a role its code."""
_OWN = (PROJECT, OPPORTUNITY, PHASE, INVOICE)
_LISTED = (STATUS.kind, ROLE_TYPE.kind)
_OTHERS = frozenset(("company", "person", "contact", "couple", "user", "group", "keyword"))
_ONE = {
    "leader": "user",
    "seller": "user",
    "project": PROJECT.kind,
    "opportunity": OPPORTUNITY.kind,
    "status": STATUS.kind,
    "role": ROLE_TYPE.kind,
}
"""Fields that hold an id, and of what."""
_SEVERAL = {"team": "user", "users": "user", "groups": "group", "keywords": "keyword"}


class Naming:
    """Tells one caller what things are called."""

    def __init__(self, store: CommitStore, known: Known, caller: Principal) -> None:
        self._store = store
        self._known = known
        self._caller = caller

    async def of(self, things: Iterable[Thing]) -> dict[Thing, str]:
        """Names, as far as they can be told."""
        wanted = set(things)
        own = {kind: [id for other, id in wanted if other == kind] for kind, _ in wanted}
        listed = [thing for thing in wanted if thing[0] in _LISTED]
        others = {stream_id(*thing): thing for thing in wanted if thing[0] in _OTHERS}
        labels, named, *engaged = await asyncio.gather(
            asyncio.gather(*map(self._label, listed)),
            self._known.names(others),
            *(self._titles(aggregate, own[aggregate.kind]) for aggregate in _OWN if aggregate.kind in own),
        )
        found = dict(zip(listed, labels, strict=True)) | {others[stream]: name for stream, name in named.items()}
        for titles in engaged:
            found |= titles
        return {thing: name for thing, name in found.items() if name}

    async def named(self, answer: M) -> M:
        """The answer, with names beside the ids in it."""
        await self.all([answer])
        return answer

    async def all(self, answers: list[M]) -> list[M]:
        """The same for several."""
        parts = [(part, place, thing) for each in answers for part in _parts(each) for place, thing in _things(part)]
        addresses = {stream_id(*thing) for part, _, thing in parts if isinstance(part, NamedAddress)}
        found, gone = await asyncio.gather(self.of(thing for _, _, thing in parts), self._known.deleted(addresses))
        for part, place, thing in parts:
            if isinstance(part, NamedAddress):
                part.deleted = stream_id(*thing) in gone
            if place == "names":
                getattr(part, place).update({thing[1]: found[thing]} if thing in found else {})
            else:
                setattr(part, place, found.get(thing))
        return answers

    async def changes(self, changes: Sequence[Change]) -> None:
        """Name in entries of a change log who it was, and what is referred to."""
        referred = [set(_referred(change)) for change in changes]
        actors = await self.users(change.actor for change in changes)
        found = await self.of(thing for things in referred for thing in things)
        for change, things in zip(changes, referred, strict=True):
            change.actor_name = actors.get(change.actor)
            change.names = {thing[1]: found[thing] for thing in sorted(things) if thing in found}

    async def users(self, actors: Iterable[str]) -> dict[str, str]:
        """The names of those actors who are users, by actor."""
        users = {actor: ("user", actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")}
        found = await self.of(users.values())
        return {actor: found[thing] for actor, thing in users.items() if thing in found}

    async def _titles(self, aggregate: Any, ids: Sequence[str]) -> dict[Thing, str]:
        found = await access.states(self._store, aggregate, [stream_id(aggregate.kind, id) for id in ids])
        judge = access.own_rights(self._caller)
        if aggregate in (PHASE, INVOICE):
            judge = access.rights_of_project(self._store, self._caller)
        seen = await judge(found)
        return {
            (aggregate.kind, id): words(getattr(state, "code", None), getattr(state, "number", None), state.title)
            for id, state, may in zip(ids, found, seen, strict=True)
            if may
        }

    async def _label(self, thing: Thing) -> str | None:
        of_list = catalogue.role_type if thing[0] == ROLE_TYPE.kind else catalogue.status
        state = await of_list(self._store, thing[1])
        return None if state is None else state.label


def _parts(value: object) -> Iterator[BaseModel]:
    """The answer and all answers in it."""
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from _parts(getattr(value, name))
    elif isinstance(value, list):
        for each in value:
            yield from _parts(each)


def _things(part: BaseModel) -> Iterator[tuple[str, Thing]]:
    """What an answer is to name, each with the field where its name stands."""
    fields = type(part).model_fields
    if isinstance(part, NamedAddress):
        yield "alias", (part.type, part.id)
    elif isinstance(part, NamedEngagement):
        yield "name", (part.type, part.id)
    for field, kind in _ONE.items():
        if f"{field}_name" in fields and (id := getattr(part, field)) is not None:
            yield f"{field}_name", (kind, id)
    for field, kind in _SEVERAL.items():
        if field in fields and "names" in fields:
            yield from (("names", (kind, id)) for id in getattr(part, field))


def _referred(change: Change) -> Iterator[Thing]:
    """What an entry of the change log refers to."""
    for each in change.fields:
        for value in (each.before, each.after):
            yield from _referred_in(each.field.removeprefix("roles."), value)


def _referred_in(field: str, value: object) -> Iterator[Thing]:
    match value:
        case {"type": str(kind), "id": str(id)}:
            yield kind, id
        case Mapping():
            for name, part in value.items():
                yield from _referred_in(name, part)
        case list():
            for part in value:
                yield from _referred_in(field, part)
        case str() if (kind := (_ONE | _SEVERAL).get(field)) and (is_id(value) or kind == ROLE_TYPE.kind):
            yield kind, value
        case _:
            pass


async def _naming(store: Store, known: KnownStreams, caller: Caller, after: After) -> Naming:
    await after.reached(known)
    return Naming(store, known, caller)


Called = Annotated[Naming, Depends(_naming)]
