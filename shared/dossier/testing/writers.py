"""Random clients of a commit store that behave well and badly, and write down what they were told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from dossier.commands import Aggregate, Step, execute, execute_all
from dossier.contracts import Event
from dossier.contracts.addresses import CompanyRenamed
from dossier.ids import new_id
from dossier.store import (
    CommitStore,
    Committed,
    Head,
    IdempotencyKey,
    KeyReusedError,
    NewCommit,
    OutcomeUnknownError,
    StoreError,
    StoreUnavailableError,
)
from dossier.testing.ledger import Ledger
from dossier.testing.store_behaviour import company, metadata, renamed

COUNTER: Aggregate[int] = Aggregate("company", int, lambda count, _: count + 1)


@dataclass(frozen=True)
class Action:
    """One thing a client does: its `kind`, on streams number `one` and `two`, with `events` events.

    `commits` and `versions` are by how much its expectation is wrong; `delay` is when it is cancelled, in turns of the
    event loop.
    """

    kind: str
    one: int = 0
    two: int = 1
    events: int = 1
    commits: int = 0
    versions: int = 0
    delay: int = 0


@dataclass
class Clients:
    """Writers on a few streams of a store, and the ledger they keep together."""

    store: CommitStore
    streams: list[str] = field(default_factory=lambda: [company() for _ in range(3)])
    ledger: Ledger = field(default_factory=Ledger)

    async def run(self, clients: Sequence[Sequence[Action]]) -> list[str]:
        """All clients at once, each its actions in order. Returns what is wrong afterwards."""
        await asyncio.gather(*map(self._client, clients))
        return await self.ledger.check(self.store.database)

    async def _client(self, actions: Sequence[Action]) -> None:
        for action in actions:
            await getattr(self, action.kind)(action, new_id())

    async def _note(self, marker: str, command: Callable[[], Awaitable[Sequence[Committed]]]) -> None:
        try:
            committed = await command()
        except (OutcomeUnknownError, asyncio.CancelledError):
            self.ledger.unknown.add(marker)
        except StoreError:
            pass  # refused: of a repeated request the first answer stands
        else:
            self.ledger.acknowledge(marker, committed)

    def _decide(self, marker: str, events: int) -> Callable[[int], Sequence[Event]]:
        return lambda _: renamed(*[marker] * events)

    async def _execute(self, action: Action, marker: str, **how: Any) -> list[Committed]:
        key: IdempotencyKey | None = how.pop("key", None)
        decide = self._decide(marker, action.events)
        stream = self.streams[action.one]
        return [await execute(self.store, COUNTER, stream, decide, metadata(key), create=True, **how)]

    async def command(self, action: Action, marker: str) -> None:
        """A plain command, decided anew after a conflict."""
        await self._note(marker, lambda: self._execute(action, marker))

    async def expect(self, action: Action, marker: str) -> None:
        """A command that names the commit it saw, which may be stale or beyond the end."""

        async def command() -> list[Committed]:
            head = await self.store.head(self.streams[action.one])
            return await self._execute(action, marker, expected_commit=head.commit + action.commits)

        await self._note(marker, command)

    async def claim(self, action: Action, marker: str) -> None:
        """An append to a claimed head: the present one, stale, beyond the end, or in the middle of a commit."""
        stream = self.streams[action.one]

        async def command() -> list[Committed]:
            head = await self.store.head(stream)
            claimed = Head(stream, max(head.commit + action.commits, 0), max(head.version + action.versions, 0))
            events = renamed(*[marker] * action.events)
            return [await self.store.append(NewCommit(stream, claimed, events, metadata()))]

        await self._note(marker, command)

    async def retry(self, action: Action, marker: str) -> None:
        """A request that is sent twice at once and once more afterwards, with its key."""
        key = IdempotencyKey("user:1|POST /names", marker, "print")

        def send() -> Awaitable[None]:
            return self._note(marker, lambda: self._execute(action, marker, key=key))

        await asyncio.gather(send(), send())
        await send()

    async def reuse(self, action: Action, marker: str) -> None:
        """A key that is used for another request."""
        await self.retry(action, marker)
        if marker not in self.ledger.acknowledged:
            return
        other = IdempotencyKey("user:1|POST /names", marker, "another")
        try:
            await self._execute(action, new_id(), key=other)
            self.ledger.contradictions.append(f"the key of {marker} served two requests")
        except (KeyReusedError, StoreUnavailableError):
            pass

    async def cancel(self, action: Action, marker: str) -> None:
        """A command whose client goes away."""
        task = asyncio.create_task(self._note(marker, lambda: self._execute(action, marker)))
        for _ in range(action.delay):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    async def unencodable(self, action: Action, marker: str) -> None:
        """A value that cannot be stored, in the middle of everybody else's commits."""
        stream = self.streams[action.one]
        bad = [*renamed(marker), CompanyRenamed.model_construct({"name"}, name="\ud800")]

        async def command() -> list[Committed]:
            return [await self.store.append(NewCommit(stream, await self.store.head(stream), bad, metadata()))]

        await self._note(marker, command)

    async def both(self, action: Action, marker: str) -> None:
        """A command on two streams; every other client insists on the commits that it saw."""
        streams = sorted({self.streams[action.one], self.streams[action.two]})
        steps: list[Step] = [(COUNTER, stream, self._decide(marker, action.events)) for stream in streams]
        key = IdempotencyKey("user:1|POST /moves", marker, "print")

        async def command() -> list[Committed]:
            seen = {stream: (await self.store.head(stream)).commit for stream in streams} if action.delay % 2 else {}
            return await execute_all(self.store, steps, metadata(key), expected=seen)

        await self._note(marker, command)


KINDS = ("command", "expect", "claim", "retry", "reuse", "cancel", "unencodable", "both")


def random_actions(random: Random, count: int, kinds: Sequence[str] = KINDS) -> list[Action]:
    """What one client does."""
    return [
        Action(
            random.choice(kinds),
            random.randrange(3),
            random.randrange(3),
            random.randint(1, 3),
            random.randint(-2, 2),
            random.randint(-2, 2),
            random.randint(0, 40),
        )
        for _ in range(count)
    ]
