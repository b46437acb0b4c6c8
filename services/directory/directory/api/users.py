"""Users: make known, change, deactivate, read."""

from __future__ import annotations

from fastapi import APIRouter, Response

from directory.aggregates import USER
from directory.api.models import NewUser, UserFacts, UserView, shown_user
from directory.domain import user
from dossier.auth.guard import require
from dossier.auth.principals import directory_id
from dossier.contracts.base import Id
from dossier.contracts.directory import UserAdded
from dossier.http.listing import listed_as_standing
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.writing import Store, Write, standing

router = APIRouter(prefix="/v1/users", tags=["users"])


@router.post("", status_code=201, dependencies=[require("administer")])
async def add(body: NewUser, write: Write) -> Answer:
    """Make a user known."""
    own_id = directory_id("user", body.id) if body.id is not None else None
    new = UserAdded(**body.model_dump(exclude={"id"}))
    return await write.create(USER, own_id, lambda u: user.add(u, new))


@router.get("", dependencies=[require("read")])
async def list_users(store: Store, paging: Paging) -> Page[UserView]:
    """All users, those who left too, by id."""
    page = await listed_as_standing(store, USER, paging)
    return Page(items=[shown_user(id, state) for id, state in page.items], next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response) -> UserView:
    """The user as it stands at this moment."""
    return shown_user(id, await standing(store, USER, id, response))


@router.patch("/{id}", dependencies=[require("administer")], responses=responses(409))
async def change(id: Id, body: UserFacts, write: Write) -> Answer:
    """Change facts of a user."""
    return await write.change(USER, id, lambda u: user.change(u, body.model_dump(exclude_unset=True)))


@router.post("/{id}/deactivate", dependencies=[require("administer")], responses=responses(409))
async def deactivate(id: Id, write: Write) -> Answer:
    """The user left; what is on record keeps the reference."""
    return await write.change(USER, id, user.deactivate)


@router.post("/{id}/reactivate", dependencies=[require("administer")], responses=responses(409))
async def reactivate(id: Id, write: Write) -> Answer:
    """The user is back."""
    return await write.change(USER, id, user.reactivate)
