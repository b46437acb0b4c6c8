"""Lists that a view finds and the store tells: what is shown, and to whom, is as it stands at this moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from pydantic import StringConstraints

from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.commands import Aggregate
from dossier.http.after import After, AfterContext
from dossier.http.field_errors import ADDRESS_STREAM
from dossier.http.models import Page
from dossier.http.paging import Paging, PagingContext
from dossier.http.writing import Store
from dossier.ids import split_stream
from dossier.mongo import ASCENDING, Document
from dossier.store import CommitStore
from engagements.access import states
from engagements.api.references import OwnRegister
from engagements.views.register import Register, visible_to

S = TypeVar("S")

AddressStream = Annotated[str, StringConstraints(pattern=ADDRESS_STREAM)]
"""An address in a query, for instance `company-018f…`."""
SearchText = Annotated[str, StringConstraints(min_length=1, max_length=200)]


Judge = Callable[[Sequence[Any]], Awaitable[Sequence[bool]]]
"""Says of several states which of them the caller may see."""


class Finder:
    """Finds engagements for one request.

    A page is filled with what may be seen, and its cursor names the last of that: neither a page that is too short nor
    a cursor tells of what may not.
    """

    def __init__(
        self, store: CommitStore, register: Register, paging: PagingContext, after: AfterContext, caller: Principal
    ) -> None:
        self._store = store
        self._register = register
        self._paging = paging
        self._after = after
        self._caller = caller

    async def page(self, aggregate: Aggregate[S], judge: Judge, **filters: Any) -> Page[tuple[str, S]]:
        """Id and state of what fits the filters that are given and may be seen, by id."""
        wanted = {field: value for field, value in filters.items() if value is not None}
        await self._after.reached(self._register)
        of = (aggregate.kind, *(f"{field}={value}" for field, value in sorted(wanted.items())))
        position, limit = self._paging.position(*of), self._paging.limit + 1
        last: str | None = f"{aggregate.kind}-" if position is None else position[0]
        found: list[tuple[str, S]] = []
        while last is not None and len(found) < limit:
            streams, last = await self._next(aggregate.kind, wanted, last, limit)
            standing = await states(self._store, aggregate, streams)
            seen = await judge(standing)
            found += [one for one, may in zip(zip(streams, standing, strict=True), seen, strict=True) if may]
        page = self._paging.page(found[:limit], lambda one: [one[0]], *of)
        return Page(items=[(split_stream(stream)[1], state) for stream, state in page.items], next=page.next)

    async def _next(self, kind: str, wanted: Document, last: str, limit: int) -> tuple[list[str], str | None]:
        """The next streams that may fit, and where to go on from."""
        streams = await (self._registered(kind, wanted, last, limit) if wanted else self._stored(kind, last, limit))
        return await self._not_hidden(streams), streams[-1] if len(streams) == limit else None

    async def _registered(self, kind: str, wanted: Document, last: str, limit: int) -> list[str]:
        # Ids are hexadecimal: `opportunity-g` comes before `opportunity-status-…`, which is another kind.
        within = {"_id": {"$gt": last, "$lt": f"{kind}-g"}, "absent": None}
        query = {"$and": [within, wanted, visible_to(self._caller)]}
        found = self._register.documents.find(query, {"_id": 1}).sort("_id", ASCENDING).limit(limit)
        return [document["_id"] async for document in found]

    async def _stored(self, kind: str, last: str, limit: int) -> list[str]:
        """From the record itself, so that nothing is missing that was just written."""
        within = {"_id": {"$gt": f"{last};" if last[-1] != "-" else last, "$lt": f"{kind}-g", "$regex": ":0{9}1$"}}
        found = self._store.commits.find(within, {"_id": 1}).sort("_id", ASCENDING).limit(limit)
        return [document["_id"].partition(":")[0] async for document in found]

    async def _not_hidden(self, streams: Sequence[str]) -> list[str]:
        """Without those that the register knows to be hidden; the others are judged by the record."""
        hidden = {"_id": {"$in": list(streams)}, "$nor": [visible_to(self._caller)]}
        if self._caller.may("feed"):
            return list(streams)
        gone = {document["_id"] async for document in self._register.documents.find(hidden, {"_id": 1})}
        return [stream for stream in streams if stream not in gone]


async def _finder(store: Store, register: OwnRegister, paging: Paging, after: After, caller: Caller) -> Finder:
    return Finder(store, register, paging, after, caller)


Find = Annotated[Finder, Depends(_finder)]
