"""Searches over all activities, those that ship, and those that somebody saved (domain.md 5.3)."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query, Request, Response

from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.contracts.base import Id
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http.after import After
from dossier.http.paging import Paging
from dossier.http.parameters import names_of, read_as
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.ids import derived_id
from histories.api.filters import Asked, Filters, MailFilters, Shown, View
from histories.api.listed import listed
from histories.api.models import HistoryPage, ShippedSearches
from histories.api.requests import Questions, answer, words_reached
from histories.views.families import EVERYTHING
from histories.views.wanted import Wanted

router = Router(prefix="/v1", tags=["searches"])


class Kind(NamedTuple):
    """What a search is of: its filters, and what it never shows anything else of."""

    filters: type[Filters]
    kinds: tuple[str, ...] = ()

    def wanted(self, filters: Filters, caller: Principal) -> Wanted:
        """What the caller asks for."""
        wanted = filters.wanted(caller)
        return wanted.only(self.kinds) if self.kinds else wanted


KINDS = {"activities": Kind(Filters), "mails": Kind(MailFilters, ("email",))}
"""Saved searches say by these names what they are of."""
SHIPPED = {derived_id("saved-search", "shipped", of): of for of in KINDS}
_NAMES = {"activities": "Activity search", "mails": "Email search"}


async def _mails(filters: Annotated[MailFilters, Query()], caller: Caller) -> Wanted:
    return KINDS["mails"].wanted(filters, caller)


async def _any(filters: Annotated[MailFilters, Query()]) -> MailFilters:
    return filters


@router.get("/activities", dependencies=[require("read")], response_model=HistoryPage)
async def activities(questions: Questions, wanted: Asked, shown: Shown, paging: Paging, response: Response) -> Response:
    """All activities that the reader may see, newest first, each with what it was recorded with."""
    page = await listed(questions, EVERYTHING, wanted, shown, paging, "activities")
    return answer({"of": None, **page}, response)


@router.get("/mails", dependencies=[require("read")], response_model=HistoryPage)
async def mails(
    questions: Questions,
    wanted: Annotated[Wanted, Depends(_mails)],
    shown: Shown,
    paging: Paging,
    response: Response,
) -> Response:
    """All mails that the reader may see, by sender and recipients among others."""
    page = await listed(questions, EVERYTHING, wanted, shown, paging, "mails")
    return answer({"of": None, **page}, response)


@router.get("/searches", dependencies=[require("read")], response_model=ShippedSearches)
async def shipped(response: Response) -> Response:
    """The searches that ship. Those that somebody saved are listed by the service of addresses."""
    items = [
        {"id": id, "name": _NAMES[of], "of": of, "parameters": sorted(names_of(KINDS[of].filters) | names_of(View))}
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
    filled_in: Annotated[MailFilters, Depends(_any)],
    shown: Shown,
    paging: Paging,
    response: Response,
) -> Response:
    """What a shipped or saved search finds now. Parameters of the request are filled in, instead of saved ones."""
    of, saved = await _search(id, questions, caller)
    kind = KINDS[of]
    given = {**filled_in.model_dump(by_alias=True, exclude_unset=True), **shown.model_dump(exclude_unset=True)}
    parameters = {**saved, **given}
    filters, view = read_as(kind.filters, View, parameters, "query")
    if filters.q:
        await words_reached(request, after)
    page = await listed(questions, EVERYTHING, kind.wanted(filters, caller), view, paging, "search", id)
    return answer({"of": None, **page}, response)


async def _search(id: str, questions: Questions, caller: Principal) -> tuple[str, dict[str, Any]]:
    """What the search is of, and the parameters it keeps. Raises NotFound for one that the caller may not see."""
    if id in SHIPPED:
        return SHIPPED[id], {}
    saved = await questions.facts(f"saved-search-{id}")
    if not saved or not (saved["is_shared"] or saved["owner"] == caller.user):
        raise NotFound(id)
    if saved["of"] not in KINDS:
        raise RuleViolation("FOL-01", "it is a search of something else than activities and mails", "id")
    return saved["of"], saved["parameters"]
