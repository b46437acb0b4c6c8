"""Who took which dossier along: for administrators, and of an address for who looks after it (AUD-04, ADR-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import Request, Response

from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.http.paging import Paging, PagingContext
from dossier.http.problems import Problem, responses
from dossier.http.routing import Router
from histories.api.exports import Addresses
from histories.api.models import Day, Moment, Reference, Shown
from histories.api.requests import KINDS, Questions, answer
from histories.export.noted import Exports
from histories.export.others import Others
from histories.views.pages import Pages

router = Router(prefix="/v1", tags=["exports"])


class NotedExport(Shown):
    """A dossier that somebody took along, or began to."""

    id: Id
    of: Reference
    by: Reference
    format: Literal["ndjson", "zip"]
    first_day: Day | None
    last_day: Day | None
    begun_at: Moment


class NotedExports(Shown):
    """Exports, newest first."""

    items: list[NotedExport]
    next: str | None


@router.get("/exports", dependencies=[require("administer")], response_model=NotedExports)
async def all_exports(questions: Questions, paging: Paging, request: Request, response: Response) -> Response:
    """All exports of dossiers: who took which along, of which days, and when."""
    return answer(await _listed(request.app.state.exports, None, questions, paging), response)


@router.get(
    "/{addresses}/{id}/exports",
    dependencies=[require("read")],
    response_model=NotedExports,
    responses=responses(403, 404),
)
async def exports_of_address(
    addresses: Addresses,
    id: Id,
    questions: Questions,
    caller: Caller,
    paging: Paging,
    request: Request,
    response: Response,
) -> Response:
    """Exports of the dossier of one address, for administrators and the account manager."""
    target, service = f"{KINDS[addresses]}-{id}", request.app.state.service
    others = Others(service.http, service.settings, request.headers)
    shown = await others.one(f"{others.addresses}/v1/addresses/{target}")
    if not caller.may("administer") and (caller.user is None or shown["account_manager"] != caller.user):
        detail = "Administrators and the account manager see who took the dossier along."
        raise Problem(403, "not-allowed", "Not allowed", detail, rule="AUD-04")
    return answer(await _listed(request.app.state.exports, target, questions, paging), response)


async def _listed(exports: Exports, of: str | None, questions: Pages, paging: PagingContext) -> dict[str, Any]:
    position = paging.position("exports", of)
    found = await exports.listed(of, position[0] if position else None, paging.limit + 1)
    page = paging.page(found, lambda record: [record["_id"]], "exports", of)
    names = await questions.references({stream for record in page.items for stream in (record["of"], record["by"])})
    items = [
        {"id": record.pop("_id"), **record, "of": names[record["of"]], "by": _taker(record["by"], names)}
        for record in page.items
    ]
    return {"items": items, "next": page.next}


def _taker(by: str, names: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    kind, _, id = by.partition("-")
    return names[by] if kind == "user" else {"type": kind, "id": id, "name": None}
