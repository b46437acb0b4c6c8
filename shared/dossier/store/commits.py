"""The commit store of a service: streams of events, appended as commits that are durable or refused.

What holds, whatever fails (design section 4): a stream's commits and versions have no gap and no overlap; a commit that
was acknowledged stays; one that was refused is not there; one whose outcome is unknown is there once or not at all.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from dossier.clock import Clock, system_clock
from dossier.contracts import RecordedEvent
from dossier.mongo import ASCENDING, DESCENDING, Collection, Database, IndexModel, Mongo, PyMongoError
from dossier.store.documents import COMMITS, Draft, committed_from, draft
from dossier.store.errors import (
    ConflictError,
    GuardChangedError,
    KeyReusedError,
    OutcomeUnknownError,
    StoreUnavailableError,
)
from dossier.store.gathering import Gathering, room_for
from dossier.store.group import Holding, Outcome, Room, RoomOfHolders, insert_unordered
from dossier.store.model import Committed, Guard, Head, History, IdempotencyKey, NewCommit, Reservation, Shared
from dossier.store.reads import HEADS_INDEX, LANES, MAX_READS, Reads, reading
from dossier.store.several import Several
from dossier.telemetry import metrics

T = TypeVar("T")
Again = Callable[[Sequence[Draft]], Awaitable[Outcome]]

WRITE_SECONDS = 3.0
"""How long one attempt may take, the choice of a server included."""
PATIENCE_SECONDS = 10.0
"""How long a commit with an unknown outcome is asked for and tried again before the caller hears "unknown"."""

INDEXES = [
    IndexModel(
        [("key", ASCENDING)],
        name="idempotency_key",
        unique=True,
        partialFilterExpression={"key": {"$exists": True}},
    ),
    IndexModel(
        [("command_id", ASCENDING), ("part", ASCENDING)],
        name="parts_of_command",
        partialFilterExpression={"of": {"$exists": True}},
    ),
    IndexModel(
        [("pending", ASCENDING), ("_id", ASCENDING)],
        name="pending",
        partialFilterExpression={"pending": {"$exists": True}},
    ),
    IndexModel([("refers", ASCENDING)], name="refers", partialFilterExpression={"refers": {"$exists": True}}),
    # Answers the last version of every stream by one jump a stream, without touching a commit (the feed's heads).
    IndexModel([("stream", ASCENDING), ("commit", DESCENDING), ("last", ASCENDING)], name=HEADS_INDEX),
]


class CommitStore:
    """All streams of one service, in its own database. `context` names the events' source (`addresses`).

    Methods raise StoreUnavailableError if the database does not answer a read.
    """

    def __init__(
        self,
        mongo: Mongo,
        database: Database,
        context: str,
        clock: Clock = system_clock,
        *,
        reservation_key: bytes = b"",
    ) -> None:
        self.mongo = mongo
        self.context = context
        self.database = database
        self.commits: Collection = database[COMMITS]
        self._clock = clock
        self._reads = Reads(self.commits)
        self._group: Gathering[Draft, Outcome] = Gathering(self._insert, Room)
        self._holding: Gathering[Holding, Outcome] = Gathering(self._insert_holding, RoomOfHolders)
        self._several = Several(mongo, database, self.commits, reservation_key)
        self._guards: Gathering[Guard, int] = Gathering(self._read_guards, room_for(MAX_READS), LANES)
        self._unfinished: set[asyncio.Task[Any]] = set()
        self._open = True

    async def start(self) -> None:
        """Assert the indexes. A missing unique index would let one key make two commits."""
        await self.commits.create_indexes(INDEXES)

    async def stop(self) -> None:
        """Take no more commits and wait for those that are under way."""
        self._open = False
        await self._group.drain()
        await self._holding.drain()
        await asyncio.gather(*self._unfinished, return_exceptions=True)

    async def head(self, stream: str) -> Head:
        """The last commit of the stream that can no longer be rolled back."""
        return await self._reads.head(stream)

    async def noted(self, stream: str) -> Mapping[str, Any] | None:
        """What the last commit of the stream notes, empty if nothing; none if there is no such stream.

        It takes as long for a stream with a long past as for one that does not exist.
        """
        return await self._reads.noted(stream)

    async def history(self, stream: str) -> History:
        """The events of the stream, in order, and its head, as one read saw them."""
        return await self._reads.history(stream)

    async def read(self, stream: str, after: int = 0) -> list[RecordedEvent]:
        """The events of the stream after version `after`, in order."""
        return await self._reads.since(stream, after)

    async def versions(self, kind: str) -> dict[str, int]:
        """The last version of every stream of a kind, in the order of the streams: for kinds of which there are few."""
        return await self._reads.versions(kind)

    async def answered(self, key: IdempotencyKey) -> list[Committed] | None:
        """The commits of the command that used this key before, if any. Raises KeyReusedError."""
        document = await self._reads.by_key(key.id)
        if document is None:
            return None
        if document["fingerprint"] != key.fingerprint:
            raise KeyReusedError("the idempotency key was used for another request")
        parts = await self._reads.parts(document["command_id"]) if "of" in document else [document]
        metrics.DEDUPE_HITS.labels(self.context).inc()
        return [committed_from(part, replayed=True) for part in parts]

    async def guard(self, guard: Guard) -> int:
        """The number of the guard document. Read it before what the invariant is decided on."""
        return await self._guards.ask(guard)

    async def guards(self, guards: Sequence[Guard]) -> list[int]:
        """The numbers of several guards, in order."""
        return await asyncio.gather(*map(self.guard, guards))

    async def exclude(self, guard: str) -> None:
        """Change the guard without a commit: whoever holds it and has not committed by now decides anew."""
        with reading():
            await self._several.exclude(guard)

    async def holder(self, kind: str, value: str) -> str | None:
        """The stream that has reserved the value, as of now."""
        with reading():
            return await self._several.holder(kind, value)

    async def naming(self, stream: str) -> list[str]:
        """The streams with a commit that began to refer to this one, as of now, in the order of time.

        They may have ceased to since.
        """
        with reading():
            found = self.commits.find({"refers": {"$eq": stream, "$exists": True}}, {"stream": 1, "recorded_at": 1})
            commits = await found.to_list(None)
        return list(dict.fromkeys(each["stream"] for each in sorted(commits, key=itemgetter("recorded_at"))))

    async def append(self, commit: NewCommit) -> Committed:
        """Append one commit, together with whatever else is appended at this moment.

        Raises ConflictError, KeyReusedError, TooLargeError, UnencodableError and StoreUnavailableError (nothing was
        written), and OutcomeUnknownError. Cancelling the caller does not undo what has joined the insert.
        """
        self._must_be_open()
        head = await self._checked_head(commit)
        new = draft(commit, head, self.context, self._clock())
        outcome = await self._group.ask(new)
        if outcome is Outcome.WRITTEN:
            return new.committed
        return (await self._unbroken(self._settle([new], outcome, self._insert_alone)))[0]

    async def append_all(
        self,
        commits: Sequence[NewCommit],
        guards: Mapping[Guard, int] | None = None,
        reservations: Sequence[Reservation] = (),
    ) -> list[Committed]:
        """Append commits to different streams as one: all of them or none.

        `guards` are guard documents with the number that `guard` answered: they are bumped from that number, else
        GuardChangedError. `reservations` are claimed with the commits, else ReservedError. Otherwise as `append`: one
        commit that only holds guards goes together with all others of this kind and moment.
        """
        self._must_be_open()
        if len({commit.metadata.command_id for commit in commits}) != 1:
            raise ValueError("commits of one command")
        if len({commit.stream for commit in commits}) < len(commits):
            raise ValueError("one commit a stream in one command")
        now = self._clock()
        drafts = [
            draft(commit, await self._checked_head(commit), self.context, now, part, len(commits))
            for part, commit in enumerate(commits, 1)
        ]

        guards = guards or {}
        holds = len(drafts) == 1 and not reservations and {type(guard) for guard in guards} == {Shared}
        if holds and await self._holding.ask(Holding(drafts[0], guards)) is Outcome.WRITTEN:
            return [drafts[0].committed]
        # What failed together goes alone: whoever found a guard changed is told so, and the others need not care.
        return await self._unbroken(self._append_together(drafts, guards, reservations))

    async def _append_together(
        self, drafts: Sequence[Draft], guards: Mapping[Guard, int], reservations: Sequence[Reservation]
    ) -> list[Committed]:
        async with self.mongo.session() as session:

            async def insert(drafts: Sequence[Draft]) -> Outcome:
                return await self._several.insert(session, drafts, guards, reservations, WRITE_SECONDS)

            outcome = await insert(drafts)
            if outcome is Outcome.WRITTEN:
                return [new.committed for new in drafts]
            return await self._settle(drafts, outcome, insert)

    async def _checked_head(self, commit: NewCommit) -> Head:
        """The expected head, if it is or was the stream's head.

        One that the store itself read was: should it have aged, the primary key refuses the commit. A claim (stale,
        beyond the end, or in the middle of a commit) has to equal the head that is read now.
        """
        expected = commit.expected
        if expected.stream != commit.stream:
            raise ValueError("the expected head is another stream's")
        if expected.hash or expected.position == (0, 0):
            return expected
        actual = await self.head(commit.stream)
        if expected.position != actual.position:
            raise self._conflict(commit, actual)
        return actual

    async def _insert(self, drafts: Sequence[Draft]) -> list[Outcome]:
        return await insert_unordered(self.commits, drafts, WRITE_SECONDS)

    async def _insert_holding(self, commits: Sequence[Holding]) -> list[Outcome]:
        """All in one transaction; should it fail, nothing is said of any of them."""
        guards = {guard: seen for each in commits for guard, seen in each.guards.items()}
        try:
            async with self.mongo.session() as session:
                drafts = [each.draft for each in commits]
                outcome = await self._several.insert(session, drafts, guards, (), WRITE_SECONDS)
        except (GuardChangedError, PyMongoError):
            outcome = Outcome.UNKNOWN
        return [outcome if outcome is Outcome.WRITTEN else Outcome.UNKNOWN] * len(commits)

    async def _read_guards(self, guards: Sequence[Guard]) -> list[int]:
        with reading():
            return await self._several.guards(guards)

    async def _insert_alone(self, drafts: Sequence[Draft]) -> Outcome:
        # Not with the group: whatever held it up must not hold up the others once more.
        (outcome,) = await self._insert(drafts)
        return outcome

    async def _settle(self, drafts: Sequence[Draft], outcome: Outcome, again: Again) -> list[Committed]:
        """Find out what became of commits whose insert did not simply succeed.

        A duplicate may be our own commit that came through after all, and what is not to be seen yet may still come:
        so look, and if nothing is there, try the very same key again.
        """
        if outcome is Outcome.REFUSED:
            raise StoreUnavailableError("the database refused the commit")
        deadline = time.monotonic() + PATIENCE_SECONDS
        pause = 0.005
        while time.monotonic() < deadline:
            try:
                answer = await self._found(drafts)
            except StoreUnavailableError:
                answer = None
            else:
                if answer is None and await again(drafts) is Outcome.WRITTEN:
                    answer = [new.committed for new in drafts]
            if answer is not None:
                return answer
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, 0.5)
        raise OutcomeUnknownError("the database did not confirm the commit; it may be there or not")

    async def _found(self, drafts: Sequence[Draft]) -> list[Committed] | None:
        """What is durable under the commits' keys: ours, the answer of the same request, or nothing (None).

        Raises ConflictError if it is somebody else's. The hash tells, as it covers the command id and a random salt.
        """
        found = await self._reads.by_id([new.id for new in drafts])
        hashes = {document["_id"]: bytes(document["hash"]) for document in found}
        if all(hashes.get(new.id) == new.hash for new in drafts):
            return [new.committed for new in drafts]
        key = drafts[0].commit.metadata.key
        if key is not None and (answer := await self.answered(key)) is not None:
            return answer
        for new in drafts:
            if hashes.get(new.id, new.hash) != new.hash:
                raise self._conflict(new.commit, await self.head(new.commit.stream))
        return None

    def _conflict(self, commit: NewCommit, actual: Head) -> ConflictError:
        metrics.APPEND_CONFLICTS.labels(self.context).inc()
        return ConflictError(commit.stream, commit.expected, actual)

    async def _unbroken(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end even if the caller is cancelled: half-known outcomes are settled, connections kept."""
        task = asyncio.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._unfinished.discard(task)
        if not task.cancelled():
            task.exception()  # seen, if the caller is gone

    def _must_be_open(self) -> None:
        if not self._open:
            raise StoreUnavailableError("the service is stopping")
