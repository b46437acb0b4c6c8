"""Links between addresses and their types: shown on both addresses, each with its own label (ROL-07, ROL-08)."""

from __future__ import annotations

from datetime import date

from fastapi import Response

from addresses.aggregates import AGGREGATES, Collection
from addresses.api.link_models import (
    LinkChange,
    LinkOfAddress,
    LinkTypeChange,
    LinkTypeView,
    LinkView,
    NewLink,
    NewLinkType,
    shown_type,
)
from addresses.api.models import WarnedAnswer
from addresses.api.naming import Called
from addresses.api.owned import InCatalogue
from addresses.api.reading_models import Named
from addresses.api.warnings import Warn
from addresses.catalogue import LINK, LINK_TYPE, existing_address
from addresses.domain import links
from addresses.domain.links import Link, LinkType
from dossier.auth.guard import require
from dossier.commands import load
from dossier.contracts.addresses import AddressesLinked, LinkTypeChanged
from dossier.contracts.base import Id
from dossier.contracts.common import AddressRef
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http.after import After
from dossier.http.changes import Change, change_log
from dossier.http.days import Today
from dossier.http.listing import all_as_standing, listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing
from dossier.ids import stream_id

router = Router(tags=["links"])


@router.post("/v1/link-types", status_code=201, dependencies=[require("administer")])
async def define(body: NewLinkType, write: Write) -> Answer:
    """Let addresses be linked in another way."""
    one, other = body.one.end(), body.other.end()
    return await write.create(LINK_TYPE, body.id, lambda t: links.define(t, one, other))


@router.get("/v1/link-types", dependencies=[require("read")])
async def list_types(store: Store, inactive: bool = False) -> list[LinkTypeView]:
    """The ways in which addresses can be linked, by position; those no longer offered on request."""
    found = [(id, state) for id, state in await all_as_standing(store, LINK_TYPE) if state.is_active or inactive]
    return sorted((shown_type(id, state) for id, state in found), key=lambda t: (t.one.position, t.one.label, t.id))


@router.get("/v1/link-types/{id}", dependencies=[require("read")])
async def read_type(id: Id, store: Store, response: Response) -> LinkTypeView:
    """The link type as it stands at this moment."""
    return shown_type(id, await standing(store, LINK_TYPE, id, response))


@router.patch("/v1/link-types/{id}", dependencies=[require("administer")], responses=responses(409))
async def change_type(id: Id, body: LinkTypeChange, write: Write) -> Answer:
    """Label the ends otherwise, admit other types, or offer the link no longer. Links that exist stay."""
    wanted = LinkTypeChanged(
        one=body.one and body.one.end(), other=body.other and body.other.end(), is_active=body.is_active
    )
    return await write.change(LINK_TYPE, id, lambda t: links.change_type(t, wanted))


@router.post("/v1/links", status_code=201, dependencies=[require("write")], responses=responses(409))
async def link(body: NewLink, write: Write, warn: Warn) -> WarnedAnswer:
    """Link two addresses. The link shows on both."""
    link_type = (await load(write.store, LINK_TYPE, stream_id("link-type", body.link_type))).state
    if link_type.defined is None:
        raise RuleViolation("ROL-07", "there is no such link type; GET /v1/link-types lists them", "link_type")
    one, other = AddressRef(**dict(body.one)), AddressRef(**dict(body.other))
    facts = body.model_dump(exclude={"id", "one", "other"})
    new = AddressesLinked(**facts, one=one, other=other)

    async def check() -> None:
        await existing_address(write.store, one, "ROL-07", "one")
        await existing_address(write.store, other, "ROL-07", "other")

    answer = await write.create(
        LINK,
        body.id,
        lambda present: links.link(present, new, link_type),
        refers_to=sorted({one.stream, other.stream}),
        check=check,
    )
    return await warn.linked(answer)


@router.get("/v1/links/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, names: Called, response: Response) -> LinkView:
    """The link as it stands at this moment."""
    state = await standing(store, LINK, id, response)
    linked = _standing(id, state)
    link_type = (await load(store, LINK_TYPE, stream_id("link-type", linked.link_type))).state
    one, other = await names.addresses([linked.one, linked.other])
    return LinkView(
        id=id,
        link_type=linked.link_type,
        one=one,
        one_label=links.seen_from(linked, link_type, linked.one.stream)[0],
        other=other,
        other_label=links.seen_from(linked, link_type, linked.other.stream)[0],
        valid_from=state.valid_from,
        valid_to=state.valid_to,
        remark=state.remark,
    )


@router.get("/v1/links/{id}/changes", dependencies=[require("read")])
async def changes(id: Id, store: Store, names: Called, paging: Paging) -> Page[Change]:
    """The changes of the link, newest first, also of one that was taken away."""
    page = await change_log(store, LINK, id, paging, links.facts)
    await names.changes(page.items)
    return page


@router.patch("/v1/links/{id}", dependencies=[require("write")], responses=responses(409))
async def change(id: Id, body: LinkChange, write: Write, warn: Warn) -> WarnedAnswer:
    """Give the link other dates or another remark; what is absent stays, null takes a day away."""
    said = body.model_dump(exclude_unset=True)

    def decide(state: Link) -> links.Events:
        _standing(id, state)
        return links.change(state, said)

    return await warn.linked(await write.change(LINK, id, decide))


@router.delete("/v1/links/{id}", dependencies=[require("write")], responses=responses(409))
async def remove(id: Id, write: Write) -> Answer:
    """Take away a link that was made by mistake; one that ended gets a last day instead."""
    return await write.change(LINK, id, links.remove)


@router.get("/v1/{collection}/{id}/links", dependencies=[require("read")])
async def list_links(
    collection: Collection,
    id: Id,
    store: Store,
    catalogue: InCatalogue,
    names: Called,
    today: Today,
    paging: Paging,
    after: After,
) -> Page[LinkOfAddress]:
    """The links of an address, each with its label there: former and future ones too."""
    address = stream_id(AGGREGATES[collection].kind, id)
    page = await listed(catalogue, paging, after, "link", ends=address)
    types = dict[str, LinkType]()
    found: list[tuple[str, Link, AddressesLinked]] = []
    for item in page.items:
        state = (await load(store, LINK, item["_id"])).state
        if state.linked is None or state.is_removed:
            continue  # the catalogue is a moment behind
        if state.linked.link_type not in types:
            stream = stream_id("link-type", state.linked.link_type)
            types[state.linked.link_type] = (await load(store, LINK_TYPE, stream)).state
        found.append((item["id"], state, state.linked))
    seen = [links.seen_from(linked, types[linked.link_type], address) for _, _, linked in found]
    others = await names.addresses([far for _, far in seen])
    labels = [label for label, _ in seen]
    return Page(items=[_on(*each, today) for each in zip(found, labels, others, strict=True)], next=page.next)


def _on(found: tuple[str, Link, AddressesLinked], label: str, other: Named, today: date) -> LinkOfAddress:
    id, state, linked = found
    return LinkOfAddress(
        id=id,
        link_type=linked.link_type,
        label=label,
        address=other,
        valid_from=state.valid_from,
        valid_to=state.valid_to,
        remark=state.remark,
        is_current=state.is_current(today),
    )


def _standing(id: str, state: Link) -> AddressesLinked:
    if state.linked is None or state.is_removed:
        raise NotFound(id)
    return state.linked
