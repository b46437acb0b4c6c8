"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from addresses.api import addresses, companies, contacts, persons
from addresses.api.conflicts import conflict_view
from addresses.settings import Settings
from addresses.views.book import AddressBook
from dossier.contracts.addresses import AddressDeleted
from dossier.http.app import create_app
from dossier.references import references_router
from dossier.runtime import Roles, Service
from dossier.store import CommitStore


def roles(service: Service[Settings]) -> Roles:
    """The HTTP application over the commit store."""
    store = CommitStore(service.mongo, service.database, "addresses")
    book = AddressBook()
    book.attach(service.database, 1)
    service.manage(store.start, store.stop)
    references = references_router(store, {AddressDeleted})
    routers = [companies.router, persons.router, contacts.router, addresses.router, references]
    app = create_app(service, routers, title="Addresses", conflict_view=conflict_view)
    app.state.store, app.state.book, app.state.settings = store, book, service.settings
    return Roles(app, {})
