"""Keyword groups and their keywords: make, change, offer, look up."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response

from addresses.api.keyword_models import (
    KeywordChange,
    KeywordGroupChange,
    KeywordGroupView,
    KeywordView,
    NewKeyword,
    NewKeywordGroup,
    shown_group,
    shown_keyword,
)
from addresses.api.owned import InCatalogue, changeable, given, owner_of_new, seen_by, visible
from addresses.catalogue import KEYWORD_GROUP, group_of_keyword, id_of_keyword, name_of_group
from addresses.domain import keywords
from addresses.domain.keywords import KeywordGroup
from addresses.domain.names import folded
from dossier.auth.guard import Caller, require
from dossier.commands import load
from dossier.contracts.addresses import KeywordAdded, KeywordChanged, KeywordGroupChanged, KeywordGroupCreated
from dossier.contracts.base import Event, Id
from dossier.http.after import After
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routes import adds
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing
from dossier.ids import new_id, stream_id
from dossier.store import Reservation

router = Router(tags=["keywords"])


@router.post("/v1/keyword-groups", status_code=201, dependencies=[require("write")], responses=responses(409))
async def create(body: NewKeywordGroup, write: Write, caller: Caller) -> Answer:
    """Create a group, shared (which needs the capability to administer) or one's own. Its name is the only one."""
    id, owner = body.id or new_id(), owner_of_new(caller, personal=body.personal)
    new = KeywordGroupCreated(**body.model_dump(exclude={"id", "personal"}), owner=owner)
    name = name_of_group(stream_id("keyword-group", id), owner, body.name)
    return await write.create(KEYWORD_GROUP, id, lambda g: keywords.create(g, new), reserve=lambda: [name])


@router.get("/v1/keyword-groups", dependencies=[require("read")])
async def list_groups(
    store: Store, catalogue: InCatalogue, paging: Paging, after: After, caller: Caller, inactive: bool = False
) -> Page[KeywordGroupView]:
    """Groups by id with their keywords: those that are shared, and one's own. Inactive ones if `inactive` says so."""
    wanted = None if inactive else True
    page = await listed(catalogue, paging, after, "keyword-group", seen_by=seen_by(caller), is_active=wanted)
    items: list[KeywordGroupView] = []
    for item in page.items:
        state = (await load(store, KEYWORD_GROUP, item["_id"])).state
        items.append(shown_group(item["id"], state, with_inactive=inactive))
    return Page(items=items, next=page.next)


@router.get("/v1/keyword-groups/{group}", dependencies=[require("read")])
async def read(group: Id, store: Store, caller: Caller, response: Response) -> KeywordGroupView:
    """The group with all its keywords, as it stands at this moment."""
    await visible(store, KEYWORD_GROUP, group, caller)
    return shown_group(group, await standing(store, KEYWORD_GROUP, group, response))


@router.patch("/v1/keyword-groups/{group}", dependencies=[require("write")], responses=responses(409))
async def change(group: Id, body: KeywordGroupChange, write: Write, caller: Caller) -> Answer:
    """Change name, kind, types or position of a group, or offer it no longer."""
    owner = (await changeable(write.store, KEYWORD_GROUP, group, caller)).owner
    wanted, names = KeywordGroupChanged(**given(body)), list[Reservation]()

    def decide(state: KeywordGroup) -> Sequence[Event]:
        events = keywords.change(state, wanted)
        names[:] = _renaming(stream_id("keyword-group", group), owner, state.name, wanted.name)
        return events

    return await write.change(KEYWORD_GROUP, group, decide, reserve=lambda: names)


@router.post(
    "/v1/keyword-groups/{group}/keywords", status_code=201, dependencies=[require("write")], responses=responses(409)
)
@adds("keyword")
async def add(group: Id, body: NewKeyword, write: Write, caller: Caller) -> Answer:
    """Add a keyword to a group. Its name is the only one in the group."""
    await changeable(write.store, KEYWORD_GROUP, group, caller)
    new = KeywordAdded(keyword=body.id or new_id(), name=body.name, position=body.position)
    mine = id_of_keyword(stream_id("keyword-group", group), new.keyword)
    return await write.change(
        KEYWORD_GROUP,
        group,
        lambda g: keywords.add_keyword(g, new),
        adds=("keyword", new.keyword),
        reserve=lambda: [mine],
    )


@router.patch(
    "/v1/keyword-groups/{group}/keywords/{keyword}", dependencies=[require("write")], responses=responses(409)
)
async def change_keyword(group: Id, keyword: Id, body: KeywordChange, write: Write, caller: Caller) -> Answer:
    """Rename a keyword everywhere at once, place it, or offer it no longer; what has it keeps it."""
    await changeable(write.store, KEYWORD_GROUP, group, caller)
    wanted = KeywordChanged(keyword=keyword, **given(body))
    return await write.change(KEYWORD_GROUP, group, lambda g: keywords.change_keyword(g, wanted))


@router.get("/v1/keywords/{keyword}", dependencies=[require("read")])
async def read_keyword(keyword: Id, store: Store, caller: Caller) -> KeywordView:
    """A keyword with its group, as services need it that assign keywords themselves (KEY-07)."""
    group_id = await group_of_keyword(store, keyword)
    group = await visible(store, KEYWORD_GROUP, group_id, caller)
    return shown_keyword(group.keyword(keyword), group_id, group)


def _renaming(stream: str, owner: str | None, former: str, name: str | None) -> list[Reservation]:
    if name is None or folded(name) == folded(former):
        return []
    return [name_of_group(stream, owner, name), name_of_group(stream, owner, former, given_up=True)]
