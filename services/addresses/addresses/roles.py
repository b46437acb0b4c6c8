"""How the service is put together, and the roles it can run."""

from __future__ import annotations

from addresses.api import (
    addresses,
    changes,
    channels,
    companies,
    contacts,
    couples,
    deletion,
    duplicates,
    facts,
    persons,
    postal,
)
from addresses.api.conflicts import conflict_view
from addresses.duplicates import Duplicates
from addresses.referrers import Referrers
from addresses.settings import Settings
from addresses.views.book import AddressBook
from addresses.views.known import Known
from addresses.views.likeness import Likeness
from addresses.views.referring import Referring
from dossier.contracts.addresses import AddressDeleted
from dossier.feed import feed_router
from dossier.http.app import create_app
from dossier.references import ReferenceChecker, owners, references_router
from dossier.runtime import Roles, Service
from dossier.store import CommitStore
from dossier.wiring import VIEW_GENERATION, consumer_role, relay_role, together

CONTEXT = "addresses"


def roles(service: Service[Settings]) -> Roles:
    """The commit store with its HTTP interface and relay; a consumer that keeps the book and learns of users."""
    store = CommitStore(service.mongo, service.database, CONTEXT)
    book, known, likeness, referring = views = AddressBook(), Known(), Likeness(), Referring()
    for view in views:
        view.attach(service.database, VIEW_GENERATION)
    references = ReferenceChecker(service.database, known.exists, owners(service.settings), service.http)
    service.manage(store.start, store.stop)
    own = [companies.router, persons.router, contacts.router, couples.router]
    of_all = [addresses.router, facts.router, channels.router, postal.router]
    care = [changes.router, duplicates.router, deletion.router]
    routers = [*own, *of_all, *care, references_router(store, {AddressDeleted}), feed_router(store)]
    app = create_app(service, routers, title="Addresses", conflict_view=conflict_view)
    app.state.store, app.state.book, app.state.settings = store, book, service.settings
    app.state.references = references
    app.state.likeness, app.state.duplicates = likeness, Duplicates(likeness)
    app.state.referring, app.state.referrers = referring, Referrers(store, referring)
    consumer = together(consumer_role(service, *views), references.run)
    return Roles(app, {"relay": relay_role(service, CONTEXT), "consumer": consumer})
