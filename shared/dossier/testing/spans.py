"""Spans kept in memory, so that tests can follow a trace."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from dossier.telemetry import tracing


class RecordedSpans:
    """The spans that ended since the beginning."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def named(self, name: str) -> list[ReadableSpan]:
        """All spans of this name, in the order in which they ended."""
        return [span for span in self._exporter.get_finished_spans() if span.name == name]

    def edges(self) -> set[tuple[str, str]]:
        """(parent's name, child's name) for every span whose parent was recorded too."""
        spans = self._exporter.get_finished_spans()
        names = {span.context.span_id: span.name for span in spans if span.context is not None}
        parents = ((names.get(span.parent.span_id), span.name) for span in spans if span.parent is not None)
        return {(parent, child) for parent, child in parents if parent is not None}


@contextmanager
def recorded_spans() -> Generator[RecordedSpans]:
    """Record all spans of this process inside the block."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    try:
        yield RecordedSpans(exporter)
    finally:
        tracing.use(None)
