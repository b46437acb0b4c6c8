"""What reading routes share: the book, who reads, and how an answer is written."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import phonenumbers
from fastapi import Depends, Path, Query, Request, Response

from addresses.api.shown import Book
from addresses.views.pages import Pages, Reader
from dossier.auth.guard import Caller
from dossier.http.after import After
from dossier.http.days import Today
from dossier.http.field_errors import ADDRESS_STREAM, form
from dossier.http.problems import Problem

Address = Annotated[
    str,
    Path(
        pattern=ADDRESS_STREAM,
        description="Type and id",
        examples=["company-01900000-0000-7000-8000-000000000001"],
    ),
]
Include = Annotated[
    str | None,
    Query(
        pattern=form("^private$", "`private`"),
        description="`private`: linked persons' private channels too, for those who may",
    ),
]


def country_code(request: Request) -> str:
    """The country code of numbers typed without one."""
    return str(phonenumbers.country_code_for_region(request.app.state.settings.region) or "")


async def pages(book: Book, caller: Caller, today: Today, after: After, include: Include = None) -> Pages:
    """Pages for this caller, once what it wrote has arrived. Raises Problem 403 for private data it may not see."""
    private = caller.may("private")
    if include and not private:
        raise Problem(
            403, "not-allowed", "Not allowed", "This needs the capability 'private'.", rule="capability:private"
        )
    await after.reached(book)
    return Pages(book, Reader(today.isoformat(), caller.user, private=private, asked=include is not None))


OfPages = Annotated[Pages, Depends(pages)]


def answer(content: Any, response: Response) -> Response:
    """The content as JSON, with the headers that dependencies have set; through models it would take twice as long."""
    return Response(msgspec.json.encode(content), headers=dict(response.headers), media_type="application/json")
