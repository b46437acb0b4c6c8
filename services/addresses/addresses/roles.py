"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from addresses.api import (
    addresses,
    assigning,
    bulk,
    changes,
    channels,
    companies,
    contacts,
    controlling,
    couples,
    deletion,
    duplicates,
    evaluation,
    facts,
    folders,
    keywords,
    letters,
    links,
    lists,
    pages,
    persons,
    postal,
    saved_searches,
    search,
)
from addresses.api.conflicts import conflict_view, naming_view
from addresses.api.words import WORDS
from addresses.duplicates import Duplicates
from addresses.referrers import Referrers
from addresses.settings import Settings
from addresses.shipping import ship_lists
from addresses.views.book import AddressBook
from addresses.views.catalogue import Catalogue
from addresses.views.known import Known
from addresses.views.likeness import Likeness
from addresses.views.referring import Referring
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
    """The commit store with its HTTP interface and relay; a consumer that keeps the book and learns of users."""
    store = CommitStore(service.mongo, service.database, CONTEXT, reservation_key=_NAMES_KEY)
    book, known, likeness, referring = AddressBook(), Known(), Likeness(), Referring()
    views = book, known, likeness, referring, (catalogue := Catalogue())
    for view in views:
        view.attach(service.database, VIEW_GENERATION)
    references = ReferenceChecker(service.database, known.exists, owners(service.settings), service.http)
    service.manage(lambda: _start(store, service.settings), store.stop)
    own = [companies.router, persons.router, contacts.router, couples.router]
    of_all = [addresses.router, facts.router, channels.router, postal.router]
    care = [changes.router, duplicates.router, deletion.router]
    catalogued = [keywords.router, assigning.router, folders.router, saved_searches.router, links.router, lists.router]
    of_services = [references_router(store, {AddressDeleted}), feed_router(store)]
    read = [bulk.router, search.router, pages.router, evaluation.router, controlling.router]
    # Lists first and deletion last: `/v1/{collection}/{id}` would take the paths of others.
    routers = [*catalogued, *own, *of_all, *read, letters.router, *care, *of_services]
    app = create_app(service, routers, title="Addresses", conflict_view=conflict_view, words=WORDS)
    app.state.naming_view = naming_view
    app.state.store, app.state.book, app.state.settings = store, book, service.settings
    app.state.references, app.state.catalogue, app.state.known = references, catalogue, known
    app.state.likeness, app.state.duplicates = likeness, Duplicates(likeness)
    app.state.referring, app.state.referrers = referring, Referrers(store, referring)
    consumer = together(consumer_role(service, *views), references.run)
    return Roles(app, {"relay": relay_role(service, CONTEXT), "consumer": consumer})


async def _start(store: CommitStore, settings: Settings) -> None:
    await store.start()
    if settings.shipped_lists:
        log.info("lists.shipped", count=await ship_lists(store))
