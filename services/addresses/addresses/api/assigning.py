"""Keywords of addresses: from the address's side, and from the keyword's, which is a folder (KEY-02)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addresses.aggregates import ADDRESSES, AGGREGATES, Collection
from addresses.api.entries import EntryPath, EntryView, referred, shown_entries
from addresses.api.keyword_models import KeywordView, shown_keyword
from addresses.api.naming import Called
from addresses.api.owned import InCatalogue, may_see, visible
from addresses.catalogue import KEYWORD_GROUP, group_of_keyword
from addresses.domain import keywords
from addresses.domain.keywords import Assigned
from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.commands import Aggregate, load
from dossier.contracts.base import Id
from dossier.contracts.rules import RuleViolation
from dossier.http.after import After
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, Writer, present
from dossier.ids import stream_id
from dossier.store import CommitStore

router = Router(tags=["keywords"])
ENTRIES = "/v1/keyword-groups/{group}/keywords/{keyword}/entries"


@router.get("/v1/{collection}/{id}/keywords", dependencies=[require("read")])
async def list_keywords(collection: Collection, id: Id, store: Store, caller: Caller) -> list[KeywordView]:
    """The keywords of the address, in the order they were assigned; personal ones only for their owner."""
    loaded = await present(store, AGGREGATES[collection], id)
    return await shown_keywords(store, loaded.state.keywords, caller)


@router.put("/v1/{collection}/{id}/keywords/{keyword}", dependencies=[require("write")], responses=responses(409))
async def assign(collection: Collection, id: Id, keyword: Id, write: Write) -> Answer:
    """Give the address a keyword. A second one of an exclusive group takes the place of the first."""
    return await _assign(write, AGGREGATES[collection], id, await group_of_keyword(write.store, keyword), keyword)


@router.delete("/v1/{collection}/{id}/keywords/{keyword}", dependencies=[require("write")], responses=responses(409))
async def unassign(collection: Collection, id: Id, keyword: Id, write: Write) -> Answer:
    """Take a keyword from the address."""
    return await _unassign(write, AGGREGATES[collection], id, await group_of_keyword(write.store, keyword), keyword)


@router.get(ENTRIES, dependencies=[require("read")])
async def list_entries(
    group: Id,
    keyword: Id,
    store: Store,
    catalogue: InCatalogue,
    names: Called,
    paging: Paging,
    after: After,
    caller: Caller,
) -> Page[EntryView]:
    """The addresses that have the keyword, by type and id: what lies in its folder."""
    (await visible(store, KEYWORD_GROUP, group, caller)).keyword(keyword)
    await after.reached(catalogue)
    position = paging.position("entries", keyword)
    streams = await catalogue.with_keyword(keyword, position[0] if position else "", paging.limit + 1)
    page = paging.page(streams, lambda stream: [stream], "entries", keyword)
    return Page(items=await shown_entries(page.items, names), next=page.next)


@router.put(f"{ENTRIES}/{{entry}}", dependencies=[require("write")], responses=responses(409))
async def put_in(group: Id, keyword: Id, entry: EntryPath, write: Write) -> Answer:
    """Put an address into the keyword's folder: the same fact as giving it the keyword."""
    aggregate, id = _address(entry)
    return await _assign(write, aggregate, id, group, keyword)


@router.delete(f"{ENTRIES}/{{entry}}", dependencies=[require("write")], responses=responses(409))
async def take_out(group: Id, keyword: Id, entry: EntryPath, write: Write) -> Answer:
    """Take an address out of the keyword's folder."""
    aggregate, id = _address(entry)
    return await _unassign(write, aggregate, id, group, keyword)


async def shown_keywords(store: CommitStore, has: Sequence[Assigned], caller: Principal) -> list[KeywordView]:
    """Keywords as they are called now (KEY-03), inactive ones too (KEY-05), without those of others (KEY-06)."""
    groups = {
        id: (await load(store, KEYWORD_GROUP, stream_id("keyword-group", id))).state
        for id in dict.fromkeys(each.group for each in has)
    }
    return [
        shown_keyword(groups[each.group].keyword(each.keyword), each.group, groups[each.group])
        for each in has
        if may_see(groups[each.group], caller)
    ]


async def _assign(write: Writer, aggregate: Aggregate[Any], id: str, group_id: str, keyword: str) -> Answer:
    group = await visible(write.store, KEYWORD_GROUP, group_id, write.command.principal)
    type: Any = aggregate.kind
    return await write.change(
        aggregate, id, lambda address: keywords.assign(address.keywords, type, group, group_id, keyword)
    )


async def _unassign(write: Writer, aggregate: Aggregate[Any], id: str, group_id: str, keyword: str) -> Answer:
    (await visible(write.store, KEYWORD_GROUP, group_id, write.command.principal)).keyword(keyword)
    return await write.change(aggregate, id, lambda address: keywords.unassign(address.keywords, keyword))


def _address(entry: str) -> tuple[Aggregate[Any], str]:
    """The address that a path names. Raises RuleViolation KEY-07 for what is no address of this service."""
    found = referred(entry)
    if found.type not in ADDRESSES:
        raise RuleViolation("KEY-07", f"keywords of the type {found.type} are assigned where it lives", "entry")
    return ADDRESSES[found.type], found.id
