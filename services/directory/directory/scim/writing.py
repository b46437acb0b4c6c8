"""Writing what the provider says, and what is reserved with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import Request
from scim2_models import Context, InvalidSyntaxException, PatchOp, Resource
from scim2_models.base import BaseModel as ScimModel

from directory.bringing import execute_whole
from directory.domain.names import folded
from directory.scim.resources import POLICY
from dossier.commands import Aggregate, Reserve
from dossier.contracts import Event
from dossier.http.commands import CommandContext
from dossier.ids import stream_id
from dossier.store import CommitStore, Reservation

S = TypeVar("S")
M = TypeVar("M", bound=ScimModel)
R = TypeVar("R", bound=Resource[Any])


async def body_as(model: type[M], request: Request, purpose: Context) -> M:
    """The body. Raises ValidationError."""
    return model.model_validate_json(await request.body(), scim_ctx=purpose, scim_policy=POLICY)


async def bring(
    store: CommitStore,
    command: CommandContext,
    aggregate: Aggregate[S],
    id: str,
    decide: Callable[[S], Sequence[Event]],
    *,
    create: bool = False,
    reserve: Reserve | None = None,
) -> None:
    """Commit what is decided for a request, in as many commits as it takes; `If-Match` is about the first."""
    metadata = replace(command.metadata(batch_id=command.batch_id), key=None)
    stream, expected = stream_id(aggregate.kind, id), command.expected_commit
    await execute_whole(store, aggregate, stream, decide, metadata, expected, create=create, reserve=reserve)


def moved(kind: str, stream: str, former: str | None, value: str | None) -> list[Reservation]:
    """What is reserved and given up when a stream has another value, or none, that no other may have."""
    if former == value:
        return []
    changes = [Reservation(kind, former, stream, given_up=True)] if former is not None else []
    return [*changes, *([Reservation(kind, value, stream)] if value is not None else [])]


def folded_or_none(value: str | None) -> str | None:
    """The form in which values are compared that case makes no difference for."""
    return None if value is None else folded(value)


def patched(patch: PatchOp[R], resource: R) -> R:
    """The resource with the operations applied. Raises SCIMException."""
    changed = resource.model_copy(deep=True)
    patch.patch(changed, scim_policy=POLICY)
    return changed


async def patch_of(model: type[R], request: Request) -> PatchOp[R]:
    """The operations of the body. Raises ValidationError."""
    return patch_from(model, await operations_of(request))


def patch_from(model: type[R], sent: Any) -> PatchOp[R]:
    """The operations that were sent. Raises ValidationError."""
    return PatchOp[model].model_validate(sent, scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=POLICY)


async def operations_of(request: Request) -> Any:
    """The body, as it was sent but for one form of Entra ID. Raises InvalidSyntaxException.

    A value without a path may have paths with filters as its keys (`emails[type eq "work"].value`); each of them, and
    the members of a group, become operations of their own.
    """
    try:
        sent = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise InvalidSyntaxException(detail="The body is no valid JSON.") from None
    if isinstance(sent, dict) and isinstance(sent.get("Operations"), list):
        sent["Operations"] = [each for operation in sent["Operations"] for each in _spread(operation)]
    return sent


def _spread(operation: Any) -> list[Any]:
    match operation:
        case {"op": op, "value": dict(value)} if not operation.get("path"):
            apart = {key: value[key] for key in value if "[" in key or key.lower() == "members"}
            rest = {key: value[key] for key in value if key not in apart}
            own = [{**operation, "value": rest}] if rest or not apart else []
            return [*own, *({"op": op, "path": key, "value": each} for key, each in apart.items())]
        case _:
            return [operation]
