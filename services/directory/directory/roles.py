"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from directory.api import calendar_feed, deputies, groups, users
from directory.api.words import WORDS
from directory.loading import load_directory, read_file
from directory.roll import Rolls
from directory.scim import discovery, provisioners
from directory.scim import groups as scim_groups
from directory.scim import users as scim_users
from directory.settings import Settings
from dossier.feed import feed_router
from dossier.http.app import create_app
from dossier.references import references_router
from dossier.runtime import Roles, Service
from dossier.store import CommitStore
from dossier.telemetry import logs
from dossier.wiring import relay_role

CONTEXT = "directory"
_NAMES_KEY = b"directory"
"""Of reservations: the commits beside them hold the names, and they have to be found for ever."""
log = logs.logger()


def roles(service: Service[Settings]) -> Roles:
    """The commit store with its HTTP interface and relay, fed from the file of the settings if there is one."""
    store = CommitStore(service.mongo, service.database, CONTEXT, reservation_key=_NAMES_KEY)
    service.verifier = provisioners.Verifier(service.verifier, service.settings)

    async def start() -> None:
        await store.start()
        if service.settings.directory_file is not None:
            changed = await load_directory(store, read_file(service.settings.directory_file))
            log.info("directory.loaded", count=changed)

    service.manage(start, store.stop)
    own = [users.router, deputies.router, groups.router, calendar_feed.router]
    scim = [scim_users.router, scim_groups.router, discovery.router, discovery.elsewhere]
    routers = [*own, *scim, references_router(store), feed_router(store)]
    app = create_app(service, routers, title="Directory", words=WORDS)
    app.state.store, app.state.rolls = store, Rolls.of(store)
    return Roles(app, {"relay": relay_role(service, CONTEXT)})
