"""Search over all address types, and the lists that are searches."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from addresses.api.naming import Called
from addresses.api.reading import answer
from addresses.api.reading_models import AddressList, ManualAliases
from addresses.api.searching import Arranged, Asks, Filtered, User, found, manager
from addresses.api.shown import Book
from addresses.views.book import MANUAL
from addresses.views.search import Wanted
from dossier.auth.guard import Caller, require
from dossier.http.after import After
from dossier.http.days import Today
from dossier.http.paging import Paging
from dossier.http.routing import Router

router = Router(prefix="/v1", tags=["reading"])


@router.get("/addresses", dependencies=[require("read")], response_model=AddressList)
async def search(
    asks: Asks, filters: Filtered, arranged: Arranged, names: Called, paging: Paging, response: Response
) -> Response:
    """Addresses that meet all that is asked, while it is typed: every word is the beginning of one."""
    wanted = await asks.wanted(filters)
    return answer(await found(asks.book, names, wanted, arranged.order, paging), response)


@router.get("/managed-addresses", dependencies=[require("read")], response_model=AddressList)
async def managed(
    response: Response,
    book: Book,
    names: Called,
    caller: Caller,
    today: Today,
    after: After,
    paging: Paging,
    user: Annotated[User, Query(description="Whose; the caller's own if absent")] = "me",
    inactive: Annotated[bool, Query(description="Inactive ones and those past their last day, too")] = False,
) -> Response:
    """The addresses a user looks after, by alias (ADR-10)."""
    await after.reached(book)
    wanted = Wanted(today=today.isoformat(), account_manager=manager(user, caller, "user"), inactive=inactive)
    return answer(await found(book, names, wanted, "alias", paging), response)


@router.get("/aliases/manual", dependencies=[require("read")], response_model=ManualAliases)
async def manual_aliases(
    response: Response,
    book: Book,
    after: After,
    paging: Paging,
    outdated: Annotated[bool, Query(description="Only those whose computed alias changed since")] = False,
) -> Response:
    """Aliases that were typed, with what would be computed now (ALI-02, ALI-03)."""
    await after.reached(book)
    of = ("manual-aliases", outdated)
    position = paging.position(*of)
    query = {
        "manual": True,
        "sort": {"$gt": position[0] if position else ""},
        **({"outdated": True} if outdated else {}),
    }
    lines = book.lines.find(query).sort("sort", 1).hint(MANUAL).limit(paging.limit + 1)
    page = paging.page(await lines.to_list(None), lambda line: [line["sort"]], *of)
    items = [
        {
            "type": line["_id"][:-37],
            "id": line["_id"][-36:],
            "alias": line["alias"],
            "computed": line["computed"],
            "is_outdated": line["outdated"],
        }
        for line in page.items
    ]
    return answer({"items": items, "next": page.next}, response)
