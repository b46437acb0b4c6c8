"""Requests that the published descriptions allow, made by chance: no server error, no answer that is not declared.

The real applications answer on a real port over a real database. Half of the requests are about things that exist.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import activities.roles
import activities.settings
import addresses.roles
import addresses.settings
import engagements.roles
import engagements.settings
from dossier.auth.groups import ADMINISTRATORS, PARTNERS
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, running
from dossier.testing.tokens import bearer

pytestmark = [pytest.mark.backends, pytest.mark.slow]

EXAMPLES = 12
"""Requests for each operation; about half a minute for both services."""
SEED = 20_260_501
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
Known = dict[str, list[str]]


async def addresses_known(service: ServiceUnderTest) -> Known:
    """One address of each type, all with the same parts; ids by the collection in the path, or the parameter."""
    channel, postal = new_id(), new_id()
    parts = {
        "channels": [{"id": channel, "kind": "E", "value": "eva@office.example"}],
        "postal_addresses": [{"id": postal, "kind": "post", "city": "Bern", "country": "CH"}],
    }
    company = await created(service, "/v1/companies", {"name": "Acme", **parts})
    person = await created(service, "/v1/persons", {"last_name": "Muster", "first_name": "Eva", **parts})
    contact = await created(service, "/v1/contacts", {"company": company, "person": person, **parts})
    couple = await created(service, "/v1/couples", {"a": {"person": person}, "b": {"last_name": "Frei"}, **parts})
    ids = {"companies": [company], "persons": [person], "contacts": [contact], "couples": [couple]}
    parts_known = {"channel": [channel], "postal_address": [postal], "entry": [f"person-{person}"]}
    return ids | parts_known | await lists_known(service, person, company)


async def lists_known(service: ServiceUnderTest, person: str, company: str) -> Known:
    """One of everything that is configured and shared."""
    types = ["company", "person"]
    group = await created(service, "/v1/keyword-groups", {"name": "Event", "types": types})
    keyword = new_id()
    await created(service, f"/v1/keyword-groups/{group}/keywords", {"id": keyword, "name": "Guest"})
    end = {"label": "knows", "types": types}
    link_type = await created(service, "/v1/link-types", {"one": end, "other": end})
    ends = {"one": {"type": "person", "id": person}, "other": {"type": "company", "id": company}}
    layout = {"name": "Short", "address_type": "person", "lines": "%last_name%"}
    search = {"name": "Mine", "of": "addresses", "parameters": {"q": "mus"}}
    return {
        "group": [group],
        "keyword": [keyword],
        "folders": [await created(service, "/v1/folders", {"name": "Event", "types": types})],
        "saved-searches": [await created(service, "/v1/saved-searches", search)],
        "link-types": [link_type],
        "links": [await created(service, "/v1/links", {"link_type": link_type, **ends})],
        "layouts": [await created(service, "/v1/layouts", layout)],
        "channel-types": [await created(service, "/v1/channel-types", {"label": "Signal", "kind": "S"})],
    }


async def engagements_known(service: ServiceUnderTest) -> Known:
    """A project."""
    return {"projects": [await created(service, "/v1/projects", {"code": "24-017", "title": "Shop"})]}


async def activities_known(service: ServiceUnderTest) -> Known:
    """A task, and one that was withdrawn."""
    task = {"kind": "note", "title": "Offer", "due_on": "2026-06-30"}
    identifiers = [await created(service, "/v1/activities", task) for _ in range(2)]
    token = service.tokens.user("clara", (PARTNERS, ADMINISTRATORS))
    await service.call("POST", f"/v1/activities/{identifiers[1]}/withdraw", {}, token=token, expect=200)
    return {"activities": identifiers}


async def created(service: ServiceUnderTest, path: str, body: dict[str, Any]) -> str:
    token = service.tokens.user("clara", (PARTNERS, ADMINISTRATORS))
    return (await service.call("POST", path, body, token=token, expect=201)).json()["id"]


SERVICES: dict[str, tuple[Any, Any, Callable[..., Any]]] = {
    "activities": (activities.settings.Settings, activities.roles.roles, activities_known),
    "addresses": (addresses.settings.Settings, addresses.roles.roles, addresses_known),
    "engagements": (engagements.settings.Settings, engagements.roles.roles, engagements_known),
}


@contextmanager
def served(name: str, mongo_url: str, database_name: str) -> Iterator[tuple[str, str, Known]]:
    """The service on a port of its own, in a thread of its own: its address, a token for everything, what it knows."""
    started, found = threading.Event(), list[tuple[str, str, Known]]()
    server: uvicorn.Server | None = None

    async def serve() -> None:
        nonlocal server
        own_settings, roles, known = SERVICES[name]
        async with running(own_settings, roles, mongo_url, database_name) as service:
            server = uvicorn.Server(uvicorn.Config(service.roles.app, port=0, lifespan="off", log_level="warning"))
            task = asyncio.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110  (uvicorn has no event to wait for)
                await asyncio.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            token = service.tokens.user("clara", (PARTNERS, ADMINISTRATORS), exp=4_000_000_000)
            found.append((f"http://127.0.0.1:{port}", token, await known(service)))
            started.set()
            await task

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(30), "the service did not start"
        yield found[0]
    finally:
        if server is not None:
            server.should_exit = True
        thread.join(30)


@pytest.mark.parametrize("name", SERVICES)
def test_no_server_error_and_no_undeclared_answer(name: str, mongo_url: str, database_name: str) -> None:
    asked: set[int] = set()
    with served(name, mongo_url, database_name) as (url, token, known):
        schema = schemathesis.openapi.from_dict(httpx.get(f"{url}/openapi.json").json())
        for result in schema.get_all_operations():
            asked |= answers_of(result.ok(), url, token, known)
    assert {200, 201, 404, 422} <= asked, "requests that are all refused show little"


def answers_of(operation: Any, url: str, token: str, known: Known) -> set[int]:
    """Make requests of the operation and check every answer. The statuses that there were."""
    statuses = set[int]()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), number=strategies.integers(0, 7))
    def ask(case: Any, number: int) -> None:
        if number % 2:
            with_known(case, known, number)
        case.headers = {**(case.headers or {}), **bearer(token)}
        answer = case.call(base_url=url)
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)

    ask()
    return statuses


def with_known(case: Any, known: Known, number: int) -> None:
    """Make the request one about a thing that exists."""
    given = case.path_parameters or {}
    given.update({name: known[name][number % len(known[name])] for name in given if name in known})
    collection = given.get("collection") or case.path.removeprefix("/v1/").split("/")[0]
    if "id" in given and collection in known:
        given["id"] = known[collection][number % len(known[collection])]
