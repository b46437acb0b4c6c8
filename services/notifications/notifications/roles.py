"""How the service is put together, and the roles it can run."""

from __future__ import annotations

import asyncio

from dossier.clock import pause
from dossier.feed.client import FeedClient
from dossier.feed.router import feed_router
from dossier.http.app import create_app
from dossier.references import references_router
from dossier.runtime import Role, Roles, Service
from dossier.store import CommitStore
from dossier.wiring import VIEW_GENERATION, consumer_role, instance_name, relay_role
from notifications.api import inbox as inbox_api
from notifications.api import preferences, stream
from notifications.api.words import WORDS
from notifications.inbox.bell import Bell
from notifications.inbox.records import Inbox
from notifications.reading import Reading
from notifications.settings import Settings
from notifications.timers.firing import Firing
from notifications.timers.ownership import Ownership
from notifications.timers.planner import Planner
from notifications.timers.records import Timers
from notifications.views.reminders import ReminderProjection

CONTEXT = "notifications"
RECONCILE_SECONDS = 3600.0


def roles(service: Service[Settings]) -> Roles:
    """The HTTP application over inbox, timers and preferences; relay, consumer, and the worker that fires."""
    database, owner = service.database, instance_name()
    store = CommitStore(service.mongo, database, CONTEXT)
    timers = Timers(database, owner)
    inbox = Inbox(database, timers)
    planner = Planner(database, timers, inbox)
    view = ReminderProjection(planner)
    view.attach(database, VIEW_GENERATION)
    bell = Bell(inbox.log)

    async def start() -> None:
        await store.start()
        await timers.prepare()
        await inbox.prepare()
        await planner.live_since()

    service.manage(start, store.stop)
    service.manage(bell.start, bell.stop)
    routers = [stream.router, inbox_api.router, preferences.router, references_router(store), feed_router(store)]
    app = create_app(service, routers, title="Notifications", words=WORDS)
    app.state.store, app.state.reading, app.state.bell = store, Reading(view, timers, inbox), bell
    activities = FeedClient(service.settings.activities_url, service.http)
    firing = Firing(view, planner, timers, inbox, activities, Ownership(database, owner))
    return Roles(
        app,
        {
            "relay": relay_role(service, CONTEXT),
            "consumer": consumer_role(service, view),
            "timers": timers_role(firing, view),
        },
    )


def timers_role(firing: Firing, view: ReminderProjection) -> Role:
    """Fires what comes due; and goes through all activities at its start and every hour, so that no plan stays lost."""

    async def reconcile(stop: asyncio.Event) -> None:
        while not stop.is_set():
            await view.reconcile()
            await pause(stop, RECONCILE_SECONDS)

    async def run(stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            going_through = tasks.create_task(reconcile(stop))
            await firing.run(stop)
            going_through.cancel()

    return run
