"""From the bytes of a document to its text. What it is, its bytes say; of texts, the type it was given when it came."""

from __future__ import annotations

from collections.abc import Callable

from activities.contents.model import (
    DAMAGED,
    MEMORY,
    NESTED,
    TYPE,
    Contents,
    Encrypted,
    Enough,
    Text,
    TooLarge,
    Wordless,
)
from activities.contents.office import read_office
from activities.contents.pdf import read_pdf
from activities.contents.written import MAIL, MARKED_UP, read_html, read_mail, read_text

MOST_NESTED = 3
"""Attachments of attached mails are read this deep."""
_PDF, _ZIP, _OLE = b"%PDF-", b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
"""What an office file with a password has instead of its parts."""
_TEXTS = frozenset({"application/json"})

Reader = Callable[[bytes, Text], None]


def extract(raw: bytes, media_type: str, seconds: float = float("inf")) -> Contents:
    """What the document says, or why that cannot be told. Never raises for what is in it.

    After so many seconds of processor time what was read until then is taken.
    """
    text = Text(seconds)
    try:
        reader = _reader(raw, media_type, 0)
        if reader is None:
            return Contents("not_readable", TYPE)
        reader(raw, text)
    except Enough:
        return Contents("read", text=text.whole, is_cut=True)
    except Encrypted:
        return Contents("encrypted")
    except TooLarge:
        return Contents("too_large")
    except MemoryError:
        return Contents("too_large", MEMORY)
    except RecursionError:
        return Contents("not_readable", NESTED)
    except Wordless:
        return Contents("not_readable", TYPE)
    except Exception:
        return Contents("not_readable", DAMAGED)
    return Contents("read", text=text.whole)


def _reader(raw: bytes, media_type: str, depth: int) -> Reader | None:
    if _PDF in raw[:1024]:
        return read_pdf
    if raw.startswith(_ZIP):
        return read_office
    if raw.startswith(_OLE):
        return _read_ole
    if media_type == MAIL:
        return lambda raw, text: read_mail(raw, text, _attached(text, depth + 1))
    if media_type in MARKED_UP:
        return read_html
    if media_type.startswith("text/") or media_type in _TEXTS:
        return read_text
    return None


def _attached(text: Text, depth: int) -> Callable[[bytes, str], None]:
    """Reads what is attached, as far as it can be read: a mail is not unreadable for what came with it."""

    def read(raw: bytes, media_type: str) -> None:
        reader = _reader(raw, media_type, depth) if depth <= MOST_NESTED else None
        try:
            if reader is not None:
                reader(raw, text)
        except (Enough, TooLarge, MemoryError, RecursionError):
            raise
        except Exception:
            return

    return read


def _read_ole(raw: bytes, text: Text) -> None:
    raise Encrypted if _ENCRYPTED_PACKAGE in raw else Wordless
