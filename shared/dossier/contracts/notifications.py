"""Events of notifications: what a user wants to be reminded of, and when. Topic `crm.notifications`.

Stream `preferences-…`, one per user, with the user's id. Timers and inbox entries are records, not events.
"""

from __future__ import annotations

from datetime import time

from pydantic import Field

from dossier.contracts.base import Event, event


@event("notifications")
class ReminderPreferencesChanged(Event):
    """A user wants to be reminded in another way; only the fields that are set did change.

    `remind_at` is wall time in the user's own time zone. `due` and `follow_up` switch the two kinds of reminders;
    `lead_days` is how many days before the due date its reminder comes, 0: on the day itself.
    """

    remind_at: time | None = None
    due: bool | None = None
    follow_up: bool | None = None
    lead_days: int | None = Field(default=None, ge=0, le=60)
