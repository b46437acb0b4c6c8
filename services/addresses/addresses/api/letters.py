"""Letters: how one to an address begins, and how its letter address is laid out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from fastapi import Response

from addresses.aggregates import AGGREGATES, Collection
from addresses.api.channels import Region
from addresses.api.list_models import ChosenLayout, LetterView
from addresses.api.models import Notice
from addresses.api.owned import given
from addresses.book_settings import book_settings
from addresses.catalogue import LAYOUT
from addresses.domain import letters, lists
from addresses.domain.address import Address
from addresses.domain.contact import Contact
from addresses.domain.couple import Couple
from addresses.domain.letters import Addressee, Place
from addresses.letter_facts import LetterDesk, template_of
from dossier.auth.guard import Caller, require
from dossier.commands import load
from dossier.contracts.addresses import LayoutChosen
from dossier.contracts.base import Event, Id
from dossier.http.days import Today
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing
from dossier.ids import stream_id

router = Router(prefix="/v1/{collection}/{id}", tags=["letters"])


@router.get("/letter", dependencies=[require("read")])
async def letter(
    collection: Collection, id: Id, store: Store, caller: Caller, today: Today, region: Region, response: Response
) -> LetterView:
    """Salutation and letter address, as a letter of today begins.

    A private postal address is used only for callers with that capability; a contact's letter never goes to one.
    """
    state: Address = await standing(store, AGGREGATES[collection], id, response)
    settings = await book_settings(store)
    to = await LetterDesk(store, settings, today, region, caller.may("private")).addressee(state)
    template, layout = await template_of(store, to.type, state)
    return LetterView(
        language=to.language,
        form_of_address=letters.form_of_address(to),
        salutation=letters.salutation(to),
        lines=letters.letter_address(to, template),
        layout=layout,
        warnings=list(_warnings(state, to, today)),
    )


@router.put("/layout", dependencies=[require("write")], responses=responses(409))
async def choose_layout(collection: Collection, id: Id, body: ChosenLayout, write: Write) -> Answer:
    """Lay out the letters of this one address by a template of its type, by own lines, or by the default again."""
    wanted = LayoutChosen(**given(body))
    layout = None
    if wanted.layout is not None:
        layout = (await load(write.store, LAYOUT, stream_id("layout", wanted.layout))).state
    aggregate = AGGREGATES[collection]
    type: Any = aggregate.kind

    def decide(state: Address) -> Sequence[Event]:
        present = LayoutChosen(layout=state.layout, own_lines=state.own_lines)
        return lists.choose_layout(present, wanted, type, layout)

    return await write.change(aggregate, id, decide)


def _warnings(state: Address, to: Addressee, today: date) -> Iterator[Notice]:
    """What a letter of that day should not meet. Whether it goes out all the same is for people to say."""
    if isinstance(state, Contact | Couple) and state.valid_to is not None and state.valid_to < today:
        if isinstance(state, Couple):
            yield Notice(rule="CON-11", detail="the two have separated")
        else:
            yield Notice(rule="CON-10", detail="the contact has left the company")
    if state.own_lines is None and to.place == Place():
        yield Notice(rule="POS-01", detail="there is no postal address that this letter could go to")
