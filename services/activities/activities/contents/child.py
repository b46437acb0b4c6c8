"""The disposable child that reads documents: `python -m activities.contents.child`.

A request is a line of JSON and the bytes, the answer the Contents as JSON. The child opens nothing: no file, no
connection, no process.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterable

import msgspec

from activities.contents.extracting import extract
from activities.contents.model import DAMAGED, Contents
from dossier.disposable import Child, ChildBroke, keep_to_itself, serve

WAIT_SECONDS = 300.0
"""Ten times the processor time that a document may take, on a machine that has much to do."""
MEMORY = 768 << 20
DOCUMENTS_PER_CHILD = 200
_IN_TIME = 0.8
"""The part of its processor time after which the child takes what it has, instead of being ended with nothing."""
_PACKAGES = ("encodings", "email", "html", "xml", "defusedxml", "pypdf", "charset_normalizer")
_decoder = msgspec.json.Decoder(Contents)


class Request(msgspec.Struct, frozen=True):
    """How a document is to be read; `seconds` of processor time, after which what was read until then is taken."""

    media_type: str
    seconds: float | None = None


class TooSlow(Exception):
    """It was ended because it took too much processor time."""


class DocumentReader:
    """Reads documents in a child process; `patient` means that what takes long is read as far as it can be."""

    def __init__(self, cpu_seconds: float, *, patient: bool = False, wait_seconds: float = WAIT_SECONDS) -> None:
        self._seconds = cpu_seconds * _IN_TIME if patient else None
        self._child = Child(__name__, str(cpu_seconds), wait_seconds=wait_seconds, most_requests=DOCUMENTS_PER_CHILD)

    async def read(self, media_type: str, size: int, parts: AsyncIterable[bytes]) -> Contents:
        """What the document of `size` bytes says. Raises TooSlow, ChildDisturbed, and what reading the parts raises."""
        head = msgspec.json.encode(Request(media_type, self._seconds)) + b"\n"
        try:
            return _decoder.decode(await self._child.ask(head, parts, size))
        except ChildBroke as broke:
            if broke.slow:
                raise TooSlow from None
            return Contents("not_readable", DAMAGED)

    async def close(self) -> None:
        """End the child; the next document gets another one."""
        await self._child.close()


def answer(request: bytes) -> bytes:
    """The contents of the document in a request of the parent process."""
    line, _, raw = request.partition(b"\n")
    asked = msgspec.json.decode(line, type=Request)
    seconds = float("inf") if asked.seconds is None else asked.seconds
    return msgspec.json.encode(extract(raw, asked.media_type, seconds))


def main(cpu_seconds: float) -> None:
    """Serve until nobody asks any more."""
    logging.disable()
    keep_to_itself(_PACKAGES)
    serve(answer, cpu_seconds, MEMORY)


if __name__ == "__main__":
    main(float(sys.argv[1]))
