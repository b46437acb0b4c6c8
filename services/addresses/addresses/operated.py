"""What operators reach of this service."""

from addresses.settings import Settings
from addresses.views.book import AddressBook
from addresses.views.known import Known
from dossier.operated import Operated

OPERATED = Operated(Settings, "addresses", views={AddressBook.name: AddressBook, Known.name: Known})
