"""What operators reach of this service."""

from addresses.settings import Settings
from addresses.views.book import AddressBook
from addresses.views.catalogue import Catalogue
from dossier.operated import Operated

OPERATED = Operated(Settings, "addresses", views={AddressBook.name: AddressBook, Catalogue.name: Catalogue})
