"""How the activities service is put together."""

from __future__ import annotations

from fastapi import FastAPI

from activities.api import access, activities, tasks
from activities.handling import Activities, World
from activities.settings import Settings
from activities.texts import Texts
from dossier.http.app import create_app
from dossier.runtime import Service
from dossier.store import CommitStore

CONTEXT = "activities"


def application(service: Service[Settings], store: CommitStore, world: World) -> FastAPI:
    """The HTTP interface on this store, with what `world` knows of the other services."""
    app = create_app(service, [activities.router, tasks.router, access.router], title="Activities")
    app.state.activities = Activities(store, world)
    app.state.texts = Texts(service.database)
    return app
