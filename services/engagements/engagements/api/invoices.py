"""Invoices as references: make known, change, read. Who may see the project may see its invoices."""

from __future__ import annotations

from fastapi import Response

from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.contracts.engagements import InvoiceRegistered, InvoiceState
from dossier.http.changes import Change, Shown, change_log
from dossier.http.commands import etag
from dossier.http.models import Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write
from dossier.ids import new_id, stream_id
from engagements import access
from engagements.aggregates import INVOICE
from engagements.api.finding import AddressStream, Find
from engagements.api.models import WarnedAnswer
from engagements.api.naming import Called
from engagements.api.opportunity_models import facts_of
from engagements.api.part_models import InvoiceFacts, InvoiceView, NewInvoice, shown_invoice
from engagements.api.references import References
from engagements.api.warnings import Warn
from engagements.domain import invoice
from engagements.domain.invoice import Invoice

router = Router(prefix="/v1/invoices", tags=["invoices"])


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewInvoice, write: Write, references: References, warn: Warn) -> WarnedAnswer:
    """Make an invoice known."""
    own_id = body.id or new_id()
    await access.require_free(write, INVOICE, own_id)
    new = InvoiceRegistered(**facts_of(body))
    if new.project is not None:
        await access.visible_project(write.store, new.project, write.command.principal)
    await references.check(stream_id("invoice", own_id), {"recipient": new.recipient.stream})
    answer = await write.create(INVOICE, own_id, lambda i: invoice.register(i, new))
    return await warn.of_invoice(answer, new.number)


@router.get("", dependencies=[require("read")])
async def list_invoices(
    find: Find,
    store: Store,
    caller: Caller,
    names: Called,
    project: Id | None = None,
    recipient: AddressStream | None = None,
    state: InvoiceState | None = None,
) -> Page[InvoiceView]:
    """The invoices that the caller may see, by id: all, or those of a project, to a recipient, or in a state."""
    filters = {"project": project, "parties": recipient, "state": state}
    page = await find.page(INVOICE, access.rights_of_project(store, caller), **filters)
    items = await names.all([shown_invoice(id, state) for id, state in page.items])
    return Page(items=items, next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response, caller: Caller, names: Called) -> InvoiceView:
    """The invoice as it stands at this moment."""
    loaded = await access.known_part(store, INVOICE, id, caller)
    response.headers["ETag"] = etag(loaded.head.commit)
    return await names.named(shown_invoice(id, loaded.state))


@router.get("/{id}/changes", dependencies=[require("read")])
async def changes(id: Id, store: Store, paging: Paging, caller: Caller, names: Called) -> Page[Change]:
    """Who changed what of the invoice, newest first. A project that the caller may not see is not told."""
    await access.known_part(store, INVOICE, id, caller)
    page = await change_log(store, INVOICE, id, paging, await shown_to(store, id, caller))
    await names.changes(page.items)
    return page


@router.patch("/{id}", dependencies=[require("write")], responses=responses(409))
async def change(id: Id, body: InvoiceFacts, write: Write, references: References, warn: Warn) -> WarnedAnswer:
    """Change facts of the invoice, or say which project it belongs to."""
    await access.present_part(write, INVOICE, id)
    facts = facts_of(body)
    if body.project is not None:
        await access.visible_project(write.store, body.project, write.command.principal)
    named = {} if body.recipient is None else {"recipient": body.recipient.reference().stream}
    await references.check(stream_id("invoice", id), named)
    answer = await access.change_part(write, INVOICE, id, lambda i: invoice.change(i, facts))
    return await warn.of_invoice(answer, facts.get("number"))


async def shown_to(store: Store, id: str, caller: Caller) -> Shown[Invoice]:
    """What the change log compares: the facts of the invoice, without a project that the caller may not see."""
    state, projects = INVOICE.initial(), set[str | None]()
    for recorded in (await store.history(stream_id("invoice", id))).events:
        state = INVOICE.evolve(state, recorded.event())
        projects.add(state.project)
    hidden = await access.hidden_projects(store, list(projects), caller)

    def shown(state: Invoice) -> object:
        if state.registered is None:
            return {}  # an amount that was never said is none, not zero
        facts = {name: value for name, value in vars(state).items() if name != "registered"}
        return facts | {"project": None} if state.project in hidden else facts

    return shown
