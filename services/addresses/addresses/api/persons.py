"""Persons: enter, rename, read."""

from __future__ import annotations

from fastapi import APIRouter, Response

from addresses.aggregates import PERSON
from addresses.api.models import ListedPerson, NewPerson, PersonName, PersonView, shown
from addresses.api.shown import Book
from addresses.domain import channels, person
from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.http.after import After
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.writing import Store, Write, standing

router = APIRouter(prefix="/v1/persons", tags=["persons"])


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewPerson, write: Write) -> Answer:
    """Enter a person; no company is needed."""
    return await write.create(PERSON, body.id, lambda p: person.register(p, body.last_name, body.first_name))


@router.get("", dependencies=[require("read")])
async def list_persons(book: Book, paging: Paging, after: After) -> Page[ListedPerson]:
    """Persons by id."""
    page = await listed(book, paging, after, "person", deleted=False)
    return Page(items=[ListedPerson(**item) for item in page.items], next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response, caller: Caller) -> PersonView:
    """The person as it stands at this moment; private channels only for callers who may see private data."""
    state = await standing(store, PERSON, id, response)
    own = state.channels if caller.may("private") else channels.without_private(state.channels)
    return PersonView(
        id=id,
        last_name=state.last_name,
        first_name=state.first_name,
        is_active=state.is_active,
        channels=shown(own),
    )


@router.put("/{id}/name", dependencies=[require("write")], responses=responses(409))
async def rename(id: Id, body: PersonName, write: Write) -> Answer:
    """Give the person another name; every contact that links the person shows it."""
    return await write.change(PERSON, id, lambda p: person.rename(p, body.last_name, body.first_name))
