"""Users: make known, change, deactivate, read."""

from __future__ import annotations

from fastapi import Response

from directory.aggregates import USER
from directory.api.models import (
    CallerView,
    MembershipView,
    NewUser,
    OwnGroup,
    UserAnswer,
    UserFacts,
    UserNotice,
    UserView,
    shown_user,
)
from directory.api.searching import Search, searched
from directory.domain import user
from directory.roll import OwnRolls, Rolls
from dossier.auth.guard import Caller, require
from dossier.auth.principals import directory_id
from dossier.contracts.base import Id
from dossier.contracts.directory import UserAdded
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, present, standing

router = Router(prefix="/v1/users", tags=["users"])


@router.post("", status_code=201, dependencies=[require("administer")])
async def add(body: NewUser, write: Write, rolls: OwnRolls) -> UserAnswer:
    """Make a user known. The mail address of another user is warned of."""
    own_id = directory_id("user", body.id) if body.id is not None else None
    new = UserAdded(**body.model_dump(exclude={"id"}))
    return await _warned(await write.create(USER, own_id, lambda u: user.add(u, new)), new.email, rolls)


@router.get("", dependencies=[require("read")])
async def list_users(rolls: OwnRolls, paging: Paging, q: Search = None, inactive: bool = False) -> Page[UserView]:
    """Users by id; those who left with `inactive`."""
    users = await rolls.users.all()
    found = [(id, each) for id, each in users.items() if inactive or each.is_active]
    page = searched(found, lambda user: (user.name, user.email or ""), q, paging, "users", inactive)
    stand_ins = rolls.stand_ins(users)
    return Page(items=[shown_user(id, each, stand_ins.of(id, each)) for id, each in page.items], next=page.next)


@router.get("/me", dependencies=[require("read")])
async def me(rolls: OwnRolls, caller: Caller) -> CallerView:
    """Who calls, in which groups, and what they may do: a page offers what will not be refused."""
    known = None if caller.user is None else await rolls.users.one(caller.user)
    groups = await rolls.groups.all()
    return CallerView(
        id=caller.user,
        service=caller.service,
        name=None if known is None else known.state.name,
        groups=[OwnGroup(id=id, name=groups[id].name if id in groups else None) for id in sorted(caller.groups)],
        capabilities=sorted(caller.capabilities),
    )


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, rolls: OwnRolls, response: Response) -> UserView:
    """The user as it stands at this moment."""
    state = await standing(store, USER, id, response)
    return shown_user(id, state, rolls.stand_ins(await rolls.users.all()).of(id, state))


@router.get("/{id}/groups", dependencies=[require("read")])
async def groups_of(id: Id, store: Store, rolls: OwnRolls) -> list[MembershipView]:
    """The active groups that the user belongs to or leads, by id."""
    await present(store, USER, id)
    return [
        MembershipView(group=group, name=each.name, is_member=id in each.members, is_leader=id in each.leaders)
        for group, each in (await rolls.groups.all()).items()
        if each.is_active and (id in each.members or id in each.leaders)
    ]


@router.patch("/{id}", dependencies=[require("administer")], responses=responses(409))
async def change(id: Id, body: UserFacts, write: Write, rolls: OwnRolls) -> UserAnswer:
    """Change facts of a user. The mail address of another user is warned of."""
    changed = body.model_dump(exclude_unset=True)
    answer = await write.change(USER, id, lambda u: user.change(u, changed))
    return await _warned(answer, changed.get("email"), rolls)


@router.post("/{id}/deactivate", dependencies=[require("administer")], responses=responses(409))
async def deactivate(id: Id, write: Write) -> Answer:
    """The user left; what is on record keeps the reference."""
    return await write.change(USER, id, user.deactivate)


@router.post("/{id}/reactivate", dependencies=[require("administer")], responses=responses(409))
async def reactivate(id: Id, write: Write) -> Answer:
    """The user is back."""
    return await write.change(USER, id, user.reactivate)


async def _warned(answer: Answer, email: str | None, rolls: Rolls) -> UserAnswer:
    """The answer, with a word if other users have the same mail address: mail would be taken for either's."""
    users = await rolls.users.all() if email else {}
    names = {id: each.name for id, each in users.items() if each.email == email and id != answer.id}
    detail = "another user has this mail address"
    notices = (UserNotice(rule="unique-email", detail=detail, users=list(names), names=names),) if names else ()
    return UserAnswer(**answer.model_dump(), warnings=notices)
