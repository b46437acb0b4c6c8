"""Lists by id, which is by age, a page at a time: from the store as things stand, or from a service's own view."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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
Wanted = str | bool | tuple[str | None, ...] | None


async def listed_as_standing(store: CommitStore, aggregate: Aggregate[S], paging: PagingContext) -> Page[tuple[str, S]]:
    """Id and state of every aggregate of a kind, folded at this moment: for kinds of which there are not many."""
    of = (store.context, aggregate.kind)
    position = paging.position(*of)
    streams = await _streams(store, aggregate.kind, None if position is None else position[0], paging.limit + 1)
    page = paging.page(streams, lambda stream: [stream], *of)
    return Page(items=await _states(store, aggregate, page.items), next=page.next)


async def all_as_standing(store: CommitStore, aggregate: Aggregate[S]) -> list[tuple[str, S]]:
    """Id and state of every aggregate of a kind of which there are a few dozens at most, by id."""
    return await _states(store, aggregate, await _streams(store, aggregate.kind, None, 0))


async def _streams(store: CommitStore, kind: str, last: str | None, limit: int) -> list[str]:
    # Of each stream only the key of its first commit; `;` comes after the `:` that all its keys have.
    after = f"{kind}-" if last is None else f"{last};"
    # The length tells a kind from one whose name goes on (`link-…` from `link-type-…`).
    first_commits = f"^{kind}-.{{36}}:0{{9}}1$"
    within: Document = {"_id": {"$gt": after, "$lt": f"{kind}.", "$regex": first_commits}}
    found = store.commits.find(within, {"_id": 1}).sort("_id", ASCENDING).limit(limit)
    return [document["_id"].partition(":")[0] async for document in found]


async def _states(store: CommitStore, aggregate: Aggregate[S], streams: Sequence[str]) -> list[tuple[str, S]]:
    loaded = await asyncio.gather(*(load(store, aggregate, stream) for stream in streams))
    return [(split_stream(stream)[1], each.state) for stream, each in zip(streams, loaded, strict=True)]


async def listed(
    view: ViewProjection, paging: PagingContext, after: AfterContext, kind: str, **filters: Wanted
) -> Page[Document]:
    """The streams of a kind whose fields equal the filters that are given; each with its `id`.

    A tuple as filter means one of its values; a field that is a list equals each thing it holds.

    It is a moment behind what was just written, unless the caller sends `Dossier-After` and `Prefer: wait`.
    """
    await after.reached(view)
    given = {
        field: {"$in": list(value)} if isinstance(value, tuple) else value
        for field, value in filters.items()
        if value is not None
    }
    of = (view.name, kind, *(f"{field}={value}" for field, value in sorted(given.items())))
    position = paging.position(*of)
    first = f"{kind}-" if position is None else position[0]
    within: Document = {"_id": {"$gt": first, "$lt": f"{kind}.", "$regex": f"^{kind}-.{{36}}$"}, "absent": None}
    found = view.documents.find(within | given).sort("_id", ASCENDING).limit(paging.limit + 1)
    items = [{**document, "id": split_stream(document["_id"])[1]} async for document in found]
    return paging.page(items, lambda item: [item["_id"]], *of)
