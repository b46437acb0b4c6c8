"""Search reads what it finds: no query walks through the collection, whatever is asked for in whatever order."""

from __future__ import annotations

from typing import Any

import pytest

from addresses.views import search
from addresses.views.book import CALLED, SORT, AddressBook
from addresses.views.pages import Pages, Reader
from addresses.views.search import Lead, Search, Wanted
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


async def cost_of_search(query: Any) -> int:
    """The same of a search, which has to say how it is read: the database tries what it may choose from."""
    assert (await query.explain())["queryPlanner"]["rejectedPlans"] == []
    return await cost(query)


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
    Wanted(TODAY, folder=new_id(), within=[f"company-{COMPANY.removeprefix('company-')}", f"person-{new_id()}"]),
    Wanted(TODAY, text="rar", private=True, inactive=True),
]


@pytest.mark.parametrize("wanted", ASKED, ids=lambda wanted: wanted.text or "filter")
async def test_no_search_walks_through_the_collection(book: AddressBook, wanted: Wanted) -> None:
    questions = Search(book)
    for by in (None, *(Lead(at, terms) for at, terms in enumerate(wanted.terms))):
        await cost_of_search(questions.ordered(wanted, "", LIMIT, by=by))
        await cost_of_search(questions.ordered(wanted, "m", LIMIT, by=by, to="z"))
        if wanted.begins:
            await cost_of_search(questions.ordered(wanted, "m", LIMIT, CALLED, by=by))
            await cost_of_search(questions.first(wanted, "", LIMIT, by=by))


async def test_what_few_meet_is_looked_up_and_what_many_meet_is_read_in_order(book: AddressBook) -> None:
    questions = Search(book)

    async def read(wanted: Wanted) -> int:
        return await cost_of_search(questions.ordered(wanted, "", LIMIT, by=await questions.rarest(wanted, 50)))

    assert await read(Wanted(TODAY, text="rar0042")) == 1
    assert await read(Wanted(TODAY, text="rar0042 anna")) <= 1
    assert await read(Wanted(TODAY, text="anna rar0042")) <= 1
    assert await read(Wanted(TODAY, text="nobody")) == 0
    assert await read(Wanted(TODAY, text="rar")) == LIMIT
    assert await read(Wanted(TODAY, text="anna")) <= 2 * LIMIT
    assert await read(Wanted(TODAY, company=COMPANY)) == LIMIT


@pytest.mark.parametrize("stride", [1, 7, 50, 10_000])
@pytest.mark.parametrize("wanted", ASKED, ids=lambda wanted: wanted.text or "filter")
async def test_however_lines_are_read_the_same_ones_are_found(
    book: AddressBook, monkeypatch: pytest.MonkeyPatch, wanted: Wanted, stride: int
) -> None:
    monkeypatch.setattr(search, "STRIDE", stride)
    questions = Search(book)
    for limit in (LIMIT, PERSONS + CONTACTS):
        for after in ("", "rar03"):
            for order in (SORT, CALLED) if wanted.begins else (SORT,):
                plainly = await questions.ordered(wanted, after, limit, order).to_list(None)
                assert await questions.others(wanted, after, limit, order) == plainly


@pytest.mark.parametrize("stride", [10, 10_000])
async def test_a_list_by_name_is_read_from_the_lines_of_few_words_in_order(
    book: AddressBook, monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    """Half of the persons are called so, far down the list: only what is shown is read, and nothing sorted."""
    monkeypatch.setattr(search, "STRIDE", stride)
    questions = Search(book)
    for text, most in (("bru", LIMIT), ("brun rar0", LIMIT), ("br rar00", 50), ("an", LIMIT)):
        wanted = Wanted(TODAY, text=text)
        lead = await questions.leading(wanted)
        assert lead is not None
        page = questions.ordered(wanted, "", LIMIT, CALLED, by=lead)
        assert await cost_of_search(page) <= most
        assert "SORT" not in stages((await page.explain())["queryPlanner"]["winningPlan"])


async def test_a_beginning_that_too_many_words_have_is_not_read_word_by_word(
    book: AddressBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "STRIDE", 10)
    assert await Search(book).leading(Wanted(TODAY, text="rar")) is None
    assert await Search(book).leading(Wanted(TODAY, text="rar anna")) == Lead(1, ["w:anna"])
    assert await Search(book).leading(Wanted(TODAY, text="rar", types=["person"])) is None
    assert await Search(book).leading(Wanted(TODAY, text="rar", types=["company"])) == Lead(1, ["t:company"])
    assert await Search(book).leading(Wanted(TODAY, text="044 668 18 00", types=["person"])) is None


@pytest.mark.parametrize(("text", "most"), [("anna bruno", 1_000), ("anna seltener", 1_000), ("rar seltener0001", 1)])
async def test_words_that_exclude_each_other_are_not_sought_to_the_end_of_the_list(
    book: AddressBook, monkeypatch: pytest.MonkeyPatch, text: str, most: int
) -> None:
    """Each is met by 300 of 901: some tens are read in order, then all of one are looked up."""
    monkeypatch.setattr(search, "STRIDE", 20)
    asked: list[Any] = []

    class Watched(Search):
        def ordered(self, *arguments: Any, **options: Any) -> Any:
            asked.append(cursor := super().ordered(*arguments, **options))
            return cursor

    assert await Watched(book).others(Wanted(TODAY, text=text), "", LIMIT, SORT) == []
    assert sum([await cost_of_search(cursor.clone()) for cursor in asked]) <= most
    assert len(asked) <= 4


async def test_the_end_of_a_stride_is_found_by_keys_only(book: AddressBook) -> None:
    assert await cost(Search(book).reaching("", 100, SORT)) == 0
    assert await cost(Search(book).reaching("", 100, CALLED)) == 0


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
