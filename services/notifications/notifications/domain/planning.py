"""Which reminders an activity calls for: a pure function of what is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, TypeGuard

from notifications.domain.preferences import Preferences
from notifications.domain.task import Responsible, Task
from notifications.domain.wall_time import instant, zone

AnchorKind = Literal["due", "follow_up"]

CALENDAR = (date(1970, 1, 1), date(9998, 12, 31))
"""Dates outside are taken as no date: clocks cannot show them, and nobody waits for them."""


@dataclass(frozen=True)
class Recipient:
    """What a reminder needs to know of its user."""

    time_zone: str
    is_active: bool = True
    preferences: Preferences = field(default_factory=Preferences)


@dataclass(frozen=True)
class Reminder:
    """A reminder that is called for: of which activity, for whom, which date, and when it is to come.

    `generation` is the version of the activity that called for it last, whatever way it was folded.
    """

    activity: str
    user: str
    anchor: AnchorKind
    on: date
    generation: int
    at: datetime

    @property
    def identity(self) -> str:
        """The same for the same activity, user, kind and date, always; the instant and its reasons are no part of it.

        So a change of time zone or preference moves a reminder and makes no second one, and a date that was moved away
        and back is the same again.
        """
        named = "\x1f".join((self.activity, self.user, self.anchor, self.on.isoformat()))
        return hashlib.sha256(named.encode()).hexdigest()[:32]


def plan(activity: str, task: Task, recipients: Mapping[str, Recipient], live_since: datetime) -> dict[str, Reminder]:
    """The reminders of a task by identity: for each responsible user the due date and the own follow-up date.

    None for what is done, for users who left or are not known yet, for what a user does not want to hear of, and for
    instants before `live_since`: what was due before reminders began here is history, not news.
    """
    if task.open_since is None:
        return {}
    wanted = (
        reminder
        for user, responsible in task.responsible.items()
        if (recipient := recipients.get(user)) is not None and recipient.is_active
        for reminder in _reminders(activity, task, user, responsible, recipient)
    )
    return {reminder.identity: reminder for reminder in wanted if reminder.at >= live_since}


def _reminders(
    activity: str, task: Task, user: str, responsible: Responsible, recipient: Recipient
) -> Iterator[Reminder]:
    preferences = recipient.preferences
    since = max(responsible.since, task.open_since or 0)
    due, follow_up = task.due, responsible.follow_up
    if _possible(due.on) and preferences.due:
        at = _moment(due.on - timedelta(days=preferences.lead_days), recipient)
        yield Reminder(activity, user, "due", due.on, max(due.version, since), at)
    if _possible(follow_up.on) and preferences.follow_up:
        at = _moment(follow_up.on, recipient)
        yield Reminder(activity, user, "follow_up", follow_up.on, max(follow_up.version, since), at)


def _possible(day: date | None) -> TypeGuard[date]:
    return day is not None and CALENDAR[0] <= day <= CALENDAR[1]


def _moment(day: date, recipient: Recipient) -> datetime:
    wall = recipient.preferences.remind_at.replace(second=0, microsecond=0)
    return instant(day, wall, zone(recipient.time_zone))
