"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from addresses.api import addresses, companies, contacts, evaluation, pages, persons, search
from addresses.api.conflicts import conflict_view
from addresses.settings import Settings
from addresses.views.book import AddressBook
from dossier.contracts.addresses import AddressDeleted
from dossier.feed import feed_router
from dossier.http.app import create_app
from dossier.references import references_router
from dossier.runtime import Roles, Service
from dossier.store import CommitStore
from dossier.wiring import VIEW_GENERATION, consumer_role, relay_role

CONTEXT = "addresses"


def roles(service: Service[Settings]) -> Roles:
    """The commit store with its HTTP interface and relay; a consumer that keeps the book of lists."""
    store = CommitStore(service.mongo, service.database, CONTEXT)
    book = AddressBook()
    book.attach(service.database, VIEW_GENERATION)
    service.manage(store.start, store.stop)
    own = [companies.router, persons.router, contacts.router, addresses.router]
    own += [search.router, pages.router, evaluation.router]
    routers = [*own, references_router(store, {AddressDeleted}), feed_router(store)]
    app = create_app(service, routers, title="Addresses", conflict_view=conflict_view)
    app.state.store, app.state.book, app.state.settings = store, book, service.settings
    return Roles(app, {"relay": relay_role(service, CONTEXT), "consumer": consumer_role(service, book)})
