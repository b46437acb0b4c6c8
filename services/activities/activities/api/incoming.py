"""A file in a request, read as it comes: the body itself, or the one file of a form.

A body names its file in the header `Content-Disposition: attachment; filename*=UTF-8''Offer%20M%C3%BCller.pdf`: the
names of files are about people, and addresses end up in logs.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Sized
from email.message import Message

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from activities.documents import Incoming
from dossier.contracts.rules import RuleViolation
from dossier.file_names import safe_name
from dossier.http.problems import Problem

FORM = "multipart/form-data"
MOST_HEADER = 4096
"""Characters of a header that is taken apart: what that costs grows with their square, and everybody else waits."""


async def incoming(request: Request, name: str = "") -> Incoming:
    """The file that the request brings; `name` is what it is called if the request does not say.

    Raises Problem if the body is no form although it says so, and RuleViolation ACT-DOC if there is no name, or if a
    header is too long.
    """
    content_type = request.headers.get("content-type", "")
    _require_short(content_type, "Content-Type")
    kind, options = parse_options_header(content_type)
    body = _body(request)
    if kind.decode("latin-1") != FORM:
        return Incoming(_named(file_name(request.headers.get("content-disposition", "")) or name), body)
    form = _Form(options.get(b"boundary", b""))
    parts = form.file(body)
    first = await anext(parts, b"")
    return Incoming(_named(form.name or name), _chained(first, parts))


def _named(given: str) -> str:
    try:
        return safe_name(given)
    except RuleViolation:
        header, example = "Content-Disposition", 'attachment; filename="Offer.pdf"'
        raise RuleViolation("ACT-DOC", f"a file needs a name, in the header `{header}: {example}`", header) from None


def file_name(disposition: str) -> str:
    """The file name in a `Content-Disposition` (RFC 6266), empty if there is none. Raises RuleViolation ACT-DOC."""
    _require_short(disposition, "Content-Disposition")
    header = Message()
    try:
        # Browsers, and people at a command line, send UTF-8 as it is.
        header["Content-Disposition"] = disposition.encode("latin-1").decode()
    except UnicodeError:
        header["Content-Disposition"] = disposition
    try:
        return header.get_filename("")
    except (LookupError, ValueError):  # an encoding that nobody knows
        return ""


class _Form:
    """Takes the file out of a form of which nothing is kept. Everything else that callers say is in the address."""

    def __init__(self, boundary: bytes) -> None:
        self.name = ""
        self._field = bytearray()
        self._value = bytearray()
        self._pieces: list[bytes] = []
        self._files = 0
        self._whole = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_header_field": lambda data, start, end: _extend(self._field, data[start:end]),
                    "on_header_value": lambda data, start, end: _extend(self._value, data[start:end]),
                    "on_header_end": self._header,
                    "on_headers_finished": self._begin,
                    "on_part_data": lambda data, start, end: self._pieces.append(data[start:end]),
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise _malformed() from None
        if not boundary:
            raise _malformed()

    async def file(self, body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """The bytes of the one file."""
        async for data in body:
            try:
                self._parser.write(data)
            except FormParserError:
                raise _malformed() from None
            taken, self._pieces = self._pieces, []
            for piece in taken:
                yield piece
        if not self._whole or not self._files:
            raise _malformed()

    def _header(self) -> None:
        if bytes(self._field).lower() == b"content-disposition":
            self.name = file_name(self._value.decode("latin-1"))
        self._field.clear()
        self._value.clear()

    def _begin(self) -> None:
        self._files += 1
        if self._files > 1 or not self.name:
            raise RuleViolation("ACT-DOC", "the form has one file and no other fields", "body")

    def _end(self) -> None:
        self._whole = True


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for data in request.stream():
            if data:
                yield data
    except ClientDisconnect:
        raise Problem(400, "malformed", "Malformed request", "The body broke off.", field="body") from None


async def _chained(first: bytes, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for part in parts:
        yield part


def _extend(header: bytearray, piece: bytes) -> None:
    header.extend(piece)
    _require_short(header, "body")


def _require_short(header: Sized, field: str) -> None:
    if len(header) > MOST_HEADER:
        raise RuleViolation("ACT-DOC", f"a header of a file has at most {MOST_HEADER} characters", field)


def _malformed() -> Problem:
    return Problem(400, "malformed", "Malformed request", "The form cannot be read.", rule="form", field="body")
