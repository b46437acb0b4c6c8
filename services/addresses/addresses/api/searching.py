"""What a search over addresses can be asked, as parameters of a query and as those that a saved search keeps."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator

from addresses.api.naming import Naming
from addresses.api.owned import InCatalogue, visible
from addresses.api.reading import country_code
from addresses.api.reading_models import Order
from addresses.api.shown import Book
from addresses.api.shown import filters as existing
from addresses.catalogue import FOLDER
from addresses.views.book import AddressBook
from addresses.views.keywords import Keywords
from addresses.views.search import Search, Wanted, place, row
from dossier.auth.guard import Caller
from dossier.contracts.base import Id
from dossier.contracts.common import AddressType
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.folding import words
from dossier.http.after import After
from dossier.http.days import Today
from dossier.http.paging import PagingContext
from dossier.http.writing import Store

SHORTEST_VALUE = 3
"""Characters of a channel value: fewer are the letter of a kind, or something that was cut off."""
Few = Annotated[str, Field(max_length=100)]
User = Id | Literal["me"]
Asked = dict[str, Any]


class Filters(BaseModel):
    """What narrows down a search over addresses: all of it is met. Several types: any of them; keywords: all."""

    model_config = ConfigDict(frozen=True)

    q: Annotated[
        Few,
        Field(
            description="Beginnings of words: names, alias, city, channel values. Nothing, or `*` alone, is everything"
        ),
    ] = ""
    type: Annotated[list[AddressType], Field(description="Only these types")] = []
    city: Few = ""
    channel: Annotated[str, Field(max_length=320, description="A number, mail or web address, whole")] = ""
    keyword: Annotated[list[Id], Field(max_length=20, description="Several: addresses that have all of them")] = []
    keyword_group: Annotated[Id | None, Field(description="With any keyword of this group")] = None
    group: Annotated[Few, Field(description="With the keyword of this name: `customer`")] = ""
    folder: Annotated[Id | None, Field(description="What lies in this folder, not in those below")] = None
    account_manager: Annotated[User | None, Field(description="Looked after by this user, or `me`")] = None
    company: Annotated[Id | None, Field(description="Contacts of this company")] = None
    inactive: Annotated[bool, Field(description="Inactive ones and those past their last day, too")] = False

    @field_validator("type", "keyword", mode="before")
    @classmethod
    def _one_of_several(cls, value: Any) -> Any:
        """A saved search may keep a single value as it is."""
        return [value] if isinstance(value, str) else value


class Arrangement(BaseModel):
    """How the addresses found are listed."""

    model_config = ConfigDict(frozen=True)

    order: Order = "alias"


class Asking:
    """Who asks, and what the answer is looked up in."""

    def __init__(
        self,
        request: Request,
        caller: Caller,
        today: Today,
        store: Store,
        book: Book,
        catalogue: InCatalogue,
        after: After,
    ) -> None:
        self.book = book
        self._request, self._caller, self._today = request, caller, today
        self._store, self._catalogue, self._after = store, catalogue, after

    async def wanted(self, filters: Filters) -> Wanted:
        """All that is asked for, as this caller may ask it. Raises RuleViolation for what could find nothing."""
        await existing(self.book, self._after, company=("company", filters.company))
        _can_be_found(filters.q, filters.channel)
        return Wanted(
            today=self._today.isoformat(),
            text=filters.q,
            types=filters.type,
            city=filters.city,
            channel=filters.channel,
            company=None if filters.company is None else f"company-{filters.company}",
            account_manager=manager(filters.account_manager, self._caller, "account_manager"),
            inactive=filters.inactive,
            private=self._caller.may("private"),
            country_code=country_code(self._request),
            **await self._of_keywords(filters),
            **await self._of_folder(filters.folder),
        )

    async def _of_keywords(self, filters: Filters) -> Asked:
        """What is asked of keywords, of those that the caller may know of. Raises RuleViolation KEY-06."""
        keywords = Keywords(self.book, self._caller.user)
        for one in filters.keyword:
            await keywords.require(one, "keyword")
        if filters.keyword_group is not None:
            await keywords.group(filters.keyword_group, "keyword_group")
        named = await keywords.by_name(filters.group) if filters.group else None
        if named == []:
            raise RuleViolation("KEY-06", "no shared keyword is called so", "group")
        return {"keywords": filters.keyword, "keyword_group": filters.keyword_group, "one_keyword_of": named}

    async def _of_folder(self, folder: str | None) -> Asked:
        """What lies in the folder, if the caller may know of it. Raises RuleViolation FOL-01."""
        if folder is None:
            return {}
        try:
            await visible(self._store, FOLDER, folder, self._caller)
        except NotFound:
            raise RuleViolation("FOL-01", "there is no such folder", "folder") from None
        await self._after.reached(self._catalogue)
        return {"folder": folder, "within": await self._catalogue.entries(folder)}


async def _filters(filters: Annotated[Filters, Query()]) -> Filters:
    return filters


async def _arrangement(arrangement: Annotated[Arrangement, Query()]) -> Arrangement:
    return arrangement


Asks = Annotated[Asking, Depends(Asking)]
Filtered = Annotated[Filters, Depends(_filters)]
Arranged = Annotated[Arrangement, Depends(_arrangement)]


def manager(named: str | None, caller: Caller, field: str) -> str | None:
    """The user that is meant. Raises RuleViolation ADR-10 for a service's own addresses."""
    if named != "me":
        return named
    if caller.user is None:
        raise RuleViolation("ADR-10", "say whose addresses: a service has none", field)
    return caller.user


async def found(
    book: AddressBook, names: Naming, wanted: Wanted, order: Order, paging: PagingContext
) -> dict[str, Any]:
    """A page of the addresses that meet all that is wanted, for an answer."""
    of = ("addresses", order, *wanted.asked)
    lines = await Search(book).listed(wanted, order, paging.position(*of), paging.limit + 1)
    page = paging.page(lines, lambda line: place(line, wanted, order), *of)
    rows = [row(line, wanted.today) for line in page.items]
    await names.rows(rows)
    return {"items": rows, "next": page.next}


def _can_be_found(text: str, channel: str) -> None:
    if text.strip("* ") and not words(text):
        raise RuleViolation("search-text", "there is no letter and no digit in it; * alone is everything", "q")
    if channel and len(channel.strip()) < SHORTEST_VALUE:
        raise RuleViolation("COM-01", "say a whole number, mail or web address; kinds are not searched for", "channel")
