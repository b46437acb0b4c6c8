"""Addresses that nobody has changed for long: by the last change of each own side, the longest unchanged first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from addresses.views.book import AddressBook
from addresses.views.search import Search, Wanted
from dossier.mongo import ASCENDING, Cursor, Document

STRIDE = 500
"""Addresses that are looked at together."""
MOST = 5_000
"""Addresses that are looked at for one page: where few of them are wanted, a page is short rather than slow."""


async def stale(
    book: AddressBook, wanted: Wanted, before: str, position: Sequence[str] | None, limit: int
) -> tuple[list[Document], list[str] | None]:
    """Up to `limit` lines beyond a place that meet what is wanted, last changed before the moment, with `changed_at`.

    With them the place up to which was looked, none at the end.
    """
    search, after = Search(book), list(position or ("", ""))
    found: list[Document] = []
    for _ in range(MOST // STRIDE):
        sides = await unchanged(book, before, after).to_list(None)
        streams = [side["_id"] for side in sides if wanted.within is None or side["_id"] in wanted.within]
        met = search.ordered(replace(wanted, within=streams), "", STRIDE)
        lines = {line["_id"]: line async for line in met}
        for side in sides:
            if len(found) == limit:
                return found, after
            after = [side["changed_at"], side["_id"]]
            if side["_id"] in lines:
                found.append(lines[side["_id"]] | {"changed_at": side["changed_at"]})
        if len(sides) < STRIDE:
            return found, None
    return found, after


def unchanged(book: AddressBook, before: str, after: Sequence[str]) -> Cursor:
    """The query for the next addresses after a place."""
    at, stream = after
    # The first bound is that of the index, which has nothing but addresses.
    query: Document = {
        "changed_at": {"$gt": "", "$gte": at, "$lt": before},
        "$nor": [{"changed_at": at, "_id": {"$lte": stream}}],
    }
    own = book.documents.find(query, {"changed_at": 1})
    return own.sort([("changed_at", ASCENDING), ("_id", ASCENDING)]).hint("changed_at").limit(STRIDE)
