"""What operators reach of this service."""

from addresses.settings import Settings
from addresses.views.book import AddressBook
from addresses.views.likeness import Likeness
from addresses.views.referring import Referring
from dossier.operated import Operated

OPERATED = Operated(
    Settings,
    "addresses",
    views={AddressBook.name: AddressBook, Likeness.name: Likeness, Referring.name: Referring},
)
