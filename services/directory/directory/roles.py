"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from directory.api import groups, users
from directory.loading import load_directory, read_file
from directory.settings import Settings
from directory.views.people import People
from dossier.http.app import create_app
from dossier.references import references_router
from dossier.runtime import Roles, Service
from dossier.store import CommitStore
from dossier.telemetry import logs

log = logs.logger()


def roles(service: Service[Settings]) -> Roles:
    """The HTTP application over the commit store, fed from the file of the settings if there is one."""
    store = CommitStore(service.mongo, service.database, "directory")
    people = People()
    people.attach(service.database, 1)

    async def start() -> None:
        await store.start()
        if service.settings.directory_file is not None:
            changed = await load_directory(store, read_file(service.settings.directory_file))
            log.info("directory.loaded", count=changed)

    service.manage(start, store.stop)
    app = create_app(service, [users.router, groups.router, references_router(store)], title="Directory")
    app.state.store, app.state.people = store, people
    return Roles(app, {})
