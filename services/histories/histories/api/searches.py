"""Searches over all activities, those that ship, and those that somebody saved (domain.md 5.3)."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.contracts.base import Id
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http.activity_filters import SEARCHES, View
from dossier.http.after import After
from dossier.http.paging import Paging
from dossier.http.parameters import names_of, read_as
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.ids import derived_id
from histories.api.filters import FilledIn, MailsAsked, Searched, Shown, wanted_by
from histories.api.listed import listed
from histories.api.models import HistoryPage, ShippedSearches
from histories.api.requests import Questions, answer, words_reached
from histories.views.families import EVERYTHING

router = Router(prefix="/v1", tags=["searches"])


SHIPPED = {derived_id("saved-search", "shipped", of): of for of in SEARCHES}
_NAMES = {"activities": "Activity search", "mails": "Email search"}


@router.get("/activities", dependencies=[require("read")], response_model=HistoryPage)
async def activities(
    questions: Questions, wanted: Searched, shown: Shown, paging: Paging, response: Response
) -> Response:
    """All activities that the reader may see, newest first, each with what it was recorded with.

    What was withdrawn is found with `withdrawn=true`, and then nothing else.
    """
    return answer(await listed(questions, EVERYTHING, wanted, shown, paging, "activities"), response)


@router.get("/mails", dependencies=[require("read")], response_model=HistoryPage)
async def mails(questions: Questions, wanted: MailsAsked, shown: Shown, paging: Paging, response: Response) -> Response:
    """All mails that the reader may see, by sender and recipients among others."""
    return answer(await listed(questions, EVERYTHING, wanted, shown, paging, "mails"), response)


@router.get("/searches", dependencies=[require("read")], response_model=ShippedSearches)
async def shipped(response: Response) -> Response:
    """The searches that ship. Those that somebody saved are listed by the service of addresses."""
    items = [
        {"id": id, "name": _NAMES[of], "of": of, "parameters": sorted(names_of(SEARCHES[of]) | names_of(View))}
        for id, of in SHIPPED.items()
    ]
    return answer({"items": items}, response)


@router.get(
    "/searches/{id}/results", dependencies=[require("read")], response_model=HistoryPage, responses=responses(404)
)
async def results(
    id: Id,
    request: Request,
    questions: Questions,
    caller: Caller,
    after: After,
    filled_in: FilledIn,
    shown: Shown,
    paging: Paging,
    response: Response,
) -> Response:
    """What a shipped or saved search finds now. Parameters of the request are filled in, instead of saved ones."""
    of, saved = await _search(id, questions, caller)
    given = {**filled_in.model_dump(by_alias=True, exclude_unset=True), **shown.model_dump(exclude_unset=True)}
    parameters = {**saved, **given}
    filters, view = read_as(SEARCHES[of], View, parameters, "query")
    if filters.q:
        await words_reached(request, after)
    return answer(await listed(questions, EVERYTHING, wanted_by(caller, filters), view, paging, "search", id), response)


async def _search(id: str, questions: Questions, caller: Principal) -> tuple[str, dict[str, Any]]:
    """What the search is of, and the parameters it keeps. Raises NotFound for one that the caller may not see."""
    if id in SHIPPED:
        return SHIPPED[id], {}
    saved = await questions.facts(f"saved-search-{id}")
    if not saved or not (saved["is_shared"] or saved["owner"] == caller.user):
        raise NotFound(id)
    if saved["of"] not in SEARCHES:
        raise RuleViolation("FOL-01", "it is a search of something else than activities and mails", "id")
    return saved["of"], saved["parameters"]
