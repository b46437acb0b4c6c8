"""What a document is, told by its first bytes and not by what its name says (ACT-DOC)."""

from __future__ import annotations

import re
from pathlib import PurePath

import filetype

HEAD = 8192
"""Bytes from the beginning that are looked at."""
UNKNOWN = "application/octet-stream"
PLAIN = "text/plain"

_READABLE = frozenset({"application/pdf", "application/rtf", "application/postscript"})
"""Types whose signature is text."""
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLE_TYPES = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
}
_TEXT_TYPES = {
    "csv": "text/csv",
    "eml": "message/rfc822",
    "htm": "text/html",
    "html": "text/html",
    "ics": "text/calendar",
    "json": "application/json",
    "md": "text/markdown",
    "svg": "image/svg+xml",
    "txt": PLAIN,
    "vcf": "text/vcard",
    "xml": "application/xml",
}
_ALIASES = {"jpeg": "jpg", "jpe": "jpg", "tiff": "tif", "mpeg": "mpg", "midi": "mid"}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


def media_type(head: bytes, name: str) -> str:
    """The type by the signature in the first bytes.

    Texts have no signature: among them the name's word counts, and so it does for the old formats of Office, which
    share one. What nobody knows is `application/octet-stream`.
    """
    ending = _ending(name)
    found = filetype.guess_mime(head)
    if _is_text(head) and found not in _READABLE:
        return _TEXT_TYPES.get(ending, PLAIN)
    if found is None and head.startswith(_OLE):
        return _OLE_TYPES.get(ending, "application/x-ole-storage")
    return found or UNKNOWN


def lies(media_type: str, name: str) -> bool:
    """Whether the name's ending says another type than the document has."""
    ending = _ending(name)
    claimed = _TEXT_TYPES.get(ending) or _OLE_TYPES.get(ending) or _known().get(_ALIASES.get(ending, ending))
    return claimed is not None and claimed != media_type


def _ending(name: str) -> str:
    return PurePath(name).suffix.lower().removeprefix(".")


def _is_text(head: bytes) -> bool:
    return head.startswith(_BYTE_ORDER_MARKS) or _CONTROL.search(head) is None


def _known() -> dict[str, str]:
    return {kind.extension: kind.mime for kind in filetype.types}
