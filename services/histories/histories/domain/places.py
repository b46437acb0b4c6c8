"""Where an activity stands in the order of histories: by its day, within a day by its moment, and at last by its id."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from histories.domain.calendar import in_utc

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_FIRST, _LAST = bytes(24), b"\xff" * 24
"""As long as moment and id, as the database compares lengths first."""


def place(own: Mapping[str, Any], recorded_at: str, id: str) -> str:
    """A text whose order is that of histories. `own` are fields of the activity: `occurred_on`, `starts_at`, `mail`.

    The moment, in UTC, is when it began, or else when the mail was sent, or else when it was recorded. A mail that
    claims to come from the future (the header is its sender's word) was sent when it came.
    """
    recorded, starts, sent = in_utc(recorded_at), own.get("starts_at"), (own.get("mail") or {}).get("sent_at")
    moment = in_utc(starts) if starts else min(in_utc(sent), recorded) if sent else recorded
    return f"{own['occurred_on']} {moment.isoformat(timespec='microseconds')} {id}"


def end_of(day: date) -> str:
    """The text behind all places of that day."""
    return f"{day}~"


def packed(place: str) -> bytes:
    """A place, a day, or the end of a day, in half the room and the same order."""
    day, rest = date.fromisoformat(place[:10]).toordinal().to_bytes(4, "big"), place[10:]
    if rest in ("", "~"):
        return day + (_LAST if rest else _FIRST)
    _, moment, id = rest.split(" ")
    micros = (datetime.fromisoformat(moment) - _BEGINNING) // timedelta(microseconds=1)
    return day + micros.to_bytes(8, "big") + UUID(id).bytes
