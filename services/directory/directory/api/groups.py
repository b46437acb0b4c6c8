"""Groups and their members: rights go to groups."""

from __future__ import annotations

from fastapi import APIRouter, Response

from directory.aggregates import GROUP, USER
from directory.api.models import GroupView, NewGroup, NewGroupName, shown_group
from directory.domain import group
from dossier.auth.guard import require
from dossier.auth.principals import directory_id
from dossier.commands import load
from dossier.contracts.base import Id
from dossier.contracts.rules import RuleViolation
from dossier.http.listing import listed_as_standing
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.writing import Store, Write, standing
from dossier.ids import stream_id

router = APIRouter(prefix="/v1/groups", tags=["groups"])


@router.post("", status_code=201, dependencies=[require("administer")])
async def create(body: NewGroup, write: Write) -> Answer:
    """Create a group."""
    own_id = directory_id("group", body.id) if body.id is not None else None
    return await write.create(GROUP, own_id, lambda g: group.create(g, body.name))


@router.get("", dependencies=[require("read")])
async def list_groups(store: Store, paging: Paging) -> Page[GroupView]:
    """All groups with their members, by id."""
    page = await listed_as_standing(store, GROUP, paging)
    return Page(items=[shown_group(id, state) for id, state in page.items], next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response) -> GroupView:
    """The group as it stands at this moment."""
    return shown_group(id, await standing(store, GROUP, id, response))


@router.put("/{id}/name", dependencies=[require("administer")], responses=responses(409))
async def rename(id: Id, body: NewGroupName, write: Write) -> Answer:
    """Give the group another name."""
    return await write.change(GROUP, id, lambda g: group.rename(g, body.name))


@router.put("/{id}/members/{user}", dependencies=[require("administer")], responses=responses(409))
async def add_member(id: Id, user: Id, write: Write) -> Answer:
    """Let a user join. A user may be in several groups."""
    if not (await load(write.store, USER, stream_id("user", user))).head.exists:
        raise RuleViolation("RGT-01", "there is no such user", "user")
    return await write.change(GROUP, id, lambda g: group.add_member(g, user))


@router.delete("/{id}/members/{user}", dependencies=[require("administer")], responses=responses(409))
async def remove_member(id: Id, user: Id, write: Write) -> Answer:
    """Let a user leave."""
    return await write.change(GROUP, id, lambda g: group.remove_member(g, user))
