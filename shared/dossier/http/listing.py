"""Lists of small things from a service's own view: by id, which is by age, a page at a time."""

from __future__ import annotations

from dossier.http.after import AfterContext
from dossier.http.models import Page
from dossier.http.paging import PagingContext
from dossier.ids import split_stream
from dossier.mongo import ASCENDING, Document
from dossier.projections.views import ViewProjection


async def listed(
    view: ViewProjection, paging: PagingContext, after: AfterContext, kind: str, **filters: str | None
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
