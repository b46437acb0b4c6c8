"""Every route has a rule, keeps it, and is described."""

from __future__ import annotations

import re
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, Request

from dossier.auth.guard import assert_every_route_has_a_rule, public, require, routes
from dossier.contracts.rules import NotFound
from dossier.http.app import create_app
from dossier.http.routing import Router
from dossier.store import ConflictError, Head
from dossier.store.errors import StoreUnavailableError
from dossier.testing.routes import assert_nothing_runs_in_threads, assert_rules_are_kept
from dossier.testing.services import ServiceUnderTest


class Slow:
    """A class as dependency is called in a thread."""


async def test_every_route_keeps_its_rule(sample: ServiceUnderTest) -> None:
    assert await assert_rules_are_kept(sample.roles.app, sample.tokens) == 5


async def test_what_would_run_in_a_thread_is_found(sample: ServiceUnderTest) -> None:
    assert_nothing_runs_in_threads(sample.roles.app)
    router = Router(dependencies=[public])

    @router.get("/slow")
    async def slow(_slow: Annotated[Slow, Depends(Slow)]) -> None: ...

    @router.get("/slower")
    def slower() -> None: ...

    app = create_app(sample.roles.app.state.service, [router], title="Slow")
    with pytest.raises(AssertionError, match=r": Slow, .*slower$"):
        assert_nothing_runs_in_threads(app)


async def test_a_route_without_a_rule_is_found_wherever_it_hides(sample: ServiceUnderTest) -> None:
    inner, outer = Router(prefix="/inner"), Router(prefix="/outer")

    @inner.get("/open")
    async def forgotten() -> None: ...

    @inner.get("/guarded", dependencies=[require("read")])
    async def guarded() -> None: ...

    @inner.get("/public", dependencies=[public])
    async def for_everybody() -> None: ...

    outer.include_router(inner)
    app = create_app(sample.roles.app.state.service, [outer], title="Forgetful")
    with pytest.raises(AssertionError, match=r"without a rule: GET /outer/inner/open$"):
        assert_every_route_has_a_rule(app)


async def test_a_rule_of_a_router_counts_for_its_routes(sample: ServiceUnderTest) -> None:
    router = Router(prefix="/x", dependencies=[require("administer")])

    @router.get("")
    async def guarded() -> None: ...

    app = create_app(sample.roles.app.state.service, [router], title="Careful")
    rules = {route.path: [rule.capability for rule in route.rules] for route in routes(app)}
    assert rules["/x"] == ["administer"]
    assert rules["/livez"] == rules["/readyz"] == rules["/metrics"] == [None]


@pytest.mark.parametrize(("error", "status"), [(NotFound("x"), 404), (StoreUnavailableError("x"), 503)])
async def test_what_keeps_a_conflict_from_being_told_is_the_answer_instead(
    sample: ServiceUnderTest, error: Exception, status: int
) -> None:
    router = Router(dependencies=[public])

    @router.get("/taken")
    async def taken() -> None:
        raise ConflictError("thing-1", Head("thing-1", 1), Head("thing-1", 2))

    async def view(_request: Request, _conflict: ConflictError) -> list[dict[str, Any]]:
        raise error

    app = create_app(sample.roles.app.state.service, [router], title="Hidden", conflict_view=view)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        answer = await http.get("/taken")
    assert (answer.status_code, "changes" in answer.json()) == (status, False)


async def test_the_description_names_problems_headers_and_the_token(sample: ServiceUnderTest) -> None:
    described = (await sample.http.get("/openapi.json")).json()
    created = described["paths"]["/groups"]["post"]["responses"]
    assert {"201", "400", "401", "403", "413", "415", "422", "503"} <= created.keys()
    assert "application/problem+json" in created["422"]["content"]
    assert "ProblemDocument" in described["components"]["schemas"]
    assert "HTTPValidationError" not in described["components"]["schemas"]
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    parameters = described["paths"]["/groups/{id}/name"]["put"]["parameters"]
    named = {parameter.get("name") or parameter["$ref"].rpartition("/")[2] for parameter in parameters}
    assert {"id", "If-Match", "Idempotency-Key"} <= named
    body = described["paths"]["/groups/{id}/name"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["$ref"].rpartition("/")[2] in described["components"]["schemas"]
    assert described["components"]["schemas"]["Answer"]["properties"]["commit"]["description"]
    assert (await sample.http.get("/openapi.json")).json() == described


async def test_the_description_for_people_names_no_address_but_the_process_itself(sample: ServiceUnderTest) -> None:
    page = await sample.http.get("/docs")
    named = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert len(named) == 3
    for address in named:
        assert address.startswith(str(sample.http.base_url).rstrip("/"))
        assert (await sample.http.get(address)).status_code == 200
