"""The page of an address, its effective channels, and the contacts of a company."""

from __future__ import annotations

from asyncio import gather

from fastapi import Request, Response

from addresses.api.naming import Called, user_of
from addresses.api.reading import Address, OfPages, answer
from addresses.api.reading_models import AddressPage, ChannelList, ContactList
from addresses.views.pages import Pages
from dossier.auth.guard import require
from dossier.http.models import Page
from dossier.http.paging import DEFAULT_LIMIT, Paging, PagingContext
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.mongo import Document

router = Router(prefix="/v1/addresses/{address}", tags=["reading"], dependencies=[require("read")])


@router.get("", response_model=AddressPage, responses=responses(404))
async def page(address: Address, pages: OfPages, names: Called, request: Request, response: Response) -> Response:
    """Everything the book knows of an address, with the first page of a company's contacts."""
    first = PagingContext(request.app.state.service.token_key, DEFAULT_LIMIT, None)
    shown, below = await gather(pages.page(address), _contacts(pages, address, first))
    primary = shown["primary_contact"]
    contacts = _marked(pages, below, primary and primary["id"])
    related = [shown[name]["items"] for name in ("companies", "couples", "subsidiaries")]
    _, named = await gather(names.rows(contacts["items"], *related), names.beside(**_referred(shown)))
    return answer({**shown, **named, "contacts": contacts}, response)


@router.get("/contacts", response_model=ContactList, responses=responses(404))
async def contacts(address: Address, pages: OfPages, names: Called, paging: Paging, response: Response) -> Response:
    """Contacts of a company, those that hold first, then those that are over, each by alias."""
    primary, below = await gather(pages.primary_contact(address), _contacts(pages, address, paging))
    shown = _marked(pages, below, primary)
    await names.rows(shown["items"])
    return answer(shown, response)


@router.get("/channels", response_model=ChannelList, responses=responses(404))
async def channels(address: Address, pages: OfPages, response: Response) -> Response:
    """Own and inherited channels, and which is used for each kind (COM-06 to COM-10)."""
    return answer({"items": await pages.channels(address)}, response)


async def _contacts(pages: Pages, address: str, paging: PagingContext) -> Page[Document]:
    of = ("contacts", address)
    found = await pages.contacts(address, paging.position(*of), paging.limit + 1)
    return paging.page(found, lambda line: [not pages.row(line)["is_current"], line["sort"]], *of)


def _referred(shown: Document) -> dict[str, tuple[str, str | None]]:
    """What a page has as bare ids, by the field in which its name goes."""
    return {
        **{f"{each}_alias": ("contact", shown[each]) for each in ("predecessor", "successor")},
        **{f"{each}_name": ("user", user_of(shown[each])) for each in ("created_by", "changed_by")},
        "account_manager_name": ("user", shown["account_manager"]),
    }


def _marked(pages: Pages, contacts: Page[Document], primary: str | None) -> Document:
    """Contacts, each with whether it is the company's primary one."""
    rows = [pages.row(line) for line in contacts.items]
    return {"items": [{**row, "is_primary": row["id"] == primary} for row in rows], "next": contacts.next}
