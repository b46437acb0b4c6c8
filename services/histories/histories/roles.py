"""How the service is put together, and the roles it can run."""

from __future__ import annotations

import time
from collections.abc import Sequence

from fastapi import FastAPI

from dossier.auth.principals import CapabilityTable
from dossier.clock import Clock, system_clock
from dossier.contracts import RecordedEvent
from dossier.http.app import create_app
from dossier.projections.consumers import Consumers
from dossier.projections.feeds import read_stream
from dossier.projections.parking import Parking
from dossier.projections.pointer import CACHED_SECONDS
from dossier.projections.pointer import Live as LiveGeneration
from dossier.projections.sources import Sources
from dossier.runtime import Roles, Service
from dossier.wiring import VIEW_GENERATION, consumer_role, feeds_of, together
from histories.api import (
    calendar,
    calendar_feeds,
    controlling,
    exports,
    exports_noted,
    folders,
    histories,
    pinned,
    searches,
    touchpoints,
    worklists,
)
from histories.api.calendar_feeds import Newer
from histories.api.requests import FindLive, Live
from histories.api.words import WORDS
from histories.export.noted import Exports
from histories.settings import Settings
from histories.views.contents import Contents, fetch_from
from histories.views.projection import Histories
from histories.views.texts import Texts

MODULES = (
    searches,
    folders,
    controlling,
    histories,
    pinned,
    touchpoints,
    worklists,
    calendar,
    calendar_feeds,
    exports,
    exports_noted,
)


def roles(service: Service[Settings]) -> Roles:
    """The query API over the live generation; a consumer that keeps all active generations."""
    feeds = feeds_of(service, Histories.sources)
    consumers = Consumers(Histories, service.database, service.settings, feeds)
    service.readiness.add(f"projection-{Histories.name}", consumers.check)
    texts = Texts()
    texts.attach(service.database, VIEW_GENERATION)
    contents = Contents(texts, fetch_from(service.settings.activities_url, service.http))
    consumer = together(consumers.run, consumer_role(service, texts), contents.run)

    async def newer(stream: str, after: int) -> Sequence[RecordedEvent]:
        return await read_stream(feeds["directory"], stream, after)

    return Roles(application(service, live_histories(service, texts), newer), {"consumer": consumer})


def application(service: Service[Settings], find_live: FindLive, newer: Newer, clock: Clock = system_clock) -> FastAPI:
    """The query API over whichever generation is live."""
    app = create_app(service, [module.router for module in MODULES], title="Histories", words=WORDS)
    app.state.find_live, app.state.newer, app.state.clock = find_live, newer, clock
    app.state.capabilities = CapabilityTable(service.settings.capabilities)
    app.state.exports = exported = Exports(service.database)
    service.manage(exported.prepare, _nothing)
    return app


def live_histories(service: Service[Settings], texts: Texts) -> FindLive:
    """Finds the live generation and the streams set aside in it, both known for a second."""
    generation, words = LiveGeneration(Histories, service.database), Sources(texts.collection("sources"))
    current: Live | None = None
    until = 0.0

    async def find() -> Live:
        nonlocal current, until
        newest = await generation.current()
        if current is None or current.histories is not newest or time.monotonic() >= until:
            worded = (await words.state("activities")).loaded
            current = Live(newest, await Parking(newest).everything_hidden(), texts, worded)
            until = time.monotonic() + CACHED_SECONDS
        return current

    return find


async def _nothing() -> None:
    """Nothing needs to be stopped."""
