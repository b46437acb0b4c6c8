"""Contacts: begin, name, link to a person, end, change job, correct, read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from fastapi import Response

from addresses.aggregates import COMPANY, CONTACT, PERSON, PRIMARY_CONTACTS, existing_company, existing_person
from addresses.api.entering import Enter, Enterer
from addresses.api.fact_models import PublicContactFacts, public
from addresses.api.models import (
    UNLINKING,
    AffiliationEnd,
    CompanyCorrection,
    ContactAnswer,
    ContactRenaming,
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
)
from addresses.api.naming import Called
from addresses.api.part_models import NewAddress, of_all
from addresses.api.shown import Book, filters
from addresses.api.warnings import Warn
from addresses.domain import company, contact
from addresses.domain.alias import contributing
from addresses.domain.contact import Contact, Names
from addresses.domain.facts import of_human
from addresses.domain.referring import begun
from dossier.auth.guard import Caller, require
from dossier.commands import Step, load
from dossier.contracts.addresses import ContactRegistered
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.deleting import referring
from dossier.http.after import After
from dossier.http.days import Today
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing
from dossier.ids import new_id, split_stream, stream_id

router = Router(prefix="/v1/contacts", tags=["contacts"])


@router.post("", status_code=201, dependencies=[require("create")])
async def register(body: NewContact, enter: Enter, warn: Warn) -> ContactAnswer:
    """Begin a contact: with typed names, as link of a person and a company, or with only a supplement."""
    return await warn.warned(await enter_contact(body, enter), entered=True)


async def enter_contact(body: NewContact, enter: Enterer) -> Answer:
    """Begin a contact without looking for others like it."""
    new = ContactRegistered(**body.model_dump(exclude={"id", "facts", *NewAddress.model_fields}))
    human = bool(body.last_name.strip() or body.first_name.strip())

    async def check() -> None:
        await existing_company(enter.write.store, body.company, "CON-01", "company")
        if body.person is not None:
            await existing_person(enter.write.store, body.person, "CON-03")

    return await enter.enter(
        "contact",
        body,
        body.facts,
        lambda c: contact.register(c, new),
        human=human,
        refers_to=list(begun(new)),
        check=check,
    )


@router.get("", dependencies=[require("read")])
async def list_contacts(
    book: Book,
    paging: Paging,
    after: After,
    names: Called,
    company: Id | None = None,
    person: Id | None = None,
    inactive: bool = False,
) -> Page[ListedContact]:
    """Contacts by id, or those of a company or a person, former ones too; inactive ones with `inactive` (STA-01)."""
    wanted = None if inactive else True
    await filters(book, after, company=("company", company), person=("person", person))
    of = {"company": company, "person": person}
    page = await listed(book, paging, after, "contact", **of, deleted=False, is_active=wanted)
    companies = (stream_id("company", item["company"]) for item in page.items)
    aliases = await names.of([*(item["_id"] for item in page.items), *companies])
    persons = await book.names_of_persons(item["person"] for item in page.items if item["person"])
    items = [
        ListedContact.model_validate(
            item
            | persons.get(item["person"], {})
            | {
                "alias": aliases.get(item["_id"], ""),
                "company_alias": aliases.get(stream_id("company", item["company"])),
            }
        )
        for item in page.items
    ]
    return Page(items=items, next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, names: Called, today: Today, response: Response, caller: Caller) -> ContactView:
    """The contact as it stands at this moment, with the linked person's present name."""
    state = await standing(store, CONTACT, id, response)
    name = state.names
    human = name.has_name
    if state.person is not None:
        person = (await load(store, PERSON, stream_id("person", state.person))).state
        name = Names(person.last_name, person.first_name, name.supplement)
    named = await names.beside(
        account_manager_name=("user", state.account_manager),
        company_alias=("company", state.company),
        person_alias=("person", state.person),
        predecessor_alias=("contact", state.predecessor),
        successor_alias=("contact", state.successor),
    )
    return ContactView(
        **of_all(id, state, caller),
        **named,
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
        is_current=state.is_current(today),
        facts=public(of_human(state.facts) if human else state.facts, PublicContactFacts),
    )


@router.put("/{id}/name", dependencies=[require("write")], responses=responses(409))
async def rename(id: Id, body: ContactRenaming, write: Write, warn: Warn) -> ContactAnswer:
    """Change the typed name and supplement; with a linked person only the supplement."""
    names = Names(body.last_name, body.first_name, body.supplement)
    answer = await write.change(CONTACT, id, lambda c: contributing(c, contact.rename(c, names), body.alias))
    return await warn.warned(answer, named=True)


@router.put("/{id}/position", dependencies=[require("write")], responses=responses(409))
async def change_position(id: Id, body: Position, write: Write) -> Answer:
    """Change function and department."""
    return await write.change(CONTACT, id, lambda c: contact.change_position(c, body.function, body.department))


@router.post("/{id}/link-person", dependencies=[require("write")], responses=responses(409))
async def link_person(id: Id, body: LinkedPerson, write: Write, warn: Warn) -> ContactAnswer:
    """Say which person this contact is; its identity and history stay."""
    answer = await write.refer(
        CONTACT,
        id,
        lambda c: contributing(c, contact.link_person(c, body.person), body.alias),
        refers_to=[stream_id("person", body.person)],
        check=lambda: existing_person(write.store, body.person, "CON-03"),
    )
    return await warn.warned(answer)


@router.post("/{id}/unlink-person", dependencies=[require("write")], responses=responses(409))
async def unlink_person(id: Id, write: Write, today: Today, body: Unlinking = UNLINKING) -> Answer:
    """End the link to the person on a day; the person's name stays as typed text."""
    linked = (await load(write.store, CONTACT, stream_id("contact", id))).state.person
    known = Names()
    if linked is not None:
        person = (await load(write.store, PERSON, stream_id("person", linked))).state
        known = Names(person.last_name, person.first_name)
    day = body.day(today)

    def decide(state: Contact) -> Sequence[Event]:
        return contributing(state, contact.unlink_person(state, linked, day, known), body.alias)

    return await write.change(CONTACT, id, decide)


@router.post("/{id}/correct-person", dependencies=[require("write")], responses=responses(409))
async def correct_person(id: Id, body: PersonCorrection, write: Write, warn: Warn) -> ContactAnswer:
    """Replace a link that was wrong from the start, by another person or a typed name. The whole history moves."""
    names, person = Names(body.last_name, body.first_name), body.person

    async def check() -> None:
        if person is not None:
            await existing_person(write.store, person, "CON-03")

    answer = await write.refer(
        CONTACT,
        id,
        lambda c: contributing(c, contact.correct_person(c, person, names, body.reason), body.alias),
        refers_to=[] if person is None else [stream_id("person", person)],
        check=check,
    )
    return await warn.warned(answer)


@router.post("/{id}/end", dependencies=[require("write")], responses=responses(409))
async def end(id: Id, body: AffiliationEnd, write: Write) -> Answer:
    """End the affiliation after its last day. The history stays with the company."""
    return await write.change(CONTACT, id, lambda c: contact.end(c, body.valid_to))


@router.post("/{id}/job-change", status_code=201, dependencies=[require("create")], responses=responses(404, 409))
async def change_job(id: Id, body: JobChange, write: Write, warn: Warn) -> JobChangeAnswer:
    """End this contact and begin one of the same human at another company, both or neither."""
    successor = body.id or new_id()
    if body.ends_on is None and body.starts_on == date.min:
        raise RuleViolation("CON-10", "there is no day before it", "starts_on")
    last_day = body.ends_on or body.starts_on - timedelta(days=1)
    said = "starts_on" if body.ends_on is None else "ends_on"
    old_stream, new_stream = stream_id("contact", id), stream_id("contact", successor)

    begun_as: list[ContactRegistered] = []
    along: list[Event] = []

    def end_old(state: Contact) -> list[Event]:
        if state.registered is None:
            raise NotFound(id)
        # From the very state that is ended, so that both contacts are of the same human whatever happens meanwhile.
        begun_as[:] = [contact.begin_after(state, id, body.company, body.starts_on, body.function, body.department)]
        along[:] = contact.facts_taken_along(state)
        return list(contact.end(state, last_day, successor, said))

    def begin_new(state: Contact) -> list[Event]:
        registered = contact.register(state, begun_as[0])
        return [*registered, *along] if registered else []

    async def plan() -> list[Step]:
        await existing_company(write.store, body.company, "CON-01", "company")
        return [(CONTACT, old_stream, end_old), (CONTACT, new_stream, begin_new)]

    guards = referring([stream_id("company", body.company)])
    ended, started = await write.change_all(plan, [old_stream, new_stream], guards)
    first = write.command.answer(ended, started)
    second = write.command.answer(started, ended, location=f"/v1/contacts/{split_stream(started.stream)[1]}")
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
    """Replace a company that was wrong from the start. The whole history of the contact moves.

    If it was the primary contact there, that company has none any more.
    """
    stream = stream_id("contact", id)

    def decide(state: Contact) -> Sequence[Event]:
        if state.registered is None:
            raise NotFound(id)
        return contributing(state, contact.correct_company(state, body.company, body.reason), body.alias)

    async def plan() -> list[Step]:
        await existing_company(write.store, body.company, "CON-01", "company")
        wrong = (await load(write.store, CONTACT, stream)).state.company
        steps: list[Step] = [(CONTACT, stream, decide)]
        if wrong not in ("", body.company):
            steps.append((COMPANY, stream_id("company", wrong), lambda c: company.release_primary_contact(c, id)))
        return steps

    guards = [PRIMARY_CONTACTS, *referring([stream_id("company", body.company)])]
    committed = await write.change_all(plan, [stream], guards)
    return await warn.warned(write.command.answer(*committed))
