"""How the service is put together, and the roles it can run."""

from __future__ import annotations

import time

from fastapi import FastAPI

from dossier.http.app import create_app
from dossier.projections.consumers import Consumers
from dossier.projections.parking import Parking
from dossier.projections.pointer import CACHED_SECONDS
from dossier.projections.pointer import Live as LiveGeneration
from dossier.runtime import Roles, Service
from dossier.wiring import feeds_of
from histories.api import histories, pinned
from histories.api.requests import FindLive, Live
from histories.api.words import WORDS
from histories.settings import Settings
from histories.views.projection import Histories


def roles(service: Service[Settings]) -> Roles:
    """The query API over the live generation; a consumer that keeps all active generations."""
    feeds = feeds_of(service, Histories.sources)
    consumers = Consumers(Histories, service.database, service.settings, feeds)
    service.readiness.add(f"projection-{Histories.name}", consumers.check)
    return Roles(application(service, live_histories(service)), {"consumer": consumers.run})


def application(service: Service[Settings], find_live: FindLive) -> FastAPI:
    """The query API over whichever generation is live."""
    app = create_app(service, [histories.router, pinned.router], title="Histories", words=WORDS)
    app.state.find_live = find_live
    return app


def live_histories(service: Service[Settings]) -> FindLive:
    """Finds the live generation and the streams set aside in it, both known for a second."""
    generation = LiveGeneration(Histories, service.database)
    current: Live | None = None
    until = 0.0

    async def find() -> Live:
        nonlocal current, until
        histories = await generation.current()
        if current is None or current.histories is not histories or time.monotonic() >= until:
            current = Live(histories, await Parking(histories).everything_hidden())
            until = time.monotonic() + CACHED_SECONDS
        return current

    return find
