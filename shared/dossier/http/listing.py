"""Lists by id, which is by age, a page at a time: from the store as things stand, or from a service's own view."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from dossier.commands import Aggregate, load
from dossier.http.after import AfterContext
from dossier.http.models import Page
from dossier.http.paging import PagingContext
from dossier.ids import split_stream
from dossier.mongo import ASCENDING, Document
from dossier.projections.views import ViewProjection
from dossier.store import CommitStore

S = TypeVar("S")


async def listed_as_standing(store: CommitStore, aggregate: Aggregate[S], paging: PagingContext) -> Page[tuple[str, S]]:
    """Id and state of every aggregate of a kind, folded at this moment: for kinds of which there are not many."""
    of = (store.context, aggregate.kind)
    position = paging.position(*of)
    # Of each stream only the key of its first commit; `;` comes after the `:` that all its keys have.
    after = f"{aggregate.kind}-" if position is None else f"{position[0]};"
    within: Document = {"_id": {"$gt": after, "$lt": f"{aggregate.kind}.", "$regex": ":0{9}1$"}}
    found = store.commits.find(within, {"_id": 1}).sort("_id", ASCENDING).limit(paging.limit + 1)
    streams = [document["_id"].partition(":")[0] async for document in found]
    page = paging.page(streams, lambda stream: [stream], *of)
    loaded = await asyncio.gather(*(load(store, aggregate, stream) for stream in page.items))
    items = [(split_stream(stream)[1], each.state) for stream, each in zip(page.items, loaded, strict=True)]
    return Page(items=items, next=page.next)


async def listed(
    view: ViewProjection, paging: PagingContext, after: AfterContext, kind: str, **filters: str | bool | None
) -> Page[Document]:
    """The streams of a kind whose fields equal the filters that are given; each with its `id`.

    It is a moment behind what was just written, unless the caller sends `Dossier-After` and `Prefer: wait`.
    """
    await after.reached(view)
    given = {field: value for field, value in filters.items() if value is not None}
    of = (view.name, kind, *(f"{field}={value}" for field, value in sorted(given.items())))
    position = paging.position(*of)
    first = f"{kind}-" if position is None else position[0]
    within: Document = {"_id": {"$gt": first, "$lt": f"{kind}."}, "absent": None}
    found = view.documents.find(within | given).sort("_id", ASCENDING).limit(paging.limit + 1)
    items = [{**document, "id": split_stream(document["_id"])[1]} async for document in found]
    return paging.page(items, lambda item: [item["_id"]], *of)
