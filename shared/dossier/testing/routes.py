"""Every route of a service keeps its rule: a test that needs no list of routes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from dossier.auth.groups import EVERYONE
from dossier.auth.guard import assert_every_route_has_a_rule, routes
from dossier.auth.principals import CAPABILITIES, Capability
from dossier.auth.tokens import TokenVerifier
from dossier.ids import new_id
from dossier.runtime import Service
from dossier.settings import ServiceSettings
from dossier.testing.tokens import TokenMaker, bearer


async def assert_rules_are_kept(app: FastAPI, tokens: TokenMaker) -> int:
    """Ask every route without a token (401) and with every capability but its own (403); how many were asked.

    Fails if a route has no rule at all. Nothing is written: the rule comes before the endpoint.
    """
    assert_every_route_has_a_rule(app)
    service: Service[ServiceSettings] = app.state.service
    usual, asked = service.verifier, 0
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as http:
        try:
            for route in routes(app):
                for rule in route.rules:
                    if rule.capability is not None:
                        service.verifier = _all_but(rule.capability, service.settings, tokens)
                        await _refused(http, route.method, route.path, rule.capability, tokens)
                        asked += 1
        finally:
            service.verifier = usual
    return asked


def assert_no_route_hides_another(app: FastAPI) -> None:
    """Fails with the routes that are never reached, because an earlier one takes their path."""
    hidden: list[str] = []
    earlier: list[tuple[str, str, re.Pattern[str]]] = []
    for route in routes(app):
        path = re.sub(r"\{[^}]*\}", "x", route.path)
        takers = [taker for method, taker, pattern in earlier if method == route.method and pattern.match(path)]
        hidden += [f"{route.method} {route.path} behind {taker}" for taker in takers]
        earlier.append((route.method, route.path, compile_path(route.path)[0]))
    assert not hidden, f"routes that are never reached: {', '.join(hidden)}"


def assert_nothing_runs_in_threads(app: FastAPI) -> None:
    """Fails with the endpoints and dependencies that are no coroutines: each would cost its requests a thread's hop."""
    found: set[str] = set()
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is not None:
            found.update(_calls(dependant))
    assert not found, f"make these `async def`: {', '.join(sorted(found))}"


def _calls(dependant: Any) -> Iterator[str]:
    call = dependant.call
    function = call if inspect.isroutine(call) or inspect.isclass(call) else type(call).__call__
    if not inspect.iscoroutinefunction(function) and not inspect.isasyncgenfunction(function):
        yield str(getattr(call, "__qualname__", type(call).__qualname__))
    for dependency in dependant.dependencies:
        yield from _calls(dependency)


def _all_but(capability: Capability, settings: ServiceSettings, tokens: TokenMaker) -> TokenVerifier:
    others = sorted(CAPABILITIES - {capability})
    return TokenVerifier(settings.model_copy(update={"capabilities": {EVERYONE: others}}), tokens.keys)


async def _refused(
    http: httpx.AsyncClient, method: str, template: str, capability: Capability, tokens: TokenMaker
) -> None:
    path = re.sub(r"\{[^}]*\}", new_id(), template)
    anonymous = await http.request(method, path)
    assert anonymous.status_code == 401, f"{method} {template} answers {anonymous.status_code} without a token"
    answer = await http.request(method, path, headers=bearer(tokens.user(groups=())))
    assert answer.status_code == 403, f"{method} {template} answers {answer.status_code} without '{capability}'"
    assert f"capability:{capability}" in answer.text
