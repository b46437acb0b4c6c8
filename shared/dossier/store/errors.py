"""Why the store did not commit, or cannot say whether it did."""

from __future__ import annotations

from collections.abc import Sequence

from dossier.contracts import RecordedEvent
from dossier.store.model import Head


class StoreError(Exception):
    """The base of all."""


class ConflictError(StoreError):
    """The stream's head is not the expected one. Nothing was written.

    `history` holds the events of the stream, where the command named the commit it had seen, and `since` those after
    that commit.
    """

    def __init__(self, stream: str, expected: Head, actual: Head, since: Sequence[RecordedEvent] = ()) -> None:
        super().__init__(f"{stream} is at commit {actual.commit}, expected {expected.commit}")
        self.stream = stream
        self.expected = expected
        self.actual = actual
        self.since = list(since)
        self.history: Sequence[RecordedEvent] = ()


class GuardChangedError(ConflictError):
    """Another command changed the guarded set after this one had read it. `stream` is the guard's id."""


class ReservedError(StoreError):
    """Another stream holds the value. `kind` names what is unique, never the value itself."""

    def __init__(self, kind: str, holder: str) -> None:
        super().__init__(f"{kind} is taken")
        self.kind = kind
        self.holder = holder


class KeyReusedError(StoreError):
    """The idempotency key was used for another request. Nothing was written."""


class TooLargeError(StoreError):
    """The commit has too many events or too many bytes for one commit. Nothing was written."""


class UnencodableError(StoreError, ValueError):
    """An event or its metadata holds a value that cannot be stored (such as half a surrogate pair)."""


class StoreUnavailableError(StoreError):
    """The database does not answer. Nothing was written."""


class OutcomeUnknownError(StoreError):
    """No durable answer: the commit may be there or not. The same request with the same key finds out."""
