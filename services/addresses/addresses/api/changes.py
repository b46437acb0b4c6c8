"""The change log of an address: who changed what, when, from what to what."""

from __future__ import annotations

from addresses.aggregates import AGGREGATES, Collection
from addresses.api.naming import Called
from addresses.api.visible import others_groups, shown_to
from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.http.changes import Change, change_log
from dossier.http.models import Page
from dossier.http.paging import Paging
from dossier.http.routing import Router
from dossier.http.writing import Store
from dossier.ids import stream_id

router = Router(prefix="/v1/{collection}/{id}", tags=["addresses"])


@router.get("/changes", dependencies=[require("read")])
async def changes(
    collection: Collection, id: Id, store: Store, names: Called, paging: Paging, caller: Caller
) -> Page[Change]:
    """The changes of the address, newest first. What the caller may not see leaves no entry."""
    aggregate = AGGREGATES[collection]
    events = (await store.history(stream_id(aggregate.kind, id))).events
    hidden = await others_groups(store, events, caller)
    page = await change_log(store, aggregate, id, paging, shown_to(caller, hidden))
    await names.changes(page.items)
    return page
