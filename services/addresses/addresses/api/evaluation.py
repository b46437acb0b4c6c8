"""Evaluation: how many addresses have which keyword."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from addresses.api.reading import answer
from addresses.api.reading_models import KeywordEvaluation
from addresses.api.shown import Book
from addresses.views.keywords import Keywords
from addresses.views.search import holding
from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.http.after import After
from dossier.http.days import Today
from dossier.http.routing import Router

router = Router(prefix="/v1/evaluation", tags=["reading"])


@router.get("/keywords", dependencies=[require("read")], response_model=KeywordEvaluation)
async def keywords(
    response: Response,
    book: Book,
    caller: Caller,
    today: Today,
    after: After,
    group: Annotated[Id, Query(description="The keyword group that is counted")],
    by: Annotated[Id | None, Query(description="Crossed with the keywords of this group")] = None,
    inactive: Annotated[bool, Query(description="Inactive ones and those past their last day, too")] = False,
) -> Response:
    """Addresses by keyword, active ones unless more is asked for; with `by`, by pairs that somebody has."""
    await after.reached(book)
    known = Keywords(book, caller.user)
    counted = await known.group(group, "group")
    crossed = await known.group(by, "by") if by is not None else None
    met = [] if inactive else holding(today.isoformat())
    items = await (known.counts(counted, met) if crossed is None else known.crossed(counted, crossed, met))
    return answer({"group": _named(counted), "by": crossed and _named(crossed), "items": items}, response)


def _named(group: dict[str, Any]) -> dict[str, Any]:
    return {"id": group["_id"][-36:], "name": group["name"]}
