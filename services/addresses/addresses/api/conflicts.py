"""What a refusal tells of others: of a conflict what the change log tells, without the values; of what is taken who
has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from addresses.aggregates import ADDRESSES
from addresses.api.naming import Naming, known_here
from addresses.api.visible import shown_to
from dossier.auth.guard import caller_of
from dossier.commands import Aggregate
from dossier.http.changes import changes_since
from dossier.http.problems import changes
from dossier.ids import split_stream
from dossier.store import ConflictError


async def conflict_view(request: Request, error: ConflictError) -> list[dict[str, Any]]:
    """As everywhere, but of what the caller may not see only who and when: that something came is known anyway."""
    kinds: Mapping[str, Aggregate[Any]] = {aggregate.kind: aggregate for aggregate in ADDRESSES.values()}
    caller, aggregate = caller_of(request), kinds.get(split_stream(error.stream)[0])
    if caller is None:
        return await changes(request, error)
    told = await changes(request, error) if aggregate is None else changes_since(aggregate, error, shown_to(caller))
    names = await Naming(*known_here(request), caller).users(change["actor"] for change in told)
    for change in told:
        if change["actor"] in names:
            change["actor_name"] = names[change["actor"]]
    return told


async def naming_view(request: Request, stream: str) -> str | None:
    """What has the value that a command wanted, if the caller may see it (KEY-06)."""
    caller = caller_of(request)
    return None if caller is None else (await Naming(*known_here(request), caller).of([stream])).get(stream)
