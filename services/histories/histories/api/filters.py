"""What of a list a caller asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query

from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.contracts.rules import RuleViolation
from dossier.http.activity_filters import MAIL, Filters, MailFilters, MailsOnly, Period, SearchFilters, View
from histories.sought import sought
from histories.views.wanted import Wanted


def of_days(period: Period) -> Wanted:
    """Whatever is of these days. Raises RuleViolation `date-order`."""
    period.check()
    return Wanted(first=period.first, last=period.last)


def wanted_by(caller: Principal, filters: Filters) -> Wanted:
    """What this caller asks for.

    Raises RuleViolation as `check`, SRC-05 for words that are none, or ACT-08 for a service's own.
    """
    days = of_days(filters)
    if filters.q.strip() and not sought(filters.q):
        raise RuleViolation("SRC-05", "there is no word in it", "q")
    return replace(
        days,
        text=filters.q.strip(),
        kinds=[MAIL] if isinstance(filters, MailsOnly) else sorted(set(filters.kind)),
        media=sorted(set(filters.medium)),
        types=sorted(set(filters.type)),
        directions=sorted(set(filters.direction)),
        person=filters.person,
        entered_by=_user(filters.entered_by, caller, "entered_by"),
        responsible=_user(filters.responsible, caller, "responsible"),
        completed=filters.completed,
        keywords=sorted(set(filters.category)),
        thread=filters.thread,
        follow_up_of=filters.follow_up_of,
        withdrawn=isinstance(filters, SearchFilters) and filters.withdrawn,
        sender=filters.sender if isinstance(filters, MailFilters) else None,
        recipient=filters.recipient if isinstance(filters, MailFilters) else None,
    )


async def asked(filters: Annotated[Filters, Query()], caller: Caller) -> Wanted:
    """Dependency: what of a list is asked for."""
    return wanted_by(caller, filters)


async def searched(filters: Annotated[SearchFilters, Query()], caller: Caller) -> Wanted:
    """Dependency: what of all activities is asked for."""
    return wanted_by(caller, filters)


async def mails_asked(filters: Annotated[MailsOnly, Query()], caller: Caller) -> Wanted:
    """Dependency: what of all mails is asked for."""
    return wanted_by(caller, filters)


async def filled_in(filters: Annotated[MailFilters, Query()]) -> MailFilters:
    """Dependency: what is filled in for a search of whatever."""
    return filters


async def view(view: Annotated[View, Query()]) -> View:
    """Dependency: how the list is shown."""
    return view


Asked = Annotated[Wanted, Depends(asked)]
Searched = Annotated[Wanted, Depends(searched)]
MailsAsked = Annotated[Wanted, Depends(mails_asked)]
FilledIn = Annotated[MailFilters, Depends(filled_in)]
Shown = Annotated[View, Depends(view)]


def _user(named: str | None, caller: Principal, field: str) -> str | None:
    if named != "me":
        return named
    if caller.user is None:
        raise RuleViolation("ACT-08", "say whose: a service enters nothing of its own", field)
    return caller.user
