"""Lists that a view finds and the store tells: what is shown, and to whom, is as it stands at this moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends
from pydantic import StringConstraints

from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.commands import Aggregate
from dossier.contracts.base import UUID_PATTERN
from dossier.http.after import After, AfterContext
from dossier.http.listing import listed_as_standing
from dossier.http.models import Page
from dossier.http.paging import Paging, PagingContext
from dossier.http.writing import Store
from dossier.ids import split_stream
from dossier.mongo import ASCENDING, Document
from dossier.store import CommitStore
from engagements.access import states
from engagements.api.references import OwnRegister
from engagements.views.register import Register, visible_to

AddressStream = Annotated[
    str, StringConstraints(pattern=f"^(company|person|contact|couple)-{UUID_PATTERN.removeprefix('^')}")
]
"""An address in a query, for instance `company-018f…`."""


class Finder:
    """Finds engagements for one request."""

    def __init__(
        self, store: CommitStore, register: Register, paging: PagingContext, after: AfterContext, caller: Principal
    ) -> None:
        self._store = store
        self._register = register
        self._paging = paging
        self._after = after
        self._caller = caller

    async def page(
        self, aggregate: Aggregate[Any], may_see: Callable[[Any], bool], **filters: Any
    ) -> Page[tuple[str, Any]]:
        """Id and state of what fits the filters that are given and may be seen, by id. A page may hold fewer."""
        wanted = {field: value for field, value in filters.items() if value is not None}
        if wanted:
            page = await self._found(aggregate, wanted)
        else:
            page = await listed_as_standing(self._store, aggregate, self._paging)
        return Page(items=[(id, state) for id, state in page.items if may_see(state)], next=page.next)

    async def _found(self, aggregate: Aggregate[Any], wanted: Document) -> Page[tuple[str, Any]]:
        await self._after.reached(self._register)
        of = (aggregate.kind, *(f"{field}={value}" for field, value in sorted(wanted.items())))
        position = self._paging.position(*of)
        first = f"{aggregate.kind}-" if position is None else position[0]
        # Ids are hexadecimal: `opportunity-g` comes before `opportunity-status-…`, which is another kind.
        within = {"_id": {"$gt": first, "$lt": f"{aggregate.kind}-g"}, "absent": None}
        query = {"$and": [within, wanted, visible_to(self._caller)]}
        found = self._register.documents.find(query, {"_id": 1}).sort("_id", ASCENDING).limit(self._paging.limit + 1)
        page = self._paging.page([document["_id"] async for document in found], lambda stream: [stream], *of)
        standing = await states(self._store, aggregate, page.items)
        items = [(split_stream(stream)[1], state) for stream, state in zip(page.items, standing, strict=True)]
        return Page(items=items, next=page.next)


async def _finder(store: Store, register: OwnRegister, paging: Paging, after: After, caller: Caller) -> Finder:
    return Finder(store, register, paging, after, caller)


Find = Annotated[Finder, Depends(_finder)]
