"""Group commit: commands of the same moment share one durable insert, because waiting for the journal is what costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto

from dossier.mongo import DUPLICATE_KEY, BulkWriteError, Collection, PyMongoError, within
from dossier.store.documents import Draft

MAX_COMMITS = 500
MAX_BYTES = 8 * 1024 * 1024
"""Of one insert, so that it stays short; a commit that finds no room takes the next."""


class Outcome(Enum):
    """What is known of one commit after the shared insert."""

    WRITTEN = auto()
    DUPLICATE = auto()
    REFUSED = auto()
    UNKNOWN = auto()


Insert = Callable[[Sequence[Draft]], Awaitable[list[Outcome]]]


class GroupCommit:
    """Collects commits while an insert is under way and writes them with the next one.

    At most one commit of a stream is in an insert: should a first fail, a second must not have been written. Whoever
    waits may be cancelled; the insert goes on.
    """

    def __init__(self, insert: Insert) -> None:
        self._insert = insert
        self._waiting: list[tuple[Draft, asyncio.Future[Outcome]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def join(self, draft: Draft) -> Outcome:
        """Take part in the next insert and wait for what becomes of the commit."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((draft, future))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        return await future

    async def drain(self) -> None:
        """Wait until all that have joined are written."""
        if self._flushing is not None:
            await asyncio.shield(self._flushing)

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch = self._next_batch()
                try:
                    outcomes = await self._insert([draft for draft, _ in batch])
                except Exception as error:
                    _answer(batch, [error] * len(batch))
                else:
                    _answer(batch, outcomes)
        finally:
            self._flushing = None

    def _next_batch(self) -> list[tuple[Draft, asyncio.Future[Outcome]]]:
        batch: list[tuple[Draft, asyncio.Future[Outcome]]] = []
        later: list[tuple[Draft, asyncio.Future[Outcome]]] = []
        streams: set[str] = set()
        room = MAX_BYTES
        for waiting in self._waiting:
            stream, size = waiting[0].commit.stream, len(waiting[0].raw.raw)
            if stream in streams or len(batch) == MAX_COMMITS or (batch and size > room):
                later.append(waiting)
            else:
                streams.add(stream)
                room -= size
                batch.append(waiting)
        self._waiting = later
        return batch


def _answer(
    batch: Sequence[tuple[Draft, asyncio.Future[Outcome]]], outcomes: Sequence[Outcome] | Sequence[Exception]
) -> None:
    for (_, future), outcome in zip(batch, outcomes, strict=True):
        if future.done():  # its command was cancelled
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


async def insert_unordered(commits: Collection, drafts: Sequence[Draft], seconds: float) -> list[Outcome]:
    """Insert independent commits at once; one outcome for each, in order.

    An error of the whole insert (network, write concern, time) says nothing about a commit without an error of its
    own: unknown.
    """
    try:
        with within(seconds):
            await commits.insert_many([draft.raw for draft in drafts], ordered=False)
    except BulkWriteError as error:
        details = error.details or {}
        rest = Outcome.UNKNOWN if details.get("writeConcernErrors") else Outcome.WRITTEN
        outcomes = [rest] * len(drafts)
        for own in details.get("writeErrors", []):
            duplicate = own["code"] == DUPLICATE_KEY
            outcomes[own["index"]] = Outcome.DUPLICATE if duplicate else Outcome.REFUSED
        return outcomes
    except PyMongoError:
        return [Outcome.UNKNOWN] * len(drafts)
    return [Outcome.WRITTEN] * len(drafts)
