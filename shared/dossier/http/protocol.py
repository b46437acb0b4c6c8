"""The edge of HTTP: how much a caller may send, and how slowly, before there is a request that the frame can bound.

uvicorn bounds neither with this parser: a head without end grows in memory, costs more with every piece, and stops
everybody else's requests; callers who never finish theirs use up the connections.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dossier.http.problems import Problem

HEAD_BYTES = 64 * 1024
"""Of a request line and headers that have not come to their end; one more piece may be read than this."""
HEAD_SECONDS = 10.0
"""Until they have, from the connection or their first byte."""


class BoundedHttp(HttpToolsProtocol):
    """A connection; what is refused here is answered by a problem, as everywhere, and closed."""

    _head_pending = True
    _head_bytes = 0
    _too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, and see whether it was enough or already too much."""
        super().data_received(data)
        if not self._head_pending:
            self._wait_no_more()
            return
        self._wait_for_head()
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES:
            detail = f"The headers may have at most {HEAD_BYTES} bytes."
            self._refuse(Problem(431, "headers-too-large", "Headers too large", detail, rule="max-headers"))

    def on_message_begin(self) -> None:
        """See uvicorn."""
        super().on_message_begin()
        self._head_pending, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """See uvicorn."""
        self._head_pending = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """See uvicorn, whose answer would be plain text."""
        self._refuse(Problem(400, "malformed", "Malformed request", "This is no HTTP request.", rule="http"))

    def _wait_for_head(self) -> None:
        if self._too_late is None:
            self._too_late = self.loop.call_later(HEAD_SECONDS, self._refuse_late)

    def _wait_no_more(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None

    def _refuse_late(self) -> None:
        detail = "The headers did not come in time."
        self._refuse(Problem(408, "headers-too-slow", "Headers too slow", detail, rule="header-time"))

    def _refuse(self, problem: Problem) -> None:
        if self.transport.is_closing():
            return
        answer = problem.response()
        head = [f"HTTP/1.1 {answer.status_code} {HTTPStatus(answer.status_code).phrase}".encode()]
        head += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join([*head, b"connection: close", b"", bytes(answer.body)]))
        self.transport.close()
