"""The inbox as server-sent events: every change once, in order, resumed after `Last-Event-ID`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import StreamingResponse

from dossier.auth.guard import require
from dossier.auth.principals import Principal
from dossier.http.routing import Router
from dossier.mongo import Document
from notifications.api.callers import OwnReading, OwnUser
from notifications.api.models import InboxEntry
from notifications.inbox.bell import Bell
from notifications.reading import Reading

router = Router(prefix="/v1", tags=["inbox"], dependencies=[require("read")])

ALIVE_SECONDS = 15.0
LIFETIME_SECONDS = 600.0
"""A stream ends after so long: its client comes back with a fresh token, and goes on where it was."""
LastEventId = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, lt=10**12)]


@router.get("/inbox/stream", response_class=StreamingResponse)
async def stream(
    request: Request, user: OwnUser, reading: OwnReading, last_event_id: LastEventId = None
) -> StreamingResponse:
    """What happens to the user's entries: `told`, `read`, `dismissed`, `ended`, each with the entry as it is now.

    Without `Last-Event-ID` it begins with what happens from now on. The ids are numbers without a gap. One that was
    never given, as from before a backup was restored, counts as the last that was.
    """
    frames = _frames(request, user, reading, last_event_id)
    return StreamingResponse(frames, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _frames(request: Request, principal: Principal, reading: Reading, last: int | None) -> AsyncGenerator[str]:
    user = principal.user
    assert user is not None
    log, bell = reading.inbox.log, _bell(request)
    stopping: asyncio.Event = request.app.state.service.stopping
    head = await log.last(user)
    number = head if last is None else min(last, head)
    yield f"id: {number}\n\n"
    ends = time.monotonic() + LIFETIME_SECONDS
    with bell.listening(user) as ring:
        while not stopping.is_set() and time.monotonic() < ends:
            ring.clear()
            records = await log.after(user, number)
            entries = await reading.entries(principal, [record["entry"] for record in records])
            for record in records:
                yield frame(record, entries.get(record["entry"]))
                number = record["number"]
            if not records and not await _rung(ring, stopping):
                yield ": alive\n\n"


def frame(record: Document, entry: Document | None) -> str:
    """One event. Of an entry that may not be seen only the number is said, which no client shows as an event."""
    if entry is None:
        return f"id: {record['number']}\n\n"
    return f"id: {record['number']}\nevent: {record['what']}\ndata: {InboxEntry(**entry).model_dump_json()}\n\n"


async def _rung(ring: asyncio.Event, stopping: asyncio.Event) -> bool:
    """Wait for the bell, or until it is time to say something; false if nothing rang."""
    tasks = [asyncio.create_task(event.wait()) for event in (ring, stopping)]
    try:
        done, _ = await asyncio.wait(tasks, timeout=ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return bool(done)


def _bell(request: Request) -> Bell:
    return request.app.state.bell
