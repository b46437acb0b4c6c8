"""From a command to a commit: load, decide, append, and again if somebody was faster."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from dossier.contracts import Event
from dossier.contracts.rules import Gone, NotFound, RuleViolation
from dossier.store.commits import CommitStore
from dossier.store.errors import ConflictError, ReservedError
from dossier.store.model import Committed, Guard, Head, IdempotencyKey, Metadata, NewCommit, Reservation

S = TypeVar("S")
T = TypeVar("T")

NO_EXPECTATION: Mapping[str, int] = MappingProxyType({})
ATTEMPTS = 12
"""How often a command that named no expected commit is decided anew before its conflict is reported."""


def _never(_state: object) -> bool:
    return False


def _to_nothing(_event: Event) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[S]):
    """A kind of stream, the state before its first event, and the fold. `evolve` never fails and never decides.

    `gone` says of a state that it was deleted: every command on it is refused. `refers` are the streams of the same
    store that an event begins to refer to, so that none of them is deleted under it (see `dossier.deleting`). `notes`
    is what is to be told of a state without folding it (`CommitStore.noted`).
    """

    kind: str
    initial: Callable[[], S]
    evolve: Callable[[S, Event], S]
    gone: Callable[[S], bool] = _never
    refers: Callable[[Event], Iterable[str]] = _to_nothing
    notes: Callable[[S], Mapping[str, Any]] | None = None

    def commit(self, loaded: Loaded[S], events: Sequence[Event], metadata: Metadata) -> NewCommit:
        """The commit of these events onto what was loaded."""
        refers = sorted({stream for event in events for stream in self.refers(event)})
        noted = self.notes(reduce(self.evolve, events, loaded.state)) if self.notes is not None else None
        return NewCommit(loaded.head.stream, loaded.head, events, metadata, refers, noted)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[S]):
    """The folded state of a stream and the head it was folded to."""

    state: S
    head: Head


Decide = Callable[[S], Sequence[Event]]
Step = tuple[Aggregate[Any], str, Callable[[Any], Sequence[Event]]]
"""One stream's part of a command: `decide` returns its events, or none."""
Plan = Callable[[], Awaitable[Sequence[Step]]]
"""Makes the steps, after reading whatever else the decision needs."""
Reserve = Callable[[], Sequence[Reservation]]
"""Says what is to be reserved or given up, once the command has decided."""


class Held(Generic[S]):
    """A stream that is changed several times in a row: read once, and again only when somebody else was faster."""

    def __init__(self, store: CommitStore, aggregate: Aggregate[S], stream: str) -> None:
        self.stream = stream
        self._store = store
        self._aggregate = aggregate
        self._loaded: Loaded[S] | None = None

    async def state(self) -> S:
        """The state as it was last seen or made."""
        return (await self._seen()).state

    async def change(self, decide: Decide[S], metadata: Metadata) -> S:
        """Append what is decided, if anything, and answer the state after it. Raises as `execute`; may create."""

        async def attempt() -> S:
            loaded = await self._seen()
            _not_gone(self._aggregate, loaded)
            if events := decide(loaded.state):
                self._loaded = None  # until the outcome is known
                committed = await self._store.append(self._aggregate.commit(loaded, events, metadata))
                state = reduce(self._aggregate.evolve, events, loaded.state)
                loaded = self._loaded = Loaded(state, committed.head)
            return loaded.state

        return await _persist(self._store, attempt, NO_EXPECTATION)

    async def _seen(self) -> Loaded[S]:
        if self._loaded is None:
            self._loaded = await load(self._store, self._aggregate, self.stream)
        return self._loaded


async def load(store: CommitStore, aggregate: Aggregate[S], stream: str) -> Loaded[S]:
    """Fold the stream."""
    history = await store.history(stream)
    state = aggregate.initial()
    for recorded in history.events:
        state = aggregate.evolve(state, recorded.event())
    return Loaded(state, history.head)


async def execute(
    store: CommitStore,
    aggregate: Aggregate[S],
    stream: str,
    decide: Decide[S],
    metadata: Metadata,
    expected_commit: int | None = None,
    *,
    create: bool = False,
    reserve: Reserve | None = None,
) -> Committed:
    """Decide on the stream's state and append the events.

    With `expected_commit` (from If-Match) another head is a ConflictError that tells what came since; without it the
    command is decided anew. An idempotency key that was used before gives the first answer again, without deciding. No
    events: nothing is committed and the present head is the answer. What `reserve` says, after each decision, is
    reserved or given up together with the commit.

    Raises NotFound if the stream does not exist (unless `create`), Gone if it was deleted, RuleViolation from `decide`,
    and the store's errors.
    """

    async def attempt() -> list[Committed]:
        loaded = await load(store, aggregate, stream)
        if not loaded.head.exists and not create:
            raise NotFound(stream)
        _not_gone(aggregate, loaded)
        _as_expected(loaded.head, expected)
        seen[:] = [loaded.head]
        if not (events := decide(loaded.state)):
            return []
        commit = aggregate.commit(loaded, events, metadata)
        if wanted := reserve() if reserve is not None else ():
            return await store.append_all([commit], reservations=wanted)
        return [await store.append(commit)]

    seen: list[Head] = []
    expected = {} if expected_commit is None else {stream: expected_commit}
    committed = await _once(store, metadata.key, lambda: _persist(store, attempt, expected))
    return committed[0] if committed else unchanged(seen[0])


async def begin(
    store: CommitStore, aggregate: Aggregate[S], stream: str, decide: Decide[S], metadata: Metadata
) -> Committed:
    """As `execute` with `create`, for a stream that is most likely new: decided and written before anything is read.

    Whatever speaks against that (a refusal, nothing to do, a stream that there is) is judged again on what is read.
    """

    async def commit() -> list[Committed]:
        unread = Loaded(aggregate.initial(), Head(stream))
        with suppress(RuleViolation, NotFound, ConflictError):
            if events := decide(unread.state):
                return [await store.append(aggregate.commit(unread, events, metadata))]
        return [await execute(store, aggregate, stream, decide, metadata, create=True)]

    return (await _once(store, metadata.key, commit))[0]


async def execute_all(
    store: CommitStore,
    steps: Sequence[Step] | Plan,
    metadata: Metadata,
    guards: Sequence[Guard] = (),
    reservations: Sequence[Reservation] = (),
    expected: Mapping[str, int] = NO_EXPECTATION,
) -> list[Committed]:
    """Decide on several streams and commit all or nothing; streams may be new, `decide` sees to it.

    `guards` are read before anything else and must not have changed when the commits are written: give the steps as a
    function if more is to be read after the guards (a chain of parents, say); it runs again for each attempt. A stream
    whose `decide` returns no events is not in the answer. `expected` names, per stream, the commit that the caller saw.
    Raises as `execute` (but never a plain NotFound), and ReservedError.
    """

    async def attempt() -> list[Committed]:
        seen = dict(zip(guards, await store.guards(guards), strict=True))
        commits: list[NewCommit] = []
        for aggregate, stream, decide in await steps() if callable(steps) else steps:
            loaded = await load(store, aggregate, stream)
            _not_gone(aggregate, loaded)
            _as_expected(loaded.head, expected)
            if events := decide(loaded.state):
                commits.append(aggregate.commit(loaded, events, metadata))
        return await store.append_all(commits, seen, reservations) if commits else []

    return await _once(store, metadata.key, lambda: _persist(store, attempt, expected))


def unchanged(head: Head) -> Committed:
    """The answer to a command that changes nothing."""
    return Committed(head.stream, head.commit, head.version + 1, head.version, head.recorded_at, ())


async def _once(
    store: CommitStore, key: IdempotencyKey | None, commit: Callable[[], Awaitable[list[Committed]]]
) -> list[Committed]:
    """The first answer to the key, or else what is committed now.

    The same request may be under way twice, and one of them decide on what the other has just made: whether a refusal,
    or that there is nothing to do, is the first answer shows only after the decision.
    """
    if key is None:
        return await commit()
    if (answer := await store.answered(key)) is not None:
        return answer
    try:
        committed = await commit()
    except (RuleViolation, NotFound, ConflictError, ReservedError):
        if (answer := await store.answered(key)) is not None:
            return answer
        raise
    return committed or await store.answered(key) or []


def _not_gone(aggregate: Aggregate[S], loaded: Loaded[S]) -> None:
    if aggregate.gone(loaded.state):
        raise Gone(loaded.head.stream)


def _as_expected(head: Head, expected: Mapping[str, int]) -> None:
    commit = expected.get(head.stream, head.commit)
    if commit != head.commit:
        raise ConflictError(head.stream, Head(head.stream, commit), head)


async def _persist(store: CommitStore, attempt: Callable[[], Awaitable[T]], expected: Mapping[str, int]) -> T:
    """Repeat after a conflict, with growing random pauses so that rivals do not keep step.

    A conflict with what the caller saw is final, and is told what came since.
    """
    number = 0
    while True:
        number += 1
        try:
            return await attempt()
        except ConflictError as conflict:
            if conflict.stream in expected:
                seen = expected[conflict.stream]
                conflict.history = await store.read(conflict.stream)
                conflict.since = [event for event in conflict.history if event.commitsequence > seen]
                raise
            if number == ATTEMPTS:
                raise
        await asyncio.sleep(random.uniform(0, 0.002 * 2 ** min(number, 6)))
