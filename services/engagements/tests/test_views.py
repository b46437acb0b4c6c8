"""The own views: the register holds what the streams fold to, and what is known of others is found again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dossier.commands import Aggregate
from dossier.contracts import addresses as a
from dossier.contracts import engagements as e
from dossier.contracts.base import EVENTS, Event
from dossier.contracts.common import AddressRef, Principals, Reference
from dossier.folding import words
from dossier.ids import new_id
from dossier.mongo import Mongo
from dossier.projections.model import Span
from dossier.testing.recorded import recorded
from engagements.aggregates import CONFLICT_CHECK, INVOICE, OPPORTUNITY, PHASE, PROJECT
from engagements.views.known import Known
from engagements.views.register import Register

ACME, BETA, EVA = (AddressRef(type="company", id=new_id()) for _ in range(3))
ONE, OTHER, GROUP, USER, ROLE, SECOND = (new_id() for _ in range(6))
COMMON: list[Event] = [
    e.EngagementKeywordAssigned(keyword=ONE, group=GROUP),
    e.EngagementKeywordAssigned(keyword=OTHER, group=GROUP, instead_of=(ONE,)),
    e.EngagementRestricted(to=Principals(users=(USER,), groups=(GROUP,))),
    e.EngagementKeywordUnassigned(keyword=OTHER),
    e.EngagementOpened(),
]
PROJECT_LIFE: list[Event] = [
    e.ProjectRegistered(code="24-017", title="Relaunch", leader=USER),
    e.RoleAssigned(role_id=ROLE, role="customer", address=ACME),
    e.RoleAssigned(role_id=SECOND, role="witness", address=BETA, against="ROL-06"),
    e.RoleDatesChanged(role_id=ROLE, valid_from=date(2024, 1, 1), valid_to=None),
    e.ProjectChanged(leader=None, state="paused", title="Second start"),
    e.ProjectChanged(code="24-018B"),
    *COMMON,
    e.RoleRemoved(role_id=ROLE),
]
OPPORTUNITY_LIFE: list[Event] = [
    e.OpportunityOpened(
        title="Succession", address=ACME, entered_on=date(2026, 5, 4), status=ONE, probability=33, seller=USER
    ),
    e.OpportunityChanged(amount=Decimal("33.35"), currency="CHF", closing_on=date(2026, 12, 31), project=OTHER),
    e.OpportunityChanged(address=BETA, probability=10),
    *COMMON,
    e.OpportunityStatusSet(status=OTHER, outcome="won", probability=100, on=date(2026, 6, 1)),
    e.OpportunityChanged(address=ACME, seller=None),
    e.OpportunityStatusSet(status=ONE, outcome="open", probability=45, on=date(2026, 7, 1)),
    e.OpportunityChanged(amount=None, currency=None, closing_on=None, project=None),
]
PHASE_LIFE: list[Event] = [
    e.PhaseAdded(project=ONE, title="Concept"),
    e.PhaseChanged(code="A"),
    e.PhaseChanged(is_active=False),
]
INVOICE_LIFE: list[Event] = [
    e.InvoiceRegistered(
        number="1", project=ONE, recipient=ACME, issued_on=date(2026, 5, 4), amount=Decimal("1.00"), currency="CHF"
    ),
    e.InvoiceChanged(recipient=BETA, state="paid"),
    e.InvoiceChanged(number="R-2"),
    e.InvoiceChanged(project=None),
]
CHECK_LIFE: list[Event] = [
    e.ConflictChecked(
        project=ONE,
        clients=(ACME,),
        hits=(
            e.ConflictHit(
                side="client",
                address=ACME,
                engagement=Reference(type="project", id=OTHER),
                role="counterparty",
                adverse=True,
            ),
        ),
    )
]
LIVES = [
    (PROJECT, PROJECT_LIFE),
    (OPPORTUNITY, OPPORTUNITY_LIFE),
    (PHASE, PHASE_LIFE),
    (INVOICE, INVOICE_LIFE),
    (CONFLICT_CHECK, CHECK_LIFE),
]
OF_LISTS = {
    e.RoleTypeDefined,
    e.RoleTypeChanged,
    e.OpportunityStatusDefined,
    e.OpportunityStatusChanged,
    e.EngagementSettingsChanged,
}


@pytest.fixture
async def mongo(mongo_url: str) -> AsyncIterator[Mongo]:
    client = Mongo(mongo_url)
    yield client
    await client.close()


def test_the_lives_hold_every_event_of_engagements() -> None:
    known = {event for (kind, _), event in EVENTS.items() if kind.startswith("crm.engagements.")}
    assert known - {type(event) for _, life in LIVES for event in life} == OF_LISTS


def expected(kind: str, state: Any) -> dict[str, Any]:
    """What the register should hold of a state, from the state alone."""
    if kind == "conflict-check":
        return {"project": state.asked.project}
    if kind == "phase":
        return {"project": state.project, "code": state.code.casefold()}
    if kind == "invoice":
        parties = [state.recipient.stream]
        return {"project": state.project, "parties": parties, "number": state.number.casefold(), "state": state.state}
    readers = None
    if state.restricted_to is not None:
        readers = sorted([f"user:{USER}", f"group:{GROUP}"])
    common = {"keywords": [each.id for each in state.keywords], "readers": readers}
    if kind == "project":
        deeds = sorted({role.address.stream for role in state.roles if role.role == "customer"})
        parties = sorted({role.address.stream for role in state.roles})
        named = {"code": state.code.casefold(), "words": sorted(set(words(f"{state.code} {state.title}")))}
        return common | named | {"leader": state.leader, "parties": parties, "deeds": deeds}
    closes = state.closed_on or state.closing_on
    return common | {
        "parties": [state.address.stream],
        "deeds": [state.address.stream] if state.outcome == "won" else [],
        "seller": state.seller,
        "project": state.project,
        "outcome": state.outcome,
        "currency": state.currency,
        "closes_on": closes and closes.isoformat(),
        "amount_cents": int((state.amount or 0) * 100),
        "weighted_cents": int((state.weighted or 0) * 100),
    }


@pytest.mark.backends
@pytest.mark.parametrize(("aggregate", "life"), LIVES, ids=[aggregate.kind for aggregate, _ in LIVES])
async def test_the_register_holds_what_the_stream_folds_to(
    mongo: Mongo, database_name: str, aggregate: Aggregate[Any], life: Sequence[Event]
) -> None:
    register = Register()
    register.attach(mongo.database(database_name), 1)
    stream, state = f"{aggregate.kind}-{new_id()}", aggregate.initial()
    for event in recorded(stream, *life):
        state = aggregate.evolve(state, event.event())
        await register.apply([Span(stream, [event])])
        document = await register.get(stream)
        assert document is not None
        wanted = expected(aggregate.kind, state)
        assert {
            name: document.get(name, [] if value == [] else 0 if value == 0 else None) for name, value in wanted.items()
        } == wanted


@pytest.fixture
async def known(mongo: Mongo, database_name: str) -> Known:
    view = Known()
    view.attach(mongo.database(database_name), 1)
    await view.prepare()
    return view


async def heard(known: Known, kind: str, *events: Event) -> str:
    id = new_id()
    await known.apply([Span(f"{kind}-{id}", recorded(f"{kind}-{id}", *events))])
    return id


@pytest.mark.backends
async def test_rol_09_former_names_are_found_too(known: Known) -> None:
    company = await heard(
        known, "company", a.CompanyRegistered(name="Acme AG"), a.CompanyRenamed(name="Zenith"), a.AliasSet(alias="ZTH")
    )
    human = await heard(
        known, "person", a.PersonRegistered(last_name="Huber"), a.PersonRenamed(last_name="Muster", first_name="Eva")
    )
    assert (
        await known.named("acme") == await known.named("zen ac") == await known.named("zth") == {f"company-{company}"}
    )
    assert await known.named("eva huber") == {f"person-{human}"}
    assert await known.named("acme huber") == await known.named(".*") == set()


@pytest.mark.backends
async def test_rol_09_the_family_is_all_under_the_topmost_parent(known: Known) -> None:
    top = await heard(known, "company", a.CompanyRegistered(name="Top"))
    left, right = [await heard(known, "company", a.CompanyRegistered(name="x", parent=top)) for _ in range(2)]
    below = await heard(known, "company", a.CompanyRegistered(name="x"), a.CompanyParentSet(parent=left))
    gone = await heard(known, "company", a.CompanyRegistered(name="x", parent=top), a.CompanyParentSet(parent=None))
    family = {f"company-{id}" for id in (top, left, right, below)}
    assert await known.related({f"company-{below}"}, with_hierarchy=True) == family
    assert await known.related({f"company-{gone}"}, with_hierarchy=True) == {f"company-{gone}"}
    assert await known.related({f"company-{below}"}, with_hierarchy=False) == {f"company-{below}"}


@pytest.mark.backends
async def test_rol_09_the_same_human_is_found_as_contact_and_in_a_couple(known: Known) -> None:
    eva, adam = [await heard(known, "person", a.PersonRegistered(last_name="Muster")) for _ in range(2)]
    company = await heard(known, "company", a.CompanyRegistered(name="Acme"))
    contact = await heard(known, "contact", a.ContactRegistered(company=company), a.PersonLinked(person=eva))
    couple = await heard(
        known,
        "couple",
        a.CoupleRegistered(a=a.Half(person=adam), b=a.Half(last_name="Muster")),
        a.CouplePersonLinked(side="b", person=eva),
    )
    as_person = {f"person-{eva}", f"contact-{contact}", f"couple-{couple}"}
    assert await known.related({f"person-{eva}"}, with_hierarchy=False) == as_person
    as_contact = as_person | {f"company-{company}"}
    assert await known.related({f"contact-{contact}"}, with_hierarchy=False) == as_contact
    named = await known.instead_of(AddressRef(type="couple", id=couple))
    assert [person.id for person in named] == [adam, eva]


@pytest.mark.backends
async def test_a_keyword_is_called_as_it_was_renamed_also_when_it_is_offered_no_longer(known: Known) -> None:
    keyword = new_id()
    created = a.KeywordGroupCreated(name="Fields", is_exclusive=False, types=("project",))
    renamed = [a.KeywordChanged(keyword=keyword, name="Tax"), a.KeywordChanged(keyword=keyword, is_active=False)]
    await heard(known, "keyword-group", created, a.KeywordAdded(keyword=keyword, name="Taxes"), *renamed)
    unknown = f"keyword-{new_id()}"
    assert await known.names([f"keyword-{keyword}", unknown, f"company-{new_id()}"]) == {f"keyword-{keyword}": "Tax"}


@pytest.mark.backends
async def test_what_is_looked_up_is_found_by_an_index_however_many_there_are(mongo: Mongo, database_name: str) -> None:
    known, register = Known(), Register()
    for view in (known, register):
        view.attach(mongo.database(database_name), 1)
        await view.prepare()
    person, project = new_id(), Reference(type="project", id=new_id())
    role = e.RoleAssigned(role_id=ROLE, role="customer", address=ACME)
    await known.apply(
        [Span(f"company-{id}", recorded(f"company-{id}", a.CompanyRegistered(name="Beta"))) for id in _ids(300)]
    )
    await register.apply([Span(f"project-{id}", recorded(f"project-{id}", PROJECT_LIFE[0], role)) for id in _ids(300)])
    found = AddressRef(type="person", id=person)
    await known.apply([Span(found.stream, recorded(found.stream, a.PersonRegistered(last_name="Müller")))])
    await register.apply(
        [Span(project.stream, recorded(project.stream, PROJECT_LIFE[0], role.model_copy(update={"address": found})))]
    )
    assert await known.named("muel") == {found.stream}
    for collection, query in (
        (known.documents, {"$and": [{"words": {"$regex": "^mul"}}]}),
        (known.documents, {"company": {"$in": [person]}}),
        (known.documents, {"parent": {"$in": [person]}}),
        (known.documents, {"couple.a": {"$in": [person]}}),
        (known.documents, {"keywords.id": person}),
        (register.documents, {"parties": {"$in": [found.stream]}}),
        (register.documents, {"$and": [{"_id": {"$gt": "project-", "$lt": "project-g"}}, {"parties": found.stream}]}),
        (register.documents, {"deeds": {"$in": [found.stream]}}),
        (register.documents, {"$and": [{"words": {"$regex": "^none"}}]}),
        (register.documents, {"code": "none"}),
        (register.documents, {"number": "none"}),
        (register.documents, {"state": "draft"}),
        (register.documents, {"closes_on": {"$gte": "2026-01-01", "$lte": "2026-12-31"}}),
    ):
        examined = (await collection.find(query).explain())["executionStats"]["totalDocsExamined"]
        assert examined <= 1, query


def _ids(count: int) -> list[str]:
    return [new_id() for _ in range(count)]
