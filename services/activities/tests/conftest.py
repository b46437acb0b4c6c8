"""The service on a real store, with a small world of other services' events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from activities.roles import CONTEXT, application
from activities.settings import Settings
from activities.views.world import WorldView
from dossier.contracts.addresses import CompanyRegistered, ContactRegistered
from dossier.contracts.base import Event
from dossier.contracts.common import Principals
from dossier.contracts.directory import GroupCreated, UserAdded
from dossier.contracts.engagements import EngagementRestricted, ProjectRegistered
from dossier.projections.model import Span
from dossier.runtime import Service
from dossier.store import CommitStore
from dossier.testing.activities import ACME, ANNA, ATLAS, BEN, CARA, DORA, MEYER, NOVA, SECRET, TEAM
from dossier.testing.recorded import recorded
from dossier.testing.tokens import AUDIENCE, TokenMaker

HISTORY: dict[str, list[Event]] = {
    f"company-{ACME}": [CompanyRegistered(name="Acme")],
    f"company-{NOVA}": [CompanyRegistered(name="Nova")],
    f"contact-{MEYER}": [ContactRegistered(company=ACME, last_name="Meyer")],
    f"project-{ATLAS}": [ProjectRegistered(code="A", title="Atlas")],
    f"project-{SECRET}": [
        ProjectRegistered(code="S", title="Secret"),
        EngagementRestricted(to=Principals(users=(BEN,), groups=(TEAM,))),
    ],
    f"group-{TEAM}": [GroupCreated(name="Team")],
    **{f"user-{user}": [UserAdded(name="A user")] for user in (ANNA, BEN, CARA, DORA)},
}


class Client:
    """What callers of the service do, as one of its users or as a service."""

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, tokens: TokenMaker) -> None:
        self.app = app
        self.http = http
        self.tokens = tokens

    async def send(
        self, method: str, path: str, body: Any = None, *, by: str = "anna", **headers: str
    ) -> httpx.Response:
        """A request of a user, or of the service `service:NAME`."""
        service = by.removeprefix("service:")
        own = self.tokens.headers(by) if service == by else self.tokens.service_headers(service)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, path, json=body, headers=own | named)

    async def record(self, *, by: str = "anna", **fields: Any) -> str:
        """Record a note with these fields; the id."""
        answer = await self.send("POST", "/v1/activities", {"kind": "note", "title": "Offer", **fields}, by=by)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def read(self, identifier: str, *, by: str = "anna") -> dict[str, Any]:
        """The activity as it stands."""
        answer = await self.send("GET", f"/v1/activities/{identifier}", by=by)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def sees(self, identifier: str, by: str) -> bool:
        """Whether the user sees the activity."""
        return (await self.send("GET", f"/v1/activities/{identifier}", by=by)).status_code == 200


class OwnView(WorldView):
    """A world in which no other service answers what the own view does not know."""

    async def unknown(self, streams: Sequence[str]) -> Collection[str]:
        return set(streams) - (await self.positions(streams)).keys()


@pytest.fixture
def settings(mongo_url: str, database_name: str) -> Settings:
    return Settings(
        environment="test",
        mongo_url=mongo_url,
        mongo_database=database_name,
        issuer_url="https://issuer.test",
        audience=AUDIENCE,
    )


@pytest.fixture
async def world(service: Service[Settings]) -> OwnView:
    view = OwnView()
    view.attach(service.database, 1)
    await view.prepare()
    await view.apply([Span(stream, recorded(stream, *events)) for stream, events in HISTORY.items()])
    return view


@pytest.fixture
def tokens() -> TokenMaker:
    return TokenMaker()


@pytest.fixture
async def service(settings: Settings, tokens: TokenMaker) -> AsyncIterator[Service[Settings]]:
    async with Service(settings, keys=tokens.keys) as running:
        yield running


@pytest.fixture
async def store(service: Service[Settings]) -> AsyncIterator[CommitStore]:
    store = CommitStore(service.mongo, service.database, CONTEXT)
    await store.start()
    yield store
    await store.stop()


@pytest.fixture
async def client(
    service: Service[Settings], store: CommitStore, world: OwnView, tokens: TokenMaker
) -> AsyncIterator[Client]:
    app = application(service, store, world)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://activities") as http:
        yield Client(app, http, tokens)
