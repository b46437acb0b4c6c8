"""The caller's own calendar feed: open it, see whether it is open, revoke it."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

from directory.aggregates import USER
from directory.domain import calendar_feed
from dossier.auth.guard import Caller, require
from dossier.http.models import Answer
from dossier.http.problems import Problem, responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, present

router = Router(
    prefix="/v1/calendar-feed", tags=["calendar feed"], dependencies=[require("read")], responses=responses(404)
)

SECRET_BYTES = 32


async def own_user(caller: Caller) -> str:
    """The user who calls. Raises Problem 403 for a service."""
    if caller.user is None:
        raise Problem(403, "not-allowed", "Not allowed", "Only users have a calendar feed.", rule="users-only")
    return caller.user


OwnUser = Annotated[str, Depends(own_user)]


class OpenedFeed(Answer):
    """The feed that was opened. `path` is where `histories` serves it, told this once and never again.

    A repeated request (`replayed`) is told nothing of the secret: it is not known any more.
    """

    path: str | None = None


class FeedView(BaseModel):
    """Whether the feed is open."""

    is_open: bool


@router.post("", responses=responses(409))
async def open_feed(user: OwnUser, write: Write) -> OpenedFeed:
    """Open my calendar feed under a new secret address; the address before is good for nothing from now on."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    answer = await write.change(USER, user, lambda state: calendar_feed.open_feed(state, secret))
    path = None if answer.replayed else f"/v1/calendar-feeds/{secret}.ics"
    return OpenedFeed(**answer.model_dump(), path=path)


@router.get("")
async def read_feed(user: OwnUser, store: Store) -> FeedView:
    """Whether my calendar feed is open. Its address was told when it was opened."""
    return FeedView(is_open=(await present(store, USER, user)).state.calendar_feed is not None)


@router.delete("", responses=responses(409))
async def close_feed(user: OwnUser, write: Write) -> Answer:
    """Revoke my calendar feed; from now on its address is good for nothing."""
    return await write.change(USER, user, calendar_feed.close_feed)
