"""The parser understands real mail, and hostile mail costs neither the process nor the mail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path

import psutil
import pytest

from dossier.disposable import ChildDisturbed
from dossier.plain.charsets import codec_for, to_text
from dossier.plain.html import html_to_text
from email_ingest.parsing.child import Parser
from email_ingest.parsing.headers import message_ids, sent_moment, unstructured
from email_ingest.parsing.message import parse

MAILS = Path(str(files("dossier.demo") / "mails"))
REAL = sorted([*MAILS.glob("*/*.msg"), *MAILS.glob("*/*.eml")])
PLAIN = b"From: Anna Muster <Anna@Example.COM>\r\nTo: bert@example.com\r\nSubject: Hallo\r\n"


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    parser = Parser()
    yield parser
    await parser.close()


@pytest.mark.parametrize(
    ("date", "year"),
    [
        (b"Mon, 1 Jun 2026 10:00:00 +0000", 2026),
        (b"1 Jun 26 10:00 GMT", 2026),
        (b"1-Jun-1970 00:00 +0000", 1970),
        (b"Mon, 01 Jan 0001 00:00:00 +0000", None),
        (b"1-Jan-0050 00:00:00 -0930", None),
        (b"Sat, 30 Dec 1899 00:00:00 +0000", None),
        (b"Mon, 01 Jan 1900 04:00:00 +0000", None),
        (b"Mon, 01 Jan 9999 24:00:00 +0000", None),
        (b"tomorrow", None),
    ],
)
def test_a_mail_was_sent_when_its_header_says_if_that_can_be(date: bytes, year: int | None) -> None:
    moment = sent_moment(date)
    assert (moment and moment.year) == year


def test_there_are_two_hundred_real_mails() -> None:
    assert len(REAL) == 200


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_every_real_mail_is_understood(path: Path) -> None:
    mail = parse(path.read_bytes())
    assert mail.sender or mail.subject or mail.text or mail.attachments
    _assert_clean(mail.subject, mail.sender_name, *(a.name for a in mail.attachments))


def test_the_same_mail_has_the_same_fingerprint_whatever_the_line_ends() -> None:
    raw = PLAIN + b"\r\nGuten Tag\r\n"
    assert parse(raw).fingerprint == parse(raw.replace(b"\r\n", b"\n")).fingerprint
    assert parse(raw).fingerprint != parse(raw + b"x").fingerprint


def test_addresses_are_in_the_form_in_which_channels_keep_them() -> None:
    mail = parse(PLAIN + "Cc: Öl <info@MÜLLER.example>, undisclosed:;\r\n\r\nx".encode())
    assert mail.sender == "anna@example.com"
    assert [(r.role, r.address) for r in mail.recipients] == [("to", "bert@example.com"), ("cc", "info@müller.example")]


@pytest.mark.parametrize(
    "header",
    [b'To: "', b"To: (c):", b"Content-Type: text/plain; name*", b"Message-ID: <>", b"Message-ID: <[abc@microsoft.com]>",
     b"From: =?utf-8?q?a=0D=0AX-Evil:_1?= <a@b.ch>", b"To: " + b"(" * 2000, b"Date: 99 Foo 20000000 99:99:99",
     b"Subject: =?punycode?q?" + b"a" * 5000 + b"?=", b"Content-Type: multipart/mixed; boundary="],
)  # fmt: skip
def test_headers_that_crash_parsers_cost_nothing(header: bytes) -> None:
    mail = parse(header + b"\r\nSubject: still here\r\n\r\nbody")
    assert "still here" in mail.subject or "Subject" in header.decode()
    _assert_clean(mail.subject, mail.sender_name, mail.sender)


@pytest.mark.parametrize(
    "label", ["unicode_escape", "raw_unicode_escape", "punycode", "idna", "undefined", "charmap", "1", ""]
)
def test_dangerous_and_invented_charset_labels_are_not_followed(label: str) -> None:
    assert codec_for(label) is None
    assert to_text("Grüße".encode(), label)[0] == "Grüße"


@pytest.mark.parametrize(
    ("label", "raw", "text"),
    [("uft-8", "é".encode(), "é"), ("windows-31j", "日本".encode("cp932"), "日本"), ("cp-850", b"\x81", "ü"),
     ("iso-8859-1", b"\x93x\x94", "“x”"), ("gb2312", "中国".encode("gb18030"), "中国"), ("us-ascii", "ü".encode(), "ü"),
     ("iso-8859-1,utf-8", b"\xfc", "ü"), ("koi8-r", "Привет".encode("koi8_r"), "Привет")],
)  # fmt: skip
def test_labels_seen_in_real_mail_give_readable_text(label: str, raw: bytes, text: str) -> None:
    assert to_text(raw, label)[0] == text


def test_encoded_words_split_inside_a_character_are_joined() -> None:
    assert unstructured(b"=?utf-8?q?M=C3?=\r\n =?utf-8?q?=BCller?= AG", 100) == "Müller AG"


def test_references_split_on_white_space_and_commas_and_keep_the_first_and_the_newest() -> None:
    assert message_ids([b"<a@x>,<b@x>\r\n <a@x> junk"]) == ["a@x", "b@x"]
    many = message_ids([b" ".join(b"<%d@x>" % n for n in range(500))])
    assert len(many) == 100
    assert (many[0], many[-1]) == ("0@x", "499@x")


def test_html_becomes_readable_text_without_scripts() -> None:
    assert html_to_text("<style>x</style><p>Guten&nbsp;Tag</p><script>evil()</script><div>A<br>B</div>").split() == [
        "Guten", "Tag", "A", "B",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("html", "text"),
    [("a<!-- b > c -->d", "ad"), ("a<!-->b", "ab"), ("a<!-- b", "a"), ("<a title='x > y' b=c>A</a>", "A"),
     ("<p style=font:'x>A", "A"), ("<O'Brien> A 'B'", "A 'B'"), ("1 < 2 &amp; 3 > 2", "1 < 2 & 3 > 2"),
     ("<head><title>x</title><body>A", "A"), ("<script>if (a<b) c('</p>')</script>A", "A"),
     ("a <3 b", "a <3 b"), ("<SCRIPT>x</SCRIPT >A", "A"),
     ("<style>x", ""), ("<title>x</title>A", "A"), ("&#x41;&#65;&#999999999;", "AA\ufffd"), ("<!DOCTYPE html>A", "A"),
     ("<![if mso]>A<![endif]>", "A"), ("<?xml:namespace x ?>A", "A"), ("A<br/>B", "A\nB"), ("a<", "a<"), ("a<b", "a")],
)  # fmt: skip
def test_html_of_real_and_broken_mail(html: str, text: str) -> None:
    assert html_to_text(html).strip() == text


ENDLESS = (
    "<!--", "<a ", "<", "<![CDATA[", "<script></scrip", "<a b=\"", "<a b='", "<!DOCTYPE [", "&#x41", "&#1", "&", "</",
    "<!--->", "<head>", "<a b= ", "<script>", "<title><!--", "<?", "1", "&#1111111", "<a =", "<a/", "<!--!", "<a\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", ENDLESS)
async def test_html_without_ends_is_read_in_the_time_that_any_mail_gets(parser: Parser, piece: str) -> None:
    html = piece.encode() * (2_000_000 // len(piece))
    mail = await parser.parse(PLAIN + b"Content-Type: text/html\r\n\r\n" + html)
    assert "the parser gave up" not in mail.defects


def alternative(plain: str, html: str = "<p>Hallo Welt</p>") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "eva@kunde.example"
    made.set_content(plain)
    made.add_alternative(html, subtype="html")
    return made


@pytest.mark.parametrize("plain", ["", " \n ", "\u00a0\n", "\u200b\n", "\ufeff\n", "\u200c \u00ad", "\u034f" * 90])
def test_a_plain_text_in_which_nothing_is_seen_does_not_hide_the_html_beside_it(plain: str) -> None:
    assert parse(alternative(plain).as_bytes()).text == "Hallo Welt"


def html_alone(*, related: bool = False) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "eva@kunde.example"
    made.set_content("<p>Hallo Welt</p>", subtype="html")
    if related:
        made.make_related()
    return made


@pytest.mark.parametrize(
    ("above", "text"),
    [(alternative(" "), "Hallo Welt"), (alternative("Hallo"), "Hallo"), (alternative("🙂"), "🙂"),
     (html_alone(), "Hallo Welt"), (html_alone(related=True), "Hallo Welt")],
)  # fmt: skip
def test_nor_does_a_text_that_a_list_added_below(above: EmailMessage, text: str) -> None:
    footer, made = EmailMessage(), EmailMessage()
    footer.set_content("-- \nListe")
    made["From"] = "eva@kunde.example"
    made.make_mixed()
    for part in (above, footer):
        made.attach(part)
    assert parse(made.as_bytes()).text == f"{text}\n\n-- \nListe"


def test_a_mail_in_which_nothing_is_seen_at_all_has_no_text() -> None:
    assert parse(alternative("\u200b", "<p>&nbsp;</p>").as_bytes()).text == ""


@pytest.mark.parametrize(
    ("headers", "kind"),
    [(b"Auto-Submitted: No\r\n", "human"), (b"Auto-Submitted: auto-replied; x=y\r\n", "auto_reply"),
     (b"X-Auto-Response-Suppress: All\r\n", "human"), (b"List-Id: <l.example>\r\n", "bulk"),
     (b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n", "bounce")],
)  # fmt: skip
def test_automatic_mail_gets_its_kind(headers: bytes, kind: str) -> None:
    assert parse(PLAIN + headers + b"\r\nx").kind == kind


def _nested(depth: int) -> bytes:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return PLAIN + head + b"\r\nx"


BOMBS = {
    "many parts": PLAIN + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * 100_000,
    "nested 1,000 deep": _nested(1_000),
    "nested 50,000 deep": _nested(50_000),
    "20,000 header lines": PLAIN + b"X-A: b\r\n" * 20_000 + b"\r\nx",
    "a 5 MB header line": PLAIN + b"X-A: " + b"b" * 5_000_000 + b"\r\n\r\nx",
    "16,000 addresses": PLAIN + b"Cc: " + b"a@example.com, " * 16_000 + b"\r\n\r\nx",
    "16,000 parameters": PLAIN
    + b"Content-Type: text/plain"
    + b"".join(b"; p%d=v" % n for n in range(16_000))
    + b"\r\n\r\nx",
    "html of one million brackets": PLAIN + b"Content-Type: text/html\r\n\r\n" + b"<" * 1_000_000,
    "a tag of 100,000 attributes": PLAIN + b"Content-Type: text/html\r\n\r\n<a " + b"b=c " * 100_000 + b">x",
}


@pytest.mark.parametrize("name", BOMBS)
async def test_hostile_mail_is_shown_by_its_headers_and_the_next_mail_is_not_disturbed(
    parser: Parser, name: str
) -> None:
    mail = await parser.parse(BOMBS[name])
    assert mail.subject == "Hallo"
    assert (await parser.parse(PLAIN + b"\r\nnext")).text == "next"


async def test_a_mail_that_takes_too_much_processor_time_is_given_up_and_says_so() -> None:
    impatient = Parser(cpu_seconds=0.005)
    mail = await impatient.parse(BOMBS["html of one million brackets"])
    assert (mail.subject, mail.text) == ("Hallo", "")
    assert "the parser gave up" in mail.defects
    await impatient.close()


async def test_a_child_that_is_killed_from_outside_says_nothing_about_the_mail(parser: Parser) -> None:
    await parser.parse(PLAIN + b"\r\nx")
    (child,) = _children()
    child.suspend()
    parsing = asyncio.create_task(parser.parse(PLAIN + b"\r\nx"))
    await asyncio.sleep(0)
    child.kill()
    with pytest.raises(ChildDisturbed):
        await parsing
    assert (await parser.parse(PLAIN + b"\r\nx")).text == "x"


async def test_a_child_that_does_not_answer_is_replaced(parser: Parser) -> None:
    await parser.parse(PLAIN + b"\r\nx")
    (child,) = _children()
    child.suspend()
    parser.child.wait_seconds = 0.2
    with pytest.raises(ChildDisturbed):
        await parser.parse(PLAIN + b"\r\nx")
    assert _children() == []


def _children() -> list[psutil.Process]:
    found = psutil.Process().children()
    return [child for child in found if any("parsing.child" in word for word in child.cmdline())]


def _assert_clean(*texts: str) -> None:
    for text in texts:
        assert not any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in text)
