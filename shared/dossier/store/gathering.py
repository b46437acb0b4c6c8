"""Many requests of one moment, one round trip: what arrives while others are under way goes together with the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


def room_for(most: int) -> Callable[[], Callable[[object], bool]]:
    """For `Gathering`: at most so many go together."""

    def room() -> Callable[[object], bool]:
        left = iter(range(most))
        return lambda _: next(left, None) is not None

    return room


class Gathering(Generic[Q, A]):
    """Answers requests in batches, at most `lanes` of them under way at once. Nobody waits for a batch to fill.

    A batch begins after all its requests were made, so each answer is at least as new as its question. `run` answers
    in the order of the requests; if it raises, everyone in the batch gets the error. `room` makes, for each batch, the
    judge of who still goes in; who does not takes a later one. Whoever waits may be cancelled; the batch goes on.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Q]], Awaitable[Sequence[A]]],
        room: Callable[[], Callable[[Q], bool]],
        lanes: int = 1,
    ) -> None:
        self._run = run
        self._room = room
        self._free = lanes
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._lanes: set[asyncio.Task[None]] = set()

    async def ask(self, request: Q) -> A:
        """Join the next batch and wait for the own answer."""
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._free:
            self._free -= 1
            # An empty context: a deadline of the first caller is not everybody's.
            lane = asyncio.create_task(self._work(), context=Context())
            self._lanes.add(lane)
            lane.add_done_callback(self._lanes.discard)
        return await future

    async def drain(self) -> None:
        """Wait until nothing is waiting or under way."""
        while self._lanes:
            await asyncio.wait(self._lanes)

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._answer(self._next_batch())
        finally:
            self._free += 1

    def _next_batch(self) -> list[tuple[Q, asyncio.Future[A]]]:
        fits = self._room()
        batch: list[tuple[Q, asyncio.Future[A]]] = []
        later: list[tuple[Q, asyncio.Future[A]]] = []
        for waiting in self._waiting:
            (batch if fits(waiting[0]) else later).append(waiting)
        self._waiting = later
        return batch

    async def _answer(self, batch: list[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._run([request for request, _ in batch])
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():  # else its request was cancelled
                future.set_result(answer)
