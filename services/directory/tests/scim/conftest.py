"""The directory as an identity provider reaches it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from directory.roles import roles
from directory.settings import Settings
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, running

TOKEN = f"provider-{new_id()}"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True)
class Provider:
    """Speaks SCIM with the service; an answer with another status than expected fails the test."""

    service: ServiceUnderTest

    async def ask(
        self, method: str, path: str, body: Any = None, expect: int | None = None, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.service.call(method, f"/scim/v2{path}", body, token=TOKEN, headers=named, expect=expect)
        if answer.content:
            assert answer.headers["Content-Type"] == "application/scim+json"
        return answer

    async def user(self, user_name: str, **more: Any) -> dict[str, Any]:
        body = {"schemas": [USER], "userName": user_name, "externalId": new_id(), "active": True, **more}
        return (await self.ask("POST", "/Users", body, 201)).json()

    async def group(self, name: str, *members: str, **more: Any) -> dict[str, Any]:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": each} for each in members], **more}
        return (await self.ask("POST", "/Groups", body, 201)).json()

    async def patch(self, path: str, *operations: dict[str, Any], expect: int | None = None) -> httpx.Response:
        return await self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, expect)

    async def members(self, group: str) -> list[str]:
        found = (await self.ask("GET", f"/Groups/{group}", expect=200)).json()
        return [each["value"] for each in found.get("members", ())]

    async def found(self, kind: str, filter: str) -> list[str]:
        answer = await self.ask("GET", f"/{kind}?{httpx.QueryParams(filter=filter)}", expect=200)
        return [each["id"] for each in answer.json()["Resources"]]


@pytest.fixture
async def provider(mongo_url: str, database_name: str) -> AsyncIterator[Provider]:
    async with running(Settings, roles, mongo_url, database_name, scim_tokens=(TOKEN,)) as service:
        yield Provider(service)
