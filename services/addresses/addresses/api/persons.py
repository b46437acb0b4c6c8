"""Persons: enter, rename, read."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response

from addresses.aggregates import PERSON
from addresses.api.entering import Enter, Enterer
from addresses.api.fact_models import PrivateFacts, PublicPersonFacts, public
from addresses.api.models import ListedPerson, NewPerson, PersonRenaming, PersonView, WarnedAnswer
from addresses.api.naming import Called
from addresses.api.part_models import of_all
from addresses.api.shown import Book
from addresses.api.warnings import Warn
from addresses.domain import person
from addresses.domain.alias import contributing
from addresses.domain.facts import of_human
from addresses.domain.person import Person
from dossier.auth.guard import Caller, require
from dossier.contracts.base import Event, Id
from dossier.http.after import After
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing

router = Router(prefix="/v1/persons", tags=["persons"])


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewPerson, enter: Enter, warn: Warn) -> WarnedAnswer:
    """Enter a person, with all that is known of it; no company is needed."""
    return await warn.entered(await enter_person(body, enter))


async def enter_person(body: NewPerson, enter: Enterer) -> Answer:
    """Enter a person without looking for duplicates."""
    return await enter.enter(
        "person", body, body.facts, lambda p: person.register(p, body.last_name, body.first_name), human=True
    )


@router.get("", dependencies=[require("read")])
async def list_persons(book: Book, paging: Paging, after: After, inactive: bool = False) -> Page[ListedPerson]:
    """Persons by id; inactive ones with `inactive` (STA-01)."""
    wanted = None if inactive else True
    page = await listed(book, paging, after, "person", deleted=False, is_active=wanted)
    return Page(items=[ListedPerson(**item) for item in page.items], next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, names: Called, response: Response, caller: Caller) -> PersonView:
    """The person as it stands at this moment; what is private only for callers who may see private data."""
    state = await standing(store, PERSON, id, response)
    return PersonView(
        **of_all(id, state, caller),
        **await names.beside(account_manager_name=("user", state.account_manager)),
        last_name=state.last_name,
        first_name=state.first_name,
        facts=public(of_human(state.facts), PublicPersonFacts),
        private=PrivateFacts.model_validate(state.facts) if caller.may("private") else None,
    )


@router.put("/{id}/name", dependencies=[require("write")], responses=responses(409))
async def rename(id: Id, body: PersonRenaming, write: Write, warn: Warn) -> WarnedAnswer:
    """Give the person another name; every contact and couple that links the person shows it."""

    def decide(state: Person) -> Sequence[Event]:
        return contributing(state, person.rename(state, body.last_name, body.first_name), body.alias)

    return await warn.named(await write.change(PERSON, id, decide))
