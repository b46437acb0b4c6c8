"""Texts, HTML and mails, and what is attached to mails."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32

from activities.contents.model import Text
from dossier.plain.charsets import to_text
from dossier.plain.html import html_to_text

MARKED_UP = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", "image/svg+xml"})
MAIL = "message/rfc822"
_MOST_TEXT = 8 << 20
"""Bytes of a text that are looked at: more than the characters that are kept."""
_HEADS = ("subject", "from", "to", "cc", "date")

Inner = Callable[[bytes, str], None]
"""Reads what is attached, by its bytes and the type it is said to have."""


def read_text(raw: bytes, text: Text, charset: str = "") -> None:
    """Read a text, in whatever character set it is."""
    text.add(_decoded(raw, charset))


def read_html(raw: bytes, text: Text, charset: str = "") -> None:
    """Read what HTML or XML shows."""
    text.add(html_to_text(_decoded(raw, charset)))


def read_mail(raw: bytes, text: Text, attached: Inner) -> None:
    """Read a mail: its head, its texts, and what is attached to it."""
    parts = [message_from_bytes(raw, policy=compat32)]
    while parts:
        part = parts.pop()
        _heads(part, text)
        children = part.get_payload()
        if isinstance(children, list):
            parts += [child for child in reversed(children) if isinstance(child, Message)]
        else:
            _leaf(part, text, attached)
        text.end_line()


def _heads(part: Message, text: Text) -> None:
    for name in _HEADS:
        for value in part.get_all(name, ()):
            text.add(_readable(str(value)))
            text.end_line()
    if file_name := part.get_filename():
        text.add(_readable(file_name))
        text.end_line()


def _leaf(part: Message, text: Text, attached: Inner) -> None:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return
    text.unpack(len(content))
    kind, label = part.get_content_type(), part.get_param("charset")
    charset = label if isinstance(label, str) else ""
    if kind == "text/html":
        read_html(content, text, charset)
    elif kind.startswith("text/"):
        read_text(content, text, charset)
    else:
        attached(content, kind)


def _readable(header: str) -> str:
    try:
        return str(make_header(decode_header(header)))
    except (ValueError, LookupError):
        return header


def _decoded(raw: bytes, charset: str) -> str:
    """The text, of a long one the beginning, up to the end of a line or word so that no character is cut in two."""
    if len(raw) > _MOST_TEXT:
        end = max(raw.rfind(b"\n", 0, _MOST_TEXT), raw.rfind(b" ", 0, _MOST_TEXT))
        raw = raw[: end if end > 0 else _MOST_TEXT]
    return to_text(raw, charset)[0]
