"""Controlling: who has not been heard of."""

from __future__ import annotations

from fastapi import Response

from dossier.auth.guard import require
from dossier.http.days import KeyDate
from dossier.http.paging import Paging
from dossier.http.routing import Router
from dossier.ids import derived_id
from histories.api.models import SilentCustomers
from histories.api.requests import Questions, answer

router = Router(prefix="/v1/controlling", tags=["controlling"])

CUSTOMER = derived_id("keyword", "account-type", "Customer")
"""The keyword that ships with the address book (domain.md 5.3)."""


@router.get("/customers-without-activities", dependencies=[require("read")], response_model=SilentCustomers)
async def customers_without_activities(
    questions: Questions, paging: Paging, since: KeyDate, response: Response
) -> Response:
    """Customers on whose page the reader sees nothing that is dated on or after a day (CTL-01).

    A page may be short or even empty although `next` leads on.
    """
    of = ("customers-without-activities", since)
    position = paging.position(*of)
    customers = questions.customers(CUSTOMER)
    found, reached = await customers.silent(since, position[0] if position else "", paging.limit)
    items = await customers.rows(found)
    following = None if reached is None else paging.following((reached,), *of)
    return answer({"since": since, "items": items, "next": following}, response)
