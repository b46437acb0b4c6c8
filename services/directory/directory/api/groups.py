"""Groups and their members: rights go to groups."""

from __future__ import annotations

from fastapi import Response

from directory.aggregates import GROUP
from directory.api.known import active_user, known_user
from directory.api.models import GroupView, NewGroup, NewGroupName, shown_group
from directory.api.searching import Search, searched
from directory.domain import group
from directory.roll import OwnRolls
from dossier.auth.guard import require
from dossier.auth.principals import directory_id
from dossier.contracts.base import Id
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing

router = Router(prefix="/v1/groups", tags=["groups"])


@router.post("", status_code=201, dependencies=[require("administer")])
async def create(body: NewGroup, write: Write) -> Answer:
    """Create a group."""
    own_id = directory_id("group", body.id) if body.id is not None else None
    return await write.create(GROUP, own_id, lambda g: group.create(g, body.name))


@router.get("", dependencies=[require("read")])
async def list_groups(rolls: OwnRolls, paging: Paging, q: Search = None, inactive: bool = False) -> Page[GroupView]:
    """Groups with their members, by id; those that are no longer offered with `inactive`."""
    found = [(id, each) for id, each in (await rolls.groups.all()).items() if inactive or each.is_active]
    page = searched(found, lambda group: (group.name,), q, paging, "groups", inactive)
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
    await known_user(write.store, user, "RGT-01", "user")
    return await write.change(GROUP, id, lambda g: group.add_member(g, user))


@router.delete("/{id}/members/{user}", dependencies=[require("administer")], responses=responses(409))
async def remove_member(id: Id, user: Id, write: Write) -> Answer:
    """Let a user leave."""
    return await write.change(GROUP, id, lambda g: group.remove_member(g, user))


@router.put("/{id}/leaders/{user}", dependencies=[require("administer")], responses=responses(409))
async def appoint_leader(id: Id, user: Id, write: Write) -> Answer:
    """Let a user lead the group. A group may have several leaders; they need not be members."""
    await active_user(write.store, user, "RGT-09", "user")
    return await write.change(GROUP, id, lambda g: group.appoint_leader(g, user))


@router.delete("/{id}/leaders/{user}", dependencies=[require("administer")], responses=responses(409))
async def dismiss_leader(id: Id, user: Id, write: Write) -> Answer:
    """The user leads the group no longer."""
    return await write.change(GROUP, id, lambda g: group.dismiss_leader(g, user))


@router.post("/{id}/deactivate", dependencies=[require("administer")], responses=responses(409))
async def deactivate(id: Id, write: Write) -> Answer:
    """Offer the group no longer; what is on record keeps the reference, and its members stay."""
    return await write.change(GROUP, id, group.deactivate)


@router.post("/{id}/reactivate", dependencies=[require("administer")], responses=responses(409))
async def reactivate(id: Id, write: Write) -> Answer:
    """Offer the group again."""
    return await write.change(GROUP, id, group.reactivate)
