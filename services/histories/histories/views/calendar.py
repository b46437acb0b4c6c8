"""Calendars: what a user entered or takes part in, and on request what the user is responsible for (CAL-02)."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from datetime import date, timedelta, tzinfo
from typing import Any, cast

from dossier.contracts.rules import RuleViolation
from dossier.mongo import ASCENDING, Document
from histories.domain.calendar import first_and_last, has_calendar_character, is_timed, moments, overlaps
from histories.domain.documents import Entry
from histories.domain.lists import CALENDAR, ENTRUSTED, LONG, UNDATED
from histories.views.collections import LISTS, Collections
from histories.views.names import Names
from histories.views.readers import Reader, author_of
from histories.views.rows import marks
from histories.views.worklists import ITEM_FIELDS, project_of

MOST_ENTRIES = 5_000
"""Entries of a period that are answered at once."""
_ZONES = timedelta(days=1)
"""How far a day in UTC lies from the same day anywhere."""
_SHORT = timedelta(days=1)
_FIELDS = ITEM_FIELDS | {
    **{
        f"own.{name}": 1
        for name in ("medium", "occurred_on", "starts_at", "ends_at", "duration_minutes", "all_day", "participants")
    },
}


class Calendar:
    """Calendars as one reader sees them."""

    def __init__(self, collections: Collections, reader: Reader) -> None:
        self._entries = collections.entries
        self._nodes = collections.nodes
        self._reader = reader

    async def between(
        self, user: str, first: date, last: date, place: tzinfo, *, entrusted: bool, cut: bool = False
    ) -> list[Entry]:
        """The entries of a user's calendar on these days, both inclusive, as that place has days; by their beginning.

        Raises RuleViolation CAL-01 if there are more than `MOST_ENTRIES`, unless the list is to be `cut` there.
        """
        begins = (first - _ZONES - _SHORT).isoformat()
        beyond = (last + _ZONES + timedelta(days=1)).isoformat()
        lists = (CALENDAR, ENTRUSTED) if entrusted else (CALENDAR,)
        short = [self._list(user, name, begins, beyond) for name in lists]
        # What is long stands by its last day, which lies anywhere behind; there are few of them.
        long = [self._list(user, name + LONG, (first - _ZONES).isoformat(), UNDATED) for name in lists]
        found = [entry for part in await gather(*short, *long) for entry in part]
        if len(found) > MOST_ENTRIES and not cut:
            raise RuleViolation("CAL-01", f"more than {MOST_ENTRIES} entries: choose a shorter period", "to")
        there = [entry for entry in found if overlaps(entry["own"], first, last, place)]
        there.sort(key=lambda entry: (first_and_last(entry["own"])[0], _time(entry), entry["_id"]))
        return there[:MOST_ENTRIES]

    async def _list(self, user: str, name: str, low: str, high: str) -> list[Entry]:
        path = f"lists.{user}.{name}"
        wanted: list[Document] = [{path: {"$gte": low, "$lt": high}}, *self._reader.seen()]
        found = self._entries.find({"$and": wanted}, _FIELDS).sort(path, ASCENDING).hint(LISTS)
        return cast("list[Entry]", await found.limit(MOST_ENTRIES + 1).to_list(None))

    async def rows(self, entries: Sequence[Entry]) -> list[dict[str, Any]]:
        """The entries as answers show them."""
        names = Names(self._nodes, self._reader)
        await names.load({stream for entry in entries for stream in _named(entry)})
        return [_row(entry, names, self._reader) for entry in entries]


def _time(entry: Entry) -> str:
    own = entry["own"]
    return moments(own)[0].isoformat() if is_timed(own) else ""


def _users(entry: Entry) -> dict[str, list[str]]:
    own = entry["own"]
    main = own.get("responsible")
    return {
        "participants": [f"user-{user}" for user in own.get("participants", ())],
        "responsible": [f"user-{main['user']}"] if main else [],
    }


def _named(entry: Entry) -> list[str]:
    streams = [author_of(entry["own"]), entry["own"].get("primary"), project_of(entry)]
    return [stream for stream in streams if stream] + [stream for users in _users(entry).values() for stream in users]


def _row(entry: Entry, names: Names, reader: Reader) -> dict[str, Any]:
    own, users = entry["own"], _users(entry)
    assert has_calendar_character(own)
    first, last = first_and_last(own)
    start, end = moments(own) if is_timed(own) else (None, None)
    named = {"entered_by": author_of(own), "primary_address": own.get("primary"), "project": project_of(entry)}
    return {
        "id": entry["_id"][-36:],
        "kind": own["kind"],
        "activity_type": own.get("activity_type"),
        "medium": own["medium"],
        "title": own["title"],
        "all_day": not is_timed(own),
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "starts_at": start and start.isoformat().replace("+00:00", "Z"),
        "ends_at": end and end.isoformat().replace("+00:00", "Z"),
        "duration_minutes": own.get("duration_minutes"),
        "completed_on": own.get("completed_on"),
        "participants": [names.reference(stream) for stream in users["participants"]],
        "responsible": next((names.reference(stream) for stream in users["responsible"]), None),
        **{field: names.reference(stream) if stream else None for field, stream in named.items()},
        "marks": list(marks(entry, reader)),
        "recorded_at": entry["recorded_at"],
        "version": entry["version"],
    }
