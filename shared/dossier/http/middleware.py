"""The frame around every request: one pure ASGI middleware, because every layer costs on every command.

It gives the request its correlation id and trace, refuses what exceeds a limit, counts and logs, and turns what
nobody expected into a problem. Paths, queries and bodies never reach logs, metrics or traces: route templates do.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Protocol

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dossier.http.problems import Problem, internal, unavailable
from dossier.http.routes import DEFAULT_BODY_LIMIT, accepted_size, template
from dossier.ids import new_id
from dossier.telemetry import context, logs, metrics, tracing

log = logs.logger()

PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Answered whatever the load is, and not logged."""
SLOWEST_UPLOAD = 32 * 1024
"""Bytes a second: a large body has the more time to come the more of it has come, and one that dribbles has not."""
_DRAINED_BYTES, _DRAINED_SECONDS = 64 * 1024 * 1024, 5.0
"""How much more of a refused body is read, and how long: many clients look at the answer when all is sent."""
_CORRELATION = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_CAUSATION = re.compile(r"(?:[a-z-]{1,40}-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?::\d{1,10})?")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Limits(Protocol):
    """What the frame needs to know of the process it is in."""

    @property
    def serving(self) -> bool:
        """False while the service starts or stops."""
        ...

    @property
    def max_in_flight(self) -> int:
        """Requests that may wait for the beginning of their answer at the same time."""
        ...

    @property
    def request_seconds(self) -> float:
        """Time until the answer must have begun."""
        ...


class Frame:
    """See the module."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._in_flight = 0
        metrics.HTTP_IN_FLIGHT.set_function(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._leave)
        calling = _context(exchange.headers)
        self._in_flight += 1
        try:
            with (
                context.entered(calling),
                tracing.span(f"HTTP {exchange.method}", parent=calling.traceparent, kind="server") as span,
            ):
                exchange.correlation_id = calling.correlation_id
                await self._guarded(exchange)
                if span is not None:
                    span.update_name(f"{exchange.method} {exchange.route}")
                    span.set_attribute("http.route", exchange.route)
                    span.set_attribute("http.response.status_code", exchange.status)
                exchange.report()
        finally:
            exchange.begin_answer()

    def _leave(self) -> None:
        self._in_flight -= 1

    async def _guarded(self, exchange: _Exchange) -> None:
        refusal = self._refusal(exchange)
        if refusal is not None:
            await exchange.refuse(refusal)
            return
        try:
            async with asyncio.timeout(self._limits.request_seconds) as exchange.deadline:
                await self._app(exchange.scope, exchange.receive, exchange.send)
        except asyncio.CancelledError:  # the process ends, and waits no longer
            exchange.deadline = None
            if not exchange.status:
                await exchange.refuse(_too_slow())
            raise
        except Exception as error:
            expired = exchange.deadline is not None and exchange.deadline.expired()
            exchange.deadline = None
            if expired:
                metrics.HTTP_REFUSED.labels("time").inc()
            else:
                log.error("http.failed", method=exchange.method, route=exchange.route, exc_info=error)
            if exchange.status:
                raise  # the answer has begun: all that is left is to cut the connection
            await exchange.refuse(_too_slow() if expired else internal())

    def _refusal(self, exchange: _Exchange) -> Problem | None:
        if exchange.probe:
            return None
        if not self._limits.serving:
            metrics.HTTP_REFUSED.labels("not-serving").inc()
            return unavailable("not-serving", "The service is starting or stopping.")
        if self._in_flight > self._limits.max_in_flight:
            metrics.HTTP_REFUSED.labels("in-flight").inc()
            return unavailable("overload", "Too many requests at once.")
        return None if exchange.headers.get("content-encoding", "identity") == "identity" else _compressed()


class _Exchange:
    """One request and its answer, on their way through the frame."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, leave: Callable[[], None]) -> None:
        self.scope = scope
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.method: str = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self.probe = scope["path"] in PROBES
        self.status = 0
        self.correlation_id = ""
        self.deadline: asyncio.Timeout | None = None
        self._receive = receive
        self._send = send
        self._leave = leave
        self._received = 0
        self._unread = "transfer-encoding" in self.headers or self.headers.get("content-length", "0") != "0"
        self._due = 0.0
        self._answering = False
        self._started_at = time.perf_counter()
        self._seconds = 0.0

    @property
    def route(self) -> str:
        return template(self.scope) or "(none)"

    async def receive(self) -> Message:
        """The next part of the body, as long as the route's limit is kept."""
        limit = accepted_size(self.scope)
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise _too_large(limit)
        message = await self._next()
        if self._received > limit:
            raise _too_large(limit)
        if limit > DEFAULT_BODY_LIMIT:
            self._allow_time()
        return message

    async def _next(self) -> Message:
        message = await self._receive()
        self._received += len(message.get("body", b""))
        self._unread = message.get("more_body", False)
        return message

    async def _drain(self) -> None:
        """Read the rest of a body that is sent unasked: the server cuts the connection if some is left."""
        most = self._received + _DRAINED_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAINED_SECONDS):
                while self._unread and self._received < most and "expect" not in self.headers:
                    await self._next()

    def _allow_time(self) -> None:
        if self.deadline is None or self._answering or self.deadline.expired():
            return
        self._due = self._due or self.deadline.when() or 0.0
        self.deadline.reschedule(self._due + self._received / SLOWEST_UPLOAD)

    async def send(self, message: Message) -> None:
        """Pass the answer on; when it begins, the request no longer counts as waiting and has no deadline."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"correlation-id", self.correlation_id.encode())]
            self.begin_answer()
            if self.status >= 400:
                await self._drain()
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answer without the application."""
        await problem.response()(self.scope, self.receive, self.send)

    def begin_answer(self) -> None:
        if self._answering:
            return
        self._answering = True
        self._seconds = time.perf_counter() - self._started_at
        self._leave()
        if self.deadline is not None and not self.deadline.expired():
            self.deadline.reschedule(None)  # long answers (feed, event streams) take as long as they take

    def report(self) -> None:
        """Count and log the request, once it is answered."""
        route = self.route
        requests, seconds = _series(self.method, route, self.status)
        requests.inc()
        seconds.observe(self._seconds)
        if not self.probe:
            logs.request(self.method, route, self.status, round(self._seconds * 1000, 1))


@lru_cache(maxsize=4_096)
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """The metrics of one kind of answer; looking them up by their labels takes longer than counting."""
    return metrics.HTTP_REQUESTS.labels(method, route, str(status)), metrics.HTTP_SECONDS.labels(method, route)


def _context(headers: Mapping[str, str]) -> context.CallContext:
    """The caller's ids where they have the right form (so they hold no personal data), else new ones."""
    correlation = headers.get("correlation-id", "")
    causation = headers.get("causation-id", "")
    position = headers.get("traceparent", "")
    return context.CallContext(
        correlation if _CORRELATION.fullmatch(correlation) else new_id(),
        causation if _CAUSATION.fullmatch(causation) else "",
        position if tracing.is_traceparent(position) else "",
    )


def _compressed() -> Problem:
    return Problem(
        415,
        "content-encoding",
        "Unsupported content encoding",
        "Send the body as it is, not compressed.",
        rule="content-encoding",
        field="Content-Encoding",
    )


def _too_large(limit: int) -> Problem:
    return Problem(
        413,
        "body-too-large",
        "Too large",
        f"The body may have at most {limit / (1 << 20):g} MB ({limit:,} bytes).",
        rule="max-body",
        field="body",
        limit=limit,
        # What is still on its way is not worth reading.
        headers={"Connection": "close"},
    )


def _too_slow() -> Problem:
    detail = "No answer in time. A command may have been carried out: repeat it with its Idempotency-Key."
    problem = unavailable("timeout", detail)
    # A body that is still dribbling in would keep the connection.
    problem.headers = {**(problem.headers or {}), "Connection": "close"}
    return problem
