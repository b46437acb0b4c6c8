"""A page costs what it shows, wherever in a history it lies and however long that is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dossier.contracts import Grant
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts.common import GrantOrigin
from dossier.contracts.rules import RuleViolation
from dossier.ids import new_id, stream_id
from dossier.mongo import Database
from dossier.testing.activities import ANNA, BEN, note
from histories.sought import sought
from histories.views import finding, listing
from histories.views.collections import DATED, TERMS
from histories.views.collections import PAGE as PAGE_INDEX
from histories.views.finding import Finding
from histories.views.pages import Pages
from histories.views.readers import Reader
from histories.views.wanted import KINDS, START, Place, Wanted
from histories.views.worklists import Asked, Item, WorkLists
from oracle.recording import Present

pytestmark = pytest.mark.backends

LONG = 600
PAGE = 20


async def test_a_page_reads_as_many_entries_as_it_shows_first_or_deep_filtered_or_not(present: Present) -> None:
    company = new_id()
    address = {"type": "company", "id": company}
    stream = await present.happen(stream_id("company", company), adr.CompanyRegistered(name="Acme AG"))
    first = date(2020, 1, 1)
    grant = Grant(to="user", id=BEN, origin=GrantOrigin(kind="channel", id="office"))
    spans = [
        present.record(
            f"activity-{new_id()}",
            note(
                address=address,
                kind=KINDS[number % len(KINDS)],
                occurred_on=first + timedelta(days=number),
                visibility="granted",
                grants=(grant,),
            ),
        )
        for number in range(LONG)
    ]
    await present.apply(*spans)
    pages = Pages(present.projection.collections, Reader([f"user:{BEN}"]))
    deep = (first + timedelta(days=PAGE * 2)).isoformat()
    for wanted in (Wanted(), Wanted(kinds=["call"]), Wanted(first=first, last=first + timedelta(days=LONG))):
        for place in (START, Place(deep), Place(deep, back=True)):
            listing = pages.listing([stream], wanted)
            way, end = await listing.way(place)
            plan = await listing.query(way, place, PAGE, end).explain()
            assert plan["executionStats"]["totalDocsExamined"] <= PAGE
            assert plan["executionStats"]["totalKeysExamined"] <= PAGE + 2 * len(KINDS)


async def test_a_list_is_read_by_whatever_fewest_have(present: Present, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "STRETCH", 50)
    company = new_id()
    address = {"type": "company", "id": company}
    stream = await present.happen(stream_id("company", company), adr.CompanyRegistered(name="Acme AG"))
    spans = [
        present.record(
            f"activity-{new_id()}",
            note(address=address, activity_type="rare" if number % 20 == 0 else "usual", entered_by=BEN),
        )
        for number in range(LONG)
    ]
    await present.apply(*spans)
    pages = Pages(present.projection.collections, Reader([]))
    rare, usual = Wanted(types=["rare"], entered_by=BEN), Wanted(types=["usual"], entered_by=BEN)
    for wanted, objects, index, read in (
        (rare, [stream], TERMS, LONG // 20),
        (usual, [stream], TERMS, PAGE + 1),
        (usual, [], TERMS, PAGE + 1),
        (Wanted(entered_by=BEN, kinds=["call"]), [stream], PAGE_INDEX, 0),
        (Wanted(), [], DATED, PAGE),
    ):
        asked = pages.listing(objects, wanted)
        way, end = await asked.way()
        plan = await asked.query(way, limit=PAGE, end=end).explain()
        assert way.index == index
        assert plan["executionStats"]["totalDocsExamined"] <= read
    counted = await present.projection.database.command("explain", pages.listing([], rare).counting(way_of(rare), LONG))
    assert counted["executionStats"]["totalDocsExamined"] == 0


async def test_act_withdrawn_what_was_withdrawn_is_looked_up_however_much_else_there_is(present: Present) -> None:
    streams = [f"activity-{new_id()}" for _ in range(LONG)]
    await present.apply(*(present.record(stream, note(entered_by=BEN)) for stream in streams))
    withdrawn = streams[:: LONG // (2 * PAGE)]
    await present.apply(*(present.record(stream, act.ActivityWithdrawn()) for stream in withdrawn))
    pages = Pages(present.projection.collections, Reader([]))
    for wanted, read in ((Wanted(withdrawn=True), PAGE), (Wanted(withdrawn=True, entered_by=BEN), PAGE)):
        asked = pages.listing([], wanted)
        way, end = await asked.way()
        plan = await asked.query(way, limit=PAGE, end=end).explain()
        assert plan["executionStats"]["nReturned"] == PAGE
        assert plan["executionStats"]["totalDocsExamined"] <= read
        assert plan["executionStats"]["totalKeysExamined"] <= read + 1


async def test_what_few_have_within_the_days_that_are_asked_for_is_looked_up(
    present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two authors take turns, a note a day: each has many, and few of a month."""
    monkeypatch.setattr(listing, "STRETCH", 50)
    company, first, anna = new_id(), date(2020, 1, 1), new_id()
    stream = await present.happen(stream_id("company", company), adr.CompanyRegistered(name="Acme AG"))
    spans = [
        present.record(
            f"activity-{new_id()}",
            note(
                address={"type": "company", "id": company},
                occurred_on=first + timedelta(days=number),
                entered_by=(BEN, anna)[number % 2],
            ),
        )
        for number in range(LONG)
    ]
    await present.apply(*spans)
    pages = Pages(present.projection.collections, Reader([]))
    month = {"first": first + timedelta(days=30), "last": first + timedelta(days=59)}
    for wanted, index, read in (
        (Wanted(entered_by=BEN), TERMS, PAGE),
        (Wanted(entered_by=BEN, **month), TERMS, 15),
        (Wanted(entered_by=BEN, kinds=["note"], **month), TERMS, 15),
        (Wanted(entered_by=BEN, kinds=["call"], **month), TERMS, 15),
    ):
        asked = pages.listing([stream], wanted)
        way, end = await asked.way()
        plan = await asked.query(way, limit=PAGE, end=end).explain()
        assert way.index == index
        assert plan["executionStats"]["totalDocsExamined"] <= read
        counted = await present.projection.database.command("explain", asked.counting(way, LONG))
        assert counted["executionStats"]["totalDocsExamined"] == 0


async def test_two_things_that_many_have_and_none_together_cost_what_the_rarer_one_does(
    present: Present, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ben wrote all of the page, Anna elsewhere: in turns, and before or after him."""
    monkeypatch.setattr(listing, "STRETCH", 40)
    here, there, anna, first = new_id(), new_id(), new_id(), date(2020, 1, 1)
    stream = await present.happen(stream_id("company", here), adr.CompanyRegistered(name="Acme AG"))
    await present.happen(stream_id("company", there), adr.CompanyRegistered(name="Muster AG"))
    few = 100
    for begins in (0, few, few + LONG):
        days = [first + timedelta(days=begins + number) for number in range(few)]
        elsewhere = [note(address={"type": "company", "id": there}, occurred_on=day, entered_by=anna) for day in days]
        await present.apply(*(present.record(f"activity-{new_id()}", each) for each in elsewhere))
    bens = [
        note(address={"type": "company", "id": here}, occurred_on=first + timedelta(days=few + number), entered_by=BEN)
        for number in range(LONG)
    ]
    await present.apply(*(present.record(f"activity-{new_id()}", each) for each in bens))
    asked = Pages(present.projection.collections, Reader([])).listing([stream], Wanted(entered_by=anna))
    for place in (START, Place("2000", back=True)):
        await database.command("profile", 2)
        assert await asked.found(place) == []
        await database.command("profile", 0)
        read = await database["system.profile"].find({}).to_list(None)
        assert 0 < sum(each.get("docsExamined", 0) for each in read) <= LONG // 2
        await database["system.profile"].drop()
    way, _ = await asked.way()
    plan = await asked.stretching(way, START, PAGE).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 0


async def test_src_05_a_word_that_others_wrote_often_is_no_way_into_a_page_that_is_shorter(
    present: Present, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is rare. Where the page is as long, there is an end to what is read by the word."""
    monkeypatch.setattr(finding, "RARE", 10)
    monkeypatch.setattr(finding, "STRIDE", PAGE)
    here, there, few, many = new_id(), new_id(), 30, 150
    stream = await present.happen(stream_id("company", here), adr.CompanyRegistered(name="Acme AG"))
    await present.happen(stream_id("company", there), adr.CompanyRegistered(name="Muster AG"))
    oldest = note(address={"type": "company", "id": here}, title="Dach", occurred_on=date(2020, 1, 1))
    notes = [note(address={"type": "company", "id": here}, title="Keller") for _ in range(few)]
    notes += [note(address={"type": "company", "id": there}, title="Dach") for _ in range(many)]
    streams = [f"activity-{new_id()}" for _ in (oldest, *notes)]
    await present.apply(*map(present.record, streams, (oldest, *notes)))
    asked = Finding(
        Pages(present.projection.collections, Reader([])).listing([stream], Wanted()), present.texts, sought("dach")
    )
    await database.command("profile", 2)
    assert [entry["_id"] for entry in await asked.found(limit=PAGE)] == streams[:1]
    await database.command("profile", 0)
    read = await database["system.profile"].find({}).to_list(None)
    assert sum(each.get("docsExamined", 0) for each in read) <= 4 * few
    monkeypatch.setattr(finding, "COUNTED", 10)
    assert [entry["_id"] for entry in await asked.found(limit=PAGE)] == streams[:1]
    monkeypatch.setattr(finding, "MOST_READ", 2 * PAGE)
    with pytest.raises(RuleViolation, match="SRC-05"):
        await asked.found(limit=PAGE)


def way_of(wanted: Wanted) -> listing.Way:
    return listing.Way(TERMS, {"terms": {"$in": wanted.terms[0]}})


async def test_a_page_of_a_list_reads_as_many_entries_as_it_shows(present: Present) -> None:
    today = date(2026, 5, 4)
    address = {"type": "company", "id": new_id()}
    await present.happen(f"company-{address['id']}", adr.CompanyRegistered(name="Acme AG"))
    spans = [
        present.record(
            f"activity-{new_id()}",
            note(address=address, responsible=act.Assignment(user=ANNA), due_on=today - timedelta(days=number)),
        )
        for number in range(300)
    ]
    await present.apply(*spans)
    lists = WorkLists(present.projection.collections, Reader([f"user:{ANNA}"]))
    for after in (None, Item(f"{today - timedelta(days=150)} ", ANNA, "")):
        for asked in (Asked("date", today), Asked("due")):
            plan = await lists.listing(ANNA, asked, asked.ranges()[0], after, 20).explain()
            assert plan["executionStats"]["totalDocsExamined"] == 20
            assert plan["executionStats"]["totalKeysExamined"] <= 21
