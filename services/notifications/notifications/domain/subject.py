"""What reminders know of an activity: its title, its task side, and who may see it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from dossier.contracts.activities import (
    ActivityCorrected,
    ActivityLinked,
    ActivityRecorded,
    ActivityUnlinked,
    GrantsAdded,
    GrantsRevoked,
    MailSighted,
    VisibilityChanged,
)
from dossier.contracts.base import Event
from dossier.contracts.common import Grant
from notifications.domain import task as tasks
from notifications.domain.task import Task

ENGAGEMENT_TYPES = ("project", "phase", "opportunity", "invoice")
Readers = frozenset[str] | None
"""Those who may see something, as `user:…` and `group:…`; none means everybody."""


@dataclass(frozen=True)
class Given:
    """A right to see: who has it, and from which origin."""

    token: str
    origin: str


@dataclass(frozen=True)
class Subject:
    """An activity as far as reminders need it. `engagements` are the streams it is linked to, by type."""

    title: str = ""
    author: str | None = None
    participants: tuple[str, ...] = ()
    everyone: bool = True
    grants: tuple[Given, ...] = ()
    engagements: dict[str, str] = field(default_factory=dict[str, str])
    task: Task = field(default_factory=Task)

    @property
    def insiders(self) -> frozenset[str]:
        """Author and responsible users: who sees the activity even while its rights cannot be told."""
        users = (self.author, *self.task.responsible)
        return frozenset(f"user:{user}" for user in users if user is not None)

    @property
    def readers(self) -> Readers:
        """Who may see it, engagements aside."""
        if self.everyone:
            return None
        participants = {f"user:{user}" for user in self.participants}
        asked = {f"user:{user}" for user in self.task.asked}
        return self.insiders | asked | participants | {grant.token for grant in self.grants}


def may_see(subject: Subject, tokens: AbstractSet[str], engagements: Mapping[str, Readers]) -> bool:
    """Whether somebody with these tokens may see the activity: it takes the right to it and its engagements (RGT-10).

    `engagements` are the readers of those that are known; one that is not known yet may turn out restricted, so until
    then it is for author and responsible users.
    """
    linked = (engagements.get(stream, subject.insiders) for stream in subject.engagements.values())
    return all(readers is None or not readers.isdisjoint(tokens) for readers in (subject.readers, *linked))


def evolve(subject: Subject, event: Event, version: int, recorded_at: datetime) -> Subject:
    """Apply the event with that version; events that say nothing of this leave it as it is."""
    subject = replace(subject, task=tasks.evolve(subject.task, event, version, recorded_at))
    match event:
        case ActivityRecorded():
            return _recorded(subject, event)
        case ActivityCorrected():
            title, participants = event.changes.title, event.changes.participants
            return replace(
                subject,
                title=subject.title if title is None else title,
                participants=subject.participants if participants is None else participants,
            )
        case ActivityLinked() if event.object.type in ENGAGEMENT_TYPES:
            return replace(subject, engagements={**subject.engagements, event.object.type: event.object.stream})
        case ActivityUnlinked():
            kept = {kind: stream for kind, stream in subject.engagements.items() if stream != event.object.stream}
            return replace(subject, engagements=kept)
        case VisibilityChanged():
            return replace(subject, everyone=event.visibility == "everyone")
        case GrantsAdded() | MailSighted():
            return replace(subject, grants=(*subject.grants, *_given(event.grants)))
        case GrantsRevoked():
            gone = set(_given(event.grants))
            return replace(subject, grants=tuple(grant for grant in subject.grants if grant not in gone))
        case _:
            return subject


def _recorded(subject: Subject, event: ActivityRecorded) -> Subject:
    linked = ((kind, getattr(event, kind)) for kind in ENGAGEMENT_TYPES)
    return Subject(
        title=event.title,
        author=event.entered_by,
        participants=event.participants,
        everyone=event.visibility == "everyone",
        grants=_given(event.grants),
        engagements={kind: f"{kind}-{identifier}" for kind, identifier in linked if identifier},
        task=subject.task,
    )


def _given(grants: tuple[Grant, ...]) -> tuple[Given, ...]:
    return tuple(Given(f"{grant.to}:{grant.id}", f"{grant.origin.kind}:{grant.origin.id}") for grant in grants)
