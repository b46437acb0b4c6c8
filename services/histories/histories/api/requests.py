"""What the routes share: whose page, who reads, which histories, and how an answer is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, Request, Response

from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.contracts.base import Id
from dossier.http.after import After
from dossier.http.problems import Problem
from histories.views.pages import Pages
from histories.views.projection import Histories
from histories.views.readers import Reader
from histories.views.texts import Texts

Objects = Literal["companies", "persons", "contacts", "couples", "opportunities", "projects", "phases", "invoices"]
KINDS: dict[Objects, str] = {
    "companies": "company",
    "persons": "person",
    "contacts": "contact",
    "couples": "couple",
    "opportunities": "opportunity",
    "projects": "project",
    "phases": "phase",
    "invoices": "invoice",
}


@dataclass(frozen=True)
class Live:
    """The generation that is read just now, the streams that are set aside in it, and the words of all activities."""

    histories: Histories
    parked: frozenset[str]
    texts: Texts


FindLive = Callable[[], Awaitable[Live]]


async def target(objects: Objects, id: Id) -> str:
    """The object whose page is asked for."""
    return f"{KINDS[objects]}-{id}"


Target = Annotated[str, Depends(target)]


async def live_view(request: Request, after: After) -> Live:
    """What is read, once what the reader wrote has arrived (or waiting was long enough)."""
    find_live: FindLive = request.app.state.find_live
    live = await find_live()
    await after.reached(live.histories)
    return live


async def words_reached(request: Request, after: After) -> None:
    """Wait until the words of what the reader wrote can be found, too."""
    find_live: FindLive = request.app.state.find_live
    await after.reached((await find_live()).texts)


def users_only(caller: Principal, what: str) -> str:
    """The user who calls. Raises Problem 403 for a service."""
    if caller.user is None:
        raise Problem(403, "not-allowed", "Not allowed", f"Only users have {what}.", rule="users-only")
    return caller.user


async def pages(request: Request, caller: Caller, after: After) -> Pages:
    """Questions of this reader."""
    live = await live_view(request, after)
    if request.query_params.get("q"):
        await words_reached(request, after)
    return Pages(live.histories.collections, Reader.of(caller, live.parked), live.texts)


Questions = Annotated[Pages, Depends(pages)]


def answer(content: Any, response: Response) -> Response:
    """The content as JSON, with the headers that dependencies have set; through models it would take twice as long."""
    return Response(msgspec.json.encode(content), headers=dict(response.headers), media_type="application/json")
