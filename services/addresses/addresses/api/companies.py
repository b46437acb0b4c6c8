"""Companies: enter, rename, place in the hierarchy, read."""

from __future__ import annotations

from fastapi import APIRouter, Response

from addresses.aggregates import COMPANY, HIERARCHY, existing_company, with_ancestors
from addresses.api.models import CompanyName, CompanyView, ListedCompany, NewCompany, ParentCompany, WarnedAnswer, shown
from addresses.api.shown import Book
from addresses.api.warnings import Warn
from addresses.domain import company
from dossier.auth.guard import require
from dossier.contracts.base import Id
from dossier.http.after import After
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.writing import Store, Write, standing
from dossier.ids import stream_id

router = APIRouter(prefix="/v1/companies", tags=["companies"])


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewCompany, write: Write, warn: Warn) -> WarnedAnswer:
    """Enter a company, with its parent if it has one."""
    parent, store = body.parent, write.store

    async def check() -> None:
        if parent is not None:
            await existing_company(store, parent, "ADR-03", "parent")

    answer = await write.create(
        COMPANY,
        body.id,
        lambda c: company.register(c, body.name, parent),
        refers_to=() if parent is None else [stream_id("company", parent)],
        check=check,
    )
    return await warn.named(answer)


@router.get("", dependencies=[require("read")])
async def list_companies(book: Book, paging: Paging, after: After, parent: Id | None = None) -> Page[ListedCompany]:
    """Companies by id, or the subsidiaries of one (`parent`)."""
    page = await listed(book, paging, after, "company", parent=parent)
    return Page(items=[ListedCompany(**item) for item in page.items], next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response) -> CompanyView:
    """The company as it stands at this moment."""
    state = await standing(store, COMPANY, id, response)
    return CompanyView(
        id=id, name=state.name, parent=state.parent, is_active=state.is_active, channels=shown(state.channels)
    )


@router.put("/{id}/name", dependencies=[require("write")], responses=responses(409))
async def rename(id: Id, body: CompanyName, write: Write, warn: Warn) -> WarnedAnswer:
    """Give the company another name; the former one stays searchable."""
    return await warn.named(await write.change(COMPANY, id, lambda c: company.rename(c, body.name)))


@router.put("/{id}/parent", dependencies=[require("write")], responses=responses(409))
async def set_parent(id: Id, body: ParentCompany, write: Write) -> Answer:
    """Set the one parent company, or none. A circle is refused, also when two commands would close it together."""
    above = set[str]()

    async def check() -> None:
        above.clear()
        if body.parent is not None:
            above.update(await with_ancestors(write.store, body.parent, id))

    return await write.refer(
        COMPANY,
        id,
        lambda c: company.set_parent(c, id, body.parent, above),
        refers_to=[] if body.parent is None else [stream_id("company", body.parent)],
        check=check,
        guards=[HIERARCHY],
    )
