"""Contacts: begin, name, link to a person, end, change job, correct, read."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import APIRouter, Response

from addresses.aggregates import CONTACT, PERSON, existing_company, existing_person
from addresses.api.models import (
    AffiliationEnd,
    CompanyCorrection,
    ContactAnswer,
    ContactName,
    ContactView,
    DatesCorrection,
    JobChange,
    JobChangeAnswer,
    LinkedPerson,
    ListedContact,
    NewContact,
    PersonCorrection,
    Position,
    Unlinking,
    shown,
)
from addresses.api.shown import Book
from addresses.api.warnings import Warn
from addresses.domain import contact
from addresses.domain.contact import Contact, Names
from dossier.auth.guard import require
from dossier.clock import system_clock
from dossier.commands import Step, load
from dossier.contracts.addresses import ContactRegistered
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import NotFound
from dossier.http.after import After
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.writing import Store, Write, standing
from dossier.ids import new_id, split_stream, stream_id

router = APIRouter(prefix="/v1/contacts", tags=["contacts"])


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewContact, write: Write, warn: Warn) -> ContactAnswer:
    """Begin a contact: with typed names, as link of a person and a company, or with only a supplement."""
    await existing_company(write.store, body.company, "CON-01", "company")
    if body.person is not None:
        await existing_person(write.store, body.person, "CON-03")
    new = ContactRegistered(**body.model_dump(exclude={"id"}))
    return await warn.warned(await write.create(CONTACT, body.id, lambda c: contact.register(c, new)))


@router.get("", dependencies=[require("read")])
async def list_contacts(
    book: Book, paging: Paging, after: After, company: Id | None = None, person: Id | None = None
) -> Page[ListedContact]:
    """Contacts by id, or those of a company or a person; former ones too."""
    page = await listed(book, paging, after, "contact", company=company, person=person, deleted=False)
    return Page(items=[ListedContact(**item) for item in page.items], next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, response: Response) -> ContactView:
    """The contact as it stands at this moment, with the linked person's present name."""
    state = await standing(store, CONTACT, id, response)
    name = state.names
    if state.person is not None:
        person = (await load(store, PERSON, stream_id("person", state.person))).state
        name = Names(person.last_name, person.first_name, name.supplement)
    return ContactView(
        id=id,
        company=state.company,
        person=state.person,
        last_name=name.last_name,
        first_name=name.first_name,
        supplement=name.supplement,
        function=state.function,
        department=state.department,
        valid_from=state.valid_from,
        valid_to=state.valid_to,
        predecessor=state.predecessor,
        successor=state.successor,
        is_active=state.is_active,
        is_current=state.is_current(_today()),
        channels=shown(state.channels),
    )


@router.put("/{id}/name", dependencies=[require("write")], responses=responses(409))
async def rename(id: Id, body: ContactName, write: Write) -> Answer:
    """Change the typed name and supplement; with a linked person only the supplement."""
    names = Names(body.last_name, body.first_name, body.supplement)
    return await write.change(CONTACT, id, lambda c: contact.rename(c, names))


@router.put("/{id}/position", dependencies=[require("write")], responses=responses(409))
async def change_position(id: Id, body: Position, write: Write) -> Answer:
    """Change function and department."""
    return await write.change(CONTACT, id, lambda c: contact.change_position(c, body.function, body.department))


@router.post("/{id}/link-person", dependencies=[require("write")], responses=responses(409))
async def link_person(id: Id, body: LinkedPerson, write: Write, warn: Warn) -> ContactAnswer:
    """Say which person this contact is; its identity and history stay."""
    await existing_person(write.store, body.person, "CON-03")
    return await warn.warned(await write.change(CONTACT, id, lambda c: contact.link_person(c, body.person)))


@router.post("/{id}/unlink-person", dependencies=[require("write")], responses=responses(409))
async def unlink_person(id: Id, body: Unlinking, write: Write) -> Answer:
    """End the link to the person on a day; the person's name stays as typed text."""
    linked = (await load(write.store, CONTACT, stream_id("contact", id))).state.person
    known = Names()
    if linked is not None:
        person = (await load(write.store, PERSON, stream_id("person", linked))).state
        known = Names(person.last_name, person.first_name)
    day = body.unlinked_on or _today()
    return await write.change(CONTACT, id, lambda c: contact.unlink_person(c, linked, day, known))


@router.post("/{id}/correct-person", dependencies=[require("write")], responses=responses(409))
async def correct_person(id: Id, body: PersonCorrection, write: Write, warn: Warn) -> ContactAnswer:
    """Replace a link that was wrong from the start, by another person or a typed name. The whole history moves."""
    if body.person is not None:
        await existing_person(write.store, body.person, "CON-03")
    names = Names(body.last_name, body.first_name)
    answer = await write.change(CONTACT, id, lambda c: contact.correct_person(c, body.person, names, body.reason))
    return await warn.warned(answer)


@router.post("/{id}/end", dependencies=[require("write")], responses=responses(409))
async def end(id: Id, body: AffiliationEnd, write: Write) -> Answer:
    """End the affiliation after its last day. The history stays with the company."""
    return await write.change(CONTACT, id, lambda c: contact.end(c, body.valid_to))


@router.post("/{id}/job-change", status_code=201, dependencies=[require("create")], responses=responses(404, 409))
async def change_job(id: Id, body: JobChange, write: Write, warn: Warn) -> JobChangeAnswer:
    """End this contact and begin one of the same human at another company, both or neither."""
    successor = body.id or new_id()
    last_day = body.ends_on or body.starts_on - timedelta(days=1)
    old_stream, new_stream = stream_id("contact", id), stream_id("contact", successor)

    begun_as: list[ContactRegistered] = []

    def end_old(state: Contact) -> list[Event]:
        if state.registered is None:
            raise NotFound(id)
        # From the very state that is ended, so that both contacts are of the same human whatever happens meanwhile.
        begun_as[:] = [contact.begin_after(state, id, body.company, body.starts_on, body.function, body.department)]
        return list(contact.end(state, last_day, successor))

    async def plan() -> list[Step]:
        await existing_company(write.store, body.company, "CON-01", "company")
        return [(CONTACT, old_stream, end_old), (CONTACT, new_stream, lambda c: contact.register(c, begun_as[0]))]

    ended, begun = await write.change_all(plan, [old_stream, new_stream])
    first = write.command.answer(ended, begun)
    second = write.command.answer(begun, ended, location=f"/v1/contacts/{split_stream(begun.stream)[1]}")
    return JobChangeAnswer(ended=first, begun=await warn.warned(second))


@router.post("/{id}/correct-dates", dependencies=[require("write")], responses=responses(409))
async def correct_dates(id: Id, body: DatesCorrection, write: Write, warn: Warn) -> ContactAnswer:
    """Replace dates of the affiliation that were recorded wrongly."""
    answer = await write.change(
        CONTACT, id, lambda c: contact.correct_dates(c, body.valid_from, body.valid_to, body.reason)
    )
    return await warn.warned(answer)


@router.post("/{id}/correct-company", dependencies=[require("write")], responses=responses(409))
async def correct_company(id: Id, body: CompanyCorrection, write: Write, warn: Warn) -> ContactAnswer:
    """Replace a company that was wrong from the start. The whole history of the contact moves."""
    await existing_company(write.store, body.company, "CON-01", "company")
    answer = await write.change(CONTACT, id, lambda c: contact.correct_company(c, body.company, body.reason))
    return await warn.warned(answer)


def _today() -> date:
    return system_clock().date()
