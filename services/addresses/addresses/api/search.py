"""Search over all address types, and the lists that are searches."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from addresses.api.naming import Called, Naming
from addresses.api.owned import InCatalogue, visible
from addresses.api.reading import answer, country_code
from addresses.api.reading_models import AddressList, ManualAliases, Order
from addresses.api.shown import Book, filters
from addresses.catalogue import FOLDER
from addresses.views.book import MANUAL, AddressBook
from addresses.views.keywords import Keywords
from addresses.views.search import Search, Wanted, place, row
from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.contracts.common import AddressType
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.folding import words
from dossier.http.after import After
from dossier.http.days import Today
from dossier.http.paging import Paging, PagingContext
from dossier.http.writing import Store

router = APIRouter(prefix="/v1", tags=["reading"])

SHORTEST_VALUE = 3
"""Characters of a channel value: fewer are the letter of a kind, or something that was cut off."""
Text = Annotated[
    str,
    Query(
        max_length=100,
        description="Beginnings of words: names, alias, city, channel values. Nothing, or `*` alone, is everything",
    ),
]
Types = Annotated[list[AddressType] | None, Query(alias="type", description="Only these types")]
Few = Annotated[str, Query(max_length=100)]
Ids = Annotated[list[Id] | None, Query(max_length=20, description="Several: addresses that have all of them")]
Asked = dict[str, Any]
Inactive = Annotated[bool, Query(description="Inactive ones and those past their last day, too")]


async def _keywords_asked(
    book: Book,
    caller: Caller,
    after: After,
    keyword: Ids = None,
    keyword_group: Annotated[Id | None, Query(description="With any keyword of this group")] = None,
    group: Annotated[str, Query(max_length=100, description="With the keyword of this name: `customer`")] = "",
) -> Asked:
    """What is asked of keywords, of those that the caller may know of. Raises RuleViolation KEY-06."""
    await after.reached(book)
    keywords = Keywords(book, caller.user)
    for one in keyword or ():
        await keywords.require(one, "keyword")
    if keyword_group is not None:
        await keywords.group(keyword_group, "keyword_group")
    named = await keywords.by_name(group) if group else None
    if named == []:
        raise RuleViolation("KEY-06", "no shared keyword is called so", "group")
    return {"keywords": keyword or (), "keyword_group": keyword_group, "one_keyword_of": named}


async def _folder_asked(
    store: Store,
    caller: Caller,
    catalogue: InCatalogue,
    after: After,
    folder: Annotated[Id | None, Query(description="What lies in this folder, not in those below")] = None,
) -> Asked:
    """What lies in the folder, if the caller may know of it. Raises RuleViolation FOL-01."""
    if folder is None:
        return {}
    try:
        await visible(store, FOLDER, folder, caller)
    except NotFound:
        raise RuleViolation("FOL-01", "there is no such folder", "folder") from None
    await after.reached(catalogue)
    return {"folder": folder, "within": await catalogue.entries(folder)}


async def _asked(
    request: Request,
    caller: Caller,
    today: Today,
    book: Book,
    after: After,
    of_keywords: Annotated[Asked, Depends(_keywords_asked)],
    of_folder: Annotated[Asked, Depends(_folder_asked)],
    q: Text = "",
    types: Types = None,
    city: Few = "",
    channel: Annotated[str, Query(max_length=320, description="A number, mail or web address, whole")] = "",
    account_manager: Id | None = None,
    company: Annotated[Id | None, Query(description="Contacts of this company")] = None,
    inactive: Inactive = False,
) -> Wanted:
    """All that is asked for, as this caller may ask it. Raises RuleViolation for what could find nothing."""
    await filters(book, after, company=("company", company))
    _can_be_found(q, channel)
    return Wanted(
        today=today.isoformat(),
        text=q,
        types=types or (),
        city=city,
        channel=channel,
        company=None if company is None else f"company-{company}",
        account_manager=account_manager,
        inactive=inactive,
        private=caller.may("private"),
        country_code=country_code(request),
        **of_keywords,
        **of_folder,
    )


def _can_be_found(text: str, channel: str) -> None:
    if text.strip("* ") and not words(text):
        raise RuleViolation("search-text", "there is no letter and no digit in it; * alone is everything", "q")
    if channel and len(channel.strip()) < SHORTEST_VALUE:
        raise RuleViolation("COM-01", "say a whole number, mail or web address; kinds are not searched for", "channel")


@router.get("/addresses", dependencies=[require("read")], response_model=AddressList)
async def search(
    wanted: Annotated[Wanted, Depends(_asked)],
    book: Book,
    names: Called,
    paging: Paging,
    response: Response,
    order: Order = "alias",
) -> Response:
    """Addresses that meet all that is asked, while it is typed: every word is the beginning of one."""
    return answer(await _listed(book, names, wanted, order, paging), response)


@router.get("/managed-addresses", dependencies=[require("read")], response_model=AddressList)
async def managed(
    response: Response,
    book: Book,
    names: Called,
    caller: Caller,
    today: Today,
    after: After,
    paging: Paging,
    user: Annotated[Id | None, Query(description="Whose; the caller's own if absent")] = None,
    inactive: Inactive = False,
) -> Response:
    """The addresses a user looks after, by alias (ADR-10)."""
    await after.reached(book)
    manager = user or caller.user
    if manager is None:
        raise RuleViolation("ADR-10", "say whose addresses: a service has none", "user")
    wanted = Wanted(today=today.isoformat(), account_manager=manager, inactive=inactive)
    return answer(await _listed(book, names, wanted, "alias", paging), response)


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
    found = book.lines.find(query).sort("sort", 1).hint(MANUAL).limit(paging.limit + 1)
    page = paging.page(await found.to_list(None), lambda line: [line["sort"]], *of)
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


async def _listed(
    book: AddressBook, names: Naming, wanted: Wanted, order: Order, paging: PagingContext
) -> dict[str, Any]:
    of = ("addresses", order, *wanted.asked)
    found = await Search(book).listed(wanted, order, paging.position(*of), paging.limit + 1)
    page = paging.page(found, lambda line: place(line, wanted, order), *of)
    rows = [row(line, wanted.today) for line in page.items]
    await names.rows(rows)
    return {"items": rows, "next": page.next}
