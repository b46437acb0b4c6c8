"""Customers without activities since a day (CTL-01): by the page of each, so what their contacts did counts for them.

The list is made of what the reader may see. Somebody is a customer by the role in a project that the reader may see, or
by the keyword; an activity that the reader may not see is none. So the list says nothing that the pages do not.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from datetime import date
from typing import Any

from dossier.mongo import Document, aggregate
from histories.domain.rules import ENGAGEMENTS
from histories.views.collections import BY_KEYWORD, CUSTOMERS, Collections
from histories.views.listing import Listing
from histories.views.names import Names
from histories.views.readers import Reader
from histories.views.wanted import Wanted

STRIDE = 50
"""Customers that are looked at together."""
MOST = 500
"""Customers that are looked at for one page: where most of them are active, a page is short rather than slow."""


class Customers:
    """Questions of one reader about customers; `keyword` makes an address one."""

    def __init__(self, collections: Collections, reader: Reader, keyword: str) -> None:
        self._collections = collections
        self._reader = reader
        self._keyword = keyword

    async def silent(self, since: date, after: str, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        """Up to `limit` active customers beyond a place, each with its last activity before the day.

        With them the place up to which was looked, none at the end.
        """
        found: list[dict[str, Any]] = []
        candidates = await self._after(after)
        for start in range(0, len(candidates), STRIDE):
            looked_at = candidates[start : start + STRIDE]
            active = await self._active(looked_at)
            last = await gather(*(self._last(customer) for customer in active))
            for customer, entry in zip(active, last, strict=True):
                if len(found) == limit:
                    return found, after
                after = customer
                if entry is None or entry["dated"] < since.isoformat():
                    found.append({"customer": customer, "last": entry})
            after = looked_at[-1]
        return found, after if len(candidates) == MOST else None

    async def rows(self, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The customers as answers show them."""
        names = Names(self._collections.nodes, self._reader)
        await names.load({each["customer"] for each in found})
        return [{"customer": names.reference(each["customer"]), "last": _last(each["last"])} for each in found]

    async def _after(self, after: str) -> list[str]:
        """The next customers, in the order of their streams: asked once, as roles are read to their end for it."""
        by_role, by_keyword = await gather(self._by_role(after), self._by_keyword(after))
        return sorted({*by_role, *by_keyword})[:MOST]

    async def _by_role(self, after: str) -> list[str]:
        beyond: Document = {"facts.customers": {"$gt": after}}
        may_see: list[Document] = [{"readers": None}, {"readers": {"$in": list(self._reader.tokens)}}]
        in_doubt = [stream for stream in self._reader.parked if stream.startswith(ENGAGEMENTS)]
        pipeline: list[Document] = [
            {"$match": {**beyond, "$or": may_see, "_id": {"$nin": in_doubt}}},
            {"$unwind": "$facts.customers"},
            {"$match": beyond},
            {"$group": {"_id": "$facts.customers"}},
            {"$sort": {"_id": 1}},
            {"$limit": MOST},
        ]
        return [each["_id"] async for each in await aggregate(self._collections.nodes, pipeline, hint=dict(CUSTOMERS))]

    async def _by_keyword(self, after: str) -> list[str]:
        within = {"facts.keywords": self._keyword, "_id": {"$gt": after}}
        found = self._collections.nodes.find(within, {"_id": 1}).sort("_id", 1).hint(BY_KEYWORD).limit(MOST)
        return [node["_id"] for node in await found.to_list(None)]

    async def _active(self, customers: Sequence[str]) -> list[str]:
        wanted = {"_id": {"$in": list(customers)}, "facts.deleted": {"$ne": True}, "facts.inactive": {"$ne": True}}
        found = self._collections.nodes.find(wanted, {"_id": 1}).sort("_id", 1)
        return [node["_id"] for node in await found.to_list(None)]

    async def _last(self, customer: str) -> Document | None:
        found = await Listing(self._collections.entries, self._reader, Wanted(), [customer]).found(limit=1)
        return found[0] if found else None


def _last(entry: Document | None) -> dict[str, Any] | None:
    return None if entry is None else {"id": entry["_id"][-36:], "occurred_on": entry["own"]["occurred_on"]}
