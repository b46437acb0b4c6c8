"""Companies: enter, rename, place in the hierarchy, read."""

from __future__ import annotations

from fastapi import APIRouter, Response

from addresses.aggregates import COMPANY, HIERARCHY, existing_company, with_ancestors
from addresses.api.models import CompanyName, CompanyView, ListedCompany, NewCompany, ParentCompany, shown
from addresses.api.shown import Book
from addresses.domain import company
from addresses.domain.company import Company
from dossier.auth.guard import require
from dossier.commands import Step
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import NotFound
from dossier.http.after import After
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.writing import Store, Write, standing
from dossier.ids import stream_id

router = APIRouter(prefix="/v1/companies", tags=["companies"])


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewCompany, write: Write) -> Answer:
    """Enter a company, with its parent if it has one."""
    if body.parent is not None:
        await existing_company(write.store, body.parent, "ADR-03", "parent")
    return await write.create(COMPANY, body.id, lambda c: company.register(c, body.name, body.parent))


@router.get("", dependencies=[require("read")])
async def list_companies(book: Book, paging: Paging, after: After, parent: Id | None = None) -> Page[ListedCompany]:
    """Companies by id, or the subsidiaries of one (`parent`)."""
    page = await listed(book, paging, after, "company", parent=parent, deleted=False)
    return Page(items=[ListedCompany(**item) for item in page.items], next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response) -> CompanyView:
    """The company as it stands at this moment."""
    state = await standing(store, COMPANY, id, response)
    return CompanyView(
        id=id, name=state.name, parent=state.parent, is_active=state.is_active, channels=shown(state.channels)
    )


@router.put("/{id}/name", dependencies=[require("write")], responses=responses(409))
async def rename(id: Id, body: CompanyName, write: Write) -> Answer:
    """Give the company another name; the former one stays searchable."""
    return await write.change(COMPANY, id, lambda c: company.rename(c, body.name))


@router.put("/{id}/parent", dependencies=[require("write")], responses=responses(409))
async def set_parent(id: Id, body: ParentCompany, write: Write) -> Answer:
    """Set the one parent company, or none. A circle is refused, also when two commands would close it together."""
    stream = stream_id("company", id)

    async def plan() -> list[Step]:
        above = set[str]() if body.parent is None else await with_ancestors(write.store, body.parent, id)

        def decide(state: Company) -> list[Event]:
            if state.registered is None:
                raise NotFound(id)
            return list(company.set_parent(state, id, body.parent, above))

        return [(COMPANY, stream, decide)]

    (committed,) = await write.change_all(plan, [stream], guards=[HIERARCHY])
    return write.command.answer(committed)
