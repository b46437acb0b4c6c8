"""Full text over HTTP: stems of two languages, folding, marked excerpts, and nothing that a reader may not see."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from bson import encode

from dossier.contracts import Grant, RecordedEvent
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts.common import GrantOrigin
from dossier.ids import new_id
from dossier.mongo import Database
from dossier.projections import tokens
from dossier.projections.model import Span
from dossier.testing.activities import BEN, note
from dossier.testing.services import ServiceUnderTest
from histories.domain.places import end_of, packed, place
from histories.excerpts import EXCERPT, excerpt
from histories.sought import sought
from histories.views import finding, listing
from histories.views.texts import Texts
from histories.words import stems, stems_of
from oracle.recording import Present, apply
from oracle.telling import company, ids, made, mail, page, recorded, ref
from oracle.worlds import World

pytestmark = pytest.mark.backends


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Die Häuser am See", "Haus"),
        ("Das Haus am See", "haeuser"),
        ("Besprechungen mit Müller", "besprechung MUELLER"),
        ("We discussed the contracts", "contract discussing"),
        ("Kündigung per 31.12.2026", "kündigungen 31 12"),
        ("Élodie's offers", "elodie offer"),
    ],
)
def test_src_05_words_are_found_by_their_stems_in_german_and_english(written: str, asked: str) -> None:
    assert all(not stems(written).isdisjoint(each) for each in sought(asked).looked_up)
    assert not all(not stems(written).isdisjoint(each) for each in sought(f"{asked} Garten").looked_up)


def test_src_05_an_excerpt_begins_before_the_first_hit_and_marks_all_hits_in_it() -> None:
    text = "Vorher. " * 100 + "Das Haus, alle Häuser und der Hof. " + "Nachher. " * 100
    found = excerpt(text, sought("haus"))
    assert found is not None
    assert [found.text[first:last] for first, last in found.marks] == ["Haus", "Häuser"]
    assert len(found.text) == EXCERPT
    assert found.text in text
    assert excerpt(text, sought("garten")) is None
    assert excerpt("Haus", sought("haus")) == ("Haus", [(0, 4)])


def test_src_05_an_excerpt_is_of_letters_with_their_accents_whatever_else_the_text_holds() -> None:
    marks = "\u0301\u0316" * 500_000  # the square of that would be hours
    found = excerpt(f"Ha\u0308user {marks}", sought("haus"))
    assert found is not None
    assert (found.text[:6], found.marks) == ("Häuser", [(0, 6)])


def test_places_are_in_the_order_of_histories() -> None:
    ids = ["00000000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-00000000a001"]
    moments = ["0001-01-01T00:00:00+14:00", "2026-09-30T23:00:00-05:00", "2026-10-01T05:00:00Z", "9999-12-31T23:59:59Z"]
    days = [date(1, 1, 1), date(2026, 9, 30), date(2026, 10, 1), date(9999, 12, 31)]
    places = [
        each
        for day in days
        for each in (
            day.isoformat(),
            *(place({"occurred_on": day}, moment, id) for moment in moments for id in ids),
            end_of(day),
        )
    ]
    assert places == sorted(places)
    assert [packed(each) for each in places] == sorted(packed(each) for each in places)
    assert {len(packed(each)) for each in places} == {28}


async def test_src_01_titles_texts_and_mails_are_searched_and_hits_are_marked(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    of = {"address": ref("company", acme)}
    title = await recorded(present, **of, title="Offerte Dach", text="Nichts.")
    text = await recorded(present, **of, text="Wir haben die Dächer besprochen. " * 40)
    sent = await recorded(present, **of, **mail("eva.muster@dach.example"), title="Hallo")
    await recorded(present, **of, title="Keller")
    found = await page(api, "/v1/activities?q=dach")
    hits = [[(hit["field"], len(hit["marks"])) for hit in row["hits"]] for row in found["items"]]
    assert [row["id"] for row in found["items"]] == [sent, text, title]
    assert hits == [[("mail", 1)], [("text", 9)], [("title", 1)]]
    (hit,) = found["items"][2]["hits"]
    assert [hit["text"][first:last] for first, last in hit["marks"]] == ["Dach"]
    assert await ids(api, f"/v1/companies/{acme}/history?q=dach&kind=email") == [sent]
    assert await ids(api, "/v1/activities?q=dach offerte") == [title]
    assert await ids(api, "/v1/mails?q=muster") == [sent]


async def test_src_01_long_texts_are_read_in_threads(
    api: ServiceUnderTest, present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of words that nobody ever wrote takes seconds, in which everybody else would wait."""
    threads: dict[str, int] = {}

    class Watched:
        def stemWord(self, word: str) -> str:  # noqa: N802 (the library's name)
            threads[word] = threading.get_ident()
            return word

    monkeypatch.setattr("histories.words._STEMMERS", [Watched()])
    stems_of.cache_clear()
    activity = await recorded(present, text="Kolben und Zylinderkopf")
    assert threads.pop("zylinderkopf") != threading.get_ident()
    stems_of.cache_clear()
    assert await ids(api, "/v1/activities?q=zylinderkopf") == [activity]
    assert threads["kolben"] != threading.get_ident()
    stems_of.cache_clear()


async def test_src_02_03_what_the_reader_may_not_see_is_no_hit_neither_by_title_nor_by_text(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    grant = Grant(to="user", id=BEN, origin=GrantOrigin(kind="channel", id="office"))
    facts: dict[str, Any] = {"visibility": "granted", "grants": (grant,), "address": ref("company", acme)}
    secrets = [await recorded(present, **facts, title="Fusion", text="Fusion mit Beta") for _ in range(3)]
    seen = await recorded(present, title="Fusion", address=ref("company", acme))
    for path in ("/v1/activities?q=fusion", f"/v1/companies/{acme}/history?q=fusion"):
        assert await ids(api, path, "ben") == [seen, *secrets[::-1]]
        found = await page(api, f"{path}&limit=1", "cara")
        assert ([row["id"] for row in found["items"]], found["next"]) == ([seen], None)
    assert await ids(api, "/v1/activities?q=beta", "cara") == []
    revoked = act.GrantsRevoked(grants=(grant,))
    await present.happen(f"activity-{secrets[0]}", revoked)
    assert await ids(api, "/v1/activities?q=fusion", "ben") == [seen, *secrets[:0:-1]]


async def test_src_01_what_is_corrected_is_found_by_its_new_words_only(api: ServiceUnderTest, present: Present) -> None:
    activity = await recorded(present, title="Keller", text="Feuchte Wand")
    changes = act.ActivityChanges(title="Garten", occurred_on=date(2020, 1, 1))
    await present.happen(f"activity-{activity}", act.ActivityCorrected(changes=changes))
    await present.happen(f"activity-{activity}", act.ActivityCompleted(completed_on=date(2026, 5, 5)))
    assert await ids(api, "/v1/activities?q=keller") == []
    assert await ids(api, "/v1/activities?q=garten wand") == [activity]
    assert await ids(api, "/v1/activities?q=garten&from=2020-01-01&to=2020-01-01") == [activity]
    assert await ids(api, "/v1/activities?q=garten&from=2020-01-02") == []


@pytest.mark.parametrize("rare", [1, 2_000], ids=["by word", "along the list"])
async def test_src_01_hits_follow_each_other_both_ways_whichever_way_they_are_read(
    api: ServiceUnderTest, present: Present, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    monkeypatch.setattr(finding, "STRIDE", 2)
    monkeypatch.setattr(finding, "LONGEST_STRIDE", 4)
    for module, name in ((finding, "RARE"), (finding, "COUNTED"), (listing, "STRETCH")):
        monkeypatch.setattr(module, name, rare)
    acme, beta = await company(present, "Acme AG"), await company(present, "Beta AG")
    expected: list[str] = []
    for number in range(24):
        day, at_acme, has = date(2026, 1, 1) + timedelta(days=number // 2), number % 3 > 0, number % 4 > 0
        of = ref("company", acme if at_acme else beta)
        activity = await recorded(present, occurred_on=day, address=of, title="Dach" if has else "Keller")
        expected += [activity] if at_acme and has else []
    path = f"/v1/companies/{acme}/history?q=dach&limit=2"
    read: list[list[str]] = []
    found, back = await page(api, path), list[list[str]]()
    while True:
        read.append([row["id"] for row in found["items"]])
        if found["next"] is None:
            break
        found = await page(api, f"{path}&cursor={found['next']}")
    while found["previous"] is not None:
        found = await page(api, f"{path}&cursor={found['previous']}")
        back.append([row["id"] for row in found["items"]])
    assert [each for rows in read for each in rows] == expected[::-1]
    assert back[::-1] == read[:-1]


STARS = ["miet*", "dach miet*", "miet* dach", "-miet*", '"feuchte wand*"', "„wand*“", "miet**"]


@pytest.mark.parametrize("asked", STARS)
async def test_src_05_a_beginning_is_refused_as_words_are_found_whole(api: ServiceUnderTest, asked: str) -> None:
    problem = (await api.call("GET", f"/v1/activities?q={quote(asked)}", expect=422)).json()
    assert (problem["field"], problem["rule"]) == ("q", "SRC-05")
    assert "without the *" in problem["detail"]


@pytest.mark.parametrize("asked", ["*miet", "5*3", "dach * keller", "Hotel 5*", "3*, 4* oder _*"])
async def test_src_05_another_star_is_no_letter(api: ServiceUnderTest, asked: str) -> None:
    await api.call("GET", f"/v1/activities?q={quote(asked)}", expect=200)


async def test_src_05_words_that_are_none_are_refused_and_words_are_not_folded(api: ServiceUnderTest) -> None:
    for query, field, rule in (("q=!!", "q", "SRC-05"), ("q=dach&fold=conversations", "fold", "fold")):
        problem = (await api.call("GET", f"/v1/activities?{query}", expect=422)).json()
        assert (problem["field"], problem["rule"]) == (field, rule)


async def test_a_search_waits_for_the_words_of_what_was_written(api: ServiceUnderTest, present: Present) -> None:
    stream = f"activity-{new_id()}"
    ahead = tokens.issue(b"development-only", {stream: 1})
    headers = {"Dossier-After": ahead, "Prefer": "wait=0"}
    saved = adr.SearchSaved(name="Roofs", of="activities", parameters={"q": "dach"}, owner=BEN, is_shared=True)
    search = await made(present, "saved-search", saved)
    await apply(present.projection, [present.record(stream, note(title="Dach"))])
    answer = await api.call("GET", "/v1/activities", headers=headers, expect=200)
    assert "Dossier-Lacks" not in answer.headers
    for path in ("/v1/activities?q=dach", f"/v1/searches/{search}/results"):
        answer = await api.call("GET", path, headers=headers, expect=200)
        assert answer.headers["Dossier-Lacks"] == f"{stream}:1"


async def test_src_01_the_words_are_the_same_whatever_comes_twice_or_in_pieces(database: Database) -> None:
    worlds = [World(30_000_000 + number) for number in range(10)]
    streams: dict[str, list[RecordedEvent]] = defaultdict(list)
    for event in (event for world in worlds for event in world.events if event.subject.startswith("activity-")):
        streams[event.subject].append(event)
    dumps: list[dict[str, bytes]] = []
    for generation in (1, 2):
        texts = Texts()
        texts.attach(database, generation)
        await texts.prepare()
        random = Random(generation)
        pieces = [events[:end] for events in streams.values() for end in range(1, len(events) + 1)]
        pieces += random.choices(pieces, k=len(pieces) // 2)
        random.shuffle(pieces)
        for events in pieces if generation == 1 else streams.values():
            applied = await texts.positions([events[0].subject])
            following = [event for event in events if event.sequence > applied.get(event.subject, 0)]
            again = events if random.random() < 0.2 else following
            await texts.apply([Span(events[0].subject, again)] if again else [])
        dumps.append({document["_id"]: encode(document) async for document in texts.documents.find({})})
    assert dumps[0] == dumps[1]
    assert dumps[0].keys() == streams.keys()
