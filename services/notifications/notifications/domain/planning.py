"""Which reminders an activity calls for: a pure function of what is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from notifications.domain.preferences import Preferences
from notifications.domain.task import Asked, Dated, Responsible, Task
from notifications.domain.wall_time import instant, overdue_from, zone

AnchorKind = Literal["due", "follow_up", "delegation", "review"]

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

    Of a question (delegation, review) `on` is the day on which it was asked. `generation` is the version of the
    activity that called for it last, whatever way it was folded.
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
        and back is the same again. A question that is asked again is another one.
        """
        occasion = self.on.isoformat() if self.anchor in ("due", "follow_up") else str(self.generation)
        named = "\x1f".join((self.activity, self.user, self.anchor, occasion))
        return hashlib.sha256(named.encode()).hexdigest()[:32]


def plan(activity: str, task: Task, recipients: Mapping[str, Recipient], live_since: datetime) -> dict[str, Reminder]:
    """The reminders of a task by identity: for each responsible user the due date and the own follow-up date, and what
    somebody is asked for, at once.

    None for what is done or withdrawn, for users who left or are not known yet, for what a user does not want to hear
    of, and for what came and was set before `live_since`: what was due before reminders began here is history, not
    news. A date that is set when its reminder should have come already is told at once, unless its day was over by
    then (rule T10).
    """
    if task.open_since is None or task.standing_since is None:
        return {}
    wanted: dict[str, Reminder] = {}
    for user, responsible in task.responsible.items():
        recipient = recipients.get(user)
        if recipient is None or not recipient.is_active:
            continue
        since = max(responsible.since, task.open_since, task.standing_since)
        for anchor, dated in _anchors(task, responsible, recipient.preferences):
            if (at := _moment(anchor, dated, recipient, live_since)) is not None and dated.on is not None:
                reminder = Reminder(activity, user, anchor, dated.on, max(dated.version, since), at)
                wanted[reminder.identity] = reminder
    return wanted | {reminder.identity: reminder for reminder in _questions(activity, task, recipients, live_since)}


def _questions(
    activity: str, task: Task, recipients: Mapping[str, Recipient], live_since: datetime
) -> Iterator[Reminder]:
    asked: tuple[tuple[AnchorKind, Asked | None], ...] = (("delegation", task.offer), ("review", task.review))
    for anchor, question in asked:
        recipient = recipients.get(question.user) if question else None
        if question and recipient and recipient.is_active and question.at >= live_since:
            on = question.at.astimezone(zone(recipient.time_zone)).date()
            at = question.at.replace(microsecond=0)  # as precise as a timer is stored
            yield Reminder(activity, question.user, anchor, on, question.version, at)


def _anchors(task: Task, responsible: Responsible, preferences: Preferences) -> Iterator[tuple[AnchorKind, Dated]]:
    if task.due is not None and preferences.due:
        yield "due", task.due
    if preferences.follow_up:
        yield "follow_up", responsible.follow_up


def _moment(anchor: AnchorKind, dated: Dated, recipient: Recipient, live_since: datetime) -> datetime | None:
    """When the reminder comes; none if it does not."""
    day = dated.on
    if day is None or not CALENDAR[0] <= day <= CALENDAR[1]:
        return None
    place, preferences = zone(recipient.time_zone), recipient.preferences
    lead = timedelta(days=preferences.lead_days if anchor == "due" else 0)
    at = instant(day - lead, preferences.remind_at.replace(second=0, microsecond=0), place)
    is_news = max(at, dated.set_at) >= live_since
    return at if is_news and dated.set_at < overdue_from(day, place) else None
