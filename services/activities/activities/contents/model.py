"""What reading a document comes to, and what bounds it."""

from __future__ import annotations

import re
import time

import msgspec

from dossier.contracts.attachments import Outcome

MOST_BYTES = 64 << 20
"""Of a document that is read; what is larger is pictures more often than words."""
MOST_UNPACKED = 128 << 20
"""Bytes that the parts of a document have when they are unpacked, all together."""
MOST_CHARACTERS = 1_000_000
"""Of the text that is kept, some 400 pages; the rest is cut off, and the outcome says so."""

TYPE, DAMAGED, NESTED, TIME, MEMORY, MISSING = "type", "damaged", "nested", "time", "memory", "missing"
"""Why a document could not be read: no words in such a type, not what it should be, too deep, too slow, too large in
memory, its bytes are gone."""

_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\s*\n\s*")
_UNSEEN = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0), 0xAD, *range(0x200B, 0x2010), 0xFEFF} - {0x09, 0x0A})


class Contents(msgspec.Struct, frozen=True):
    """The text of a document, or why there is none. `is_cut`: it says more than that."""

    outcome: Outcome
    reason: str = ""
    text: str = ""
    is_cut: bool = False


class Wordless(Exception):
    """No words are read of what is of this type."""


class Encrypted(Exception):
    """It cannot be read without a password."""


class TooLarge(Exception):
    """It is larger than what is read."""


class Enough(Exception):
    """The text has all the characters that are kept, or time is up: the rest is not read."""


class Text:
    """Gathers what a document says, up to what is kept."""

    def __init__(self, seconds: float = float("inf")) -> None:
        """After so many seconds of processor time it has enough, whatever it has."""
        self._parts: list[str] = []
        self._characters = 0
        self._until = time.process_time() + seconds
        self._unpacked = 0

    def add(self, part: str) -> None:
        """Take the next part. Raises Enough."""
        self._parts.append(part[: MOST_CHARACTERS - self._characters])
        self._characters += len(part)
        self.check()

    def end_line(self) -> None:
        """What comes next begins another line."""
        if self._parts and self._parts[-1] != "\n":
            self.add("\n")

    def check(self) -> None:
        """Raises Enough where there is no room or time for more."""
        if self._characters > MOST_CHARACTERS or time.process_time() > self._until:
            raise Enough

    def unpack(self, size: int) -> None:
        """Note that so many more bytes came out of a container. Raises TooLarge."""
        self._unpacked += size
        if self._unpacked > MOST_UNPACKED:
            raise TooLarge

    @property
    def whole(self) -> str:
        """All of it as one text, each line tidy, without what is not to be seen."""
        valid = "".join(self._parts).encode("utf-8", "replace").decode().replace("\r", "\n").translate(_UNSEEN)
        return _BLANK_LINES.sub("\n", _SPACES.sub(" ", valid)).strip()
