"""Checking what a request refers to in other services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from dossier.ids import stream_id
from dossier.references import ReferenceChecker
from engagements.views.known import Known


def _references(request: Request) -> ReferenceChecker:
    return request.app.state.references


def _known(request: Request) -> Known:
    return request.app.state.known


References = Annotated[ReferenceChecker, Depends(_references)]
KnownStreams = Annotated[Known, Depends(_known)]


def people(field: str, kind: str, ids: Sequence[str]) -> dict[str, str]:
    """References to several users or groups: field of the request, with the index, → stream."""
    return {f"{field}.{index}": stream_id(kind, id) for index, id in enumerate(ids)}
