"""What the service says of itself over SCIM (RFC 7644, section 4), and what is nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from scim2_models import (
    Context,
    Error,
    ForbiddenException,
    ListResponse,
    Meta,
    NotFoundException,
    NotImplementedException,
    Resource,
    ResourceType,
    Schema,
)

from directory.scim import groups, users
from directory.scim.answers import ScimRoute, answer, refusal
from directory.scim.desk import Desk, OwnDesk
from directory.scim.resources import PREFIX, PROVIDER
from dossier.auth.guard import require
from dossier.http.routing import Router

R = TypeVar("R", bound=Resource[Any])

router = Router(prefix=PREFIX, route_class=ScimRoute, include_in_schema=False, dependencies=[require("provision")])
elsewhere = Router(prefix=PREFIX, route_class=ScimRoute, include_in_schema=False, dependencies=[require("provision")])
"""Everything below the prefix that is no route: comes last."""


@router.get("/ServiceProviderConfig")
async def config(desk: OwnDesk) -> Response:
    """What is supported."""
    assert PROVIDER.config is not None
    return _one(_placed(PROVIDER.config, "ServiceProviderConfig", f"{desk.base}/ServiceProviderConfig"))


@router.get("/ResourceTypes")
async def resource_types(desk: OwnDesk, filter: str | None = None) -> Response:
    """Users and groups."""
    return _all(ResourceType, _resource_types(desk), filter)


@router.get("/ResourceTypes/{id}")
async def resource_type(id: str, desk: OwnDesk) -> Response:
    """One of them."""
    return _one(_named(id, _resource_types(desk)))


@router.get("/Schemas")
async def schemas(desk: OwnDesk, filter: str | None = None) -> Response:
    """The attributes that are kept."""
    return _all(Schema, _schemas(desk), filter)


@router.get("/Schemas/{id}")
async def schema(id: str, desk: OwnDesk) -> Response:
    """The attributes of one kind of resource."""
    return _one(_named(id, _schemas(desk)))


@router.post("/.search")
async def search() -> Response:
    """Users and groups are asked for one by one."""
    raise NotImplementedException(detail="Ask for users and groups apart.")


@elsewhere.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def nowhere(request: Request) -> Response:
    """There is no such route, or not with this method."""
    known = [route for each in (router, users.router, groups.router) for route in each.routes]
    found = [route for route in known if isinstance(route, APIRoute) and route.path_regex.match(request.url.path)]
    if methods := ", ".join(sorted({method for route in found for method in route.methods or ()})):
        return refusal(Error(status=405, detail=f"Here one may use {methods}."), {"Allow": methods})
    raise NotFoundException(detail="There is no such route.")


def _resource_types(desk: Desk) -> list[ResourceType]:
    return [_placed(each, "ResourceType", f"{desk.base}/ResourceTypes/{each.name}") for each in PROVIDER.resource_types]


def _schemas(desk: Desk) -> list[Schema]:
    return [_placed(each, "Schema", f"{desk.base}/Schemas/{each.id}") for each in PROVIDER.schemas]


def _placed(resource: R, kind: str, location: str) -> R:
    return resource.model_copy(update={"meta": Meta(resource_type=kind, location=location)})


def _named(id: str, resources: Sequence[R]) -> R:
    found = next((each for each in resources if id in (each.id, getattr(each, "name", None))), None)
    if found is None:
        raise NotFoundException(detail="There is no such description.")
    return found


def _one(resource: Resource[Any]) -> Response:
    return answer(resource, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)


def _all(model: type[R], resources: Sequence[R], filter: str | None) -> Response:
    if filter is not None:
        raise ForbiddenException(detail="What the service says of itself is not filtered.")
    count = len(resources)
    told = ListResponse[model](total_results=count, start_index=1, items_per_page=count, resources=list(resources))
    return answer(told, scim_ctx=Context.SEARCH_RESPONSE)
