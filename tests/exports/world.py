"""Directory, addresses, engagements, activities and histories, each answering on a port of its own.

What relay, Kafka and consumers do in between is not under test: `World.settle` brings all views up to the stores.
"""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zipfile import ZipFile

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from activities.roles import roles as activities_roles
from activities.settings import Settings as ActivitiesSettings
from addresses.roles import roles as addresses_roles
from addresses.settings import Settings as AddressesSettings
from directory.roles import roles as directory_roles
from directory.settings import Settings as DirectorySettings
from dossier.auth.groups import PARTNERS
from dossier.contracts import RecordedEvent
from dossier.demo.bulk import write
from dossier.feed.reading import versions
from dossier.http.client import PooledTransport
from dossier.ids import new_id
from dossier.mongo import Mongo
from dossier.projections.model import Projection, Span
from dossier.runtime import Roles, Service, listen, serve
from dossier.testing.activities import note
from dossier.testing.services import ServiceUnderTest, running
from dossier.testing.tokens import TokenMaker, bearer
from engagements.roles import roles as engagements_roles
from engagements.settings import Settings as EngagementsSettings
from histories.api.requests import Live
from histories.roles import application
from histories.settings import Settings as HistoriesSettings
from histories.views.projection import Histories
from histories.views.texts import Texts
from oracle.recording import apply

OWNERS: dict[str, tuple[Any, Any]] = {
    "directory": (DirectorySettings, directory_roles),
    "addresses": (AddressesSettings, addresses_roles),
    "engagements": (EngagementsSettings, engagements_roles),
    "activities": (ActivitiesSettings, activities_roles),
}


Breaks = Callable[[Scope], bool]
"""Whether a request fails: what is known of it so far."""


@dataclass
class Served:
    """An application on its port, until it is stopped. Requests for which `breaks` says so fail."""

    app: FastAPI
    listener: socket.socket
    breaks: Breaks = lambda scope: False
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._serving = asyncio.create_task(serve(self, self.listener, self.stop))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.breaks(scope):
            raise ConnectionError("a fault of the test's making")
        await self.app(scope, receive, send)

    async def end(self) -> None:
        """No request is taken any more, and none is finished that takes long."""
        self.stop.set()
        await self._serving


@dataclass
class World:
    """All services, and callers of them. `asked` counts how often histories looked what may be read."""

    tokens: TokenMaker
    urls: dict[str, str]
    http: httpx.AsyncClient
    projection: Histories
    texts: Texts
    services: dict[str, ServiceUnderTest] = field(default_factory=dict[str, ServiceUnderTest])
    served: dict[str, Served] = field(default_factory=dict[str, Served])
    parked: set[str] = field(default_factory=set[str])
    asked: int = 0
    _known: dict[str, int] = field(default_factory=dict[str, int])

    def clara(self) -> str:
        """The token of a partner, who exports and sees private data."""
        return self.tokens.user("clara", (PARTNERS,))

    def dora(self) -> str:
        """The token of an administrator, who exports and sees no private data."""
        return self.tokens.administrator("dora")

    async def does(self, service: str, path: str, body: Any = None, method: str = "POST", token: str = "") -> Any:
        """A command that must be taken: by Clara, unless a token says otherwise."""
        url, headers = f"{self.urls[service]}{path}", bearer(token or self.clara())
        answer = await self.http.request(method, url, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def makes(self, service: str, path: str, **body: Any) -> str:
        """Something is made; its id."""
        return (await self.does(service, path, body))["id"]

    async def attaches(self, activity: str, name: str, content: bytes = b"%PDF-1.7\nAn offer") -> str:
        """A document is put on the activity; its id."""
        headers = bearer(self.clara()) | {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        url = f"{self.urls['activities']}/v1/activities/{activity}/documents"
        answer = await self.http.post(url, content=content, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()["document"]

    async def settle(self) -> None:
        """All views know what is in the stores."""
        for owner in OWNERS:
            store = self.services[owner].store
            heads = await versions(store.commits, await store.commits.distinct("stream"))
            newer = [stream for stream, version in heads.items() if version > self._known.get(stream, 0)]
            # One after the other: thousands at once wait for each other longer than a read may take.
            spans = [Span(stream, await store.read(stream, self._known.get(stream, 0))) for stream in newer]
            self._known |= heads
            for view in self._views():
                if store.context in view.sources:
                    await apply(view, spans)

    async def prepare(self) -> None:
        """All views are there, and empty."""
        for view in self._views():
            await view.prepare()

    async def asks(self, path: str, token: str = "", status: int = 200) -> httpx.Response:
        """A query of histories."""
        answer = await self.http.get(f"{self.urls['histories']}{path}", headers=bearer(token or self.clara()))
        assert answer.status_code == status, answer.text
        return answer

    async def records(self, of: str, token: str = "", query: str = "") -> list[dict[str, Any]]:
        """The records of a dossier."""
        answer = await self.asks(f"/v1/{of}/dossier.ndjson{query}", token)
        return [json.loads(line) for line in answer.text.splitlines()]

    async def archive(self, of: str, token: str = "") -> ZipFile:
        """The archive of a dossier, of which every file is whole."""
        archive = ZipFile(io.BytesIO((await self.asks(f"/v1/{of}/dossier.zip", token)).content))
        assert archive.testzip() is None
        return archive

    async def walked(self, of: str, token: str = "") -> list[dict[str, Any]]:
        """All rows of the address's page, page by page."""
        rows: list[dict[str, Any]] = []
        following: str | None = ""
        while following is not None:
            cursor = f"&cursor={following}" if following else ""
            page = (await self.asks(f"/v1/{of}/history?limit=40{cursor}", token)).json()
            rows += page["items"]
            following = page["next"]
        return rows

    @asynccontextmanager
    async def streamed(self, of: str, ending: str) -> AsyncGenerator[httpx.Response]:
        """An export of Clara's under way."""
        url = f"{self.urls['histories']}/v1/{of}/dossier.{ending}"
        async with self.http.stream("GET", url, headers=bearer(self.clara())) as answer:
            yield answer

    @asynccontextmanager
    async def away(self, service: str) -> AsyncGenerator[None]:
        """Inside, nobody answers for the service."""
        address = self.served[service].listener.getsockname()
        await self.served[service].end()
        yield
        self.served[service] = Served(self.services[service].roles.app, listen(*address))

    @contextmanager
    def broken(self, service: str, breaks: Breaks) -> Iterator[None]:
        """Inside, the service fails at some requests."""
        served = self.served[service]
        served.breaks = breaks
        yield
        served.breaks = lambda scope: False

    async def large(self, activities: int, text: str) -> str:
        """A company with so many activities of Anna's, written in bulk; its id."""
        company = await self.makes("addresses", "/v1/companies", name="Large AG")
        told = {"address": {"type": "company", "id": company}, "text": text}
        days = (date(2020, 1, 1) + timedelta(days=number % 2_000) for number in range(activities))
        events = ((f"activity-{new_id()}", note(occurred_on=day, title=f"On {day}", **told)) for day in days)
        await write(self.services["activities"].store, events, lambda count: None)
        await self.settle()
        return company

    def _views(self) -> list[Projection]:
        own = (vars(service.roles.app.state)["_state"].values() for service in self.services.values())
        return [*(each for state in own for each in state if isinstance(each, Projection)), self.projection, self.texts]


@asynccontextmanager
async def world(mongo_url: str, mongo: Mongo, database_name: str) -> AsyncGenerator[World]:
    """The services, running."""
    listeners = {name: listen("127.0.0.1", 0) for name in (*OWNERS, "histories")}
    urls = {name: f"http://127.0.0.1:{each.getsockname()[1]}" for name, each in listeners.items()}
    database, projection, texts = mongo.database(database_name), Histories(), Texts()
    projection.attach(database, 1)
    texts.attach(database, 1)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=30))
        made = World(TokenMaker(), urls, http, projection, texts)

        def histories(service: Service[HistoriesSettings]) -> Roles:
            return Roles(application(service, lambda: _live(made), _nothing_newer))

        for name, (settings, roles) in {**OWNERS, "histories": (HistoriesSettings, histories)}.items():
            asking = httpx.AsyncClient(transport=PooledTransport(), headers=made.tokens.service_headers(name))
            own = f"{database_name}_{name}" if name in OWNERS else database_name
            named = {f"{each}_url": url for each, url in urls.items()}
            started = running(settings, roles, mongo_url, own, tokens=made.tokens, http=asking, **named)
            made.services[name] = await stack.enter_async_context(started)
            made.served[name] = Served(made.services[name].roles.app, listeners[name])
            stack.push_async_callback(lambda each=name: made.served[each].end())
        await made.prepare()
        yield made


async def _live(world: World) -> Live:
    world.asked += 1
    return Live(world.projection, frozenset(world.parked), world.texts)


async def _nothing_newer(stream: str, after: int) -> list[RecordedEvent]:
    return []
