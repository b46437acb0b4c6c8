"""Pages of addresses and engagements, and the list of unassigned mails."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from dossier.auth.guard import require
from dossier.contracts.activities import ActivityKind
from dossier.contracts.base import Id
from dossier.contracts.rules import RuleViolation
from dossier.http.paging import Paging, PagingContext
from dossier.http.problems import responses
from histories.api.models import Entry, HistoryPage
from histories.api.requests import Questions, Target, answer
from histories.domain.rules import UNASSIGNED
from histories.views.families import Family
from histories.views.pages import Pages, Wanted

router = APIRouter(prefix="/v1", tags=["histories"])

Kinds = Annotated[list[ActivityKind] | None, Query(description="Only these kinds; may be given several times")]
First = Annotated[date | None, Query(alias="from", description="First day")]
Last = Annotated[date | None, Query(alias="to", description="Last day, inclusive")]
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
    paging: Paging,
    response: Response,
    kind: Kinds = None,
    first: First = None,
    last: Last = None,
    include: Include = None,
) -> Response:
    """Everything that belongs to an object, newest first, and for each activity why it is here (ACT-10, ACT-11)."""
    if first is not None and last is not None and first > last:
        raise RuleViolation("date-order", "the first day is after the last", "from")
    wanted = Wanted(sorted(set(kind or ())), first, last)
    family = await questions.family(of, subsidiaries=include is not None)
    return answer(await _page(questions, family, wanted, paging, include or ""), response)


@router.get("/unassigned", dependencies=[require("read")], response_model=HistoryPage)
async def unassigned(questions: Questions, paging: Paging, response: Response) -> Response:
    """Mails that are on no address's page, newest first: nobody was matched, somebody has to look."""
    return answer(await _page(questions, Family.alone(UNASSIGNED), Wanted(), paging), response)


@router.get("/activities/{id}", dependencies=[require("read")], response_model=Entry, responses=responses(404))
async def activity(id: Id, questions: Questions, response: Response) -> Response:
    """An activity, all pages it is on, and every reason it is or once was on one, with the events that caused it."""
    return answer(await questions.activity(f"activity-{id}"), response)


async def _page(
    questions: Pages, family: Family, wanted: Wanted, paging: PagingContext, include: str = ""
) -> dict[str, Any]:
    of, *_ = family.up
    listed = ("history", of, ",".join(wanted.kinds), wanted.first, wanted.last, include)
    position = paging.position(*listed)
    found = await questions.history(family, wanted, position[0] if position else None, paging.limit + 1)
    page = paging.page(found, lambda entry: (entry["dated"],), *listed)
    items = await questions.rows(page.items, family)
    head = None if of == UNASSIGNED else await questions.head(of)
    return {"of": head, "items": items, "next": page.next}
