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
from activities.contents.catching_up import CatchingUp
from activities.contents.keeping import Keeping
from activities.contents.worker import Reading, Worker
from activities.documents import Documents
from activities.handling import Activities
from activities.settings import Settings
from activities.views.world import WorldView
from activities.workers import Workers
from dossier.auth.principals import CapabilityTable
from dossier.feed.router import feed_router
from dossier.files import Uploads, stored_files
from dossier.http.app import create_app
from dossier.references import ReferenceChecker, owners, references_router
from dossier.runtime import Role, Roles, Service
from dossier.store import CommitStore
from dossier.texts import Texts
from dossier.wiring import VIEW_GENERATION, consumer_role, relay_role, together

CONTEXT = "activities"
MODULES = (
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


def roles(service: Service[Settings]) -> Roles:
    """The HTTP application over the commit store; relay; a consumer for what is to be known of other services."""
    store = CommitStore(service.mongo, service.database, CONTEXT)
    world = WorldView()
    world.attach(service.database, VIEW_GENERATION)
    checker = ReferenceChecker(service.database, world.known, owners(service.settings), service.http)
    service.manage(store.start, store.stop)
    routers = [*(module.router for module in MODULES), references_router(store), feed_router(store)]
    app = create_app(service, routers, title="Activities", words=WORDS, conflict_view=changes.conflict_view)
    app.state.store, app.state.world = store, world
    app.state.activities = Activities(store, world, checker)
    app.state.documents = documents_of(service, store, app.state.activities)
    app.state.texts = Texts(service.database)
    app.state.workers = Workers(world, CapabilityTable(service.settings.capabilities))
    view = consumer_role(service, world)

    async def consume(stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as running:
            running.create_task(checker.run(stop))
            await view(stop)

    relay = relay_role(service, CONTEXT)
    papers: Documents = app.state.documents
    return Roles(
        app, {"relay": relay, "consumer": consume, "sweep": papers.sweep, "reader": reader_role(store, papers)}
    )


def documents_of(service: Service[Settings], store: CommitStore, activities: Activities) -> Documents:
    """The documents of the service's activities; prepared with it."""
    settings, database = service.settings, service.database
    files = stored_files(settings, database, "documents")
    uploads = Uploads(store, database, files, settings.unused_file_seconds)
    keeping = Keeping(database)
    for prepare in (uploads.prepare, keeping.prepare):
        service.manage(prepare, _nothing)
    return Documents(store, activities, files, uploads, settings.file_bytes, keeping)


def reader_role(store: CommitStore, documents: Documents) -> Role:
    """Reads documents in both lanes, and finds those that nobody read so far."""
    of = Reading(store, documents.contents, documents.files, documents.find, documents.uploads.under_way)
    catching_up = CatchingUp(documents.files, documents.contents, documents.find)
    return together(*(Worker(of, patient=patient).run for patient in (False, True)), catching_up.run)


async def _nothing() -> None:
    """Nothing needs to be stopped."""
