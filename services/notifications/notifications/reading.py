"""What a user is shown: records joined with the activity as it is known now, for those who may see it now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

from dossier.auth.principals import Principal
from dossier.mongo import Document
from notifications.domain.subject import Subject, may_see
from notifications.domain.wall_time import overdue_from, zone
from notifications.inbox.records import Inbox
from notifications.timers.records import Timers
from notifications.views.known import KnownView

Fetch = Callable[[str, Sequence[Any] | None, int], Awaitable[list[Document]]]


class Reading:
    """The reading side of inbox and timers."""

    def __init__(self, view: KnownView, timers: Timers, inbox: Inbox) -> None:
        self.view = view
        self.inbox = inbox
        self._timers = timers

    async def inbox_of(self, principal: Principal, after: Sequence[Any] | None, limit: int) -> list[Document]:
        """The user's entries, newest first, as far as the user may see what they are about."""
        return await self._visible(self.inbox.of_user, "told_at", principal, after, limit)

    async def to_come(self, principal: Principal, after: Sequence[Any] | None, limit: int) -> list[Document]:
        """The user's next reminders, nearest first, as far as the user may see what they are about."""
        return await self._visible(self._timers.of_user, "at", principal, after, limit)

    async def entries(self, principal: Principal, identities: Sequence[str]) -> dict[str, Document]:
        """Some of the user's entries in whatever state, as far as the user may see what they are about."""
        mine = {"_id": {"$in": list(identities)}, "usr": principal.user, "told_at": {"$exists": True}}
        found = await self.inbox.documents.find(mine).to_list(None)
        return {entry["id"]: entry for entry in await self.shown(found, principal)}

    async def _visible(
        self, fetch: Fetch, moment: str, principal: Principal, after: Sequence[Any] | None, limit: int
    ) -> list[Document]:
        """Up to `limit` records that may be seen, however many lie between them that may not."""
        found: list[Document] = []
        while True:
            records = await fetch(principal.user or "", after, limit)
            found += await self.shown(records, principal)
            if len(records) < limit or len(found) >= limit:
                return found[:limit]
            after = (records[-1][moment], records[-1]["_id"])

    async def shown(self, records: Sequence[Document], principal: Principal) -> list[Document]:
        """The records with title and end of their date; those of activities the principal may not see are left out."""
        subjects = await self.view.subjects({record["act"] for record in records})
        linked = {stream for subject in subjects.values() for stream in subject.engagements.values()}
        readers = await self.view.readers(linked) if linked else {}
        tokens = frozenset(principal.tokens)
        place = await self.view.time_zone(principal.user or "")
        visible = {activity: known for activity, known in subjects.items() if may_see(known, tokens, readers)}
        return [_shown(record, visible[record["act"]], place) for record in records if record["act"] in visible]


def _shown(record: Document, subject: Subject, place: str | None) -> Document:
    day = date.fromisoformat(record["occ"])
    state = record.get("state")
    return {
        "id": record["_id"],
        "activity": record["act"].removeprefix("activity-"),
        "title": subject.title,
        "anchor": record["rule"],
        "on": day,
        "at": record["at"],
        "overdue_from": overdue_from(day, zone(place or "UTC")),
        **({"told_at": record["told_at"], "unsure": record["unsure"]} if "told_at" in record else {}),
        **({"state": "ended" if state == "ending" else state} if state else {}),
    }
