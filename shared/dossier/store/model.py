"""What the commit store takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from dossier.contracts import Event, RecordedEvent

Channel = Literal["user", "import", "mail", "api", "rule"]
"""The way a command came in."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's promise that requests with this key are one command.

    `scope` is principal and route (`user:ID|POST /companies`), `fingerprint` a digest of the request, by which a key
    that is used for another request is recognised.
    """

    scope: str
    key: str
    fingerprint: str

    @property
    def id(self) -> str:
        """The key within its scope, as commits carry it."""
        return f"{self.scope}|{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Who did it, how and why. `actor` is `user:ID`, `service:NAME` or `rule:NAME`.

    `command_id` is new for each command and tells a commit of this command from another's after an unknown outcome.
    `occurred_at` is when it happened in the world; none means: when it is recorded.
    """

    actor: str
    channel: Channel
    correlation_id: str
    command_id: str
    causation_id: str = ""
    occurred_at: datetime | None = None
    batch_id: str = ""
    traceparent: str = ""
    key: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The last commit of a stream and the version of its last event; (0, 0) is a stream that does not exist.

    `hash` and `recorded_at` (RFC 3339) of that commit are there when the store itself read the head. A head without
    them is a claim of somebody else, and `append` reads the head to compare.
    """

    stream: str
    commit: int = 0
    version: int = 0
    recorded_at: str = ""
    hash: bytes = b""

    @property
    def exists(self) -> bool:
        """Whether the stream has any commit."""
        return self.commit > 0

    @property
    def position(self) -> tuple[int, int]:
        """Commit and version, to compare with another head of the same stream."""
        return self.commit, self.version


@dataclass(frozen=True, slots=True)
class NewCommit:
    """Events to append to a stream, if its head is still `expected`.

    `refers` are the streams of the same store that these events begin to refer to; whoever deletes one of them asks for
    the commits that name it (`CommitStore.naming`). `noted` is what can be told of the stream as these events leave it
    without reading its past (`CommitStore.noted`); it is no part of what the hashes vouch for.
    """

    stream: str
    expected: Head
    events: Sequence[Event]
    metadata: Metadata
    refers: Sequence[str] = ()
    noted: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """A commit that is durable: its number in the stream and its events' versions `first` to `last`.

    `replayed` means that an earlier request with the same idempotency key made it. Without events (`last` is
    `first` - 1) the command changed nothing and this is the present head.
    """

    stream: str
    commit: int
    first: int
    last: int
    recorded_at: str
    events: Sequence[RecordedEvent]
    replayed: bool = False
    hash: bytes = b""

    @property
    def head(self) -> Head:
        """The stream's head as this commit made it."""
        return Head(self.stream, self.commit, self.last, self.recorded_at, self.hash)


@dataclass(frozen=True, slots=True)
class History:
    """The events of a stream after some version, and its head, as one read saw them."""

    head: Head
    events: list[RecordedEvent]


@dataclass(frozen=True, slots=True)
class Shared:
    """A guard that is only held, and not changed: those who hold it do not exclude one another.

    Who changes the guard (named by a plain string) excludes all of them, and they it.
    """

    guard: str


Guard = str | Shared


@dataclass(frozen=True, slots=True)
class Reservation:
    """The wish of a stream to be the only one with a value, such as a login. `kind` names what is unique.

    `given_up`: the stream has the value no longer, and another may.
    """

    kind: str
    value: str
    stream: str
    given_up: bool = False
