"""Companies: enter, rename, place in the hierarchy, read."""

from __future__ import annotations

from fastapi import Response

from addresses.aggregates import (
    COMPANY,
    HIERARCHY,
    PRIMARY_CONTACTS,
    existing_company,
    existing_contact,
    with_ancestors,
)
from addresses.api.entering import Enter, Enterer
from addresses.api.fact_models import PrivateAccount, PublicCompanyFacts, public
from addresses.api.models import (
    CompanyName,
    CompanyView,
    ListedCompany,
    NewCompany,
    ParentCompany,
    PrimaryContact,
    WarnedAnswer,
)
from addresses.api.naming import Called
from addresses.api.part_models import of_all
from addresses.api.shown import Book, filters
from addresses.api.warnings import Warn
from addresses.domain import company
from addresses.domain.alias import contributing
from addresses.domain.company import Company
from dossier.auth.guard import Caller, require
from dossier.commands import Step
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import NotFound
from dossier.deleting import referring
from dossier.http.after import After
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing
from dossier.ids import stream_id

router = Router(prefix="/v1/companies", tags=["companies"])


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewCompany, enter: Enter, warn: Warn) -> WarnedAnswer:
    """Enter a company, with its parent if it has one, and all that is known of it."""
    return await warn.entered(await enter_company(body, enter))


async def enter_company(body: NewCompany, enter: Enterer) -> Answer:
    """Enter a company without looking for duplicates."""
    parent = body.parent

    async def check() -> None:
        if parent is not None:
            await existing_company(enter.write.store, parent, "ADR-03", "parent")

    return await enter.enter(
        "company",
        body,
        body.facts,
        lambda c: company.register(c, body.name, parent),
        refers_to=[] if parent is None else [stream_id("company", parent)],
        check=check,
    )


@router.get("", dependencies=[require("read")])
async def list_companies(
    book: Book, names: Called, paging: Paging, after: After, parent: Id | None = None, inactive: bool = False
) -> Page[ListedCompany]:
    """Companies by id, or the subsidiaries of one (`parent`); inactive ones with `inactive` (STA-01)."""
    wanted = None if inactive else True
    await filters(book, after, parent=("company", parent))
    page = await listed(book, paging, after, "company", parent=parent, deleted=False, is_active=wanted)
    above = await names.of(stream_id("company", item["parent"]) for item in page.items if item["parent"])
    items = [ListedCompany(**item, parent_alias=above.get(f"company-{item['parent']}")) for item in page.items]
    return Page(items=items, next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, names: Called, response: Response, caller: Caller) -> CompanyView:
    """The company as it stands at this moment; private facts only for callers who may see private data."""
    state = await standing(store, COMPANY, id, response)
    named = await names.beside(
        account_manager_name=("user", state.account_manager),
        parent_alias=("company", state.parent),
        primary_contact_alias=("contact", state.primary_contact),
    )
    return CompanyView(
        **of_all(id, state, caller),
        **named,
        name=state.name,
        parent=state.parent,
        primary_contact=state.primary_contact,
        facts=public(state.facts, PublicCompanyFacts),
        private=PrivateAccount.model_validate(state.facts) if caller.may("private") else None,
    )


@router.put("/{id}/name", dependencies=[require("write")], responses=responses(409))
async def rename(id: Id, body: CompanyName, write: Write, warn: Warn) -> WarnedAnswer:
    """Give the company another name; the former one stays searchable."""
    answer = await write.change(COMPANY, id, lambda c: contributing(c, company.rename(c, body.name), body.alias))
    return await warn.named(answer)


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


@router.put("/{id}/primary-contact", dependencies=[require("write")], responses=responses(409))
async def set_primary_contact(id: Id, body: PrimaryContact, write: Write) -> Answer:
    """Say which contact of the company is the first to turn to, or that none is."""
    stream = stream_id("company", id)

    async def plan() -> list[Step]:
        of: str | None = None
        if body.contact is not None:
            of = (await existing_contact(write.store, body.contact, "CON-01", "contact")).company

        def decide(state: Company) -> list[Event]:
            if state.registered is None:
                raise NotFound(id)
            return list(company.set_primary_contact(state, id, body.contact, of))

        return [(COMPANY, stream, decide)]

    refers_to = [] if body.contact is None else [stream_id("contact", body.contact)]
    guards = [PRIMARY_CONTACTS, *referring(refers_to)]
    (committed,) = await write.change_all(plan, [stream], guards)
    return write.command.answer(committed)
