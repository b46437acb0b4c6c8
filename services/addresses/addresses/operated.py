"""What operators reach of this service."""

from addresses.settings import Settings
from addresses.views.book import AddressBook
from addresses.views.catalogue import Catalogue
from addresses.views.known import Known
from addresses.views.likeness import Likeness
from addresses.views.referring import Referring
from dossier.operated import Operated

OPERATED = Operated(
    Settings,
    "addresses",
    views={
        AddressBook.name: AddressBook,
        Catalogue.name: Catalogue,
        Known.name: Known,
        Likeness.name: Likeness,
        Referring.name: Referring,
    },
)
