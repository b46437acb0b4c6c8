"""How the service is put together, and the roles it can run."""

from __future__ import annotations

import asyncio

from activities.api import (
    access,
    activities,
    agreeing,
    bulk,
    capture,
    changes,
    contents,
    corrections,
    documents,
    readers,
    tasks,
    types,
)
from activities.api.words import WORDS
from activities.contents.keeping import Keeping
from activities.contents.worker import Reading, Worker
from activities.documents import Documents
from activities.handling import Activities
from activities.settings import Settings
from activities.texts import Texts
from activities.views.world import WorldView
from dossier.feed.router import feed_router
from dossier.files import Uploads, stored_files
from dossier.http.app import create_app
from dossier.references import ReferenceChecker, owners, references_router
from dossier.runtime import Roles, Service
from dossier.store import CommitStore
from dossier.wiring import VIEW_GENERATION, consumer_role, relay_role, together

CONTEXT = "activities"


def roles(service: Service[Settings]) -> Roles:
    """The HTTP application over the commit store; relay; a consumer for what is to be known of other services."""
    store = CommitStore(service.mongo, service.database, CONTEXT)
    world = WorldView()
    world.attach(service.database, VIEW_GENERATION)
    checker = ReferenceChecker(service.database, world.known, owners(service.settings), service.http)
    files = stored_files(service.settings, service.database, "documents")
    uploads = Uploads(store, service.database, files, service.settings.unused_file_seconds)
    service.manage(store.start, store.stop)
    keeping = Keeping(service.database)
    service.manage(uploads.prepare, _nothing)
    service.manage(keeping.prepare, _nothing)
    own = (
        bulk,
        activities,
        capture,
        documents,
        contents,
        tasks,
        agreeing,
        access,
        corrections,
        changes,
        readers,
        types,
    )
    routers = [*(module.router for module in own), references_router(store), feed_router(store)]
    app = create_app(service, routers, title="Activities", words=WORDS, conflict_view=changes.conflict_view)
    app.state.store, app.state.world = store, world
    app.state.activities = Activities(store, world, checker)
    app.state.documents = Documents(store, app.state.activities, files, uploads, service.settings.file_bytes, keeping)
    app.state.texts = Texts(service.database)
    view = consumer_role(service, world)

    async def consume(stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as running:
            running.create_task(checker.run(stop))
            await view(stop)

    async def sweep(stop: asyncio.Event) -> None:
        await uploads.run(app.state.documents.refers, stop)

    reading = Reading(store, keeping, files, app.state.documents.find, uploads.under_way)
    reader = together(*(Worker(reading, patient=patient).run for patient in (False, True)))
    relay = relay_role(service, CONTEXT)
    return Roles(app, {"relay": relay, "consumer": consume, "sweep": sweep, "reader": reader})


async def _nothing() -> None:
    """Nothing needs to be stopped."""
