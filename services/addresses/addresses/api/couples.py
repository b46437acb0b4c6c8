"""Couples: enter, name, link, separate, correct, read (CON-11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import Response

from addresses.aggregates import COUPLE, PERSON, existing_person
from addresses.api.couple_models import (
    CoupleDatesCorrection,
    CoupleHalf,
    CoupleView,
    HalfCorrection,
    HalfRenaming,
    HalfView,
    ListedCouple,
    NewCouple,
    Separation,
)
from addresses.api.entering import Enter, Enterer
from addresses.api.fact_models import PrivateAccount, PublicCoupleFacts, public
from addresses.api.models import UNLINKING, LinkedPerson, Unlinking, WarnedAnswer
from addresses.api.naming import Called
from addresses.api.part_models import OnAlias, of_all
from addresses.api.shown import Book, filters
from addresses.api.warnings import Warn
from addresses.domain import couple
from addresses.domain.alias import contributing
from addresses.domain.couple import Couple
from dossier.auth.guard import Caller, require
from dossier.commands import load
from dossier.contracts.addresses import Half, Side
from dossier.contracts.base import Event, Id
from dossier.http.after import After
from dossier.http.days import Today
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, Writer, standing
from dossier.ids import stream_id

router = Router(prefix="/v1/couples", tags=["couples"])
_WRITE = [require("write")]


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewCouple, enter: Enter, warn: Warn) -> WarnedAnswer:
    """Enter a couple: each side a person or a typed name, chosen independently."""
    return await warn.entered(await enter_couple(body, enter))


async def enter_couple(body: NewCouple, enter: Enterer) -> Answer:
    """Enter a couple without looking for duplicates."""
    a, b = _half(body.a), _half(body.b)

    async def check() -> None:
        for side, half in (("a", a), ("b", b)):
            if half.person is not None:
                await existing_person(enter.write.store, half.person, "CON-11", f"{side}.person")

    return await enter.enter(
        "couple",
        body,
        body.facts,
        lambda c: couple.register(c, a, b, body.valid_from),
        refers_to=[stream_id("person", half.person) for half in (a, b) if half.person is not None],
        check=check,
    )


@router.get("", dependencies=[require("read")])
async def list_couples(
    book: Book, names: Called, paging: Paging, after: After, person: Id | None = None, inactive: bool = False
) -> Page[ListedCouple]:
    """Couples by id, or those of a person, separated ones too; inactive ones with `inactive` (STA-01)."""
    await filters(book, after, person=("person", person))
    of = None if person is None else stream_id("person", person)
    wanted = None if inactive else True
    page = await listed(book, paging, after, "couple", draws_on=of, deleted=False, is_active=wanted)
    aliases = await names.of(item["_id"] for item in page.items)
    items = [ListedCouple.model_validate(item | {"alias": aliases.get(item["_id"], "")}) for item in page.items]
    return Page(items=items, next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, names: Called, today: Today, response: Response, caller: Caller) -> CoupleView:
    """The couple as it stands at this moment, with the linked persons' present names."""
    state = await standing(store, COUPLE, id, response)
    return CoupleView(
        **of_all(id, state, caller),
        **await names.beside(account_manager_name=("user", state.account_manager)),
        a=await _shown(store, state.a),
        b=await _shown(store, state.b),
        valid_from=state.valid_from,
        valid_to=state.valid_to,
        is_current=state.is_current(today),
        facts=public(state.facts, PublicCoupleFacts),
        private=PrivateAccount.model_validate(state.facts) if caller.may("private") else None,
    )


@router.put("/{id}/halves/{side}/name", dependencies=_WRITE, responses=responses(409))
async def rename_half(id: Id, side: Side, body: HalfRenaming, write: Write, warn: Warn) -> WarnedAnswer:
    """Change the typed name of one side; a linked person is renamed itself."""
    answer = await _change(write, id, body, lambda c: couple.rename_half(c, side, body.last_name, body.first_name))
    return await warn.named(answer)


@router.post("/{id}/halves/{side}/link-person", dependencies=_WRITE, responses=responses(409))
async def link_person(id: Id, side: Side, body: LinkedPerson, write: Write) -> Answer:
    """Say which person this side is; the couple's identity and history stay."""
    return await _refer(write, id, body, body.person, lambda c: couple.link_person(c, side, body.person))


@router.post("/{id}/halves/{side}/unlink-person", dependencies=_WRITE, responses=responses(409))
async def unlink_person(id: Id, side: Side, write: Write, today: Today, body: Unlinking = UNLINKING) -> Answer:
    """End the link of one side on a day; the person's name stays as typed text."""
    linked = (await load(write.store, COUPLE, stream_id("couple", id))).state.half(side).person
    known = Half()
    if linked is not None:
        person = (await load(write.store, PERSON, stream_id("person", linked))).state
        known = Half(last_name=person.last_name, first_name=person.first_name)
    day = body.day(today)
    return await _change(write, id, body, lambda c: couple.unlink_person(c, side, linked, day, known))


@router.post("/{id}/halves/{side}/correct", dependencies=_WRITE, responses=responses(409))
async def correct_half(id: Id, side: Side, body: HalfCorrection, write: Write) -> Answer:
    """Replace a side that was wrong from the start, by a person or a typed name. The history moves."""
    return await _refer(write, id, body, body.person, lambda c: couple.correct_half(c, side, _half(body), body.reason))


@router.post("/{id}/separate", dependencies=_WRITE, responses=responses(409))
async def separate(id: Id, body: Separation, write: Write) -> Answer:
    """The two are no couple any more after this day. What is dated before stays with both."""
    return await write.change(COUPLE, id, lambda c: couple.separate(c, body.valid_to))


@router.post("/{id}/correct-dates", dependencies=_WRITE, responses=responses(409))
async def correct_dates(id: Id, body: CoupleDatesCorrection, write: Write) -> Answer:
    """Replace dates of the couple that were recorded wrongly."""
    return await write.change(
        COUPLE, id, lambda c: couple.correct_dates(c, body.valid_from, body.valid_to, body.reason)
    )


async def _change(write: Writer, id: str, body: OnAlias, decide: Callable[[Couple], Sequence[Event]]) -> Answer:
    return await write.change(COUPLE, id, lambda state: contributing(state, decide(state), body.alias))


async def _refer(
    write: Writer, id: str, body: OnAlias, person: str | None, decide: Callable[[Couple], Sequence[Event]]
) -> Answer:
    async def check() -> None:
        if person is not None:
            await existing_person(write.store, person, "CON-11")

    return await write.refer(
        COUPLE,
        id,
        lambda state: contributing(state, decide(state), body.alias),
        refers_to=[] if person is None else [stream_id("person", person)],
        check=check,
    )


def _half(half: CoupleHalf) -> Half:
    return Half(person=half.person, last_name=half.last_name, first_name=half.first_name)


async def _shown(store: Store, half: Half) -> HalfView:
    if half.person is None:
        return HalfView(person=None, last_name=half.last_name, first_name=half.first_name)
    person = (await load(store, PERSON, stream_id("person", half.person))).state
    return HalfView(person=half.person, last_name=person.last_name, first_name=person.first_name)
