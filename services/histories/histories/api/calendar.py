"""Calendars over HTTP: the reader's own, or that of another user as far as the reader may see it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.contracts.rules import RuleViolation
from dossier.http.after import After
from dossier.http.problems import not_found, responses
from dossier.http.routing import Router
from histories.api.calendar_models import CalendarPeriod
from histories.api.requests import answer, live_view, users_only
from histories.views.calendar import Calendar
from histories.views.people import People
from histories.views.readers import Reader
from histories.views.worklists import WorkLists

router = Router(prefix="/v1", tags=["calendar"], dependencies=[require("read")])

LONGEST = timedelta(days=366)
Include = Annotated[
    Literal["responsible"] | None, Query(description="With what the user is responsible for, and no more than that")
]


@router.get("/calendar", response_model=CalendarPeriod, responses=responses(404))
async def calendar(
    caller: Caller,
    after: After,
    request: Request,
    response: Response,
    first: Annotated[date, Query(alias="from", description="First day")],
    last: Annotated[date, Query(alias="to", description="Last day, inclusive")],
    of: Annotated[Id | None, Query(description="Whose calendar; default: my own")] = None,
    include: Include = None,
) -> Response:
    """What a user entered or takes part in (CAL-02) on these days, as days are where I am, at most 366."""
    reader = users_only(caller, "a calendar")
    _check(first, last)
    live = await live_view(request, after)
    collections, of_reader = live.histories.collections, Reader.of(caller, live.parked)
    people = People(collections.nodes, live.parked)
    user, place = of or reader, await people.zone(reader)
    if user != reader and not await people.knows(user):
        raise not_found("of")
    found = Calendar(collections, of_reader)
    entries = await found.between(user, first, last, place, entrusted=include is not None)
    (whose,) = await WorkLists(collections, of_reader).references([f"user-{user}"])
    content = {"user": whose, "time_zone": str(place), "items": await found.rows(entries)}
    return answer(content, response)


def _check(first: date, last: date) -> None:
    if last < first:
        raise RuleViolation("date-order", "the first day is after the last", "from")
    if last - first >= LONGEST:
        raise RuleViolation("CAL-01", f"a period has at most {LONGEST.days} days", "to")
    if first <= date.min + LONGEST or last >= date.max - LONGEST:
        raise RuleViolation("CAL-01", "so far the calendar does not reach", "from")
