"""Touchpoints of an object: last contact per medium, what comes next, and how much happened."""

from __future__ import annotations

from asyncio import gather
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response

from dossier.auth.guard import Caller, require
from dossier.http.problems import responses
from dossier.http.routing import Router
from histories.api.models import Touchpoints
from histories.api.requests import Questions, Target, answer

router = Router(prefix="/v1", tags=["histories"])

Include = Annotated[
    Literal["subsidiaries"] | None,
    Query(description="With all companies below this one (RUP-04); then there are no counts by month"),
]


@router.get(
    "/{objects}/{id}/touchpoints", dependencies=[require("read")], response_model=Touchpoints, responses=responses(404)
)
async def touchpoints(
    of: Target,
    questions: Questions,
    caller: Caller,
    request: Request,
    response: Response,
    include: Include = None,
) -> Response:
    """Last contact per medium up to today, the next open task, and activities by month, 24 of them with this one.

    Of what the reader may see, nothing else counts, and nothing that is still to come where the reader is.
    """
    family = await questions.family(of, subsidiaries=include is not None)
    # Months of what there is not must not be counted: that would leave tallies behind.
    today, _ = await gather(questions.people.today(caller.user, request.app.state.clock), questions.require_seen(of))
    found, following, months = await gather(
        questions.touchpoints(family, today),
        questions.pulse.next_task(family),
        _nothing() if include else questions.pulse.months(of, today),
    )
    head, rows = await questions.rows([*found, *([following] if following else [])], family)
    coming = rows.pop() if following else None
    items = [
        {"medium": row["medium"], "occurred_on": row["occurred_on"], "by": row["entered_by"], "activity": row}
        for row in rows
    ]
    content = {"of": head, "items": items, "next_task": coming, "months": months}
    return answer(content, response)


async def _nothing() -> list[dict[str, Any]] | None:
    return None
