"""A look at the raw bytes before the parser sees them: caps that keep a hostile mail from costing time or memory."""

from __future__ import annotations

import re

HEADER_BLOCK = 256 * 1024
HEADER_COUNT = 2000
PART_COUNT = 1000
BOUNDARY_COUNT = 30

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_BOUNDARY_LINE = re.compile(rb"(?:^|\n)--[^\s-]", re.MULTILINE)
_CONTAINER = re.compile(rb"content-type:\s*(?:multipart|message)/", re.IGNORECASE)


def header_block(raw: bytes) -> bytes:
    """The bytes before the first empty line, capped."""
    end = _END_OF_HEADERS.search(raw, 0, HEADER_BLOCK + 4)
    return raw[: end.start() if end else HEADER_BLOCK]


def objections(raw: bytes) -> list[str]:
    """Names of the caps the mail is over; such a mail is kept and shown by its headers only."""
    head = header_block(raw)
    checks = {
        "header block over 256 KiB": len(head) >= HEADER_BLOCK,
        "more than 2000 header lines": head.count(b"\n") + head.count(b"\r") > 2 * HEADER_COUNT,
        "more than 1000 parts": sum(1 for _ in _limited(_BOUNDARY_LINE, raw, PART_COUNT * 4)) > PART_COUNT * 4 - 1,
        "nested too deeply": sum(1 for _ in _limited(_CONTAINER, raw, BOUNDARY_COUNT + 1)) > BOUNDARY_COUNT,
    }
    return [name for name, over in checks.items() if over]


def _limited(pattern: re.Pattern[bytes], raw: bytes, most: int) -> list[bytes]:
    found: list[bytes] = []
    for hit in pattern.finditer(raw):
        found.append(hit[0])
        if len(found) >= most:
            break
    return found
