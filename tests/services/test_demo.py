"""The services take every call of the demo, and take it again: the demo fits their interfaces as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date
from typing import Any

import httpx
import pytest

from activities.roles import roles as activities_roles
from activities.settings import Settings as ActivitiesSettings
from addresses.roles import roles as addresses_roles
from addresses.settings import Settings as AddressesSettings
from directory.roles import roles as directory_roles
from directory.settings import Settings as DirectorySettings
from dossier.auth.demo import BY_LOGIN
from dossier.demo.basis import Call, Size
from dossier.demo.load import key_of
from dossier.demo.plan import Plan
from dossier.testing.services import ServiceUnderTest, running
from dossier.testing.tokens import TokenMaker
from engagements.roles import roles as engagements_roles
from engagements.settings import Settings as EngagementsSettings

pytestmark = pytest.mark.backends

PARTS: dict[str, tuple[Any, Any]] = {
    "directory": (DirectorySettings, directory_roles),
    "addresses": (AddressesSettings, addresses_roles),
    "engagements": (EngagementsSettings, engagements_roles),
    "activities": (ActivitiesSettings, activities_roles),
}
ELSEWHERE = {"email-ingest"}
"""Has its own tests of mailboxes and mails."""


@pytest.fixture
async def services(mongo_url: str, database_name: str) -> AsyncIterator[dict[str, ServiceUnderTest]]:
    """The interfaces of the write sides; each asks the others where it does not know a reference."""
    services: dict[str, ServiceUnderTest] = {}

    async def network(scope: Any, receive: Any, send: Any) -> None:
        host = dict(scope["headers"])[b"host"].decode().removesuffix(".test")
        await services[host].roles.app(scope, receive, send)

    tokens, urls = TokenMaker(), {f"{name}_url": f"http://{name}.test" for name in PARTS}
    async with AsyncExitStack() as stack:
        for name, (settings, roles) in PARTS.items():
            http = httpx.AsyncClient(transport=httpx.ASGITransport(network), headers=tokens.service_headers(name))
            database = f"{database_name}_{name}"
            service = running(settings, roles, mongo_url, database, tokens=tokens, http=http, **urls)
            services[name] = await stack.enter_async_context(service)
        yield services


async def send(services: dict[str, ServiceUnderTest], call: Call) -> None:
    service, user = services[call.service], BY_LOGIN[call.login]
    token = service.tokens.user(call.login, user.groups, sub=user.id)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f'"{key_of(call)}"'}
    sent = call.request
    sent["headers"] = sent.get("headers", {}) | headers
    answer = await service.http.request(call.method, call.path, **sent)
    assert answer.is_success, f"{call}: {answer.status_code} {answer.text}"


async def test_every_call_of_the_demo_is_taken_once_and_again(services: dict[str, ServiceUnderTest]) -> None:
    plan = Plan(1, date(2026, 5, 4), Size(activities=120))
    sent = [call for _, calls in plan.phases() for call in calls if call.service not in ELSEWHERE]
    for call in [*sent, plan.last_call()]:
        await send(services, call)
    versions = [await service.store.commits.count_documents({}) for service in services.values()]
    for call in sent:
        await send(services, call)
    assert [await service.store.commits.count_documents({}) for service in services.values()] == versions
