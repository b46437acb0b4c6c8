"""Folded mail conversations: of each, the newest entry of a list stands for all of them that the reader sees there.

Which one that is, is asked of the whole list and not of the page, so that a conversation has one row on all pages,
whichever way they are read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dossier.mongo import Document, aggregate
from histories.domain.terms import THREAD
from histories.views.collections import TERMS
from histories.views.listing import Listing, Way
from histories.views.wanted import Place

LONGEST_STRIDE = 1_000
Read = Callable[[Place, int], Awaitable[list[Document]]]


@dataclass(frozen=True)
class Conversation:
    """The place of its newest entry in a list, and how many there are."""

    newest: str
    count: int


async def folded(read: Read, listing: Listing, place: Place, limit: int) -> list[Document]:
    """Up to `limit` entries beyond a place; what stands for a conversation has its count as `conversation`."""
    found: list[Document] = []
    stride = limit
    while len(found) < limit:
        entries = await read(place, stride)
        conversations = await _conversations(listing, filter(None, map(thread_of, entries)))
        found += _standing(entries, conversations)
        if len(entries) < stride:
            break
        place = place._replace(after=entries[-1]["dated"])
        stride = min(LONGEST_STRIDE, 2 * stride)
    return found[:limit]


def thread_of(entry: Mapping[str, Any]) -> str | None:
    """The conversation that the entry belongs to."""
    return (entry["own"].get("mail") or {}).get("thread")


def _standing(entries: Iterable[Document], conversations: Mapping[str, Conversation]) -> list[Document]:
    found: list[Document] = []
    for entry in entries:
        conversation = conversations.get(thread_of(entry) or "")
        if conversation is None:
            found.append(entry)
        elif conversation.newest == entry["dated"]:
            found.append({**entry, "conversation": conversation.count})
    return found


async def _conversations(listing: Listing, threads: Iterable[str]) -> dict[str, Conversation]:
    wanted = [THREAD + thread for thread in sorted(set(threads))]
    if not wanted:
        return {}
    way = Way(TERMS, {"terms": {"$in": wanted}})
    pipeline: list[Document] = [
        {"$match": {"$and": listing.conditions(way)}},
        {"$group": {"_id": "$own.mail.thread", "newest": {"$max": "$dated"}, "count": {"$sum": 1}}},
    ]
    cursor = await aggregate(listing.entries, pipeline, hint=dict(TERMS))
    return {each["_id"]: Conversation(each["newest"], each["count"]) async for each in cursor}
