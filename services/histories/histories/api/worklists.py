"""Work lists over HTTP: mine, nobody's, what waits for others or for me, a team's, those that are open to me."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response

from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http.after import After
from dossier.http.paging import Paging, PagingContext
from dossier.http.problems import not_found, responses
from dossier.http.routing import Router
from histories.api.requests import answer, live_view, users_only
from histories.api.worklist_models import WorkList, WorkListsOverview
from histories.domain.lists import BY_DATE, BY_DUE, DONE, NOBODY, OFFERED, REVIEWS, WAITING
from histories.views.people import People
from histories.views.readers import Reader
from histories.views.worklists import Asked, Item, WorkLists

router = Router(prefix="/v1/work-lists", tags=["work lists"], dependencies=[require("read")])

By = Literal["date", "due", "follow_up"]
Show = Literal["open", "overdue", "completed"]
Until = Annotated[date | None, Query(description="Last day, inclusive (ACT-07); default: today and days of preview")]
All = Annotated[bool, Query(description="Whatever the date: switches the date filter off (ACT-04)")]


@dataclass(frozen=True)
class Desk:
    """Who reads, and what is asked."""

    user: str
    today: date
    preview_days: int
    people: People
    lists: WorkLists


async def desk(request: Request, caller: Caller, after: After) -> Desk:
    """The desk of the user who calls. Raises Problem 403 for a service."""
    user = users_only(caller, "work lists")
    live = await live_view(request, after)
    collections, state = live.histories.collections, request.app.state
    people = People(collections.nodes, live.parked)
    today = await people.today(user, state.clock)
    lists = WorkLists(collections, Reader.of(caller, live.parked))
    return Desk(user, today, state.service.settings.work_list_days, people, lists)


AtDesk = Annotated[Desk, Depends(desk)]


@dataclass(frozen=True)
class Filter:
    """What of a list is asked for."""

    by: By
    show: Show
    until: date | None
    all: bool

    def asked(self, at: Desk) -> Asked:
        """The list. Raises RuleViolation ACT-04 for filters that contradict each other."""
        if self.until is not None and (self.all or self.show != "open"):
            raise RuleViolation("ACT-04", "the last day goes with the open items alone, and not with all", "until")
        if self.show == "completed":
            return Asked(DONE, undated=False)
        if self.show == "overdue":
            return Asked(self.by, at.today - timedelta(days=1), undated=False)
        if self.all:
            return Asked(self.by)
        return Asked(self.by, self.until or _preview(at))


def _preview(at: Desk) -> date:
    return min(at.today, date.max - timedelta(days=at.preview_days)) + timedelta(days=at.preview_days)


async def wanted(
    by: Annotated[
        By, Query(description="The earlier of due and own follow-up date, or one of them; without it: undated")
    ] = BY_DATE,
    show: Annotated[Show, Query(description="Open, open from before today, or completed (newest first)")] = "open",
    until: Until = None,
    all: All = False,
) -> Filter:
    """The filters of the request."""
    return Filter(by, show, until, all)


Wanted = Annotated[Filter, Depends(wanted)]


@router.get("", response_model=WorkListsOverview)
async def overview(at: AtDesk, response: Response) -> Response:
    """Which lists there are: which of mine have anything, whose lists I see as a deputy, which teams I lead."""
    represented = await at.people.represented(at.user, at.today)
    teams = await at.people.teams(at.user, represented)
    content = {
        "today": at.today.isoformat(),
        "mine": await at.lists.has_any(at.user, BY_DATE),
        "waiting": await at.lists.has_any(at.user, WAITING),
        "offered": await at.lists.has_any(at.user, OFFERED),
        "reviews": await at.lists.has_any(at.user, REVIEWS),
        "nobody": await at.lists.has_any(NOBODY, BY_DUE),
        "represents": await at.lists.references([f"user-{user}" for user in represented]),
        "teams": [
            {
                "group": (await at.lists.references([f"group-{team.group}"]))[0],
                "members": await at.lists.references([f"user-{user}" for user in team.members]),
            }
            for team in teams
        ],
    }
    return answer(content, response)


@router.get("/mine", response_model=WorkList)
async def mine(at: AtDesk, wanted: Wanted, paging: Paging, response: Response) -> Response:
    """My open items: responsible, mainly or further, and not completed; undated ones always, and last (ACT-03)."""
    return answer(await _page(at, [at.user], wanted.asked(at), paging), response)


@router.get("/waiting", response_model=WorkList)
async def waiting(at: AtDesk, paging: Paging, response: Response) -> Response:
    """What I entered or handed on and others are responsible for: all of it, by due date."""
    return answer(await _page(at, [at.user], Asked(WAITING), paging), response)


@router.get("/offered", response_model=WorkList)
async def offered(at: AtDesk, paging: Paging, response: Response) -> Response:
    """What I am offered and neither accepted nor declined yet (DLG-01): all of it, by due date."""
    return answer(await _page(at, [at.user], Asked(OFFERED), paging), response)


@router.get("/reviews", response_model=WorkList)
async def reviews(at: AtDesk, paging: Paging, response: Response) -> Response:
    """What I am to approve as it stands and did not yet (DLN-01): all of it, by due date."""
    return answer(await _page(at, [at.user], Asked(REVIEWS), paging), response)


@router.get("/nobody", response_model=WorkList)
async def nobodys(at: AtDesk, paging: Paging, response: Response) -> Response:
    """What is due, and nobody is responsible for, as far as I may see it: all of it, by due date."""
    return answer(await _page(at, [NOBODY], Asked(BY_DUE), paging), response)


@router.get("/team", response_model=WorkList, responses=responses(404))
async def team(
    at: AtDesk,
    wanted: Wanted,
    paging: Paging,
    response: Response,
    group: Annotated[Id | None, Query(description="One of the groups I lead; default: all of them")] = None,
) -> Response:
    """The items of the members of groups I lead, or a leader whom I stand in for, as far as I may see them (ACT-19)."""
    try:
        members = await at.people.team(at.user, group, at.today)
    except NotFound as error:
        raise not_found("group") from error
    return answer(await _page(at, members, wanted.asked(at), paging), response)


@router.get("/users/{user}", response_model=WorkList, responses=responses(404))
async def of_user(user: Id, at: AtDesk, wanted: Wanted, paging: Paging, response: Response) -> Response:
    """The list of a user whom I stand in for (NOT-17) or lead, as far as I may see the activities on it."""
    await at.people.require_list_of(user, at.user, at.today)
    return answer(await _page(at, [user], wanted.asked(at), paging), response)


async def _page(at: Desk, users: list[str], asked: Asked, paging: PagingContext) -> dict[str, Any]:
    listed = ("work-list", *users, asked.name, asked.until, asked.undated)
    position = paging.position(*listed)
    found = await at.lists.page(users, asked, Item(*position) if position else None, paging.limit + 1)
    page = paging.page(found, lambda item: item, *listed)
    return {
        "today": at.today.isoformat(),
        "until": asked.until.isoformat() if asked.until else None,
        "items": await at.lists.rows(page.items, at.today),
        "next": page.next,
    }
