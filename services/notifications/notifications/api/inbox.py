"""The inbox of the user who calls, and the reminders to come."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Response

from dossier.auth.guard import require
from dossier.contracts.rules import NotFound
from dossier.http.after import After
from dossier.http.field_errors import form
from dossier.http.models import Page
from dossier.http.paging import Paging
from dossier.http.routing import Router
from dossier.mongo import Document
from notifications.api.callers import OwnReading, OwnUser
from notifications.api.models import InboxEntry, ReminderView
from notifications.reading import Reading

router = Router(prefix="/v1", tags=["inbox"], dependencies=[require("read")])
EntryId = Annotated[str, Path(pattern=form("^[0-9a-f]{32}$", "the 32 digits of an entry's id"))]


@router.get("/inbox")
async def inbox(user: OwnUser, reading: OwnReading, paging: Paging, after: After) -> Page[InboxEntry]:
    """What the user was reminded of and has not dismissed, newest first."""
    await after.reached(reading.view)
    found = await reading.inbox_of(user, _place(paging.position("inbox", user.user)), paging.limit + 1)
    return paging.page([InboxEntry(**entry) for entry in found], _told, "inbox", user.user)


@router.get("/reminders")
async def reminders(user: OwnUser, reading: OwnReading, paging: Paging, after: After) -> Page[ReminderView]:
    """What the user will be reminded of, nearest first."""
    await after.reached(reading.view)
    found = await reading.to_come(user, _place(paging.position("reminders", user.user)), paging.limit + 1)
    return paging.page([ReminderView(**entry) for entry in found], _due, "reminders", user.user)


@router.post("/inbox/{id}/read", status_code=204)
async def read(id: EntryId, user: OwnUser, reading: OwnReading) -> Response:
    """Note that the user has read an entry."""
    return await _mark(id, user.user, "read", await reading.entries(user, [id]), reading)


@router.post("/inbox/{id}/dismiss", status_code=204)
async def dismiss(id: EntryId, user: OwnUser, reading: OwnReading) -> Response:
    """Take an entry out of the inbox; it does not come back (NOT-12)."""
    return await _mark(id, user.user, "dismissed", await reading.entries(user, [id]), reading)


async def _mark(
    identity: str,
    user: str | None,
    state: Literal["read", "dismissed"],
    visible: dict[str, Document],
    reading: Reading,
) -> Response:
    if identity not in visible or user is None or not await reading.inbox.mark(user, identity, state):
        raise NotFound(identity)
    return Response(status_code=204)


def _told(entry: InboxEntry) -> tuple[str, str]:
    return entry.told_at.isoformat(), entry.id


def _due(reminder: ReminderView) -> tuple[str, str]:
    return reminder.at.isoformat(), reminder.id


def _place(position: list[Any] | None) -> tuple[datetime, str] | None:
    return None if position is None else (datetime.fromisoformat(position[0]), position[1])
