"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from dossier.feed import feed_router
from dossier.http.app import create_app
from dossier.references import ReferenceChecker, owners, references_router
from dossier.runtime import Roles, Service
from dossier.store import CommitStore
from dossier.wiring import VIEW_GENERATION, consumer_role, relay_role, together
from engagements.api import projects
from engagements.api import roles as project_roles
from engagements.settings import Settings
from engagements.views.known import Known

CONTEXT = "engagements"


def roles(service: Service[Settings]) -> Roles:
    """The commit store with its HTTP interface and relay; a consumer that learns what exists elsewhere."""
    store = CommitStore(service.mongo, service.database, CONTEXT)
    known = Known()
    known.attach(service.database, VIEW_GENERATION)
    references = ReferenceChecker(service.database, known.exists, owners(service.settings), service.http)
    service.manage(store.start, store.stop)
    routers = [projects.router, project_roles.router, references_router(store), feed_router(store)]
    app = create_app(service, routers, title="Engagements")
    app.state.store, app.state.known, app.state.references = store, known, references
    consumer = together(consumer_role(service, known), references.run)
    return Roles(app, {"relay": relay_role(service, CONTEXT), "consumer": consumer})
