"""The header block as raw bytes: names folded to lower case, every occurrence kept in order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from email_ingest.parsing.headers import unstructured
from email_ingest.parsing.prescan import header_block

_LINE = re.compile(rb"\r\n|\n|\r")
_FIELD = re.compile(rb"^([!-9;-~]{1,200})[ \t]*:(.*)$", re.DOTALL)
_VALUE_MOST = 64 * 1024


@dataclass(frozen=True)
class Headers:
    """Header fields of one mail, by lower-case name."""

    fields: dict[str, list[bytes]]

    def all(self, name: str) -> list[bytes]:
        """Every value of the header, in order, undecoded."""
        return self.fields.get(name, [])

    def first(self, name: str) -> bytes:
        """The first value, or nothing: where headers contradict each other the first one counts."""
        return (self.fields.get(name) or [b""])[0]

    def text(self, name: str, most: int = 2000) -> str:
        """The first value decoded and cleaned."""
        return unstructured(self.first(name), most)


def has_headers(raw: bytes) -> bool:
    """Whether the header block has a header field at all: whatever else it is, this makes it a mail."""
    return any(_FIELD.match(line) for line in _LINE.split(header_block(raw)))


def read_headers(raw: bytes) -> Headers:
    """Read the header block; lines that are no header are passed over."""
    fields: dict[str, list[bytes]] = {}
    name, value = "", b""
    for line in [*_LINE.split(header_block(raw)), b""]:
        if line[:1] in (b" ", b"\t") and name:
            value = value + b" " + line.strip() if len(value) < _VALUE_MOST else value
            continue
        if name:
            fields.setdefault(name, []).append(value.strip())
        field = _FIELD.match(line)
        name, value = (field[1].decode("ascii", "replace").lower(), field[2]) if field else ("", b"")
    return Headers(fields)
