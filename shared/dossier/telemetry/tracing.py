"""Traces (OpenTelemetry, W3C trace context) that go through the commit and Kafka.

A commit stores the `traceparent` of the request that made it; relay and projections continue from what the event
carries. Without a collector nothing is recorded and every call here is nearly free, but an incoming
`traceparent` still travels on, so that a caller's own trace is not cut.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal, NamedTuple

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags, Tracer

from dossier.telemetry import context

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Attributes = Mapping[str, str | int | float | bool]

_KINDS: dict[Kind, SpanKind] = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_EXPORT_SECONDS = 2
_OFF: AbstractContextManager[None] = nullcontext()


class _Active(NamedTuple):
    provider: TracerProvider
    tracer: Tracer


_active: _Active | None = None


def use(provider: TracerProvider | None) -> None:
    """Record spans with this provider from now on; None switches tracing off."""
    global _active
    _active = None if provider is None else _Active(provider, provider.get_tracer("dossier"))


def configure(service: str, otlp_endpoint: str) -> None:
    """Send spans to the collector at `otlp_endpoint` (OTLP over HTTP, base address); nothing if it is empty."""
    if not otlp_endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_SECONDS)
    provider = TracerProvider(resource=Resource.create({"service.name": service}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    use(provider)


def shutdown() -> None:
    """Send what is left, but wait for an unreachable collector no longer than one export may take."""
    active = _active
    use(None)
    if active is not None:
        sending = threading.Thread(target=active.provider.shutdown, daemon=True)
        sending.start()
        sending.join(_EXPORT_SECONDS)


def provider() -> TracerProvider | None:
    """The provider in use, for libraries that bring their own instrumentation (FastStream's Kafka middleware)."""
    return None if _active is None else _active.provider


def is_traceparent(text: str) -> bool:
    """Whether the text is a `traceparent` of version 00."""
    return _TRACEPARENT.fullmatch(text) is not None


def traceparent() -> str:
    """The trace position to hand on: of the current span, else the one that came in; empty if there is none."""
    if _active is not None:
        here = trace.get_current_span().get_span_context()
        if here.is_valid:
            return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"
    return context.current().traceparent


def span(
    name: str,
    *,
    parent: str = "",
    kind: Kind = "internal",
    attributes: Attributes | None = None,
    links: Sequence[str] = (),
) -> AbstractContextManager[Span | None]:
    """A span around the work inside; `parent` and `links` are traceparents.

    Without `parent` it continues the current span. A replay or a batch starts its own trace and links to what it
    works on. Never put personal data into names or attributes.
    """
    if _active is None:
        return _OFF
    return _recorded(_active.tracer, name, parent, kind, attributes, links)


@contextmanager
def _recorded(
    tracer: Tracer, name: str, parent: str, kind: Kind, attributes: Attributes | None, links: Sequence[str]
) -> Generator[Span]:
    with tracer.start_as_current_span(
        name,
        context=_remote(parent),
        kind=_KINDS[kind],
        attributes=dict(attributes or {}),
        links=[Link(position) for link in links if (position := _position(link)) is not None],
        # An exception's text may hold personal data: only its type is kept.
        record_exception=False,
        set_status_on_exception=False,
    ) as recorded:
        try:
            yield recorded
        except Exception as error:
            recorded.set_attribute("error.type", type(error).__qualname__)
            recorded.set_status(StatusCode.ERROR)
            raise


def _remote(parent: str) -> Context | None:
    position = _position(parent)
    return None if position is None else trace.set_span_in_context(NonRecordingSpan(position), Context())


def _position(text: str) -> SpanContext | None:
    match = _TRACEPARENT.fullmatch(text)
    if match is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in match.groups())
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
