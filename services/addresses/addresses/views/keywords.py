"""Keyword groups as the book knows them, and how many addresses have which keyword."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addresses.views.book import TERMS, AddressBook
from dossier.contracts.rules import RuleViolation
from dossier.folding import fold
from dossier.mongo import Document, aggregate

_ALL_GROUPS: Document = {"_id": {"$gt": "keyword-group-", "$lt": "keyword-group."}}


class Keywords:
    """What one user may know of keywords: personal groups are their owner's alone (KEY-06)."""

    def __init__(self, book: AddressBook, user: str | None) -> None:
        self._book = book
        self._seen: Document = {"owner": {"$in": [None, user]}}

    async def group(self, identifier: str, field: str) -> Document:
        """A keyword group. Raises RuleViolation KEY-06 for the field that names it: somebody else's is none."""
        found = await self._book.documents.find_one({"_id": f"keyword-group-{identifier}", **self._seen})
        if found is None:
            raise RuleViolation("KEY-06", "there is no such keyword group", field)
        return found

    async def require(self, keyword: str, field: str) -> None:
        """Raises RuleViolation KEY-06 for a keyword that the user may not know of."""
        query = {"keyword_ids": keyword, **self._seen}
        if await self._book.documents.find_one(query, {"_id": 1}) is None:
            raise RuleViolation("KEY-06", "there is no such keyword", field)

    async def by_name(self, name: str) -> list[str]:
        """Ids of the shared keywords of that name, for instance "customer"."""
        groups = self._book.documents.find({**_ALL_GROUPS, "owner": None}, {"keywords": 1})
        return [
            identifier
            async for group in groups
            for identifier, keyword in group["keywords"].items()
            if fold(keyword["name"]) == fold(name)
        ]

    async def counts(self, group: Document, met: Sequence[Document]) -> list[Document]:
        """How many addresses that meet the conditions have each keyword of the group, counted by the database."""
        found = await self._counted(group, met, [{"$unwind": "$of"}, _summed("$of")])
        counts = {each["_id"]: each["count"] for each in found}
        return [{"keyword": shown, "count": counts.get(shown["id"], 0)} for shown in in_order(group)]

    async def crossed(self, group: Document, by: Document, met: Sequence[Document]) -> list[Document]:
        """The same for every pair with a keyword of another group or with none of it; pairs nobody has are left out."""
        unwound: list[Document] = [
            {"$unwind": "$of"},
            {"$unwind": {"path": "$by", "preserveNullAndEmptyArrays": True}},
            _summed({"of": "$of", "by": "$by"}),
        ]
        found = await self._counted(group, met, unwound, by)
        counts = {(each["_id"]["of"], each["_id"].get("by")): each["count"] for each in found}
        return [
            {"keyword": one, "by": other, "count": counts[key]}
            for one in in_order(group)
            for other in (*in_order(by), None)
            if (key := (one["id"], other and other["id"])) in counts
        ]

    async def _counted(
        self, group: Document, met: Sequence[Document], stages: Sequence[Document], by: Document | None = None
    ) -> list[Document]:
        of = {"of": {"$setIntersection": ["$keywords", group["keyword_ids"]]}}
        crossed = {"by": {"$setIntersection": ["$keywords", by["keyword_ids"]]}} if by else {}
        having = {"terms": f"g:{group['_id'][-36:]}"}
        pipeline = [{"$match": {"$and": [having, *met]}}, {"$project": {"_id": 0, **of, **crossed}}, *stages]
        cursor = await aggregate(self._book.lines, pipeline, hint=TERMS)
        return await cursor.to_list(None)


def in_order(group: Document) -> list[Document]:
    """The group's keywords as they are offered."""
    ranked = sorted(group["keywords"].items(), key=lambda pair: (pair[1]["position"], pair[1]["name"], pair[0]))
    return [{"id": each, "name": keyword["name"], "is_active": keyword["is_active"]} for each, keyword in ranked]


def _summed(by: Any) -> Document:
    return {"$group": {"_id": by, "count": {"$sum": 1}}}
