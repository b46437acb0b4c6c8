"""Bringing a stream to what a list or a provider says, in as many commits as it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from dossier.commands import Aggregate, Reserve, execute
from dossier.contracts import Event
from dossier.ids import new_id
from dossier.store import CommitStore, Metadata

S = TypeVar("S")

AT_ONCE = 100
"""Events in a commit."""


async def execute_whole(
    store: CommitStore,
    aggregate: Aggregate[S],
    stream: str,
    decide: Callable[[S], Sequence[Event]],
    metadata: Metadata,
    expected_commit: int | None = None,
    *,
    create: bool = False,
    reserve: Reserve | None = None,
) -> bool:
    """Commit what is decided, and decide again until nothing is left; whether anything was.

    A group may have more new members than fit into a commit. `decide` says what is still to be done, so that what was
    cut short is completed when it is asked for again. `expected_commit` is about the first commit. Raises as `execute`.
    """
    changed = False
    while True:
        committed = await execute(
            store,
            aggregate,
            stream,
            lambda state: decide(state)[:AT_ONCE],
            metadata,
            expected_commit,
            create=create,
            reserve=reserve,
        )
        changed = changed or bool(committed.events)
        if len(committed.events) < AT_ONCE:
            return changed
        metadata, expected_commit = replace(metadata, command_id=new_id()), None
