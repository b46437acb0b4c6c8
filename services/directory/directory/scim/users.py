"""Users over SCIM: those that the provider keeps, which have a `userName`. Others are not to be seen here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

from fastapi import Request, Response
from scim2_models import Context, NotFoundException, ResponseParameters

from directory.aggregates import USER
from directory.domain import user
from directory.domain.group import Group
from directory.domain.names import folded
from directory.domain.user import User
from directory.roll import Standing
from directory.scim import resources
from directory.scim.answers import ScimRoute, answer
from directory.scim.desk import Asked, Desk, OwnDesk
from directory.scim.mapping import user_resource, wanted_user
from directory.scim.queries import listed
from directory.scim.writing import body_as, bring, folded_or_none, moved, patch_of, patched
from dossier.auth.guard import require
from dossier.auth.principals import directory_id
from dossier.contracts import Event
from dossier.http.commands import Command, CommandContext
from dossier.http.routing import Router
from dossier.ids import stream_id
from dossier.store import Reservation
from dossier.store.errors import ReservedError

router = Router(
    prefix=f"{resources.PREFIX}/Users",
    route_class=ScimRoute,
    include_in_schema=False,
    dependencies=[require("provision")],
)
Wish = Callable[[Standing[User]], resources.User]
"""From the user as it stands to what it is to be."""


@router.post("")
async def create(request: Request, desk: OwnDesk, command: Command) -> Response:
    """Make a user known, or take over one that was made known by other means, or is back.

    The id is the one that access tokens lead to when they name the user by `externalId`, or else by `userName`.
    """
    sent = await body_as(resources.User, request, Context.RESOURCE_CREATION_REQUEST)
    wanted = wanted_user(sent, User())
    id = directory_id("user", wanted.identity.external_id or wanted.identity.user_name or "")

    def wish(present: Standing[User]) -> resources.User:
        if present.state.is_provisioned:
            raise ReservedError("externalId", stream_id("user", id))
        return sent

    await _write(desk, command, id, wish, create=True)
    return await _shown(desk, id, 201)


@router.get("")
async def query(desk: OwnDesk, asked: Asked) -> Response:
    """The users that a filter finds."""
    wanted = asked.bound_to(resources.User)
    users = {id: each for id, each in (await desk.rolls.users.standing()).items() if each.state.is_provisioned}
    groups = await desk.rolls.groups.all()

    def made(entries: Sequence[tuple[str, Standing[User]]], whole: bool) -> list[resources.User]:
        return _made(entries, groups if whole else {}, desk.base)

    found = await listed(wanted, resources.User, users, _values, made)
    return answer(found, scim_ctx=Context.SEARCH_RESPONSE, response_parameters=wanted)


@router.get("/{id}")
async def read(id: str, desk: OwnDesk, asked: Asked) -> Response:
    """One user."""
    return await _shown(desk, id, 200, asked.bound_to(resources.User))


@router.put("/{id}")
async def replace(id: str, request: Request, desk: OwnDesk, command: Command) -> Response:
    """Make the user what is sent."""
    await _kept(desk, id)
    sent = await body_as(resources.User, request, Context.RESOURCE_REPLACEMENT_REQUEST)
    await _write(desk, command, id, lambda _present: sent)
    return await _shown(desk, id, 200)


@router.patch("/{id}")
async def patch(id: str, request: Request, desk: OwnDesk, command: Command) -> Response:
    """Change what the operations say."""
    await _kept(desk, id)
    operations = await patch_of(resources.User, request)
    await _write(desk, command, id, lambda present: patched(operations, user_resource(id, present, (), desk.base)))
    return await _shown(desk, id, 200)


@router.delete("/{id}")
async def delete(id: str, desk: OwnDesk, command: Command) -> Response:
    """The provider keeps the user no longer: deactivated, and not to be seen here until it is made known again."""
    await _kept(desk, id)
    former = list[User]()

    def decide(state: User) -> Sequence[Event]:
        former[:] = [state]
        return user.withdraw(state)

    await bring(desk.store, command, USER, id, decide, reserve=lambda: _reserved(id, former[0], User()))
    return Response(status_code=204)


async def _write(desk: Desk, command: CommandContext, id: str, wish: Wish, *, create: bool = False) -> None:
    names = list[Reservation]()

    def decide(state: User) -> Sequence[Event]:
        wanted = wanted_user(wish(Standing(state)), state)
        events = user.provision(state, wanted.facts, wanted.identity, is_active=wanted.is_active)
        after = User(user_name=wanted.identity.user_name, external_id=wanted.identity.external_id)
        names[:] = _reserved(id, state, after)
        return events

    await bring(desk.store, command, USER, id, decide, create=create, reserve=lambda: names)


def _reserved(id: str, former: User, after: User) -> list[Reservation]:
    """No two users share a `userName`, whose case makes no difference, or an `externalId`."""
    stream = stream_id("user", id)
    return [
        *moved("userName", stream, folded_or_none(former.user_name), folded_or_none(after.user_name)),
        *moved("externalId", stream, former.external_id, after.external_id),
    ]


async def _kept(desk: Desk, id: str) -> Standing[User]:
    found = await desk.rolls.users.one(id)
    if found is None or not found.state.is_provisioned:
        raise NotFoundException(detail="There is no such user.")
    return found


async def _shown(desk: Desk, id: str, status: int, asked: ResponseParameters[resources.User] | None = None) -> Response:
    found = await _kept(desk, id)
    (resource,) = _made([(id, found)], await desk.rolls.groups.all(), desk.base)
    assert resource.meta is not None
    headers = {"Location": str(resource.meta.location), "ETag": str(resource.meta.version)}
    context = Context.RESOURCE_CREATION_RESPONSE if status == 201 else Context.RESOURCE_QUERY_RESPONSE
    return answer(resource, status, headers, scim_ctx=context, response_parameters=asked)


def _made(
    entries: Sequence[tuple[str, Standing[User]]], groups: Mapping[str, Group], base: str
) -> list[resources.User]:
    wanted = {id for id, _ in entries}
    of_user: defaultdict[str, list[tuple[str, Group]]] = defaultdict(list)
    for group, each in groups.items():
        if each.is_active:
            for member in wanted.intersection(each.members):
                of_user[member].append((group, each))
    return [user_resource(id, each, of_user[id], base) for id, each in entries]


def _values(id: str, state: User) -> Mapping[str, Collection[str]]:
    return {
        "id": (id,),
        "username": (folded(state.user_name or ""),),
        "externalid": (folded(state.external_id or ""),),
        "displayname": (folded(state.display_name or ""),),
        "emails": (state.email or "",),
        "emails.value": (state.email or "",),
    }
