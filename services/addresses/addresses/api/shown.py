"""The view that lists and warnings are read from, as a dependency."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from addresses.views.book import AddressBook


async def _book(request: Request) -> AddressBook:
    return request.app.state.book


Book = Annotated[AddressBook, Depends(_book)]
