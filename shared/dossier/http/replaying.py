"""The first answer for a repeated request that its route refuses before the key is looked up.

Routes ask what other things say (is the role still offered, is the company still there) before they come to the store,
which knows the key. What was true the first time need not be so now: the refusal then gives way to the first answer.
"""

from __future__ import annotations

from fastapi import Request, Response
from pydantic import ValidationError

from dossier.contracts.rules import Gone, RuleViolation, Unseen
from dossier.http import routes
from dossier.http.commands import CommandContext, command_of
from dossier.http.problems import Problem, to_problem
from dossier.ids import split_stream
from dossier.store import CommitStore, Committed
from dossier.store.errors import ConflictError, ReservedError, StoreError


async def answer(request: Request, error: Exception) -> Response:
    """The handler of every exception that has a meaning: its problem, or the first answer to the request."""
    command = command_of(request)
    if command is not None:
        try:
            first = await _first_answer(request, command, error)
        except StoreError as other:
            return (await to_problem(other, request)).response()
        if first is not None:
            return first
    return (await to_problem(error, request)).response()


async def earlier(store: CommitStore, command: CommandContext, error: Exception) -> list[Committed] | None:
    """The commits of the first request, if there was one and the refusal gives way to it. Raises KeyReusedError."""
    return await store.answered(command.key) if command.key is not None and _gives_way(error) else None


def _gives_way(error: Exception) -> bool:
    """Rules do, and what others did meanwhile. The question who asks does not: what is not to be seen stays hidden."""
    if isinstance(error, Problem):
        return error.status_code in (409, 422)
    return isinstance(error, (RuleViolation, Gone, ConflictError, ReservedError)) and not isinstance(error, Unseen)


async def _first_answer(request: Request, command: CommandContext, error: Exception) -> Response | None:
    route, committed = routes.success(request.scope), await earlier(request.app.state.store, command, error)
    if not committed or route.model is None:
        return None
    first = committed[0]
    part = _part(request, first)
    below = split_stream(first.stream)[1] if first.commit == 1 else part
    location = f"{request.url.path}/{below}" if below and route.status == 201 else None
    # Of other streams in the same transaction only the route could say whether the caller may know of them.
    told = command.answer(first, location=location, part=part)
    try:
        # What a route tells beside it (warnings) is left out; a route that cannot do without it looks for the first
        # answer by itself.
        body = route.model.model_validate(told.model_dump())
    except ValidationError:
        return None
    headers = dict(command.headers)
    return Response(body.model_dump_json(), route.status, headers, "application/json")


def _part(request: Request, committed: Committed) -> str | None:
    """The id of the part that the request added, if it is one that adds some."""
    field = routes.added(request.scope)
    parts = [part for event in committed.events if field and (part := getattr(event.event(), field, None))]
    return parts[-1] if parts else None
