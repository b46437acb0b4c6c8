"""The archive: a page to read, the records, and documents under names that are safe everywhere."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import quote, unquote
from zipfile import ZipFile

import pytest

from dossier.contracts.attachments import DocumentAttached
from exports.test_records import acme, note
from exports.world import World

pytestmark = pytest.mark.backends

HOSTILE = "<script>alert(1)</script> \"'> <img src=x onerror=alert(2)> {{ 7*7 }} \u202egnp"
PDF = b"%PDF-1.7\n"


class Page(HTMLParser):
    """What a browser finds in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value for name, value in attrs if name in ("href", "src", "action") and value is not None]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All that is to be read, with single blanks."""
        return " ".join(" ".join(self.words).split())


def page(archive: ZipFile) -> Page:
    return Page(archive.read("index.html").decode())


def documents(archive: ZipFile) -> dict[str, bytes]:
    """The bytes of each document, by its path."""
    return {name: archive.read(name) for name in archive.namelist() if name.startswith("documents/")}


def lines(archive: ZipFile, name: str = "dossier.ndjson") -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(name).splitlines()]


async def test_an_archive_has_a_page_the_same_records_and_every_document(office: World) -> None:
    company = await acme(office)
    contact = await office.makes("addresses", "/v1/contacts", company=company, last_name="Muster")
    talk = await note(
        office, "contact", contact, "Our offer", text="As we said.\nIn two lines.", occurred_on="2026-03-31"
    )
    moments = {"starts_at": "2026-04-01T09:30:00+02:00", "ends_at": "2026-04-01T08:00:00Z"}
    await note(office, "company", company, "Talk", occurred_on="2026-04-01", medium="on_site", **moments)
    await office.attaches(talk, "Offer.pdf", PDF + b"An offer")
    await office.settle()
    archive = await office.archive(f"companies/{company}")
    path = "documents/0001 2026-03-31 Our offer/Offer.pdf"
    assert archive.namelist() == ["dossier.ndjson", path, "index.html"]
    assert archive.read(path) == PDF + b"An offer"
    own, alone = lines(archive), await office.records(f"companies/{company}")
    assert [each for each in own if each["record"] != "header"] == alone[1:]
    assert [each["path"] for each in own if each["record"] == "document"] == [path]
    shown = page(archive)
    assert shown.links == [quote(path)]
    read = shown.text
    assert read.index("2026-04-01 Talk") < read.index("2026-03-31 Our offer")
    assert "recorded with Acme AG, Muster; Acme AG, Muster is a contact of Acme AG" in read
    assert "on site · 2026-04-01 09:30 (UTC+02:00) to 2026-04-01 08:00 (UTC)" in read
    assert "Computed" not in read
    assert re.search(r"Created at \d{4}-\d\d-\d\d \d\d:\d\d \(UTC\)", read)
    assert "This is all. Activities: 2, documents: 1." in read
    assert "As we said.\nIn two lines." in archive.read("index.html").decode()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Novo Nordisk A/S", "Novo Nordisk A_S"),
        ("Erbengemeinschaft Meier c/o Treuhand Huber AG", "Erbengemeinschaft Meier c_o Treuhand Huber AG"),
        ("Export <b>AG</b> & Söhne", "Export _b_AG__b_ & Söhne"),
    ],
)
@pytest.mark.parametrize("ending", ["ndjson", "zip"])
async def test_a_dossier_is_named_after_the_whole_address(office: World, name: str, file: str, ending: str) -> None:
    company = await office.makes("addresses", "/v1/companies", name=name)
    await office.settle()
    answer = await office.asks(f"/v1/companies/{company}/dossier.{ending}")
    _, plain, extended = answer.headers["content-disposition"].split("; ")
    called = re.fullmatch(rf"filename\*=UTF-8''(.+) \d{{4}}-\d\d-\d\d\.{ending}", unquote(extended))
    assert called is not None
    assert called[1] == file
    assert plain.startswith('filename="' + file.replace("ö", "_"))


async def test_a_dossier_says_day_and_minute_as_they_are_where_its_reader_is(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = await acme(office)
    await office.settle()
    state = office.services["histories"].roles.app.state
    monkeypatch.setitem(vars(state)["_state"], "clock", lambda: datetime(2026, 11, 30, 23, 50, 30, 123456, UTC))
    answer = await office.asks(f"/v1/companies/{company}/dossier.zip")
    assert "Acme AG 2026-12-01.zip" in answer.headers["content-disposition"]
    archive = ZipFile(BytesIO(answer.content))
    assert "may see, as of 2026-12-01 00:50 (UTC+01:00)." in page(archive).text
    assert {each.date_time[:5] for each in archive.infolist()} == {(2026, 12, 1, 0, 50)}


async def test_the_page_says_how_long_an_activity_was_and_how_urgent_it_is(office: World) -> None:
    company = await acme(office)
    await note(office, "company", company, "Long talk", occurred_on="2026-04-03", duration_minutes=90, priority="high")
    await note(office, "company", company, "Fair", occurred_on="2026-04-02", all_day=True, priority="low")
    await note(office, "company", company, "Short talk", occurred_on="2026-04-01")
    await office.settle()
    read = page(await office.archive(f"companies/{company}")).text
    long, fair = read.index("Long talk"), read.index("Fair")
    short = read.index("Short talk")
    assert "high priority · 90 minutes" in read[long:fair]
    assert "low priority · all day" in read[fair:short]
    assert not re.search("priority|minutes|all day", read[short:])


async def test_the_page_is_text_and_style_and_nothing_that_somebody_typed_is_more_than_text(office: World) -> None:
    company = await office.makes("addresses", "/v1/companies", name=f"Acme {HOSTILE}")
    channel = {"kind": "E", "value": "info@acme.example", "label": HOSTILE[:90]}
    await office.does("addresses", f"/v1/companies/{company}/channels", channel)
    activity = await note(office, "company", company, HOSTILE, text=f"{HOSTILE}\n</div></article>\x0b")
    await office.attaches(activity, quote("<b onclick=alert(3)>&quot;.pdf", safe=""))
    await office.settle()
    archive = await office.archive(f"companies/{company}")
    shown = page(archive)
    assert shown.tags <= {
        *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article"),
        *(
            "h1",
            "h2",
            "h3",
            "h4",
            "p",
            "div",
            "bdi",
            "time",
            "strong",
            "a",
            "ul",
            "li",
            "table",
            "thead",
            "tbody",
            "tr",
        ),
        *("th", "td"),
    }
    assert not {each for each in shown.attributes if each.startswith("on")}
    assert {*shown.links} == {quote(path) for path in documents(archive)}
    assert (
        shown.text.count("<script>alert(1)</script>") >= 6
    )  # title, heading, name, channel, title and text of the note
    assert "{{ 7*7 }}" in shown.text
    written = archive.read("index.html").decode()
    assert "default-src 'none'" in written
    assert not re.search(r"https?:|//|@import|url\(", written)
    assert not re.search("[\x00-\x08\x0b-\x1f]", written)


NAMES = [
    "../../etc/passwd",
    "..\\..\\Windows\\system.ini",
    "CON.pdf",
    "lpt1",
    "a\r\nb\x00c\u202efdp.exe",
    "Ä" * 300 + ".pdf",
    "offer.PDF",
    "Offer.pdf",
    "OFFER.pdf",
    'x<y>:"|?*.txt',
]


async def test_act_doc_documents_lie_under_safe_names_of_which_no_two_are_alike(office: World) -> None:
    company = await acme(office)
    titles = ["../../../root", "..", "CON", "a/b\\c: d*", "T" * 255, "Trailing. "]
    for number, title in enumerate(titles):
        activity = await note(office, "company", company, title, occurred_on=f"2026-01-{10 + number}")
        for name in NAMES if number == 0 else NAMES[:2]:
            await office.attaches(activity, quote(name, safe=""), PDF + f"{number} {name}".encode())
    await office.settle()
    archive = await office.archive(f"companies/{company}")
    found = documents(archive)
    assert len(found) == len(NAMES) + 2 * (len(titles) - 1)
    assert len({path.casefold() for path in found}) == len({*found.values()}) == len(found)
    for path in found:
        assert_safe(path)
    assert {unquote(link) for link in page(archive).links} == {*found}


def assert_safe(path: str) -> None:
    """The path stays where it is unpacked, on every system."""
    assert len(path) <= 200
    root, *parts = path.split("/")
    assert (root, len(parts)) == ("documents", 2)
    for part in parts:
        assert part.strip(" .") == part != ""
        assert part.isprintable()
        assert not set(part) & set('<>:"/\\|?*\u202e')
        assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", part)


async def stored(office: World, activity: str, document: str) -> str:
    """The name under which the bytes of a document are stored."""
    events = [each.event() for each in await office.services["activities"].store.read(f"activity-{activity}")]
    (file,) = (e.file for e in events if isinstance(e, DocumentAttached) and e.document == document)
    return file.stored_object


async def test_a_document_that_is_not_to_be_had_is_named_and_breaks_nothing(office: World) -> None:
    company = await acme(office)
    activity = await note(office, "company", company)
    names = ("Gone.pdf", "Torn.pdf", "Refused.pdf", "Whole.pdf")
    made = {name: await office.attaches(activity, name, PDF * (200_000 if name == "Torn.pdf" else 1)) for name in names}
    await office.settle()
    state = office.services["activities"].roles.app.state
    await state.documents.files.delete(await stored(office, activity, made["Gone.pdf"]))
    torn = {"files_id": await stored(office, activity, made["Torn.pdf"]), "n": 1}
    deleted = await office.services["activities"].store.commits.database["documents.chunks"].delete_one(torn)
    assert deleted.deleted_count == 1
    with office.broken("activities", lambda scope: f"{made['Refused.pdf']}/content" in scope["path"]):
        archive = await office.archive(f"companies/{company}")
    because = {each["name"]: each["because"] for each in lines(archive, "missing.ndjson")}
    assert because == {"Gone.pdf": "gone", "Torn.pdf": "cut-short", "Refused.pdf": "not-delivered"}
    assert [path.rpartition("/")[2] for path in documents(archive)] == ["Torn.pdf", "Whole.pdf"]
    shown = page(archive)
    assert "Gone.pdf (not in this archive: it is no longer there)" in shown.text
    assert "documents: 4, of which 3 did not come whole" in shown.text
    assert [link.rpartition("/")[2] for link in shown.links] == ["Whole.pdf", "missing.ndjson"]


async def test_rgt_05_documents_and_page_hold_what_the_reader_may_see(office: World) -> None:
    company = await acme(office)
    for title, visibility in (("Open", "everyone"), ("Secret", "granted")):
        activity = await note(office, "company", company, title, visibility=visibility)
        await office.attaches(activity, f"{title}.pdf", PDF + title.encode())
    await office.settle()
    clara, dora = (
        await office.archive(f"companies/{company}"),
        await office.archive(f"companies/{company}", office.dora()),
    )
    assert {*documents(clara).values()} == {PDF + b"Open", PDF + b"Secret"}
    assert {*documents(dora).values()} == {PDF + b"Open"}
    assert not any(b"Secret" in dora.read(name) for name in dora.namelist())


async def test_what_was_taken_away_while_the_archive_was_written_is_not_in_it(office: World) -> None:
    """The records are read first: the bytes go by what may be seen when it is their turn."""
    company = await acme(office)
    activity = await note(office, "company", company, "Talk")
    await office.attaches(activity, "Offer.pdf")
    await office.settle()
    visibility = {"visibility": "granted"}
    await office.does("activities", f"/v1/activities/{activity}/visibility", visibility, "PUT")
    archive = await office.archive(f"companies/{company}", office.dora())
    assert documents(archive) == {}
    assert [each["because"] for each in lines(archive, "missing.ndjson")] == ["gone"]
