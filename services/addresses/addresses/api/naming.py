"""What things are called, wherever an answer gives their ids and somebody decides by it.

Beside one id stands `…_alias` of an address or `…_name` of all else; beside several stands `names`, by id; a reference
by type and id has an `alias`. Names of addresses and users come from views, which are a moment behind: none is told of
what is not known yet, or of what the caller may not see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Request

from addresses.api.owned import may_see, may_see_search
from addresses.api.reading_models import Named
from addresses.catalogue import FOLDER, KEYWORD_GROUP, LAYOUT, LINK, LINK_TYPE, SAVED_SEARCH, group_of_keyword
from addresses.channel_types import CHANNEL_TYPE
from addresses.domain.book.own_sides import ADDRESS_KINDS
from addresses.domain.links import seen_from
from addresses.views.book import AddressBook
from addresses.views.known import Known
from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.commands import Aggregate, load
from dossier.contracts.common import AddressRef
from dossier.contracts.rules import NotFound
from dossier.http.after import After, AfterContext
from dossier.http.changes import Change
from dossier.ids import is_id, split_stream, stream_id
from dossier.mongo import Document
from dossier.store import CommitStore

_LISTED: Mapping[str, Aggregate[Any]] = {each.kind: each for each in (FOLDER, KEYWORD_GROUP, LAYOUT, CHANNEL_TYPE)}
_OWNED = (FOLDER.kind, KEYWORD_GROUP.kind)
_REFERRING = {
    "company": "company",
    "parent": "company",
    "person": "person",
    "a": "person",
    "b": "person",
    "primary_contact": "contact",
    "predecessor": "contact",
    "successor": "contact",
    "account_manager": "user",
    "layout": "layout",
    "channels.channel_type": "channel-type",
    "keywords": "keyword",
}
"""Fields of an address in which ids stand, as the change log calls them, and of what."""


class Naming:
    """Tells one caller what things are called."""

    def __init__(
        self, store: CommitStore, book: AddressBook, known: Known, caller: Principal, after: AfterContext | None = None
    ) -> None:
        self._store = store
        self._book = book
        self._known = known
        self._caller = caller
        self._after = after

    async def of(self, streams: Iterable[str]) -> dict[str, str]:
        """Names by stream (of an address its alias), as far as they can be told. A keyword is `keyword-<id>`."""
        wanted = sorted(set(streams))
        if wanted and self._after is not None:
            await self._after.reached(self._book)
        found = await asyncio.gather(*map(self._one, wanted))
        return {stream: name for stream, name in zip(wanted, found, strict=True) if name}

    async def beside(self, **things: tuple[str, str | None]) -> dict[str, Any]:
        """The name of each thing (kind and id), under the name of the field that it is to stand in."""
        names = await self.of(stream_id(kind, id) for kind, id in things.values() if id is not None)
        return {field: names.get(f"{kind}-{id}") for field, (kind, id) in things.items()}

    async def addresses(self, references: Sequence[AddressRef]) -> list[Named]:
        """These addresses with their aliases."""
        names = await self.of(each.stream for each in references)
        return [Named(type=each.type, id=each.id, alias=names.get(each.stream)) for each in references]

    async def rows(self, *lists: Sequence[Document]) -> None:
        """Name in rows of addresses the company and who looks after the address."""
        rows = [row for each in lists for row in each]
        companies = {row["company"] for row in rows} - {None}
        managers = {row["account_manager"] for row in rows} - {None}
        names = await self.of([*(f"company-{id}" for id in companies), *(f"user-{id}" for id in managers)])
        for row in rows:
            row["company_alias"] = names.get(f"company-{row['company']}")
            row["account_manager_name"] = names.get(f"user-{row['account_manager']}")

    async def changes(self, changes: Sequence[Change]) -> None:
        """Name in entries of a change log who it was, and what is referred to."""
        referred = [_referred(change) for change in changes]
        users = await self.users([change.actor for change in changes])
        names = await self.of(stream for each in referred for stream in each)
        for change, streams in zip(changes, referred, strict=True):
            change.actor_name = users.get(change.actor)
            change.names = {stream[-36:]: names[stream] for stream in streams if stream in names}

    async def users(self, actors: Iterable[str]) -> dict[str, str]:
        """The names of those actors who are users, by actor."""
        streams = {actor: stream_id("user", user) for actor in actors if (user := user_of(actor))}
        names = await self.of(streams.values())
        return {actor: names[stream] for actor, stream in streams.items() if stream in names}

    async def _one(self, stream: str) -> str | None:
        kind, id = split_stream(stream)
        if kind in ADDRESS_KINDS:
            line = await self._book.line(stream)
            return line["alias"] if line else None
        if kind == "user":
            return await self._known.name_of(stream)
        if kind == "keyword":
            return await self._keyword(id)
        if kind == "link":
            return await self._link(stream)
        if kind == "link-type":
            return await self._link_type(stream)
        if kind == "saved-search":
            search = (await load(self._store, SAVED_SEARCH, stream)).state
            return search.name if may_see_search(search, self._caller) else None
        if kind not in _LISTED:
            return None
        state = (await load(self._store, _LISTED[kind], stream)).state
        if kind in _OWNED and not may_see(state, self._caller):
            return None
        return state.label if kind == "channel-type" else state.name

    async def _keyword(self, id: str) -> str | None:
        try:
            group = stream_id("keyword-group", await group_of_keyword(self._store, id))
            state = (await load(self._store, KEYWORD_GROUP, group)).state
            return state.keyword(id).name if may_see(state, self._caller) else None
        except NotFound:
            return None

    async def _link_type(self, stream: str) -> str | None:
        """Both of its labels."""
        state = (await load(self._store, LINK_TYPE, stream)).state
        return " / ".join(end.label for end in (state.one, state.other) if end) or None

    async def _link(self, stream: str) -> str | None:
        """As it reads on its first address: who, how, and with whom."""
        linked = (await load(self._store, LINK, stream)).state.linked
        if linked is None:
            return None
        of_type = (await load(self._store, LINK_TYPE, stream_id("link-type", linked.link_type))).state
        label, _ = seen_from(linked, of_type, linked.one.stream)
        names = await asyncio.gather(self._one(linked.one.stream), self._one(linked.other.stream))
        return " ".join(filter(None, (names[0], label, names[1])))


def user_of(actor: str) -> str | None:
    """The id of the user, if the actor is one."""
    kind, _, id = actor.partition(":")
    return id if kind == "user" and is_id(id) else None


def _referred(change: Change) -> set[str]:
    values = [
        (_REFERRING[each.field], value)
        for each in change.fields
        if each.field in _REFERRING
        for value in (each.before, each.after)
    ]
    return {stream_id(kind, id) for kind, value in values for id in _ids(value)}


def _ids(value: object) -> list[str]:
    """The ids in a value: one, several, or that of the person who is a half of a couple."""
    match value:
        case str():
            return [value] if is_id(value) else []
        case list():
            return [id for each in value for id in _ids(each)]
        case {"person": person}:
            return _ids(person)
        case _:
            return []


def known_here(request: Request) -> tuple[CommitStore, AddressBook, Known]:
    """The sources of names: store, book, and what is known of other services."""
    state = request.app.state
    return state.store, state.book, state.known


async def _naming(request: Request, caller: Caller, after: After) -> Naming:
    return Naming(*known_here(request), caller, after)


Called = Annotated[Naming, Depends(_naming)]
