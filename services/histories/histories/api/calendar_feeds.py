"""A user's calendar for applications that subscribe: whoever knows the secret reads, without signing in.

The directory keeps the hash of the secret on the user's own stream, and is asked for what is newer there at every
reading: a feed that was revoked is closed at once, however far its events are on their way. While the directory cannot
be asked, nothing is told (503): the application keeps what it has and comes again. Rights are those of the user and of
the groups the user is in as the directory says, since nobody signs in who could say it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from datetime import date, timedelta, tzinfo
from typing import Annotated, cast

from fastapi import Path, Query, Request, Response

from dossier.auth.guard import public
from dossier.auth.principals import CapabilityTable, Principal
from dossier.contracts import RecordedEvent
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http.problems import responses, unavailable
from dossier.http.routing import Router
from dossier.projections.feeds import FeedUnreachable
from histories.api.requests import FindLive, Live
from histories.domain.documents import Entry, Node
from histories.domain.lists import BY_DATE
from histories.domain.nodes import fold_node
from histories.ical import Tasks, written
from histories.views.calendar import Calendar
from histories.views.collections import FEED
from histories.views.people import People
from histories.views.readers import Reader
from histories.views.worklists import Asked, WorkLists

router = Router(prefix="/v1/calendar-feeds", tags=["calendar"])

Newer = Callable[[str, int], Awaitable[Sequence[RecordedEvent]]]
"""The events of a stream of the directory after a version, from the directory itself. Raises FeedUnreachable."""

_DAYS = ((90, 366), (30, 90), (7, 30), (1, 7))
"""Days back and ahead: the first of these that has no more entries than are answered at once."""
MOST_TASKS = 1_000


@router.get(
    "/{secret}.ics",
    dependencies=[public],
    response_class=Response,
    responses={
        200: {"content": {"text/calendar": {}}, "description": "iCalendar, from 90 days ago to a year ahead, or less"},
        304: {"description": "It is what `If-None-Match` says"},
        **responses(404),
    },
)
async def calendar_feed(
    request: Request,
    secret: Annotated[str, Path(max_length=200)],
    tasks: Annotated[
        Tasks | None, Query(description="With my open tasks: as VTODO, or as all-day VEVENT for what has a day")
    ] = None,
) -> Response:
    """The calendar of the user who opened this feed: exactly what that user may see now."""
    find_live: FindLive = request.app.state.find_live
    live = await find_live()
    node = await _opened_by(request, live, secret)
    principal = await _principal(request, live, node)
    body = await _calendar(request, live, principal, node["facts"]["name"], tasks)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")


async def _opened_by(request: Request, live: Live, secret: str) -> Node:
    """The user whose feed is open under this secret at this moment. Raises NotFound, and Problem 503."""
    kept = hashlib.sha256(secret.encode()).hexdigest()
    wanted = {"facts.calendar_feed": kept}
    node = cast("Node | None", await live.histories.collections.nodes.find_one(wanted, hint=FEED))
    if node is None:
        raise NotFound("calendar-feed")
    newer: Newer = request.app.state.newer
    try:
        events = await newer(node["_id"], node["version"])
    except FeedUnreachable:
        raise unavailable("not-certain", "Whether the feed is still open cannot be said now.", 60) from None
    current = deepcopy(node)
    fold_node(current, events)
    if current["facts"].get("calendar_feed") != kept:
        raise NotFound("calendar-feed")
    return current


async def _principal(request: Request, live: Live, node: Node) -> Principal:
    """The user as if signed in, with the groups that the directory says. Raises NotFound if that is not enough."""
    user = node["_id"][-36:]
    table: CapabilityTable = request.app.state.capabilities
    principal = table.user(user, await People(live.histories.collections.nodes, live.parked).groups(user))
    if not principal.may("read"):
        raise NotFound("calendar-feed")
    return principal


async def _around(calendar: Calendar, user: str, today: date, place: tzinfo) -> list[Entry]:
    """What lies around today: an application cannot choose a shorter period, and is not to be left with nothing."""
    for number, (back, ahead) in enumerate(_DAYS, 1):
        first, last = today - timedelta(days=back), today + timedelta(days=ahead)
        with suppress(RuleViolation):
            return await calendar.between(user, first, last, place, entrusted=False, cut=number == len(_DAYS))
    raise AssertionError("unreachable")


async def _calendar(request: Request, live: Live, principal: Principal, name: str, tasks: Tasks | None) -> bytes:
    assert principal.user is not None
    collections, reader = live.histories.collections, Reader.of(principal, live.parked)
    place = await People(collections.nodes, live.parked).zone(principal.user)
    today: date = request.app.state.clock().astimezone(place).date()
    calendar, lists = Calendar(collections, reader), WorkLists(collections, reader)
    entries = await _around(calendar, principal.user, today, place)
    items = await lists.page([principal.user], Asked(BY_DATE), None, MOST_TASKS) if tasks else []
    return written(name, await calendar.rows(entries), await lists.rows(items, today), tasks or "todo")
