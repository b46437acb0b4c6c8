"""Controlling: who has not been heard of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from dossier.auth.guard import require
from dossier.http.paging import Paging
from dossier.ids import derived_id
from histories.api.models import SilentCustomers
from histories.api.requests import Questions, answer

router = APIRouter(prefix="/v1/controlling", tags=["controlling"])

CUSTOMER = derived_id("keyword", "account-type", "Customer")
"""The keyword that ships with the address book (domain.md 5.3)."""
YEARS = 3


@router.get("/customers-without-activities", dependencies=[require("read")], response_model=SilentCustomers)
async def customers_without_activities(
    questions: Questions,
    paging: Paging,
    response: Response,
    since: Annotated[date | None, Query(description="The day; 1 January three years ago if absent")] = None,
) -> Response:
    """Customers on whose page the reader sees nothing that is dated on or after a day (CTL-01).

    A page may be short or even empty although `next` leads on.
    """
    day = since or date(datetime.now(UTC).year - YEARS, 1, 1)
    of = ("customers-without-activities", day)
    position = paging.position(*of)
    customers = questions.customers(CUSTOMER)
    found, reached = await customers.silent(day, position[0] if position else "", paging.limit)
    items = await customers.rows(found)
    following = None if reached is None else paging.following((reached,), *of)
    return answer({"since": day, "items": items, "next": following}, response)
