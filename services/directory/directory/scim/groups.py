"""Groups over SCIM: all that are active, so that a provider takes over those that are there under the same name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from fastapi import Request, Response
from scim2_models import Context, InvalidValueException, NotFoundException, ResponseParameters

from directory.aggregates import GROUP
from directory.domain import group
from directory.domain.group import Group
from directory.domain.names import folded
from directory.roll import Standing
from directory.scim import resources
from directory.scim.answers import ScimRoute, answer
from directory.scim.desk import Asked, Desk, OwnDesk
from directory.scim.mapping import WantedGroup, group_resource, wanted_group
from directory.scim.members import applied, parted
from directory.scim.queries import listed
from directory.scim.writing import body_as, bring, moved, operations_of, patch_from, patched
from dossier.auth.guard import require
from dossier.auth.principals import directory_id
from dossier.contracts import Event
from dossier.http.commands import Command, CommandContext, etag
from dossier.http.routes import body_limit
from dossier.http.routing import Router
from dossier.ids import stream_id
from dossier.store import Reservation
from dossier.store.errors import ReservedError

router = Router(
    prefix=f"{resources.PREFIX}/Groups",
    route_class=ScimRoute,
    include_in_schema=False,
    dependencies=[require("provision")],
)
Wish = Callable[[Standing[Group]], resources.Group]
"""From the group as it stands to what it is to be."""
EXTERNAL_ID = "externalId of a group"
LARGE = 8 << 20
"""Bytes of a group with tens of thousands of members."""


@router.post("")
@body_limit(LARGE)
async def create(request: Request, desk: OwnDesk, command: Command) -> Response:
    """Create a group, or take back one that was deleted.

    The id is the one that access tokens lead to when they name the group by `externalId`, or else by `displayName`.
    """
    sent = await body_as(resources.Group, request, Context.RESOURCE_CREATION_REQUEST)
    wanted = wanted_group(sent)
    id = directory_id("group", wanted.external_id or wanted.name)

    def begin(present: Standing[Group]) -> resources.Group:
        if present.state.created is not None and present.state.is_active:
            raise ReservedError("externalId" if wanted.external_id else "displayName", stream_id("group", id))
        return sent.model_copy(update={"members": None})

    await _write(desk, command, id, begin, create=True)
    await _write(desk, command, id, lambda _present: sent)
    return await _shown(desk, id, 201)


@router.get("")
async def query(desk: OwnDesk, asked: Asked) -> Response:
    """The groups that a filter finds."""
    wanted = asked.bound_to(resources.Group)
    groups = {id: each for id, each in (await desk.rolls.groups.standing()).items() if each.state.is_active}

    def made(entries: Sequence[tuple[str, Standing[Group]]], whole: bool) -> list[resources.Group]:
        return [group_resource(id, each, desk.base, with_members=whole) for id, each in entries]

    found = await listed(wanted, resources.Group, groups, _values, made)
    return answer(found, scim_ctx=Context.SEARCH_RESPONSE, response_parameters=wanted)


@router.get("/{id}")
async def read(id: str, desk: OwnDesk, asked: Asked) -> Response:
    """One group."""
    return await _shown(desk, id, 200, asked.bound_to(resources.Group))


@router.put("/{id}")
@body_limit(LARGE)
async def replace(id: str, request: Request, desk: OwnDesk, command: Command) -> Response:
    """Make the group what is sent: who is no longer listed leaves."""
    await _kept(desk, id)
    sent = await body_as(resources.Group, request, Context.RESOURCE_REPLACEMENT_REQUEST)
    await _write(desk, command, id, lambda _present: sent)
    return await _shown(desk, id, 200)


@router.patch("/{id}")
@body_limit(LARGE)
async def patch(id: str, request: Request, desk: OwnDesk, command: Command, asked: Asked) -> Response:
    """Change what the operations say. The group is answered only if `attributes` are asked for."""
    await _kept(desk, id)
    await _write(desk, command, id, await _wish_of(id, request))
    wanted = asked.bound_to(resources.Group)
    if wanted.attributes or wanted.excluded_attributes:
        return await _shown(desk, id, 200, wanted)
    return Response(status_code=204, headers={"ETag": etag((await _kept(desk, id)).commit)})


@router.delete("/{id}")
async def delete(id: str, desk: OwnDesk, command: Command) -> Response:
    """The provider keeps the group no longer: its members leave, and it is not offered until it is created again."""
    await _kept(desk, id)
    names = list[Reservation]()

    def decide(state: Group) -> Sequence[Event]:
        names[:] = moved(EXTERNAL_ID, stream_id("group", id), state.external_id, None)
        return group.withdraw(state)

    await bring(desk.store, command, GROUP, id, decide, reserve=lambda: names)
    return Response(status_code=204)


async def _wish_of(id: str, request: Request) -> Wish:
    """What the operations of the body make of the group. Raises ValidationError."""
    sent = await operations_of(request)
    changes, others = parted(sent)
    rest = None if others is None else patch_from(resources.Group, others)

    def wish(present: Standing[Group]) -> resources.Group:
        resource = group_resource(id, present, "")
        changed = resource if rest is None else patched(rest, resource)
        after = applied(changes, (each.value for each in changed.members or () if each.value))
        members = [resources.Member.model_construct(value=each) for each in after]
        return changed.model_copy(update={"members": members})

    return wish


async def _write(desk: Desk, command: CommandContext, id: str, wish: Wish, *, create: bool = False) -> None:
    known, names = (await desk.rolls.users.all()).keys(), list[Reservation]()

    def decide(state: Group) -> Sequence[Event]:
        wanted = wanted_group(wish(Standing(state)))
        _all_known(wanted, state, known)
        names[:] = moved(EXTERNAL_ID, stream_id("group", id), state.external_id, wanted.external_id)
        return group.provision(state, wanted.name, wanted.members, wanted.external_id)

    await bring(desk.store, command, GROUP, id, decide, create=create, reserve=lambda: names)


def _all_known(wanted: WantedGroup, present: Group, users: Collection[str]) -> None:
    """Raises InvalidValueException if somebody is to join who is no user; groups have no groups as members."""
    present_members = set(present.members)
    if not all(member in present_members or member in users for member in wanted.members):
        raise InvalidValueException(detail="members: there is no such user (RGT-01)", attribute="members")


async def _kept(desk: Desk, id: str) -> Standing[Group]:
    found = await desk.rolls.groups.one(id)
    if found is None or not found.state.is_active:
        raise NotFoundException(detail="There is no such group.")
    return found


async def _shown(
    desk: Desk, id: str, status: int, asked: ResponseParameters[resources.Group] | None = None
) -> Response:
    resource = group_resource(id, await _kept(desk, id), desk.base)
    assert resource.meta is not None
    headers = {"Location": str(resource.meta.location), "ETag": str(resource.meta.version)}
    context = Context.RESOURCE_CREATION_RESPONSE if status == 201 else Context.RESOURCE_QUERY_RESPONSE
    return answer(resource, status, headers, scim_ctx=context, response_parameters=asked)


def _values(id: str, state: Group) -> Mapping[str, Collection[str]]:
    return {
        "id": (id,),
        "externalid": (folded(state.external_id or ""),),
        "displayname": (folded(state.name),),
        "members": state.members,
        "members.value": state.members,
    }
