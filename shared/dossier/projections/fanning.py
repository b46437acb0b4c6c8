"""Which changes are finished with their own event, and which touch so many documents that a job has to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from dossier.projections.model import FanOut, Job

Dependents = Callable[[Sequence[str], str, int], Awaitable[Sequence[str]]]
"""Finds documents that depend on streams: after an id, at most so many, by id."""


class Deriver(Protocol):
    """What keeps documents that are derived from several streams."""

    async def dependents(self, streams: Sequence[str], after: str, limit: int, /) -> Sequence[str]:
        """As `Dependents`."""
        ...

    async def settle(self, documents: Sequence[str], /) -> None:
        """Derive these documents anew."""
        ...


async def fan_out(changed: Sequence[str], dependents: Dependents, inline: int) -> tuple[list[FanOut], set[str]]:
    """Jobs for the streams on which more than `inline` documents depend, and the dependents of all others."""
    if not changed:
        return [], set()
    together = await dependents(changed, "", inline + 1)
    if len(together) <= inline:
        return [], set(together)
    jobs: list[FanOut] = []
    few: set[str] = set()
    for stream in changed:
        found = await dependents([stream], "", inline + 1)
        if len(found) > inline:
            jobs.append(FanOut(stream))
        else:
            few.update(found)
    return jobs, few


async def settle_next(deriver: Deriver, job: Job, size: int) -> str | None:
    """Derive the next documents of a job; the last of them, from where it goes on, or None if it is done."""
    dependents = await deriver.dependents([job.stream], job.cursor or "", size)
    await deriver.settle(dependents)
    return dependents[-1] if len(dependents) == size else None
