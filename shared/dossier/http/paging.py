"""Keyset pages: a cursor holds the sort key of the last item, signed, and is good for the same list only.

@router.get("/companies", dependencies=[require("read")])
async def companies(paging: Paging, city: str | None = None) -> Page[Company]:
    position = paging.position("companies", city)      # None on the first page
    found = …one more than paging.limit after position…
    return paging.page(found, lambda item: (item.name, item.id), "companies", city)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
from fastapi import Depends, Query, Request

from dossier.http.models import Page, Window
from dossier.http.problems import Problem

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_CURSOR = 2_000
_SIGNATURE_BYTES = 16


def issue(key: bytes, position: Sequence[Any], *of: object) -> str:
    """A cursor after `position` in the list that `of` names (what is listed, and all its filters)."""
    payload = msgspec.msgpack.encode(list(position))
    return base64.urlsafe_b64encode(_signature(key, payload, of) + payload).rstrip(b"=").decode()


def read(key: bytes, cursor: str, *of: object) -> list[Any]:
    """The position of a cursor. Raises Problem if it is forged, damaged, or of another list."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None
    signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(key, payload, of)):
        raise _refused()
    return msgspec.msgpack.decode(payload, type=list[Any])


class PagingContext:
    """The page that was asked for."""

    def __init__(self, key: bytes, limit: int, cursor: str | None) -> None:
        self.limit = limit
        self._key = key
        self._cursor = cursor

    def position(self, *of: object) -> list[Any] | None:
        """The sort key after which the page begins, None for the first page; `of` names the list and its filters."""
        return None if self._cursor is None else read(self._key, self._cursor, *of)

    def page(self, items: Sequence[T], sort_key: Callable[[T], Sequence[Any]], *of: object) -> Page[T]:
        """The page from up to `limit` + 1 items: the one too many says that another page follows."""
        shown = list(items[: self.limit])
        following = issue(self._key, sort_key(shown[-1]), *of) if len(items) > self.limit else None
        return Page(items=shown, next=following)

    def following(self, position: Sequence[Any], *of: object) -> str:
        """The cursor of a page after a position, for lists that find out by themselves whether there is one."""
        return issue(self._key, position, *of)

    def turn(self, *of: object) -> Turn:
        """Where the page begins, and which way it is read, in a list that is read both ways."""
        back, *key = self.position(*of) or [False]
        return Turn(key, back=back)

    def window(self, found: Sequence[T], sort_key: Callable[[T], Sequence[Any]], turn: Turn, *of: object) -> Window[T]:
        """The page from up to `limit` + 1 items in the order they were read in, with the cursors of both ways.

        Where the page began, there is something on the other side: it was come from there, or jumped into the list.
        """
        shown, more = list(found[: self.limit]), len(found) > self.limit
        if turn.back:
            shown.reverse()
        before, after = (more, bool(turn.key)) if turn.back else (bool(turn.key), more)
        first, last = (sort_key(shown[0]), sort_key(shown[-1])) if shown else (turn.key, turn.key)
        return Window(
            items=shown,
            previous=issue(self._key, [True, *first], *of) if before else None,
            next=issue(self._key, [False, *last], *of) if after else None,
        )


class Turn(NamedTuple):
    """The sort key beyond which a page lies (empty: from the beginning); `back`: against the order of the list."""

    key: Sequence[Any] = ()
    back: bool = False


async def paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items on a page")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR, description="`next` of the page before")] = None,
) -> PagingContext:
    """Dependency: limit and cursor of the query."""
    return PagingContext(request.app.state.service.token_key, limit, cursor)


Paging = Annotated[PagingContext, Depends(paging)]


def _signature(key: bytes, payload: bytes, of: Sequence[object]) -> bytes:
    named = msgspec.msgpack.encode([None if part is None else str(part) for part in of])
    return hmac.digest(key, b"page-cursor\0" + named + b"\0" + payload, hashlib.sha256)[:_SIGNATURE_BYTES]


def _refused() -> Problem:
    detail = "Use the cursor as it was given, with the same filters, or begin with the first page."
    return Problem(400, "cursor", "Invalid cursor", detail, rule="signature", field="cursor")
