"""What routes depend on beside the store: references into other services, and the service's own views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from dossier.ids import stream_id
from dossier.references import ReferenceChecker
from engagements.views.known import Known
from engagements.views.register import Register


async def _references(request: Request) -> ReferenceChecker:
    return request.app.state.references


async def _known(request: Request) -> Known:
    return request.app.state.known


async def _register(request: Request) -> Register:
    return request.app.state.register


References = Annotated[ReferenceChecker, Depends(_references)]
KnownStreams = Annotated[Known, Depends(_known)]
OwnRegister = Annotated[Register, Depends(_register)]


def people(field: str, kind: str, ids: Sequence[str]) -> dict[str, str]:
    """References to several users or groups: field of the request, with the index, → stream."""
    return {f"{field}.{index}": stream_id(kind, id) for index, id in enumerate(ids)}


def one(field: str, kind: str, id: str | None) -> dict[str, str]:
    """A reference that may be none."""
    return {} if id is None else {field: stream_id(kind, id)}
