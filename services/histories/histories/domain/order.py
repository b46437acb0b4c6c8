"""A stream is folded event by event, each the next version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dossier.contracts import RecordedEvent


class OutOfOrder(Exception):
    """An event does not follow the one before: to fold it would pass over what lies between."""


def following(version: int, events: Sequence[RecordedEvent]) -> Iterator[RecordedEvent]:
    """The events after a version; those up to it were folded before. Raises OutOfOrder at a gap."""
    for event in events:
        if event.sequence > version:
            version += 1
            if event.sequence != version:
                raise OutOfOrder(f"{event.subject}: {event.sequence} instead of {version}")
            yield event
