"""What became of reading a stored file: said once, whoever reads it how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dossier.contracts.attachments import DocumentContentsRead
from dossier.contracts.base import Event


@dataclass(frozen=True)
class ReadFile:
    """A stored file, and what reading it came to; none until it was read."""

    read: DocumentContentsRead | None = None


def evolve(state: ReadFile, event: Event) -> ReadFile:
    """Apply an event. Raises TypeError for one that is not of this contract."""
    if not isinstance(event, DocumentContentsRead):
        raise TypeError(type(event).__name__)
    return ReadFile(event)


def say(state: ReadFile, read: DocumentContentsRead) -> Sequence[Event]:
    """Say what reading came to, unless that was said before: two workers may have read the same file (SRC-01)."""
    return [] if state.read is not None else [read]
