"""The view that lists and warnings are read from, as a dependency, and what a list may be asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from addresses.views.book import AddressBook
from dossier.contracts.common import AddressType
from dossier.contracts.rules import RuleViolation
from dossier.http.after import AfterContext


async def _book(request: Request) -> AddressBook:
    return request.app.state.book


Book = Annotated[AddressBook, Depends(_book)]


async def filters(book: AddressBook, after: AfterContext, **given: tuple[AddressType, str | None]) -> None:
    """Raise RuleViolation REF-01 for an address, of those that a list is asked for by, that is not there.

    What was mistyped must not look like something that nothing belongs to.
    """
    await after.reached(book)
    for field, (kind, id) in given.items():
        if id is not None:
            found = await book.get(f"{kind}-{id}")
            if found is None or found["deleted"]:
                raise RuleViolation("REF-01", f"there is no such {kind}", field)
