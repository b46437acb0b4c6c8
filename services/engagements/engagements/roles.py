"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from dossier.http.app import create_app
from dossier.references import ReferenceChecker, owners, references_router
from dossier.runtime import Roles, Service
from dossier.store import CommitStore
from engagements.api import projects
from engagements.api import roles as project_roles
from engagements.settings import Settings
from engagements.views.known import Known
from engagements.views.projects import ProjectList


def roles(service: Service[Settings]) -> Roles:
    """The HTTP application over the commit store."""
    store = CommitStore(service.mongo, service.database, "engagements")
    known, listed = Known(), ProjectList()
    known.attach(service.database, 1)
    listed.attach(service.database, 1)
    references = ReferenceChecker(service.database, known.exists, owners(service.settings), service.http)
    service.manage(store.start, store.stop)
    app = create_app(service, [projects.router, project_roles.router, references_router(store)], title="Engagements")
    app.state.store, app.state.projects = store, listed
    app.state.known, app.state.references = known, references
    return Roles(app, {})
