"""Controlling: what nobody has looked after."""

from __future__ import annotations

from fastapi import Response

from addresses.api.naming import Called
from addresses.api.reading import answer
from addresses.api.reading_models import StaleAddresses
from addresses.api.searching import Asks, Filtered
from addresses.views.search import row
from addresses.views.stale import stale
from dossier.auth.guard import require
from dossier.clock import rfc3339
from dossier.days import begins
from dossier.http.days import KeyDate, Zone
from dossier.http.paging import Paging
from dossier.http.routing import Router

router = Router(prefix="/v1/controlling", tags=["controlling"])


@router.get("/addresses-not-updated", dependencies=[require("read")], response_model=StaleAddresses)
async def addresses_not_updated(
    asks: Asks, filters: Filtered, names: Called, paging: Paging, since: KeyDate, zone: Zone, response: Response
) -> Response:
    """Addresses last changed before a day began at the office, the longest unchanged first (CTL-02).

    They meet all that is asked, as in a search. A page may be short or even empty although `next` leads on.
    """
    wanted = await asks.wanted(filters)
    of = ("addresses-not-updated", since, *wanted.asked)
    lines, reached = await stale(asks.book, wanted, rfc3339(begins(since, zone)), paging.position(*of), paging.limit)
    rows = [row(line, wanted.today) | {"changed_at": line["changed_at"]} for line in lines]
    await names.rows(rows)
    following = None if reached is None else paging.following(reached, *of)
    return answer({"since": since, "items": rows, "next": following}, response)
