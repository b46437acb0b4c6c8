"""Search reads what it finds: no query walks through the collection, whatever is asked for in whatever order."""

from __future__ import annotations

from typing import Any

import pytest

from addresses.views import search
from addresses.views.book import AddressBook
from addresses.views.pages import Pages, Reader
from addresses.views.search import Search, Wanted
from dossier.contracts import addresses as adr
from dossier.contracts.base import Event
from dossier.ids import new_id, stream_id
from dossier.mongo import Database
from dossier.projections.model import Span
from dossier.testing.recorded import recorded
from oracle.book_dump import attached

pytestmark = pytest.mark.backends

PERSONS, CONTACTS, LIMIT = 600, 300, 20
TODAY = "2026-01-01"
COMPANY = stream_id("company", new_id())


@pytest.fixture
async def book(database: Database) -> AddressBook:
    """Persons with frequent first names and rare last names, and a company with many contacts."""
    book = await attached(database, 1)

    def span(kind: str, *events: Event) -> Span:
        stream = COMPANY if kind == "company" else stream_id(kind, new_id())
        return Span(stream, recorded(stream, *events))

    spans = [span("company", adr.CompanyRegistered(name="Zenith AG"))]
    for number in range(PERSONS):
        first_name = "Anna" if number % 2 else "Bruno"
        spans.append(span("person", adr.PersonRegistered(last_name=f"Rar{number:04}", first_name=first_name)))
    for number in range(CONTACTS):
        new = adr.ContactRegistered(company=COMPANY[-36:], last_name=f"Seltener{number:04}")
        spans.append(span("contact", new))
    await book.apply(spans)
    return book


def stages(plan: Any) -> set[str]:
    """Every stage of a plan."""
    found: set[str] = set()
    if isinstance(plan, dict):
        found |= {plan["stage"]} if "stage" in plan else set()
        for part in plan.values():
            found |= stages(part)
    elif isinstance(plan, list):
        for part in plan:
            found |= stages(part)
    return found


async def cost(query: Any) -> int:
    """Documents that a query reads; it must not walk through the collection."""
    plan = await query.explain()
    assert "COLLSCAN" not in stages(plan["queryPlanner"]["winningPlan"])
    return plan["executionStats"]["totalDocsExamined"]


ASKED = [
    Wanted(TODAY),
    Wanted(TODAY, text="rar0042"),
    Wanted(TODAY, text="anna"),
    Wanted(TODAY, text="a"),
    Wanted(TODAY, text="anna rar0"),
    Wanted(TODAY, text="sel", types=["contact"]),
    Wanted(TODAY, text="nobody at all"),
    Wanted(TODAY, city="nowhere"),
    Wanted(TODAY, channel="044 668 18 00"),
    Wanted(TODAY, company=COMPANY),
    Wanted(TODAY, account_manager=new_id()),
    Wanted(TODAY, text="rar", private=True, inactive=True),
]


@pytest.mark.parametrize("wanted", ASKED, ids=lambda wanted: wanted.text or "filter")
@pytest.mark.parametrize("few", [True, False])
async def test_no_search_walks_through_the_collection(book: AddressBook, wanted: Wanted, *, few: bool) -> None:
    questions = Search(book)
    await cost(questions.by_alias(wanted, "", LIMIT, few=few))
    await cost(questions.by_alias(wanted, "m", LIMIT, few=few, but="rar"))
    if wanted.begins:
        await cost(questions.first(wanted, "", LIMIT, few=few))


async def test_what_few_meet_is_looked_up_and_what_many_meet_is_read_in_order(
    book: AddressBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FEW", 50)
    monkeypatch.setattr(search, "MANY", 50)
    questions = Search(book)

    async def read(wanted: Wanted) -> int:
        return await cost(questions.by_alias(wanted, "", LIMIT, few=await questions.few(wanted)))

    assert await read(Wanted(TODAY, text="rar0042")) == 1
    assert await read(Wanted(TODAY, text="rar0042 anna")) <= 1
    assert await read(Wanted(TODAY, text="anna rar0042")) <= 1
    assert await read(Wanted(TODAY, text="nobody")) == 0
    assert await read(Wanted(TODAY, text="rar")) == LIMIT
    assert await read(Wanted(TODAY, text="anna")) <= 2 * LIMIT
    assert await read(Wanted(TODAY, company=COMPANY)) == LIMIT


async def test_counting_reads_keys_only(book: AddressBook) -> None:
    for wanted in ASKED:
        for terms in wanted.terms:
            plan = await book.database.command(
                {"explain": Search(book).counting(terms, 100), "verbosity": "executionStats"}
            )
            assert _examined(plan) == 0


def _examined(plan: Any) -> int:
    if isinstance(plan, dict):
        own = plan.get("totalDocsExamined", 0)
        return max([own, *(_examined(part) for part in plan.values())])
    return max([0, *(_examined(part) for part in plan)]) if isinstance(plan, list) else 0


async def test_own_sides_are_found_by_their_indexes(book: AddressBook) -> None:
    company, someone = COMPANY[-36:], new_id()
    assert await cost(Pages(book, Reader(TODAY)).linked(COMPANY)) == 0
    assert await cost(book.deriver.depending([COMPANY], "", LIMIT)) <= LIMIT
    assert await cost(book.deriver.depending([COMPANY, stream_id("person", someone)], "contact-f", LIMIT)) <= LIMIT
    assert await cost(book.documents.find({"person": someone, "company": company, "deleted": False})) == 0
    assert await cost(book.documents.find({"parent": company})) == 0
    assert await cost(book.documents.find({"keyword_ids": someone, "owner": {"$in": [None, someone]}})) == 0


async def test_a_page_of_contacts_reads_what_it_shows(book: AddressBook) -> None:
    pages = Pages(book, Reader(TODAY))
    listed = pages.listed_contacts(COMPANY, "", LIMIT, over=False)
    assert await cost(listed) == LIMIT
