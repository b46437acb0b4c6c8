"""Opportunities: open, change, bring to another stage, read, list, count by seller."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Response

from dossier.auth.guard import Caller, require
from dossier.commands import load
from dossier.contracts.base import Id
from dossier.contracts.common import AddressRef
from dossier.contracts.engagements import OpportunityOpened
from dossier.http.after import After
from dossier.http.changes import Change, change_log
from dossier.http.days import Today
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, Writer, standing
from dossier.ids import new_id, stream_id
from engagements import access, catalogue
from engagements.aggregates import OPPORTUNITY
from engagements.api.finding import AddressStream, Find
from engagements.api.keywords import keyword_filter
from engagements.api.models import Notice, WarnedAnswer
from engagements.api.naming import Called
from engagements.api.opportunity_models import (
    NewOpportunity,
    NextStatus,
    OpportunityFacts,
    OpportunityView,
    OverviewLine,
    facts_of,
    shown,
)
from engagements.api.references import KnownStreams, OwnRegister, References, one
from engagements.api.sight import OwnSight
from engagements.domain import opportunity, statuses
from engagements.domain.opportunity import Opportunity
from engagements.domain.statuses import Status
from engagements.views.known import Known
from engagements.views.overview import by_seller

router = Router(prefix="/v1/opportunities", tags=["opportunities"])

MOST_ADDRESSES = 50
"""Addresses whose opportunities are listed together."""


@router.post("", status_code=201, dependencies=[require("create")])
async def open_one(
    body: NewOpportunity, write: Write, references: References, known: KnownStreams, today: Today
) -> WarnedAnswer:
    """Open an opportunity with an address of any type, today and at the first stage unless something else is said.

    One with an inactive company is opened with a warning.
    """
    own_id, caller = body.id or new_id(), write.command.principal
    begun = access.visible((await load(write.store, OPPORTUNITY, stream_id("opportunity", own_id))).state, caller)
    status_id = body.status or (begun.opened.status if begun.opened else catalogue.status_id(statuses.FIRST))
    status = await catalogue.status(write.store, status_id)
    said = {name: value for name, value in facts_of(body).items() if value is not None}
    new = OpportunityOpened(**_proposed(status_id, status, begun, today) | said)
    if body.project is not None:
        await _require_project_of(write, known, new.address, body.project)
    named = {"address": new.address.stream} | one("seller", "user", body.seller)
    await references.check(stream_id("opportunity", own_id), named)
    answer = await write.create(
        OPPORTUNITY, own_id, lambda o: opportunity.open_one(access.visible(o, caller), new, status)
    )
    return await _warned(answer, known, new.address)


@router.get("", dependencies=[require("read")])
async def list_opportunities(
    find: Find,
    sight: OwnSight,
    known: KnownStreams,
    caller: Caller,
    names: Called,
    address: Annotated[list[AddressStream] | None, Query(max_length=MOST_ADDRESSES, description="Of any")] = None,
    seller: Id | None = None,
    keyword: Id | None = None,
    open: Annotated[bool | None, Query(description="Only open ones, or only those that are won or lost")] = None,
) -> Page[OpportunityView]:
    """The opportunities that the caller may see, by id: all, or those of addresses, of a seller, open or closed."""
    wanted = await keyword_filter(keyword, known, sight)
    outcome: Any = None if open is None else "open" if open else {"$in": ["won", "lost"]}
    parties = {"$in": sorted(set(address))} if address else None
    filters = {"parties": parties, "seller": seller, "keywords": wanted, "outcome": outcome}
    page = await find.page(OPPORTUNITY, access.own_rights(caller), **filters)
    seen = await sight.of([state for _, state in page.items])
    items = await names.all([shown(id, state, seen) for id, state in page.items])
    return Page(items=items, next=page.next)


@router.get("/overview", dependencies=[require("read")])
async def overview(
    register: OwnRegister, after: After, caller: Caller, names: Called, year: Annotated[int, Query(ge=1900, le=9999)]
) -> list[OverviewLine]:
    """What closes in a year, by seller, currency and outcome; without those that have no closing date.

    The date is the day an opportunity was won or lost, and the planned one until then.
    """
    await after.reached(register)
    return await names.all([OverviewLine(**line) for line in await by_seller(register, caller, year)])


@router.get("/{id}", dependencies=[require("read")])
async def read(
    id: Id, store: Store, response: Response, caller: Caller, sight: OwnSight, names: Called
) -> OpportunityView:
    """The opportunity as it stands at this moment, with all stages it was at."""
    state = access.visible(await standing(store, OPPORTUNITY, id, response), caller)
    return await names.named(shown(id, state, await sight.of([state])))


@router.get("/{id}/changes", dependencies=[require("read")])
async def changes(id: Id, store: Store, paging: Paging, sight: OwnSight, names: Called) -> Page[Change]:
    """Who changed what of the opportunity, newest first."""
    page = await change_log(store, OPPORTUNITY, id, paging, await sight.history(OPPORTUNITY, id))
    await names.changes(page.items)
    return page


@router.patch("/{id}", dependencies=[require("write")], responses=responses(409))
async def change(
    id: Id, body: OpportunityFacts, write: Write, references: References, known: KnownStreams
) -> WarnedAnswer:
    """Change facts. The project is one in which the address has a role; null unlinks one that the caller may see."""
    state, facts = await access.present(write, OPPORTUNITY, id), facts_of(body)
    opportunity.change(state, facts)
    address: AddressRef | None = facts.get("address", state.address)
    seen = None if await _is_hidden(write, state.project) else state.project
    opportunity.as_seen(state, facts, seen)
    linked = facts.get("project", seen)
    if address is not None and linked is not None and (linked, address) != (state.project, state.address):
        await _require_project_of(write, known, address, linked)
    named = {"address": address.stream} if address is not None and address != state.address else {}
    await references.check(stream_id("opportunity", id), named | one("seller", "user", body.seller))
    answer = await access.change(
        write, OPPORTUNITY, id, lambda o: opportunity.change(o, opportunity.as_seen(o, facts, seen))
    )
    return await _warned(answer, known, facts.get("address"))


@router.post("/{id}/status", dependencies=[require("write")], responses=responses(409))
async def set_status(id: Id, body: NextStatus, write: Write, today: Today) -> Answer:
    """Bring it to another stage. Won or lost closes it, an open stage reopens it."""
    status = await catalogue.status(write.store, body.status)
    return await access.change(
        write,
        OPPORTUNITY,
        id,
        lambda o: opportunity.set_status(
            o, body.status, status, on=body.on, today=today, probability=body.probability, reason=body.reason
        ),
    )


@router.post("/{id}/deactivate", dependencies=[require("deactivate")], responses=responses(409))
async def deactivate(id: Id, write: Write) -> Answer:
    """Put the opportunity aside without an outcome."""
    return await access.change(write, OPPORTUNITY, id, lambda o: opportunity.change(o, {"is_active": False}))


@router.post("/{id}/reactivate", dependencies=[require("deactivate")], responses=responses(409))
async def reactivate(id: Id, write: Write) -> Answer:
    """Take it up again. One that is won or lost is reopened by an open stage."""
    return await access.change(write, OPPORTUNITY, id, lambda o: opportunity.change(o, {"is_active": True}))


def _proposed(status_id: str, status: Status | None, begun: Opportunity, today: date) -> dict[str, Any]:
    """What a new opportunity has where nothing is said; a request that is repeated later says the same again."""
    if begun.opened is not None:
        return {name: getattr(begun.opened, name) for name in ("status", "probability", "entered_on")}
    return {"status": status_id, "probability": status.probability if status else 0, "entered_on": today}


async def _warned(answer: Answer, known: Known, address: AddressRef | None) -> WarnedAnswer:
    """The answer, with a word if the company is inactive that the opportunity is with from now on (STA-01)."""
    inactive = address is not None and await known.inactive_company(address)
    notices = (Notice(rule="STA-01", detail="the company of this opportunity is inactive"),) if inactive else ()
    return WarnedAnswer(**answer.model_dump(), warnings=notices)


async def _is_hidden(write: Writer, project_id: str | None) -> bool:
    """Whether the linked project is one that the caller may not know of, so that no refusal may tell."""
    return bool(await access.hidden_projects(write.store, [project_id], write.command.principal))


async def _require_project_of(write: Writer, known: Known, address: AddressRef, project_id: str) -> None:
    state = await access.visible_project(write.store, project_id, write.command.principal)
    opportunity.require_project_of([address, *await known.instead_of(address)], state)
