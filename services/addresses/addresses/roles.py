"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from addresses.api import (
    addresses,
    assigning,
    companies,
    contacts,
    folders,
    keywords,
    letters,
    links,
    lists,
    persons,
    saved_searches,
)
from addresses.api.conflicts import conflict_view
from addresses.settings import Settings
from addresses.shipping import ship_lists
from addresses.views.book import AddressBook
from addresses.views.catalogue import Catalogue
from dossier.contracts.addresses import AddressDeleted
from dossier.feed import feed_router
from dossier.http.app import create_app
from dossier.references import ReferenceChecker, owners, references_router
from dossier.runtime import Roles, Service
from dossier.store import CommitStore
from dossier.telemetry import logs
from dossier.wiring import VIEW_GENERATION, consumer_role, relay_role, together

CONTEXT = "addresses"
_NAMES_KEY = b"addresses"
"""Of reservations: names of lists are nothing that must not be guessed, and have to be found for ever."""
log = logs.logger()


def roles(service: Service[Settings]) -> Roles:
    """The commit store with its HTTP interface and relay; a consumer that keeps the book and the catalogue."""
    store = CommitStore(service.mongo, service.database, CONTEXT, reservation_key=_NAMES_KEY)
    book, catalogue = AddressBook(), Catalogue()
    for view in (book, catalogue):
        view.attach(service.database, VIEW_GENERATION)
    references = ReferenceChecker(service.database, _of_others, owners(service.settings), service.http)

    async def start() -> None:
        await store.start()
        if service.settings.shipped_lists:
            log.info("lists.shipped", count=await ship_lists(store))

    service.manage(start, store.stop)
    own = [companies.router, persons.router, contacts.router, addresses.router]
    catalogued = [keywords.router, assigning.router, folders.router, saved_searches.router, links.router, lists.router]
    routers = [*own, *catalogued, letters.router, references_router(store, {AddressDeleted}), feed_router(store)]
    app = create_app(service, routers, title="Addresses", conflict_view=conflict_view)
    app.state.store, app.state.book, app.state.settings = store, book, service.settings
    app.state.catalogue, app.state.references = catalogue, references
    consumer = together(consumer_role(service, book, catalogue), references.run)
    return Roles(app, {"relay": relay_role(service, CONTEXT), "consumer": consumer})


async def _of_others(_stream: str) -> bool:
    """What lies in folders and is not ours is asked of its owner."""
    return False
