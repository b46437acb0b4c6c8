"""An address book that things happen in, and somebody who reads it over HTTP."""

from __future__ import annotations

import pytest

from addresses.views.book import AddressBook
from dossier.testing.services import ServiceUnderTest
from oracle.book_present import Present


@pytest.fixture
async def present(addresses: ServiceUnderTest) -> Present:
    book: AddressBook = addresses.roles.app.state.book
    await book.prepare()
    return Present(addresses)
