"""Recorded events for tests of what reads them, without a store."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from dossier.clock import rfc3339
from dossier.contracts import Event, RecordedEvent, encode
from dossier.contracts.streams import context_of

MORNING = datetime(2026, 5, 4, 8, tzinfo=UTC)


def recorded(
    stream: str, *events: Event, after: int = 0, at: datetime = MORNING, actor: str = "service:tests"
) -> list[RecordedEvent]:
    """These events as the versions of the stream that follow `after`, each a commit of its own, recorded at `at`."""
    return [
        RecordedEvent(
            id=f"{stream}:{version}",
            source=f"/{context_of(stream)}",
            type=event.event_type,
            subject=stream,
            time=rfc3339(at),
            recordedtime=rfc3339(at),
            sequence=version,
            commitsequence=version,
            lastincommit=True,
            schemaversion=event.schema_version,
            actor=actor,
            channel="api",
            correlationid="tests",
            causationid="",
            data=msgspec.Raw(encode(event)),
        )
        for version, event in enumerate(events, start=after + 1)
    ]
