"""How the service is put together, and the roles it can run."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from dossier.feed.router import feed_router
from dossier.http.app import create_app
from dossier.runtime import Role, Roles, Service
from dossier.store import CommitStore
from dossier.texts import Texts
from dossier.wiring import VIEW_GENERATION, consumer_role, relay_role, together
from email_ingest.accepting import Acceptance
from email_ingest.activities import Activities
from email_ingest.api import kept as kept_mail
from email_ingest.api import mailboxes, messages
from email_ingest.api.words import WORDS
from email_ingest.filing import Filing
from email_ingest.linking import LateLinker
from email_ingest.lmtp import Door, open_door
from email_ingest.mailboxes import Mailboxes
from email_ingest.parsing.child import CPU_SECONDS_QUICK, Parsers
from email_ingest.settings import Settings
from email_ingest.views.conversations import Conversations
from email_ingest.views.correspondents import Correspondents, CorrespondentsView
from email_ingest.views.kept import Kept
from email_ingest.views.participants import Participants
from email_ingest.worker import Worker

CONTEXT = "emails"


def roles(service: Service[Settings]) -> Roles:
    """HTTP, LMTP and SMTP in front; a worker that files; relay and consumer."""
    settings, database = service.settings, service.database
    store = CommitStore(service.mongo, database, CONTEXT)
    acceptance, participants, boxes = Acceptance(database), Participants(database), Mailboxes(store)
    view = CorrespondentsView()
    view.attach(database, VIEW_GENERATION)
    correspondents = Correspondents(view, boxes)
    activities = Activities(settings.activities_url, service.http)
    zone = ZoneInfo(settings.time_zone)
    texts = Texts(database)
    conversations, kept = Conversations(database), Kept(database)
    parsers = Parsers(2, CPU_SECONDS_QUICK)
    filing = Filing(
        store, acceptance, correspondents, participants, conversations, kept, activities, texts, zone, service.token_key
    )

    async def start() -> None:
        await store.start()
        for part in (acceptance, participants, conversations, kept):
            await part.prepare()

    async def stop() -> None:
        await parsers.close()
        await store.stop()

    service.manage(start, stop)
    app = application(service, store)
    app.state.acceptance, app.state.mailboxes = acceptance, boxes
    app.state.kept, app.state.parsers = kept, parsers
    return Roles(
        app,
        {
            "smtp": doors(settings, acceptance, boxes),
            "worker": together(Worker(database, acceptance, filing).run, LateLinker(view, filing).run),
            "consumer": consumer_role(service, view),
            "relay": relay_role(service, CONTEXT),
        },
    )


def application(service: Service[Settings], store: CommitStore) -> FastAPI:
    """The HTTP doors."""
    routers = [mailboxes.router, messages.router, kept_mail.router, feed_router(store)]
    app = create_app(service, routers, title="Email ingest", words=WORDS)
    app.state.store = store
    return app


def doors(settings: Settings, acceptance: Acceptance, boxes: Mailboxes) -> Role:
    """Listens for mail servers until stopped; a session that has handed over a mail gets its answer."""

    async def listen(stop: asyncio.Event) -> None:
        servers: list[asyncio.Server] = []
        if settings.lmtp_port:
            door = Door("lmtp", acceptance, boxes.open_at)
            servers.append(await open_door(door, "lmtp", settings.lmtp_host, settings.lmtp_port))
        if settings.smtp_port:
            door = Door("smtp", acceptance, boxes.open_at)
            servers.append(await open_door(door, "smtp", settings.smtp_host, settings.smtp_port))
        await stop.wait()
        for server in servers:
            server.close()

    return listen
