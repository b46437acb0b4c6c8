"""The record of what happened to a user's entries, numbered from 1 without a gap: what an event stream resumes from.

The number is part of the primary key, so two writers cannot use one twice; a user's records are written in order and
the first that fails stops those after it, so none can be missing. What happens to an entry happens once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from dossier.mongo import (
    ASCENDING,
    DESCENDING,
    DUPLICATE_KEY,
    BulkWriteError,
    Database,
    Document,
    IndexModel,
    UpdateOne,
    by_ids,
)
from dossier.mongo import Collection as Documents
from notifications.bulk import unordered

What = Literal["told", "read", "dismissed", "ended"]
Happening = tuple[str, str, What]
"""A user, the identity of an entry, and what happened to it."""

_ONCE = IndexModel([("entry", ASCENDING), ("what", ASCENDING)], name="once", unique=True)


class InboxLog:
    """The records of all users. How far each user's go is noted apart, as a hint that may lag but never leads."""

    def __init__(self, database: Database) -> None:
        self.documents: Documents = database["inbox_log"]
        self._heads: Documents = database["inbox_heads"]

    async def prepare(self) -> None:
        """Assert the index."""
        await self.documents.create_indexes([_ONCE])

    async def heads(self, users: Iterable[str]) -> dict[str, int]:
        """The last numbers of these users; 0 for one without records."""
        found = await by_ids(self._heads, users)
        return defaultdict(int, {user: head["number"] for user, head in found.items()})

    async def append(self, happenings: Sequence[Happening]) -> None:
        """Record what happened. What is recorded already is left as it is."""
        rest = list(dict.fromkeys(happenings))
        heads = await self.heads({user for user, _, _ in rest})
        while rest:
            documents = _numbered(rest, heads)
            failed = await self._insert(documents)
            for document in documents[:failed]:
                heads[document["usr"]] = document["number"]
            rest = rest[failed:]
            if rest:
                user, entry, what = rest[0]
                if await self.documents.find_one({"entry": entry, "what": what}, {"_id": 1}):
                    rest = rest[1:]
                else:
                    heads[user] = await self.last(user)
        raised = [UpdateOne({"_id": user}, {"$max": {"number": number}}, upsert=True) for user, number in heads.items()]
        await unordered(self._heads, raised)

    async def last(self, user: str) -> int:
        """The number of the user's last record, whatever the hint says; 0 without records."""
        wanted = {"_id": {"$gt": _key(user, 0), "$lt": _key(user, _BEYOND)}}
        newest = await self.documents.find_one(wanted, sort=[("_id", DESCENDING)])
        return newest["number"] if newest else 0

    async def after(self, user: str, number: int, limit: int = 200) -> list[Document]:
        """The user's records after a number, in order."""
        wanted = {"_id": {"$gt": _key(user, number), "$lt": _key(user, _BEYOND)}}
        return await self.documents.find(wanted).sort("_id", ASCENDING).limit(limit).to_list(None)

    async def _insert(self, documents: Sequence[Document]) -> int:
        """Insert in order up to the first key that exists; how many were inserted."""
        try:
            await self.documents.insert_many(documents, ordered=True)
        except BulkWriteError as error:
            refused = error.details["writeErrors"]
            if not refused or refused[0]["code"] != DUPLICATE_KEY or error.details["writeConcernErrors"]:
                raise
            return int(refused[0]["index"])
        return len(documents)


_BEYOND = 10**12 - 1


def _key(user: str, number: int) -> str:
    return f"{user}:{number:012}"


def _numbered(happenings: Sequence[Happening], heads: dict[str, int]) -> list[Document]:
    numbers = dict(heads)
    documents: list[Document] = []
    for user, entry, what in happenings:
        numbers[user] = numbers.get(user, 0) + 1
        key = _key(user, numbers[user])
        documents.append({"_id": key, "usr": user, "number": numbers[user], "entry": entry, "what": what})
    return documents
