"""The mail gateway with the services around it, all real, and ways to kill it at any point."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from activities.roles import roles as activities_roles
from activities.settings import Settings as ActivitiesSettings
from addresses.roles import roles as addresses_roles
from addresses.settings import Settings as AddressesSettings
from dossier.auth.groups import ADMINISTRATORS, CONSULTANTS
from dossier.commands import load
from dossier.ids import new_id, stream_id
from dossier.mongo import Document
from dossier.store import CommitStore
from dossier.testing.services import ServiceUnderTest, apply_all, running
from dossier.testing.tokens import TokenMaker, bearer
from dossier.texts import Texts
from email_ingest.accepting import Acceptance, Envelope
from email_ingest.activities import Activities
from email_ingest.domain.message import Message
from email_ingest.filing import MESSAGE, Filing
from email_ingest.mailboxes import Mailboxes
from email_ingest.roles import roles as email_roles
from email_ingest.settings import Settings as EmailSettings
from email_ingest.views.conversations import Conversations
from email_ingest.views.correspondents import Correspondents, CorrespondentsView
from email_ingest.views.kept import Kept
from email_ingest.views.participants import Participants
from email_ingest.worker import Lane, Worker

KEY = b"only for tests"
OFFICE, SALES = "office@dossier.example", "sales@dossier.example"


def mail(subject: str = "Offerte", sender: str = "eva@kunde.example", message_id: str = "<1@kunde.example>") -> bytes:
    head = f"From: Eva Muster <{sender}>\r\nTo: {OFFICE}, anna@dossier.example\r\nSubject: {subject}\r\n"
    return f"{head}Message-ID: {message_id}\r\nDate: Mon, 2 Nov 2026 10:00:00 +0100\r\n\r\nGuten Tag\r\n".encode()


class Killed(BaseException):
    """The process is gone."""


class Bomb:
    """Counts the gateway's reads and writes, and goes off at one of them."""

    def __init__(self, at: int = -1) -> None:
        self.at = at
        self.count = 0

    def tick(self) -> None:
        self.count += 1
        if self.count - 1 == self.at:
            raise Killed


class FragileStore(CommitStore):
    """The gateway's commit store, which can be killed before and after each of its reads and writes."""

    bomb = Bomb()

    async def history(self, *arguments: Any, **options: Any) -> Any:
        self.bomb.tick()
        return await super().history(*arguments, **options)

    async def append(self, *arguments: Any, **options: Any) -> Any:
        self.bomb.tick()
        committed = await super().append(*arguments, **options)
        self.bomb.tick()
        return committed


class FragileTransport(httpx.AsyncBaseTransport):
    """Requests to the activity service: the gateway may die before they are sent and before the answer is heard."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.bomb = Bomb()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.bomb.tick()
        answer = await self.inner.handle_async_request(request)
        await answer.aread()
        self.bomb.tick()
        return answer


@dataclass
class World:
    """The three services, and the parts of the gateway as a worker has them."""

    addresses: ServiceUnderTest
    activities: ServiceUnderTest
    email: ServiceUnderTest
    view: CorrespondentsView
    transport: FragileTransport
    gateway_http: httpx.AsyncClient
    database: Any

    def filing(self, bomb: Bomb | None = None) -> Filing:
        """A fresh worker's filing; nothing is remembered from the one before."""
        self.transport.bomb = bomb or Bomb()
        store: Any = self.email.store
        fragile = FragileStore.__new__(FragileStore)
        fragile.__dict__ = store.__dict__
        fragile.bomb = bomb or Bomb()
        activities = Activities("http://activities.test", self.gateway_http)
        people = Correspondents(self.view, Mailboxes(fragile))
        acceptance = self.email.roles.app.state.acceptance
        zone = ZoneInfo("Europe/Zurich")
        return Filing(
            fragile, acceptance, people, Participants(self.database), Conversations(self.database),
            Kept(self.database), activities, Texts(self.database), zone, KEY,
        )  # fmt: skip

    async def accept(self, raw: bytes, mailbox: str = OFFICE) -> Document:
        """Take a delivery by a mailbox, durably."""
        acceptance: Acceptance = self.email.roles.app.state.acceptance
        boxes: Mailboxes = self.email.roles.app.state.mailboxes
        accepted = await acceptance.accept(raw, Envelope("lmtp", mailbox, mailbox=await boxes.open_at(mailbox)))
        delivery = await self.database["deliveries"].find_one({"_id": accepted.delivery})
        assert delivery is not None
        return delivery

    async def contact_with(self, mail_address: str) -> str:
        """A new company with a contact that owns the mail address; known to the gateway."""
        company, contact = new_id(), new_id()
        await self.addresses.call("POST", "/v1/companies", {"id": company, "name": "Kunde AG"}, expect=201)
        body = {"id": contact, "company": company, "last_name": "Muster", "first_name": "Eva"}
        await self.addresses.call("POST", "/v1/contacts", body, expect=201)
        channel = {"kind": "E", "value": mail_address}
        await self.addresses.call("POST", f"/v1/contacts/{contact}/channels", channel, expect=201)
        await self.learn()
        return contact

    async def learn(self) -> None:
        """Bring the gateway's view up to the address book."""
        await apply_all(self.addresses.store, self.view)

    async def filed(self) -> list[dict[str, Any]]:
        """Every activity there is, as a member of all groups sees it."""
        token = self.activities.tokens.user("reader", (CONSULTANTS, ADMINISTRATORS))
        streams = await self.activities.store.commits.distinct("stream")
        return [
            (
                await self.activities.call("GET", f"/v1/activities/{one.split('-', 1)[1]}", token=token, expect=200)
            ).json()
            for one in sorted(streams)
        ]

    async def message(self, identifier: str) -> Message:
        """The message as it stands."""
        return (await load(self.email.store, MESSAGE, stream_id("message", identifier))).state


@asynccontextmanager
async def world_on(mongo_url: str, database_name: str) -> AsyncGenerator[World]:
    """Address book, activities and gateway, with two mailboxes."""
    tokens = TokenMaker()

    def start(settings: Any, roles: Callable[..., Any], **more: Any) -> Any:
        return running(settings, roles, mongo_url, f"{database_name}_{more.pop('suffix')}", tokens=tokens, **more)

    async with (
        start(AddressesSettings, addresses_roles, suffix="a") as addresses,
        start(ActivitiesSettings, activities_roles, suffix="b") as activities,
        start(EmailSettings, email_roles, suffix="c") as email,
    ):
        transport = FragileTransport(httpx.ASGITransport(activities.roles.app))
        headers = bearer(tokens.service("email-ingest"))
        async with httpx.AsyncClient(transport=transport, headers=headers) as gateway_http:
            view = CorrespondentsView()
            database = email.roles.app.state.service.database
            view.attach(database, 1)
            await view.prepare()
            for address, groups in ((OFFICE, [CONSULTANTS]), (SALES, [ADMINISTRATORS])):
                box = {"mail_address": address, "readers": {"groups": groups}}
                await email.call("POST", "/v1/mailboxes", box, token=tokens.administrator(), expect=201)
            yield World(addresses, activities, email, view, transport, gateway_http, database)


@asynccontextmanager
async def working(world: World, *lanes: Lane) -> AsyncGenerator[None]:
    """A worker, which is stopped and has finished afterwards."""
    stop = asyncio.Event()
    acceptance = world.email.roles.app.state.acceptance
    await acceptance.prepare()
    worker = Worker(world.database, acceptance, world.filing(), *([lanes] if lanes else []))
    running = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(60):
        while True:
            if await check():
                return
            await asyncio.sleep(0.05)


async def done(world: World, delivery: str) -> Document:
    """The delivery once it is closed."""
    closed = {"_id": delivery, "open": {"$exists": False}}

    async def is_closed() -> bool:
        return await world.database["deliveries"].count_documents(closed) == 1

    await until(is_closed)
    found = await world.database["deliveries"].find_one(closed, {"raw": 0})
    assert found is not None
    return found
