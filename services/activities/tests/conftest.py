"""The service on a real store, with a small world of other services' events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from activities.roles import roles
from activities.settings import Settings
from activities.views.world import WorldView
from dossier.contracts.addresses import AddressDeleted, CompanyRegistered, ContactRegistered
from dossier.contracts.base import Event
from dossier.contracts.common import Principals
from dossier.contracts.directory import GroupCreated, UserAdded
from dossier.contracts.engagements import EngagementRestricted, ProjectRegistered
from dossier.http.app import create_app
from dossier.projections.model import Span
from dossier.references import references_router
from dossier.runtime import Service
from dossier.store import CommitStore
from dossier.testing.activities import ACME, ANNA, ATLAS, BEN, CARA, DORA, MEYER, NOVA, SECRET, TEAM
from dossier.testing.recorded import recorded
from dossier.testing.tokens import TokenMaker, bearer

NAMES = {ANNA: "Anna Muster", BEN: "Ben Frei", CARA: "Cara Graf", DORA: "Dora Lang"}
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
    **{f"user-{user}": [UserAdded(name=name)] for user, name in NAMES.items()},
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
        """A request of a user, of the service `service:NAME`, or of the administrator `admin:NAME`."""
        kind, _, name = by.rpartition(":")
        if kind == "service":
            own = self.tokens.service_headers(name)
        else:
            own = bearer(self.tokens.administrator(name) if kind else self.tokens.user(name))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, path, json=body, headers=own | named)

    async def do(self, method: str, path: str, body: Any = None, *, by: str = "anna", expect: int = 200) -> Any:
        """A request that answers with this status; the body of the answer."""
        answer = await self.send(method, path, body, by=by)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def refused(self, method: str, path: str, body: Any = None, *, by: str = "anna") -> tuple[str, str | None]:
        """A request that a rule refuses: the rule and the field it names."""
        told = await self.do(method, path, body, by=by, expect=422)
        return told["rule"], told.get("field")

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


@pytest.fixture
def tokens() -> TokenMaker:
    return TokenMaker()


@pytest.fixture
async def service(mongo_url: str, database_name: str, tokens: TokenMaker) -> Service[Settings]:
    settings = Settings(
        environment="test",
        mongo_url=mongo_url,
        mongo_database=database_name,
        issuer_url=tokens.issuer,
        audience=tokens.audience,
    )
    return Service(settings, keys=tokens.keys)


@pytest.fixture
async def owners(service: Service[Settings], tokens: TokenMaker, database_name: str) -> AsyncIterator[CommitStore]:
    """The other services: one store and one application that answers for all of them what exists."""
    store = CommitStore(service.mongo, service.mongo.database(f"{database_name}_owners"), "owners")
    await store.start()
    app = create_app(service, [references_router(store, {AddressDeleted})], title="Owners")
    await service.http.aclose()
    service.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=tokens.service_headers("activities"))
    yield store
    await store.stop()


@pytest.fixture
async def client(service: Service[Settings], owners: CommitStore, tokens: TokenMaker) -> AsyncIterator[Client]:
    app = roles(service).app
    world: WorldView = app.state.world
    transport = httpx.ASGITransport(app)
    async with service, httpx.AsyncClient(transport=transport, base_url="http://activities") as http:
        await world.prepare()
        await world.apply([Span(stream, recorded(stream, *events)) for stream, events in HISTORY.items()])
        yield Client(app, http, tokens)


@pytest.fixture
def store(client: Client) -> CommitStore:
    return client.app.state.store


@pytest.fixture
def world(client: Client) -> WorldView:
    return client.app.state.world
