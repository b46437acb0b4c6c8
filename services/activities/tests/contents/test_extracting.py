"""What documents say, told by their bytes: made by the libraries that others make them with (SRC-01)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from activities.contents import model
from activities.contents.child import DocumentReader, TooSlow
from activities.contents.extracting import extract
from activities.contents.model import Contents
from dossier.testing import papers

UNTOLD = "application/octet-stream"
"""What a document is, its bytes say; only of texts the type is asked for."""


def said(raw: bytes, media_type: str = UNTOLD) -> list[str]:
    """The lines of what is read."""
    contents = extract(raw, media_type)
    assert (contents.outcome, contents.reason, contents.is_cut) == ("read", "", False)
    return contents.text.splitlines()


def test_src_01_a_pdf_is_read_page_by_page() -> None:
    assert said(papers.pdf("Offerte für das Dach", "Seite (zwei)")) == ["Offerte für das Dach", "Seite (zwei)"]


def test_src_01_a_pdf_that_only_restricts_printing_is_read() -> None:
    for algorithm in ("RC4-128", "AES-256"):
        assert said(papers.encrypted_pdf("Offerte", "", algorithm)) == ["Offerte"]


def test_src_01_a_word_document_is_read_with_tables_and_headers() -> None:
    assert said(papers.word("Die Häuser", "am See", cell="Zelle", header="Kopf")) == [
        "Die Häuser",
        "am See",
        "Zelle",
        "Kopf",
    ]


def test_src_01_a_sheet_is_read_with_texts_and_numbers_each_cell_a_line() -> None:
    rows = (["Umsatz", 4711], ["Aufwand", 12.5], [True, "=B1*2"])
    assert sorted(said(papers.sheet(*rows))) == sorted(["Umsatz", "4711", "Aufwand", "12.5"])


def test_src_01_slides_are_read_with_their_notes() -> None:
    assert said(papers.slides("Titel", "Schluss", note="Nicht vergessen")) == ["Nicht vergessen", "Titel", "Schluss"]


def test_src_01_open_documents_are_read() -> None:
    assert said(papers.open_text("Guten<text:s/> Tag", "Zweiter <text:span>Absatz</text:span>")) == [
        "Guten Tag",
        "Zweiter Absatz",
    ]


def test_src_01_a_mail_is_read_with_what_is_attached_to_it() -> None:
    inner = papers.mail("Innen", "Der innere Text", plan_docx=papers.word("Grundriss"))
    raw = papers.mail(
        "Über das Dach", "Anbei", "<p>Anbei <b>fett</b></p>", offer_pdf=papers.pdf("Offerte"), a_eml=inner
    )
    lines = said(raw, "message/rfc822")
    assert {"Über das Dach", "Eva Müller <eva@acme.example>", "Anbei", "Anbei fett", "Offerte", "offer.pdf"} <= {*lines}


def test_src_01_mails_in_mails_are_read_and_what_is_broken_in_them_is_passed_by() -> None:
    message = papers.mail("Aussen", "Text", broken_pdf=b"%PDF-1.7 nothing", photo_png=b"\x89PNG\r\n")
    wrapped = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + message
    assert {"Aussen", "Text", "broken.pdf"} <= {*said(wrapped + b"\r\n--b--\r\n", "message/rfc822")}


@pytest.mark.parametrize(
    ("raw", "media_type", "text"),
    [
        ("Grüße".encode(), "text/plain", "Grüße"),
        ("Grüße, wie immer".encode("cp1252"), "text/plain", "Grüße, wie immer"),
        ("Grüße".encode("utf-16"), "text/plain", "Grüße"),
        (b"a;b\r\n1;2", "text/csv", "a;b\n1;2"),
        (b'{"name": "Dach"}', "application/json", '{"name": "Dach"}'),
        (b"<p>Guten&nbsp;Tag</p><script>evil()</script>", "text/html", "Guten Tag"),
        (b"<a><b>Dach</b><c x='y'>Keller</c></a>", "application/xml", "DachKeller"),
        (b"Vor\x00\x07trag mit wei\xc2\xadchen Strichen", "text/plain", "Vortrag mit weichen Strichen"),
    ],
)
def test_src_01_texts_are_read_in_whatever_characters_they_are(raw: bytes, media_type: str, text: str) -> None:
    assert extract(raw, media_type).text == text


def test_src_01_what_has_no_words_is_told_from_what_is_broken() -> None:
    for raw in (b"\x89PNG\r\n\x1a\n", b"MZ\x90\0", papers.zipped({"photo.jpg": b"\xff\xd8"})):
        assert extract(raw, UNTOLD) == Contents("not_readable", model.TYPE)
    empty = papers.pdf("")
    assert extract(empty, UNTOLD) == Contents("read")


def test_act_doc_a_type_that_lies_is_no_matter_as_the_bytes_say_what_it_is() -> None:
    assert said(papers.pdf("Offerte"), "text/plain") == ["Offerte"]
    assert said(papers.word("Offerte"), "application/pdf") == ["Offerte"]
    assert extract(b"MZ this is no pdf", "application/pdf") == Contents("not_readable", model.TYPE)


@pytest.mark.parametrize("make", [papers.pdf, papers.word, papers.slides, papers.open_text])
def test_src_01_a_file_that_was_cut_off_is_damaged(make: object) -> None:
    whole = make("Offerte " * 40)  # type: ignore[operator]
    assert extract(whole[: len(whole) // 2], UNTOLD) in (
        Contents("not_readable", model.DAMAGED),
        Contents("read"),  # of a PDF the pages before the cut are there: here none
    )


def test_src_01_encrypted_documents_are_told_as_such() -> None:
    sealed = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500) + "EncryptedPackage".encode("utf-16-le")
    opened = '<manifest:encryption-data manifest:checksum="x"/>'
    for raw in (papers.encrypted_pdf("Offerte", "secret"), sealed, papers.open_text("x", manifest=opened)):
        assert extract(raw, UNTOLD) == Contents("encrypted")


def test_src_01_of_a_long_text_the_beginning_is_kept_and_it_says_so() -> None:
    raw = b"Die Offerte " * (10 * papers.MEGABYTE // 12) + b"Ende"
    contents = extract(raw, "text/plain")
    assert (contents.outcome, contents.is_cut) == ("read", True)
    assert len(contents.text) <= model.MOST_CHARACTERS
    assert contents.text.startswith("Die Offerte")
    assert "Ende" not in contents.text


@pytest.fixture
async def reader() -> AsyncIterator[DocumentReader]:
    reader = DocumentReader(5.0)
    yield reader
    await reader.close()


async def read(reader: DocumentReader, raw: bytes, media_type: str = UNTOLD) -> Contents:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(raw), papers.MEGABYTE):
            yield raw[start : start + papers.MEGABYTE]

    return await reader.read(media_type, len(raw), parts())


HOSTILE = {
    "zip bomb": (papers.zip_bomb, {Contents("too_large")}),
    "entity bomb": (papers.entity_bomb, {Contents("not_readable", model.DAMAGED)}),
    "elements a million deep": (papers.deep_word, {Contents("read", text="bottom")}),
    "mail 5,000 deep": (
        lambda: b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(5_000)
        ),
        {Contents("not_readable", model.NESTED), Contents("not_readable", model.DAMAGED)},
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_src_01_hostile_documents_have_an_outcome_and_the_next_one_is_not_disturbed(
    reader: DocumentReader, name: str
) -> None:
    make, expected = HOSTILE[name]
    assert await read(reader, make(), "message/rfc822") in expected
    assert await read(reader, b"next", "text/plain") == Contents("read", text="next")


async def test_src_01_a_document_that_hangs_its_reader_is_ended_and_patience_does_not_help_it() -> None:
    for patient in (False, True):
        reader = DocumentReader(1.0, patient=patient)
        if patient:
            assert await read(reader, papers.slow_pdf()) == Contents("read", is_cut=True)
        else:
            with pytest.raises(TooSlow):
                await read(reader, papers.slow_pdf())
        assert await read(reader, b"next", "text/plain") == Contents("read", text="next")
        await reader.close()
