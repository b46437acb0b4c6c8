"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from fastapi import FastAPI

from dossier.http.app import create_app
from dossier.runtime import Service
from histories.api.histories import router
from histories.api.requests import FindLive
from histories.settings import Settings


def application(service: Service[Settings], find_live: FindLive) -> FastAPI:
    """The query API over whichever generation is live."""
    app = create_app(service, [router], title="Histories")
    app.state.find_live = find_live
    return app
