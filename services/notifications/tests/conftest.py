"""An office: the stores of the other services, their feed, and this service's own parts on one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from dossier.contracts.base import Event
from dossier.contracts.directory import UserAdded
from dossier.feed.client import FeedClient
from dossier.feed.router import feed_router
from dossier.http.app import create_app
from dossier.ids import new_id
from dossier.mongo import Database, Document
from dossier.projections.model import Span
from dossier.runtime import Service
from dossier.store import CommitStore, Metadata, NewCommit
from dossier.testing.activities import ANNA, BEN, CARA
from dossier.testing.tokens import TokenMaker
from notifications.inbox.records import Inbox
from notifications.settings import Settings
from notifications.timers.firing import Firing
from notifications.timers.ownership import Ownership
from notifications.timers.planner import Planner
from notifications.timers.records import Timers
from notifications.views.reminders import ReminderProjection


class Office:
    """Events happen in the stores of their owners (one store stands for all) and are delivered when the test says.

    Reminders began here in 2020, and the owners' clock stands before what is dated in the past: it is due at once.
    """

    clock = datetime(2026, 1, 2, tzinfo=UTC)

    past = date(2026, 1, 5)
    future = date(2126, 1, 5)

    def __init__(self, service: Service[Settings], tokens: TokenMaker, name: str) -> None:
        self.service = service
        self.tokens = tokens
        self.database: Database = service.mongo.database(name)
        self.store = CommitStore(service.mongo, service.mongo.database(f"{name}_owners"), "activities", self.now)
        app = create_app(service, [feed_router(self.store)], title="Owners")
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=tokens.service_headers("notifications"))
        self.feed = FeedClient("http://activities", http)
        self.timers = Timers(self.database, "test")
        self.inbox = Inbox(self.database, self.timers)
        self.planner = Planner(self.database, self.timers, self.inbox)
        self.view = ReminderProjection(self.planner)
        self.view.attach(self.database, 1)

    def now(self) -> datetime:
        """The owners' clock."""
        return self.clock

    async def open(self) -> None:
        """Indexes, and the moment since which there are reminders here."""
        await self.service.start()
        await self.store.start()
        await self.view.prepare()
        await self.timers.prepare()
        await self.inbox.prepare()
        await self.database["timer_state"].insert_one({"_id": "live_since", "at": datetime(2020, 1, 1, tzinfo=UTC)})
        for user in (ANNA, BEN, CARA):
            await self.happens(f"user-{user}", UserAdded(name="A user", time_zone="Europe/Zurich"))

    async def close(self) -> None:
        """Stop the store, let go of the connections."""
        await self.store.stop()
        await self.service.stop()

    async def tell(self, stream: str, *events: Event) -> None:
        """Something happens at its owner; nobody here hears of it yet."""
        head = await self.store.head(stream)
        metadata = Metadata(actor="service:tests", channel="api", correlation_id="", command_id=new_id())
        await self.store.append(NewCommit(stream, head, events, metadata))

    async def hears(self, *streams: str) -> None:
        """Deliver what is new of these streams, jobs included."""
        applied = await self.view.positions(streams)
        spans = [Span(stream, await self.store.read(stream, applied.get(stream, 0))) for stream in streams]
        spans = [span for span in spans if span.events]
        for wish in await self.view.apply(spans):
            await self.view.run_job_to_the_end(wish, spans)
        await self.view.advance({span.stream: span.last for span in spans})

    async def happens(self, stream: str, *events: Event) -> None:
        """Something happens and is heard of."""
        await self.tell(stream, *events)
        await self.hears(stream)

    async def worker(self, name: str = "test", **replaced: Any) -> Firing:
        """A worker that owns a share; parts can be replaced."""
        timers = replaced.get("timers") or Timers(self.database, name)
        inbox = replaced.get("inbox") or Inbox(self.database, timers)
        ownership = Ownership(self.database, name)
        await ownership.beat()
        owner = replaced.get("owner", self.feed)
        return Firing(self.view, self.planner, timers, inbox, owner, ownership)

    async def fire(self) -> int:
        """One step of a worker that is alone; how many timers were claimed."""
        await self.database["timer_owners"].delete_many({})
        return await (await self.worker()).step()

    async def leases_end(self) -> None:
        """As if half a minute and more had passed: claims end, pending entries are old."""
        back = [{"$set": {"vis": {"$subtract": ["$vis", 60_000]}}}]
        await self.database["timers"].update_many({"live": True}, back)
        await self.database["inbox"].update_many({}, [{"$set": {"made_at": {"$subtract": ["$made_at", 60_000]}}}])

    async def armed(self) -> list[Document]:
        """The live timers."""
        return await self.database["timers"].find({"live": True}).sort("_id").to_list(None)

    async def entries(self, user: str = ANNA) -> list[Document]:
        """The user's entries that were told, whatever became of them."""
        return await self.database["inbox"].find({"usr": user, "told_at": {"$exists": True}}).to_list(None)

    async def told(self) -> list[str]:
        """Entries as often as they were told."""
        records = await self.database["inbox_log"].find({"what": "told"}).to_list(None)
        return sorted(record["entry"] for record in records)


@pytest.fixture
async def office(mongo_url: str, database_name: str) -> AsyncIterator[Office]:
    tokens = TokenMaker()
    settings = Settings(
        environment="test",
        mongo_url=mongo_url,
        mongo_database=database_name,
        issuer_url=tokens.issuer,
        audience=tokens.audience,
    )
    opened = Office(Service(settings, keys=tokens.keys), tokens, database_name)
    await opened.open()
    yield opened
    await opened.close()
