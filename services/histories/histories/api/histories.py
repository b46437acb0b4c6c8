"""Pages of addresses and engagements, and the list of unassigned mails."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Response

from dossier.auth.guard import require
from dossier.contracts.base import Id
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from histories.api.filters import Asked, Shown
from histories.api.listed import listed
from histories.api.models import Entry, HistoryPage
from histories.api.requests import Questions, Target, answer
from histories.domain.rules import UNASSIGNED
from histories.views.families import Family

router = Router(prefix="/v1", tags=["histories"])

Include = Annotated[
    Literal["subsidiaries"] | None, Query(description="With all companies below this one, each activity once (RUP-04)")
]


@router.get(
    "/{objects}/{id}/history",
    dependencies=[require("read")],
    response_model=HistoryPage,
    responses=responses(404),
)
async def history(
    of: Target,
    questions: Questions,
    wanted: Asked,
    shown: Shown,
    paging: Paging,
    response: Response,
    include: Include = None,
) -> Response:
    """Everything that belongs to an object, newest first, and for each activity why it is here (ACT-10, ACT-11)."""
    family = await questions.family(of, subsidiaries=include is not None)
    return answer(await listed(questions, family, wanted, shown, paging, "history", of, include), response)


@router.get("/unassigned", dependencies=[require("read")], response_model=HistoryPage)
async def unassigned(questions: Questions, wanted: Asked, shown: Shown, paging: Paging, response: Response) -> Response:
    """Mails that are on no address's page, newest first: nobody was matched, or several alike; somebody has to look."""
    family = Family.alone(UNASSIGNED)
    return answer(await listed(questions, family, wanted, shown, paging, UNASSIGNED), response)


@router.get("/activities/{id}", dependencies=[require("read")], response_model=Entry, responses=responses(404))
async def activity(id: Id, questions: Questions, response: Response) -> Response:
    """An activity, all pages it is on, and every reason it is or once was on one, with the events that caused it."""
    return answer(await questions.activity(f"activity-{id}"), response)
