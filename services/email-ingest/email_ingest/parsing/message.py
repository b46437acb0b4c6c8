"""From raw bytes to a ParsedMail. Runs in the child process; the standard parser's tolerant `compat32` policy builds
the tree, our own readers take the headers."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import NamedTuple, TypeVar

from dossier.clock import rfc3339
from dossier.plain.charsets import to_text
from dossier.plain.html import html_to_text
from email_ingest.parsing.headers import addresses, clean, decoded_words, message_ids, sent_moment
from email_ingest.parsing.kinds import kind_of
from email_ingest.parsing.model import ParsedAttachment, ParsedMail, ParsedRecipient, Role
from email_ingest.parsing.prescan import PART_COUNT, objections
from email_ingest.parsing.raw import Headers, read_headers

T = TypeVar("T")

TEXT_MOST = 1024 * 1024
HTML_MOST = 2 * 1024 * 1024
GOES_ON = "\n\n(The text goes on in a file of this mail.)"
_FILE_OF_TEXT = {"text/plain": "text.txt", "text/html": "text.html"}
_ROLES: tuple[Role, ...] = ("to", "cc", "bcc")
_SPACES = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n{3,}")
_CONTROLS = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {ord("\t"), ord("\n")})
RECIPIENT_BYTES_MOST = 48 * 1024
REFERENCE_BYTES_MOST = 16 * 1024
FILE_NAME_BYTES_MOST = 32 * 1024
"""Of all together, so that a mail that is taken can be filed: its events have a bound."""
_ROW = 64
"""Bytes that a row of a list counts beside its texts."""


def parse(raw: bytes) -> ParsedMail:
    """Understand a mail. A mail over a cap is read by its headers only, with a defect note."""
    over = objections(raw)
    if over:
        return headers_only(raw, tuple(over))
    headers = read_headers(raw)
    body = _Body(message_from_bytes(raw, policy=compat32))
    return _assemble(headers, body)


def files(raw: bytes) -> list[bytes]:
    """The bytes of the attachments that `parse` names, in the same order; none of a mail over a cap."""
    return [] if objections(raw) else _Body(message_from_bytes(raw, policy=compat32), keep_files=True).files


def headers_only(raw: bytes, defects: tuple[str, ...]) -> ParsedMail:
    """What the header block says; used for mail that is over a cap or that broke the parser."""
    return _assemble(read_headers(raw), _Body(None, (*defects, "shown by its headers only")), fallback=raw)


def _assemble(headers: Headers, body: _Body, fallback: bytes = b"") -> ParsedMail:
    senders = addresses(headers.all("from")) or addresses(headers.all("sender"))
    name, sender = senders[0] if senders else ("", "")
    everybody = [ParsedRecipient(r, a, n) for r in _ROLES for n, a in addresses(headers.all(r))]
    recipients = bounded(everybody, lambda one: one.address + one.name, RECIPIENT_BYTES_MOST)
    references = message_ids(headers.all("references"))
    # The first one is what the conversation is known by, and goes before all others.
    kept = bounded([*references[:1], *references[:0:-1]], str, REFERENCE_BYTES_MOST)
    newest = [*kept[:1], *kept[:0:-1]]
    attachments = bounded(body.attachments, lambda one: one.name + one.media_type, FILE_NAME_BYTES_MOST)
    moment = sent_moment(headers.first("date"))
    own_id = message_ids(headers.all("message-id"), 2)
    answered = message_ids(headers.all("in-reply-to"))
    defects = [*body.defects, *_contradictions(headers)]
    defects += ["some recipients are left out"] * (len(recipients) < len(everybody))
    defects += ["some references are left out"] * (len(newest) < len(references))
    defects += ["some attachments are left out"] * (len(attachments) < len(body.attachments))
    return ParsedMail(
        subject=headers.text("subject"),
        sender=sender,
        sender_name=name,
        recipients=tuple(recipients),
        sent_at=rfc3339(moment) if moment else "",
        message_id=own_id[0] if own_id else "",
        in_reply_to=answered[0] if answered else "",
        references=tuple(newest),
        text=body.text,
        attachments=tuple(attachments),
        kind=kind_of(headers, body.media_types, sender),
        fingerprint=_fingerprint(body, fallback),
        defects=tuple(dict.fromkeys(defects)),
    )


def bounded(rows: Sequence[T], text: Callable[[T], str], most: int) -> Sequence[T]:
    """The first rows, as many as take at most `most` bytes together."""
    size = 0
    for number, row in enumerate(rows):
        size += _ROW + len(text(row).encode())
        if size > most:
            return rows[:number]
    return rows


def _contradictions(headers: Headers) -> Iterator[str]:
    for name in ("from", "subject", "date", "message-id", "content-type"):
        if len(headers.all(name)) > 1:
            yield f"several {name} headers: the first one counts"


def _fingerprint(body: _Body, fallback: bytes) -> str:
    parts = [_SPACES.sub(" ", body.text).strip(), *sorted(attachment.sha256 for attachment in body.attachments)]
    return hashlib.sha256("\x1f".join(parts).encode() + hashlib.sha256(fallback).digest() * bool(fallback)).hexdigest()


class _Readable(NamedTuple):
    """A part that is text, decoded and as it came, and its group of alternatives."""

    media_type: str
    text: str
    content: bytes
    group: int | None


_READERS: dict[str, Callable[[str], str]] = {"text/plain": str, "text/html": html_to_text}


class _Body:
    """Walks the tree once: the readable text and the list of files."""

    def __init__(self, root: Message | None, defects: tuple[str, ...] = (), *, keep_files: bool = False) -> None:
        self.defects = list(defects)
        self.attachments: list[ParsedAttachment] = []
        self.files: list[bytes] = []
        self._keep_files = keep_files
        self.media_types: set[str] = set()
        self._texts: list[_Readable] = []
        """What can be read, in order."""
        if root is not None:
            for part, group in _leaves(root):
                self._take(part, group)
        self.text = self._text(self._shown())

    def _shown(self) -> list[_Readable]:
        """All, but of alternatives one: the plain text if it says anything, and else the HTML."""
        spoken = {part.group for part in self._texts if part.media_type == "text/plain" and _says_something(part.text)}
        return [
            part
            for part in self._texts
            if part.group is None or (part.media_type == "text/plain") == (part.group in spoken)
        ]

    def _text(self, parts: Sequence[_Readable]) -> str:
        """What these say. If it is too long to be shown whole, its end says so, and it is a file as well."""
        text = _tidy("\n\n".join(_READERS[part.media_type](part.text[:HTML_MOST]) for part in parts))
        text = text if _says_something(text) else ""
        if len(text) <= TEXT_MOST and all(len(part.text) <= HTML_MOST for part in parts):
            return text
        for part in parts:
            self._add_file(part.media_type, _FILE_OF_TEXT[part.media_type], part.content)
        self.defects.append("text too long to be shown whole: it is a file as well")
        return text[: TEXT_MOST - len(GOES_ON)] + GOES_ON

    def _take(self, part: Message, group: int | None) -> None:
        media_type = part.get_content_type()
        self.media_types.add(media_type)
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else _embedded(part)
        name = _file_name(part)
        readable = media_type in _READERS and part.get_content_disposition() != "attachment" and not name
        if not readable:
            self._add_file(media_type, name, content)
            return
        text, step = to_text(content, _charset(part))
        if step == "replaced":
            self.defects.append("text with unknown characters")
        self._texts.append(_Readable(media_type, text, content, group))

    def _add_file(self, media_type: str, name: str, content: bytes) -> None:
        if len(self.attachments) < PART_COUNT:
            shown = name or f"part-{len(self.attachments) + 1}"
            digest = hashlib.sha256(content).hexdigest()
            self.attachments.append(ParsedAttachment(shown, clean(media_type, 100), len(content), digest))
            if self._keep_files:
                self.files.append(content)


def _leaves(part: Message, group: int | None = None) -> Iterator[tuple[Message, int | None]]:
    """The parts that hold no others, each with the innermost group of alternatives that it belongs to."""
    children = part.get_payload()
    if part.get_content_maintype() == "multipart" and isinstance(children, list):
        group = id(part) if part.get_content_subtype() == "alternative" else group
        for child in children:
            if isinstance(child, Message):
                yield from _leaves(child, group)
    else:
        yield part, group


def _embedded(part: Message) -> bytes:
    """A message inside the message is one file: its own bytes, written out again."""
    children = part.get_payload()
    inner = children[0] if isinstance(children, list) and children else None
    return inner.as_bytes() if isinstance(inner, Message) else b""


def _charset(part: Message) -> str:
    label = part.get_param("charset")
    return label if isinstance(label, str) else ""


def _file_name(part: Message) -> str:
    """A name for display only, without path: files are stored by hash, never under this name."""
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError):
        name = ""
    decoded = decoded_words(str(name).encode("utf-8", "surrogateescape"))
    return clean(decoded.replace("\\", "/").rsplit("/", 1)[-1], 255).strip(". ")


def _says_something(text: str) -> bool:
    """Whether anything of it is seen: some programs write a space, or what has no width, as their plain text."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def _tidy(text: str) -> str:
    unified = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    valid = unified.encode("utf-8", "replace").decode("utf-8")
    return _BLANK_LINES.sub("\n\n", valid).strip()
