"""Work lists: open items by date, what one waits for, the lists of a team (ACT-02 … ACT-07, ACT-19).

An index over `lists` has every list of every user in order, and that of nobody, so a page costs what it shows. A list
of several users merges theirs; one activity stands there once for each of them. The query carries the reader's right to
each activity.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple, cast

from dossier.mongo import ASCENDING, DESCENDING, Cursor, Document
from histories.domain.documents import Entry
from histories.domain.lists import DONE, NOBODY, UNDATED, assignments
from histories.views.collections import LISTS, Collections
from histories.views.names import Names
from histories.views.readers import Reader, author_of
from histories.views.rows import marks

_END = chr(ord(UNDATED) + 1)
ITEM_FIELDS = {
    "version": 1,
    "recorded_at": 1,
    "links": 1,
    "gates": 1,
    "shown_on": 1,
    "hidden": 1,
    "pinned": 1,
    **{
        f"own.{name}": 1
        for name in (
            "kind", "activity_type", "title", "priority", "due_on", "completed_on", "entered_by", "responsible",
            "further_responsible", "primary", "early_of",
        )
    },
}  # fmt: skip
"""What of an entry a list needs."""


class Item(NamedTuple):
    """An activity on the list of a user, or of nobody."""

    place: str
    user: str
    activity: str

    @property
    def day(self) -> str | None:
        """The day it stands under."""
        day, _, _ = self.place.partition(" ")
        return None if day == UNDATED else day


@dataclass(frozen=True)
class Asked:
    """Which list, up to which day (inclusive, ACT-07; none: all), and whether what has no day is in (ACT-03)."""

    name: str
    until: date | None = None
    undated: bool = True

    @property
    def descending(self) -> bool:
        """What is completed is read newest first."""
        return self.name == DONE

    def ranges(self) -> list[tuple[str, str]]:
        """Half-open ranges of places, in the order of the list; what has no day is last."""
        last = self.until and self.until < date.max and (self.until + timedelta(days=1)).isoformat()
        dated = ("", last or UNDATED)
        return [dated, (UNDATED, _END)] if self.undated else [dated]


class WorkLists:
    """The lists of some users, as one reader sees them."""

    def __init__(self, collections: Collections, reader: Reader) -> None:
        self._entries = collections.entries
        self._nodes = collections.nodes
        self._reader = reader

    async def page(self, users: Sequence[str], asked: Asked, after: Item | None, limit: int) -> list[Item]:
        """Up to `limit` items behind `after`, in order."""
        found: list[Item] = []
        for span in asked.ranges():
            wanted = limit - len(found)
            if wanted > 0 and users:
                lists = await gather(*(self._list(user, asked, span, after, wanted) for user in users))
                found += sorted((item for each in lists for item in each), reverse=asked.descending)[:wanted]
        return found

    async def has_any(self, user: str, name: str) -> bool:
        """Whether anything is on the user's list (ACT-05)."""
        return bool(await self._list(user, Asked(name), ("", _END), None, 1))

    def listing(self, user: str, asked: Asked, span: tuple[str, str], after: Item | None, limit: int) -> Cursor:
        """The query behind a user's list."""
        path = f"lists.{user}.{asked.name}"
        low, high = span
        conditions: list[Document] = [{path: {"$gte": low, "$lt": high}}, *self._reader.seen()]
        if after is not None:
            # The same activity may stand at the same place for another user.
            behind = ("$lt" if asked.descending else "$gt") + ("e" if _comes_later(user, after, asked) else "")
            conditions.append({path: {behind: after.place}})
        found = self._entries.find({"$and": conditions}, {path: 1})
        return found.sort(path, DESCENDING if asked.descending else ASCENDING).hint(LISTS).limit(limit)

    async def rows(self, items: Sequence[Item], today: date) -> list[dict[str, Any]]:
        """The items as answers show them; what may no longer be seen by now is left out."""
        wanted = {"$and": [{"_id": {"$in": [item.activity for item in items]}}, *self._reader.seen()]}
        entries = {entry["_id"]: cast("Entry", entry) async for entry in self._entries.find(wanted, ITEM_FIELDS)}
        names = Names(self._nodes, self._reader)
        await names.load({stream for entry in entries.values() for stream in _named(entry)} | _users(items))
        early_of = (entry["own"].get("early_of") for entry in entries.values())
        titles = await self._titles({deadline for deadline in early_of if deadline})
        told = ((item, entries[item.activity]) for item in items if item.activity in entries)
        return [
            _row(item, entry, names, self._reader, today)
            | {"early_deadline_of": _early_of(entry["own"].get("early_of"), titles)}
            for item, entry in told
        ]

    async def _titles(self, activities: Set[str]) -> dict[str, str]:
        """What those of these activities are called that the reader sees."""
        if not activities:
            return {}
        wanted = {"$and": [{"_id": {"$in": sorted(activities)}}, *self._reader.seen()]}
        return {entry["_id"]: entry["own"]["title"] async for entry in self._entries.find(wanted, {"own.title": 1})}

    async def references(self, streams: Sequence[str]) -> list[dict[str, Any]]:
        """Objects, users or groups with their names."""
        names = Names(self._nodes, self._reader)
        await names.load(streams)
        return [names.reference(stream) for stream in streams]

    async def _list(self, user: str, asked: Asked, span: tuple[str, str], after: Item | None, limit: int) -> list[Item]:
        found = await self.listing(user, asked, span, after, limit).to_list(None)
        return [Item(entry["lists"][user][asked.name], user, entry["_id"]) for entry in found]


def _comes_later(user: str, after: Item, asked: Asked) -> bool:
    return user < after.user if asked.descending else user > after.user


def _users(items: Sequence[Item]) -> set[str]:
    return {f"user-{item.user}" for item in items if item.user != NOBODY}


def _named(entry: Entry) -> list[str]:
    users = [author_of(entry["own"]), *(f"user-{each['user']}" for each in assignments(entry["own"]))]
    return [stream for stream in (*users, entry["own"].get("primary"), project_of(entry)) if stream]


def project_of(entry: Entry) -> str | None:
    """The project that the activity is linked to."""
    linked = (link["to"] for link in entry["links"] if "until" not in link)
    return next((stream for stream in linked if stream.startswith("project-")), None)


def _row(item: Item, entry: Entry, names: Names, reader: Reader, today: date) -> dict[str, Any]:
    own = entry["own"]
    responsible = [names.reference(f"user-{each['user']}") for each in assignments(own)]
    follow_up = {each["user"]: each.get("follow_up_on") for each in assignments(own)}.get(item.user)
    main = responsible.pop(0) if own.get("responsible") else None
    named = {"entered_by": author_of(own), "primary_address": own.get("primary"), "project": project_of(entry)}
    return {
        "id": entry["_id"][-36:],
        "user": None if item.user == NOBODY else names.reference(f"user-{item.user}"),
        "on": item.day,
        "section": _section(item.day, today) if not own.get("completed_on") else "completed",
        "kind": own["kind"],
        "activity_type": own.get("activity_type"),
        "title": own["title"],
        "priority": own.get("priority", "normal"),
        "due_on": own.get("due_on"),
        "follow_up_on": follow_up,
        "completed_on": own.get("completed_on"),
        "responsible": main,
        "further_responsible": responsible,
        **{field: names.reference(stream) if stream else None for field, stream in named.items()},
        "marks": list(marks(entry, reader)),
        "recorded_at": entry["recorded_at"],
        "version": entry["version"],
    }


def _early_of(deadline: str | None, titles: Mapping[str, str]) -> dict[str, str] | None:
    """The deadline that it is an early one of, if that is to be seen."""
    if deadline is None or deadline not in titles:
        return None
    return {"id": deadline[-36:], "title": titles[deadline]}


def _section(day: str | None, today: date) -> str:
    if day is None:
        return "undated"
    if day == today.isoformat():
        return "today"
    return "overdue" if day < today.isoformat() else "coming"
