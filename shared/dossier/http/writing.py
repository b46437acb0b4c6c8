"""What every write side does over HTTP: begin an aggregate, change it, show it as it stands.

@router.put("/companies/{id}/name", dependencies=[require("write")])
async def rename(id: Id, body: NewName, write: Write) -> Answer:
    return await write.change(COMPANY, id, lambda company: rename(company, body.name))
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response

from dossier.commands import Aggregate, Decide, Loaded, Plan, Reserve, Step, execute, execute_all, load, unchanged
from dossier.contracts.rules import Gone, NotFound, RuleViolation
from dossier.deleting import referring
from dossier.http.commands import CommandContext, command, etag
from dossier.http.description import reads
from dossier.http.models import Answer
from dossier.ids import new_id, split_stream, stream_id
from dossier.store import CommitStore, Committed, Guard

S = TypeVar("S")
Check = Callable[[], Awaitable[object]]
"""Raises if something that a command refers to is not there."""


async def no_check() -> None:
    """No check."""


async def _store(request: Request) -> CommitStore:
    return request.app.state.store


Store = Annotated[CommitStore, Depends(_store)]
"""The commit store of the service; whoever makes the application puts it into `app.state.store`."""


class Writer:
    """Runs the commands of one request. Each method raises what `execute` raises."""

    def __init__(self, store: CommitStore, command: CommandContext, request: Request) -> None:
        self.store = store
        self.command = command
        self._path = request.url.path

    def part(self, place: str, batch_id: str) -> Writer:
        """The writer of one of several commands of the request; see `CommandContext.part`."""
        part = copy(self)
        part.command = self.command.part(place, batch_id)
        return part

    async def answered(self) -> list[Committed] | None:
        """The commits of the first request with this key, for a route whose answer holds more than theirs.

        Ask it after whether the caller may see the thing, and before any rule.
        """
        key = self.command.key
        return None if key is None else await self.store.answered(key)

    async def create(
        self,
        aggregate: Aggregate[S],
        identifier: str | None,
        decide: Decide[S],
        *,
        refers_to: Sequence[str] = (),
        check: Check = no_check,
        reserve: Reserve | None = None,
    ) -> Answer:
        """Begin an aggregate, under the caller's id or a new one. It is found below the request's path.

        `refers_to` are streams of the same store that it refers to, of which `check` says whether they are there: none
        of them is deleted meanwhile. What refers reserves nothing.
        """
        stream = stream_id(aggregate.kind, identifier or new_id())
        try:
            if refers_to:
                committed = await self._referring(aggregate, stream, decide, refers_to, check)
            else:
                metadata = self.command.metadata()
                committed = await execute(self.store, aggregate, stream, decide, metadata, create=True, reserve=reserve)
        except RuleViolation as refusal:
            if refusal.field == "id":
                refusal.holder = stream  # it is there already
            raise
        return self.command.answer(committed, location=f"{self._path}/{split_stream(committed.stream)[1]}")

    async def change(
        self,
        aggregate: Aggregate[S],
        identifier: str,
        decide: Decide[S],
        *,
        adds: tuple[str, str] | None = None,
        reserve: Reserve | None = None,
    ) -> Answer:
        """Change an aggregate that exists.

        `adds` is for a part that is found below the request's path: the field of the event that holds its id, and the
        id (a repeated request is told of the id that the first one gave).
        """
        stream = stream_id(aggregate.kind, identifier)
        expected = self.command.expected_commit
        metadata = self.command.metadata()
        committed = await execute(self.store, aggregate, stream, decide, metadata, expected, reserve=reserve)
        part = _part(committed, *adds) if adds else None
        return self.command.answer(committed, location=f"{self._path}/{part}" if part else None, part=part)

    async def refer(
        self,
        aggregate: Aggregate[S],
        identifier: str,
        decide: Decide[S],
        *,
        refers_to: Sequence[str],
        check: Check,
        guards: Sequence[Guard] = (),
    ) -> Answer:
        """Change an aggregate that exists so that it refers to these streams; see `create`."""
        stream = stream_id(aggregate.kind, identifier)

        async def present() -> None:
            await check()
            if not (await self.store.head(stream)).exists:
                raise NotFound(identifier)

        return self.command.answer(await self._referring(aggregate, stream, decide, refers_to, present, guards))

    async def _referring(
        self,
        aggregate: Aggregate[S],
        stream: str,
        decide: Decide[S],
        to: Sequence[str],
        check: Check,
        guards: Sequence[Guard] = (),
    ) -> Committed:
        async def plan() -> list[Step]:
            await check()
            return [(aggregate, stream, decide)]

        (committed,) = await self.change_all(plan, [stream], [*guards, *referring(to)])
        return committed

    async def change_all(self, plan: Plan, streams: Sequence[str], guards: Sequence[Guard] = ()) -> list[Committed]:
        """Change several aggregates or none; `If-Match` is about the first of `streams`.

        If there is nothing to change, the heads of `streams` are the answer.
        """
        expected = self.command.expected_commit
        committed = await execute_all(
            self.store,
            plan,
            self.command.metadata(),
            guards,
            expected={} if expected is None else {streams[0]: expected},
        )
        return committed or [unchanged(await self.store.head(stream)) for stream in streams]


@reads("Idempotency-Key", "If-Match", "Dossier-After", "Dossier-Batch", "Correlation-Id")
async def _writer(request: Request, response: Response) -> Writer:
    # One dependency that calls the others: a class as dependency would run in a thread, and each level costs.
    return Writer(await _store(request), await command(request, response), request)


def _part(committed: Committed, field: str, identifier: str) -> str:
    for event in committed.events:
        identifier = getattr(event.event(), field, identifier)
    return identifier


Write = Annotated[Writer, Depends(_writer)]


async def present(store: CommitStore, aggregate: Aggregate[S], identifier: str) -> Loaded[S]:
    """The aggregate as it stands at this moment. Raises NotFound, and Gone if it was deleted."""
    loaded = await load(store, aggregate, stream_id(aggregate.kind, identifier))
    if not loaded.head.exists:
        raise NotFound(identifier)
    if aggregate.gone(loaded.state):
        raise Gone(identifier)
    return loaded


async def standing(store: CommitStore, aggregate: Aggregate[S], identifier: str, response: Response) -> S:
    """The state of what is `present`; the answer has its commit as `ETag`."""
    loaded = await present(store, aggregate, identifier)
    response.headers["ETag"] = etag(loaded.head.commit)
    return loaded.state
