"""What closes in a year, added up over the register."""

from __future__ import annotations

from typing import Any

from dossier.auth.principals import Principal
from dossier.mongo import aggregate
from engagements.views.register import Register, visible_to


async def by_seller(register: Register, caller: Principal, year: int) -> list[dict[str, Any]]:
    """Count, amount and weighted amount by seller, currency and outcome, of what the caller may see."""
    within = {"closes_on": {"$gte": f"{year:04}-01-01", "$lte": f"{year:04}-12-31"}}
    cents = {"count": {"$sum": 1}, "amount": {"$sum": "$amount_cents"}, "weighted": {"$sum": "$weighted_cents"}}
    by = {"seller": "$seller", "currency": "$currency", "outcome": "$outcome"}
    pipeline = [{"$match": {"$and": [within, visible_to(caller)]}}, {"$group": {"_id": by, **cents}}]
    lines = [line async for line in await aggregate(register.documents, pipeline)]
    lines.sort(key=lambda line: tuple(str(line["_id"].get(field) or "") for field in by))
    return [
        {
            **{field: line["_id"].get(field) for field in by},
            "count": line["count"],
            "amount": _money(line["amount"]),
            "weighted": _money(line["weighted"]),
        }
        for line in lines
    ]


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
