"""The routes of the feed. They show everything, so only services with the capability `feed` may read them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from dossier.auth.guard import require
from dossier.contracts.base import Count
from dossier.feed import reading
from dossier.feed.lines import position_of
from dossier.http import models
from dossier.http.problems import Problem
from dossier.http.routing import Router
from dossier.store import CommitStore

MEDIA_TYPE = "application/x-ndjson"
MAX_STREAMS = 500
Cursor = Annotated[str, Query(max_length=200, description="From a cursor line of an earlier answer")]


class HeadsOf(models.Request):
    """Which streams are asked for."""

    streams: list[str] = Field(max_length=MAX_STREAMS)


def feed_router(store: CommitStore) -> Router:
    """The feed of this store."""
    router = Router(prefix="/feed", tags=["feed"], dependencies=[require("feed")])

    @router.get("", response_class=StreamingResponse)
    async def feed(request: Request, cursor: Cursor = "") -> StreamingResponse:
        """Every event, stream by stream, as NDJSON of CloudEvents, with cursor lines in between."""
        return _ndjson(reading.all_events(store.commits, _position(cursor), _stopping(request)))

    @router.get("/heads", response_class=StreamingResponse)
    async def heads(request: Request, cursor: Cursor = "") -> StreamingResponse:
        """The version of every stream as NDJSON, in order of the streams, with cursor lines in between."""
        return _ndjson(reading.all_heads(store.commits, _position(cursor), _stopping(request)))

    @router.post("/heads")
    async def heads_of(asked: HeadsOf) -> dict[str, int]:
        """The versions of the streams that are asked for; one that does not exist is absent."""
        return await reading.versions(store.commits, asked.streams)

    @router.get("/streams/{stream}", response_class=StreamingResponse)
    async def one(stream: str, after: Count = 0) -> StreamingResponse:
        """The events of one stream after a version; none if there is no such stream."""
        return _ndjson(reading.stream_events(store.commits, stream, after))

    return router


def _ndjson(chunks: AsyncGenerator[bytes]) -> StreamingResponse:
    return StreamingResponse(chunks, media_type=MEDIA_TYPE)


def _stopping(request: Request) -> reading.Stopping:
    return request.app.state.service.stopping.is_set


def _position(cursor: str) -> str:
    try:
        return position_of(cursor)
    except ValueError:
        raise Problem(
            422, "invalid", "Invalid request", "This is no cursor of the feed.", rule="cursor", field="cursor"
        ) from None
