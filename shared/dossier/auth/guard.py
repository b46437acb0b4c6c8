"""The rule of every route: a capability that the caller must have, or the word that it is public.

    @router.post("/companies", dependencies=[require("create")])
    @router.get("/livez", dependencies=[public])

`assert_every_route_has_a_rule(app)` belongs in the tests of every service.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts

from dossier.auth.principals import Capability, Principal
from dossier.auth.tokens import Verifies
from dossier.http.description import PAGES
from dossier.http.problems import Problem, require_known_parameters

_CALLER = "dossier.caller"


async def authenticated(request: Request) -> Principal:
    """The caller. Raises Problem 401.

    Rules and commands call this function instead of depending on each other: every nested dependency would cost each
    command a tenth of what the framework costs anyway.
    """
    known = request.scope.get(_CALLER)
    if known is None:
        known = request.scope[_CALLER] = await _verified(request)
    return known


def caller_of(request: Request) -> Principal | None:
    """The caller, if the request got as far as being authenticated: for what is answered to a refused one."""
    return request.scope.get(_CALLER)


async def _verified(request: Request) -> Principal:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(
            401,
            "unauthenticated",
            "Not authenticated",
            "Send an access token.",
            rule="bearer-token",
            field="Authorization",
            headers={"WWW-Authenticate": "Bearer"},
        )
    verifier: Verifies = request.app.state.service.verifier
    return await verifier.verify(token.strip())


Caller = Annotated[Principal, Depends(authenticated)]
"""Parameter of an endpoint that needs to know who calls. It is no rule by itself."""


class Rule:
    """The rule of a route; `capability` is None if it is public."""

    def __init__(self, capability: Capability | None) -> None:
        self.capability: Capability | None = capability


class _Needs(Rule):
    async def __call__(self, request: Request) -> Principal:
        caller = await authenticated(request)
        assert self.capability is not None
        if not caller.may(self.capability):
            raise Problem(
                403,
                "not-allowed",
                "Not allowed",
                f"This needs the capability '{self.capability}'.",
                rule=f"capability:{self.capability}",
            )
        require_known_parameters(request)
        return caller


class _Public(Rule):
    async def __call__(self) -> None:
        return None


def require(capability: Capability) -> Any:
    """The route needs this capability; as a parameter's default or annotation it gives the Principal."""
    return Depends(_Needs(capability))


public: Any = Depends(_Public(None))
"""The route is for everybody, without a token."""


class GuardedRoute(NamedTuple):
    """A route of an application and its rules."""

    method: str
    path: str
    rules: tuple[Rule, ...]


def routes(app: FastAPI) -> Iterator[GuardedRoute]:
    """Every route of the application, those of included routers too, except its own API description."""
    described = {app.openapi_url, *PAGES}
    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        if path in described:
            continue
        rules = tuple(_rules(getattr(route, "dependant", None)))
        for method in sorted(route.methods or {"*"}):
            yield GuardedRoute(method, path, rules)


def assert_every_route_has_a_rule(app: FastAPI) -> None:
    """Fails with the list of routes that say neither what they need nor that they are public."""
    without = [f"{route.method} {route.path}" for route in routes(app) if not route.rules]
    assert not without, f"routes without a rule: {', '.join(without)}"


def _rules(dependant: Any) -> Iterator[Rule]:
    for dependency in dependant.dependencies if dependant is not None else ():
        if isinstance(dependency.call, Rule):
            yield dependency.call
        yield from _rules(dependency)
