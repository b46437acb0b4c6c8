"""What an independent tester of SCIM servers says of this one, over a real port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
import uvicorn
from scim2_client import BaseSyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from directory.roles import roles
from directory.settings import Settings
from dossier.ids import new_id
from dossier.testing.services import running
from dossier.testing.tokens import bearer

pytestmark = [pytest.mark.backends, pytest.mark.slow]

TOKEN = f"provider-{new_id()}"
FINE = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE, Status.SKIPPED}


class Provider(BaseSyncSCIMClient):
    """The tester's client, over the HTTP library that is used here."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__()
        self._http = http

    def request(self, method: str, url: str, **kwargs: Any) -> httpx.Response:
        return self._http.request(method, url, **kwargs)

    def _parse_json(self, response: Any) -> Any:
        return cast("httpx.Response", response).json()


@pytest.fixture
async def address(mongo_url: str, database_name: str) -> AsyncIterator[str]:
    """Where SCIM is reached."""
    async with running(Settings, roles, mongo_url, database_name, scim_tokens=(TOKEN,)) as service:
        server = uvicorn.Server(uvicorn.Config(service.roles.app, port=0, lifespan="off", log_level="warning"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  (uvicorn has no event to wait for)
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/scim/v2"
        server.should_exit = True
        await serving


def checked(address: str) -> list[CheckResult]:
    with httpx.Client(base_url=address, headers=bearer(TOKEN), timeout=60) as http:
        return check_server(Provider(http))


HAS_A_DEFAULT = ("did not remove attribute 'timezone'", "did not remove attribute 'active'")
"""Everybody is somewhere, and works here or does not: what is removed has its default again (RFC 7643, section 2.2)."""


async def test_an_independent_tester_finds_nothing_against_the_specification(address: str) -> None:
    results = await asyncio.to_thread(checked, address)
    assert {result.resource_type for result in results} >= {"User", "Group"}
    told = [f"{each.resource_type} {each.title}: {each.reason}" for each in results if each.status not in FINE]
    assert [each for each in told if not each.endswith(HAS_A_DEFAULT)] == []
    assert sum(each.status is Status.SUCCESS for each in results) > 60
