"""Documents from the upload to the hit: the activities service reads them, histories ask it over HTTP for their text.

Only Kafka is left out: what was committed is applied at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from bson import encode

from activities.roles import roles as activities_roles
from activities.settings import Settings as ActivitiesSettings
from dossier.contracts import RecordedEvent
from dossier.ids import new_id
from dossier.mongo import Collection, Database
from dossier.runtime import Roles, Service
from dossier.testing import papers
from dossier.testing.activities import ANNA, BEN
from dossier.testing.services import ServiceUnderTest, apply_all, running
from histories.api.models import HistoryPage
from histories.api.requests import Live
from histories.roles import application
from histories.settings import Settings as HistoriesSettings
from histories.views.contents import Contents, fetch_from
from histories.views.projection import Histories
from histories.views.texts import Texts
from oracle.comparison import histories as projected

pytestmark = pytest.mark.backends

UNREAD: dict[str, Any] = {"unread": {"$exists": True}}


@dataclass
class House:
    """Both services; who does not say otherwise is Anna."""

    activities: ServiceUnderTest
    histories: ServiceUnderTest
    projection: Histories
    texts: Texts
    contents: Contents

    async def record(self, **fields: Any) -> str:
        body = {"kind": "note", "title": "Offer", **fields}
        answer = await self.activities.call("POST", "/v1/activities", body, expect=201)
        return answer.json()["id"]

    async def attach(self, activity: str, content: bytes, name: str, below: str = "") -> str:
        token = {"Content-Disposition": f'attachment; filename="{name}"'}
        own = {"Authorization": f"Bearer {self.activities.tokens.user()}"}
        path = f"/v1/activities/{activity}/documents{below}"
        answer = await self.activities.http.post(path, content=content, headers=own | token)
        assert answer.status_code == 201, answer.text
        return answer.json()["document"]

    async def does(self, activity: str, path: str, body: Any = None, method: str = "POST") -> None:
        await self.activities.call(method, f"/v1/activities/{activity}{path}", body, expect=200)

    async def outcome(self, activity: str, document: str) -> list[Mapping[str, Any]]:
        """What became of reading each version, the newest first."""
        answer = await self.activities.call("GET", f"/v1/activities/{activity}/documents/{document}", expect=200)
        return [version["contents"] for version in answer.json()["versions"]]

    async def read(self) -> None:
        """Wait until all documents are read; then histories learn what was committed."""
        await none_of(self.activities.store.database["contents"], {"open": True})
        await self.learn()

    async def learn(self) -> None:
        """Histories learn what was committed, and what of it says anything."""
        await apply_all(self.activities.store, self.projection, self.texts)
        async for text in self.texts.documents.find({"contents": {"$exists": True}}, {"_id": 1}):
            await self.contents.complete(text["_id"])

    async def found(self, words: str, reader: str = "anna", more: str = "") -> dict[str, list[tuple[str, str]]]:
        """Hits by activity: the field and the words that are marked."""
        return {
            row["id"]: [(hit["field"], " ".join(_marked(hit))) for hit in row["hits"]]
            for row in await self.rows(words, reader, more)
        }

    async def rows(self, words: str, reader: str = "anna", more: str = "") -> list[dict[str, Any]]:
        token = self.histories.tokens.user(reader)
        answer = await self.histories.call("GET", f"/v1/activities?q={words}{more}", token=token, expect=200)
        return HistoryPage.model_validate_json(answer.content).model_dump()["items"]


async def none_of(documents: Collection, wanted: Mapping[str, Any]) -> None:
    """Wait until there is no such document."""
    async with asyncio.timeout(120):
        while await documents.count_documents(wanted):  # noqa: ASYNC110  (told by the database alone)
            await asyncio.sleep(0.05)


def _marked(hit: Mapping[str, Any]) -> list[str]:
    return [hit["text"][first:last] for first, last in hit["marks"]]


@asynccontextmanager
async def working(role: Any) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running_role = asyncio.create_task(role(stop))
    yield
    stop.set()
    await running_role


def asking(activities: ServiceUnderTest) -> httpx.AsyncClient:
    """What histories ask the activities service with."""
    headers = activities.tokens.service_headers("histories")
    return httpx.AsyncClient(transport=httpx.ASGITransport(activities.roles.app), headers=headers)


@pytest.fixture
async def house(mongo_url: str, database: Database, database_name: str) -> AsyncIterator[House]:
    projection, texts = projected(database, 1), Texts()
    texts.attach(database, 1)
    for each in (projection, texts):
        await each.prepare()

    async def find_live() -> Live:
        return Live(projection, frozenset(), texts)

    async def newer(stream: str, after: int) -> list[RecordedEvent]:
        return []

    def histories_roles(service: Service[HistoriesSettings]) -> Roles:
        return Roles(application(service, find_live, newer))

    async with (
        running(ActivitiesSettings, activities_roles, mongo_url, f"{database_name}_a") as activities,
        running(HistoriesSettings, histories_roles, mongo_url, database_name) as histories,
        asking(activities) as http,
        working(activities.roles.tasks["reader"]),
    ):
        contents = Contents(texts, fetch_from("http://activities.test", http))
        yield House(activities, histories, projection, texts, contents)
        await activities.store.database.client.drop_database(f"{database_name}_a")


async def test_src_01_a_text_beyond_64_kb_is_found_by_what_comes_later_as_long_as_it_says_that(house: House) -> None:
    talk = "Wir reden lange. " * 6_000
    long = await house.record(text=f"{talk} Zuletzt über nassen Schiefer.", visibility="granted")
    short = await house.record(text="Schiefer")
    await house.learn()
    assert await house.found("schiefer") == {short: [("text", "Schiefer")], long: [("text", "Schiefer")]}
    assert await house.found('"nassen schiefer"') == {long: [("text", "nassen Schiefer")]}
    assert await house.found("schiefer", "ben") == {short: [("text", "Schiefer")]}
    assert (await house.found("reden zuletzt")).keys() == {long}
    await house.does(long, "/corrections", {"changes": {"text": f"{talk} Zuletzt über Ziegel."}})
    await house.learn()
    assert await house.found("schiefer -wir") == {short: [("text", "Schiefer")]}
    assert await house.found("ziegel") == {long: [("text", "Ziegel")]}
    await house.does(long, "/corrections", {"changes": {"text": "Kurz"}})
    await house.learn()
    assert await house.found("ziegel") == {}
    assert await house.texts.collection("passages").count_documents({}) == 0


async def test_src_01_each_occurrence_of_a_task_is_found_by_the_end_of_its_long_text(house: House) -> None:
    text = "Anfang. " + "Wir reden lange. " * 6_000 + "Zuletzt nasser Schiefer."
    task = await house.record(text=text, due_on="2026-06-01", responsible={"user": ANNA})
    await house.does(task, "/recurrence", {"rule": "FREQ=MONTHLY"}, "PUT")
    await house.does(task, "/complete")
    await house.learn()
    found = await house.found('"nasser schiefer"')
    assert list(found.values()) == 2 * [[("text", "nasser Schiefer")]]
    assert await house.found('anfang -"nasser schiefer"') == {}


async def test_src_01_words_are_found_in_documents_of_every_format_and_the_hit_says_which(house: House) -> None:
    made = {
        "offer.pdf": papers.pdf("Die Offerte für die Dächer"),
        "plan.docx": papers.word("Ein Dach", header="Kopf"),
        "sums.xlsx": papers.sheet(["Dach", 4711]),
        "talk.pptx": papers.slides("Das Dach"),
        "letter.odt": papers.open_text("Dächer"),
        "mail.eml": papers.mail("Dach", "Anbei", offer_pdf=papers.pdf("Kosten")),
        "note.txt": "Über Dächern".encode("cp1252"),
        "page.html": b"<p>Dach</p>",
    }
    ids: dict[str, tuple[str, str]] = {}
    for name, content in made.items():
        activity = await house.record(title=name.partition(".")[2])
        ids[activity] = (await house.attach(activity, content, name), name)
    await house.read()
    rows = await house.rows("dach")
    assert {row["id"] for row in rows} == ids.keys()
    for row in rows:
        (hit,) = row["hits"]
        document, name = ids[row["id"]]
        assert (hit["field"], hit["document"]) == ("document", {"id": document, "name": name, "version": 1})
        assert set(_marked(hit)) <= {"Dach", "Dächer", "Dächern"}
    (attached,) = (await house.found("kosten")).values()
    assert attached == [("document", "Kosten")]


async def test_src_01_words_may_be_in_title_name_and_several_documents(house: House) -> None:
    activity = await house.record(title="Sanierung", text="Besprochen")
    await house.attach(activity, papers.word("Die Kosten"), "Kostenplan Halle.docx")
    await house.attach(activity, papers.pdf("Der Termin"), "x.pdf")
    other = await house.record(title="Sanierung")
    await house.read()
    assert await house.found("sanierung kosten termin halle") == {
        activity: [
            ("title", "Sanierung"),
            ("document_name", "Halle"),
            ("document", "Kosten"),
            ("document", "Termin"),
        ]
    }
    assert (await house.found("sanierung")).keys() == {activity, other}


async def test_src_02_03_documents_are_found_by_those_only_who_see_the_activity(house: House) -> None:
    grant = {"to": "user", "id": BEN}
    secret = await house.record(title="Sitzung", visibility="granted", grants=[grant])
    await house.attach(secret, papers.pdf("Fusion mit Beta"), "Fusionsvertrag Beta.pdf")
    open_to_all = await house.record(title="Sitzung")
    await house.attach(open_to_all, papers.pdf("Fusion der Listen"), "x.pdf")
    await house.read()
    for words in ("fusion", "beta", "fusionsvertrag", "sitzung fusion"):
        both = {secret, open_to_all} if words in ("fusion", "sitzung fusion") else {secret}
        assert (await house.found(words, "ben")).keys() == both
        assert (await house.found(words, "cara")).keys() == both - {secret}
    answer = await house.histories.call(
        "GET", "/v1/activities?q=fusion&limit=1", token=house.histories.tokens.user("cara"), expect=200
    )
    assert (len(answer.json()["items"]), answer.json()["next"], "Beta" in answer.text) == (1, None, False)


async def test_src_01_a_phrase_is_found_in_documents_and_marked_wherever_passages_are_cut(house: House) -> None:
    made: dict[int, str] = {}
    for words in range(280, 290):  # so that the passages are cut before, within and after the phrase
        made[words] = await house.record(title=f"Plan {words}")
        filling = f"{'Dächer ' * words}feuchte\nWand{' Keller' * 300}"
        await house.attach(made[words], filling.encode(), "long.txt")
    other = await house.record(title="Wand")
    await house.attach(other, papers.pdf("Die Wand, feuchte Keller und eine Wand"), "Feuchte.pdf")
    named = await house.record(title="Wand")
    await house.attach(named, papers.pdf("Nichts"), "Feuchte Wand.pdf")
    await house.read()
    cuts = {passage["text"][-12:] for passage in await house.texts.collection("passages").find({}).to_list(None)}
    assert any(cut.endswith("feuchte\n") for cut in cuts)
    found = await house.found('"feuchte wand"', more="&limit=50")
    assert found.pop(named) == [("document_name", "Feuchte Wand")]
    assert found == {key: [("document", "feuchte\nWand")] for key in made.values()}
    assert (await house.found('wand -"feuchte wand"')).keys() == {other}


async def test_src_02_03_a_phrase_in_a_document_is_found_by_the_newest_version_and_by_its_readers(house: House) -> None:
    secret = await house.record(title="Sitzung", visibility="granted", grants=[{"to": "user", "id": BEN}])
    document = await house.attach(secret, papers.pdf("Fusion mit Beta"), "x.pdf")
    await house.read()
    asked = '"fusion mit beta"'
    assert [(await house.found(asked, by)).keys() for by in ("anna", "ben", "cara")] == [{secret}, {secret}, set()]
    await house.attach(secret, papers.pdf("Beta, Fusion, mit"), "x.pdf", f"/{document}/versions?based_on=1")
    await house.read()
    passages = house.texts.collection("passages")
    old = await passages.find_one({"text": "Beta, Fusion, mit"})
    # A passage of the old version that was not forgotten yet finds nothing.
    stream = f"contents-{new_id()}"
    left = {"_id": f"activity-{secret}/{stream}/00000", "contents": stream, "text": "Fusion mit Beta"}
    await passages.insert_one({**old, **left})
    assert await house.found(asked) == {}
    assert (await house.found("fusion beta")).keys() == {secret}


async def test_src_01_a_new_version_another_name_and_removing_take_the_old_words_away(house: House) -> None:
    activity = await house.record()
    document = await house.attach(activity, papers.word("Keller"), "Keller.docx")
    await house.read()
    assert await house.found("keller") == {activity: [("document_name", "Keller"), ("document", "Keller")]}
    await house.attach(activity, papers.word("Garten"), "Plan.docx", f"/{document}/versions?based_on=1")
    await apply_all(house.activities.store, house.projection, house.texts)
    assert await house.found("keller") == {}  # before anything of the new version is known
    await house.read()
    (hit,) = (await house.rows("garten"))[0]["hits"]
    assert hit["document"]["version"] == 2
    passages = house.texts.collection("passages")
    assert await passages.distinct("text") == ["Garten"]
    await house.does(activity, f"/documents/{document}/name", {"name": "Umgebung.docx"}, "PUT")
    await house.learn()
    assert (await house.found("plan"), await house.found("umgebung garten")) == (
        {},
        {activity: [("document_name", "Umgebung"), ("document", "Garten")]},
    )
    await house.does(activity, f"/documents/{document}/remove", {"reason": "wrong"})
    await house.learn()
    assert (await house.found("garten"), await house.found("umgebung")) == ({}, {})
    assert await passages.count_documents({}) == 0
    await house.does(activity, f"/documents/{document}/restore", {})
    await house.learn()
    assert await house.found("umgebung garten") == {activity: [("document_name", "Umgebung"), ("document", "Garten")]}


async def test_src_01_documents_of_a_withdrawn_activity_are_found_by_nobody_until_it_is_restored(house: House) -> None:
    activity = await house.record()
    await house.attach(activity, papers.pdf("Keller"), "x.pdf")
    await house.read()
    await house.does(activity, "/withdraw", {"reason": "wrong"})
    await house.learn()
    assert await house.found("keller") == {}
    await house.does(activity, "/restore", {"reason": "right"})
    await house.learn()
    assert (await house.found("keller")).keys() == {activity}


async def test_src_01_of_a_long_document_words_are_found_anywhere_and_its_excerpt_is_short(house: House) -> None:
    activity = await house.record()
    filling = "Wir haben dieses und jenes besprochen. " * 5_000
    document = await house.attach(activity, f"{filling} Ziegelstein {filling}".encode(), "long.txt")
    await house.read()
    ((hit,),) = [row["hits"] for row in await house.rows("ziegelsteine")]
    assert (_marked(hit), len(hit["text"]) <= 300) == (["Ziegelstein"], True)
    assert await house.outcome(activity, document) == [{"outcome": "read", "reason": "", "is_cut": False}]


async def test_src_01_what_cannot_be_read_says_so_and_is_found_by_its_name(house: House) -> None:
    activity = await house.record()
    expected = {
        "sealed.pdf": (papers.encrypted_pdf("Dach", "secret"), "encrypted", ""),
        "photo.png": (b"\x89PNG\r\n\x1a\n" + bytes(100), "not_readable", "type"),
        "half.docx": (papers.word("Dach" * 100)[:5_000], "not_readable", "damaged"),
        "bomb.docx": (papers.zip_bomb(), "too_large", ""),
        "entities.docx": (papers.entity_bomb(), "not_readable", "damaged"),
    }
    documents = {await house.attach(activity, each[0], name): each for name, each in expected.items()}
    healthy = await house.attach(activity, papers.pdf("Dach"), "healthy.pdf")
    await house.read()
    for document, (_, outcome, reason) in documents.items():
        (contents,) = await house.outcome(activity, document)
        assert (contents["outcome"], contents["reason"]) == (outcome, reason)
    ((hit,),) = [row["hits"] for row in await house.rows("dach")]
    assert hit["document"]["id"] == healthy
    assert (await house.found("sealed bomb")).keys() == {activity}


async def test_src_01_a_rebuild_finds_all_contents_again_whatever_came_first(house: House, database: Database) -> None:
    for number in range(3):
        activity = await house.record(title=f"Sitzung {number}")
        document = await house.attach(activity, papers.word(f"Alt {number}"), "a.docx")
        await house.attach(activity, papers.pdf(f"Dach {number}"), "b.pdf")
        await house.attach(activity, papers.word(f"Neu {number}"), "c.docx", f"/{document}/versions?based_on=1")
    await house.read()
    live = {text["_id"]: encode(text) async for text in house.texts.documents.find({})}
    streams = sorted(live)
    for generation, order in ((2, streams), (3, streams[::-1])):
        texts = Texts()
        texts.attach(database, generation)
        await texts.prepare()
        async with asking(house.activities) as http:
            contents = Contents(texts, fetch_from("http://activities.test", http))
            for stream in order:
                await apply_all(_Only(house.activities.store, stream), texts)  # pyright: ignore[reportArgumentType]
            async with working(contents.run):
                await none_of(texts.documents, UNREAD)
        assert {text["_id"]: encode(text) async for text in texts.documents.find({})} == live
        said = {passage["text"] async for passage in texts.collection("passages").find({})}
        assert said == {f"{word} {number}" for word in ("Dach", "Neu") for number in range(3)}


async def test_src_01_while_the_documents_service_is_away_all_else_is_found_and_later_they_are(
    house: House, database: Database
) -> None:
    activity = await house.record(title="Sitzung")
    await house.attach(activity, papers.pdf("Dach"), "x.pdf")
    await none_of(house.activities.store.database["contents"], {"open": True})
    away = httpx.AsyncClient(transport=httpx.ASGITransport(house.activities.roles.app))
    contents = Contents(house.texts, fetch_from("http://nobody.invalid", away))
    async with away, working(contents.run):
        await apply_all(house.activities.store, house.projection, house.texts)
        assert (await house.found("sitzung")).keys() == {activity}
        assert await house.found("dach") == {}
        away.headers.update(house.activities.tokens.service_headers("histories"))
        await none_of(house.texts.documents, UNREAD)
    assert (await house.found("dach")).keys() == {activity}


class _Only:
    """One stream of a store."""

    def __init__(self, store: Any, stream: str) -> None:
        self._store, self._stream = store, stream
        self.commits = self

    async def distinct(self, _field: str) -> list[str]:
        return [self._stream]

    async def read(self, stream: str, after: int) -> list[RecordedEvent]:
        return await self._store.read(stream, after)


async def test_src_02_contents_are_told_to_services_alone(house: House) -> None:
    activity = await house.record()
    await house.attach(activity, papers.pdf("Dach"), "x.pdf")
    await house.read()
    (kept,) = await house.activities.store.database["contents"].find({}).to_list(None)
    for path, status in ((f"/v1/contents/{kept['_id']}", 403), (f"/v1/contents/{new_id()}", 403)):
        await house.activities.call("GET", path, expect=status)
    async with asking(house.activities) as http:
        told = await http.get(f"http://activities.test/v1/contents/{kept['_id']}")
        assert told.json() == {"outcome": "read", "text": "Dach", "is_cut": False}
        nothing = await http.get(f"http://activities.test/v1/contents/{new_id()}")
        assert (nothing.status_code, nothing.headers["content-type"]) == (404, "application/problem+json")
