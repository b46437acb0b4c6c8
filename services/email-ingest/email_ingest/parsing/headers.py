"""Small readers for the headers that matter. They never raise and take time linear in their input."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
import unicodedata
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from dossier.contracts.base import EARLIEST
from dossier.mail_address import normalise_mail_address
from dossier.plain.charsets import to_text

_ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(rb"(\?=)[ \t\r\n]+(=\?)")
_FOLD = re.compile(rb"\r?\n[ \t]*|\r")
_MESSAGE_ID = re.compile(r"<([^<>\s,]{1,900})>")
_BARE_ADDRESS = re.compile(r"[^\s<>,;()\"@]{1,250}@[^\s<>,;()\"@]{1,250}")
_BEFORE_MAIL = re.compile(r"[A-Za-z][\s-]+0\d{3}(?!\d)")
"""A year before 1000 behind its month: the library takes it for one of two digits, and thus of our days."""
_HIDDEN = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF])
MOST_ADDRESSES = 1000
MOST_REFERENCES = 100


def clean(text: str, most: int) -> str:
    """One line of valid text: NFC, no control, hidden or lone surrogate characters, at most `most` characters."""
    visible = unicodedata.normalize("NFC", text[: most * 4]).translate(_HIDDEN)
    kept = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in visible if not 0xD800 <= ord(c) < 0xE000
    )
    return " ".join(kept.split())[:most]


def unstructured(raw: bytes, most: int) -> str:
    """A header value with its encoded words decoded (RFC 2047), cleaned."""
    return clean(decoded_words(raw), most)


def decoded_words(raw: bytes) -> str:
    """Decode encoded words; adjacent ones of one charset are joined first, so that split characters survive."""
    raw = _BETWEEN_WORDS.sub(rb"\1\2", _FOLD.sub(b" ", raw))
    text: list[str] = []
    pending: list[bytes] = []
    label = ""
    position = 0
    for word in _ENCODED_WORD.finditer(raw):
        charset = word[1].split(b"*")[0].decode("ascii", "replace")
        if word.start() != position or charset != label:
            text.append(_flush(pending, label) + to_text(raw[position : word.start()])[0])
        label, position = charset, word.end()
        pending.append(_word_bytes(word[2], word[3]))
    text.append(_flush(pending, label) + to_text(raw[position:])[0])
    return "".join(text)


def _flush(pending: list[bytes], label: str) -> str:
    joined = b"".join(pending)
    pending.clear()
    return to_text(joined, label)[0] if joined else ""


def _word_bytes(encoding: bytes, payload: bytes) -> bytes:
    if encoding in b"qQ":
        return quopri.decodestring(payload, header=True)
    try:
        return base64.b64decode(payload + b"=" * (-len(payload) % 4))
    except (binascii.Error, ValueError):
        return payload


def addresses(values: list[bytes]) -> list[tuple[str, str]]:
    """(name, address) of an address header, in order; a name without an address is left out."""
    found: list[tuple[str, str]] = []
    for value in values:
        text = _FOLD.sub(b" ", value)[: 64 * 1024]
        protected = _ENCODED_WORD.sub(_protect, _BETWEEN_WORDS.sub(rb"\1\2", text))
        for name, address in _address_list(to_text(protected)[0]):
            normalised = normal_address(address)
            if normalised:
                found.append((unstructured(name.encode("utf-8", "replace"), 500), normalised))
            if len(found) >= MOST_ADDRESSES:
                return found
    return found


def _address_list(text: str) -> list[tuple[str, str]]:
    try:
        return getaddresses([text])
    except (RecursionError, IndexError, ValueError):
        return [("", address) for address in _BARE_ADDRESS.findall(text)]


def _protect(word: re.Match[bytes]) -> bytes:
    """Keep characters of an encoded word from being read as address syntax."""
    return word[0].replace(b",", b"=2C") if word[2] in b"qQ" else word[0]


def normal_address(address: str) -> str:
    """The form in which channels keep mail addresses; empty if it is none, even for a tolerant reader."""
    address = clean(address, 400).replace(" ", "").strip("<>.")
    local, _, domain = address.rpartition("@")
    if not local or not domain or len(address) > 320:
        return ""
    try:
        return normalise_mail_address(address)
    except ValueError:
        return address.lower()


def message_ids(values: list[bytes], most: int = MOST_REFERENCES) -> list[str]:
    """Message-IDs of a header, without brackets, in order, each once; of too many the first and the newest stay."""
    text = " ".join(_FOLD.sub(b" ", value).decode("utf-8", "replace")[: 256 * 1024] for value in values)
    found = list(dict.fromkeys(clean(identifier, 900) for identifier in _MESSAGE_ID.findall(text)))
    return found if len(found) <= most else [found[0], *found[-(most - 1) :]]


def sent_moment(value: bytes) -> datetime | None:
    """The Date header in UTC, or None, also where it lies before all days that can be recorded, wherever one is."""
    text = _FOLD.sub(b" ", value).decode("ascii", "replace")[:200]
    try:
        if _BEFORE_MAIL.search(text):
            return None
        moment = parsedate_to_datetime(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return moment if moment.date() > EARLIEST else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
