"""Customers by deed, over the register and what is known of contacts."""

from __future__ import annotations

from typing import Any

from dossier.auth.principals import Principal
from dossier.mongo import Document, aggregate
from engagements.views.known import Known
from engagements.views.register import Register, visible_to

_KIND: Document = {"$arrayElemAt": [{"$split": ["$_id", "-"]}, 0]}
_COMPANY: Document = {"$arrayElemAt": ["$contact.company", 0]}


async def by_deed(
    register: Register, known: Known, caller: Principal, address: str | None, after: str, limit: int
) -> list[dict[str, Any]]:
    """The customers whose stream comes after `after`, in order: `_id` is the address's stream, `by` the kinds of deeds.

    What a contact did counts for its company, wherever that is known; so both views are joined when it is asked.
    """
    deeds: Document = {"deeds": {"$gt": ""}}
    if address is not None:
        own = await known.contacts_of(address.removeprefix("company-")) if address.startswith("company-") else []
        deeds = {"deeds": {"$in": [address, *own]}}
    pipeline: list[Document] = [
        {"$match": {"$and": [deeds, visible_to(caller)]}},
        {"$unwind": "$deeds"},
        {"$group": {"_id": "$deeds", "by": {"$addToSet": _KIND}}},
        {"$lookup": {"from": known.documents.name, "localField": "_id", "foreignField": "_id", "as": "contact"}},
        {"$set": {"customer": {"$ifNull": [{"$concat": ["company-", _COMPANY]}, "$_id"]}}},
        {"$unwind": "$by"},
        {"$group": {"_id": "$customer", "by": {"$addToSet": "$by"}}},
        {"$match": {"_id": {"$gt": after} if address is None else {"$eq": address, "$gt": after}}},
        {"$sort": {"_id": 1}},
        {"$limit": limit},
    ]
    return [each async for each in await aggregate(register.documents, pipeline)]
