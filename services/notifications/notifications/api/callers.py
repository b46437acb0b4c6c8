"""Who an inbox can belong to: a user. A service has none."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.http.problems import Problem
from notifications.reading import Reading


async def own_user(caller: Caller) -> Principal:
    """The caller, who must be a user. Raises Problem 403 for a service."""
    if caller.user is None:
        raise Problem(403, "not-allowed", "Not allowed", "Only users have an inbox.", rule="users-only")
    return caller


def _reading(request: Request) -> Reading:
    return request.app.state.reading


OwnUser = Annotated[Principal, Depends(own_user)]
OwnReading = Annotated[Reading, Depends(_reading)]
