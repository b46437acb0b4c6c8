"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from dossier.feed import feed_router
from dossier.http.app import create_app
from dossier.references import ReferenceChecker, owners, references_router
from dossier.runtime import Roles, Service
from dossier.store import CommitStore
from dossier.wiring import VIEW_GENERATION, consumer_role, relay_role, together
from engagements.aggregates import OPPORTUNITY, PROJECT
from engagements.api import (
    conflicts,
    conversion,
    customers,
    external,
    invoices,
    lists,
    opportunities,
    phases,
    projects,
)
from engagements.api import roles as project_roles
from engagements.api.conflict_view import conflict_view
from engagements.api.keywords import keyword_routes
from engagements.api.restrictions import restriction_routes
from engagements.api.words import WORDS
from engagements.settings import Settings
from engagements.views.known import Known
from engagements.views.register import Register

CONTEXT = "engagements"
_RESTRICTABLE = ((projects.router.prefix, PROJECT), (opportunities.router.prefix, OPPORTUNITY))

ROUTERS = (
    projects.router,
    project_roles.router,
    project_roles.of_addresses,
    phases.of_projects,
    phases.router,
    opportunities.router,
    conversion.router,
    invoices.router,
    *(restriction_routes(prefix, aggregate) for prefix, aggregate in _RESTRICTABLE),
    *(keyword_routes(prefix, aggregate) for prefix, aggregate in _RESTRICTABLE),
    external.router,
    conflicts.router,
    customers.router,
    lists.router,
)


def roles(service: Service[Settings]) -> Roles:
    """The commit store with its HTTP interface and relay; a consumer that keeps the own views."""
    store = CommitStore(service.mongo, service.database, CONTEXT)
    known, register = Known(), Register()
    for view in (known, register):
        view.attach(service.database, VIEW_GENERATION)
    references = ReferenceChecker(service.database, known.exists, owners(service.settings), service.http)
    service.manage(store.start, store.stop)
    routers = [*ROUTERS, references_router(store), feed_router(store)]
    app = create_app(service, routers, title="Engagements", words=WORDS, conflict_view=conflict_view)
    app.state.store, app.state.references = store, references
    app.state.known, app.state.register = known, register
    consumer = together(consumer_role(service, known, register), references.run)
    return Roles(app, {"relay": relay_role(service, CONTEXT), "consumer": consumer})
