"""What callers send and get."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from dossier.contracts.base import Id
from dossier.http.models import Changes
from notifications.domain.planning import AnchorKind


class ReminderView(BaseModel):
    """A reminder of an activity: `on` is the date it is about, `at` when it comes.

    The user is responsible for it (due, follow_up), or asked to take it over (delegation) or to check it (review).
    """

    id: str
    activity: Id
    title: str
    anchor: AnchorKind
    on: date
    at: datetime
    overdue_from: datetime = Field(description="When that date is over where the user is")


class InboxEntry(ReminderView):
    """A reminder that came. `unsure`: the activity could not be asked for its present state when it did."""

    state: Literal["open", "read", "dismissed", "ended"]
    told_at: datetime
    unsure: bool


class PreferencesView(BaseModel):
    """What the user wants to be reminded of; `time_zone` is the directory's."""

    remind_at: time
    due: bool
    follow_up: bool
    lead_days: int
    time_zone: str | None


class ChangePreferences(Changes):
    """What is to be otherwise; a field that is left out stays."""

    remind_at: Annotated[time, Field(description="Wall time in the user's own zone, to the minute")] = time(9)
    due: bool = True
    follow_up: bool = True
    lead_days: Annotated[int, Field(ge=0, le=60)] = 0
