"""Events of activities: everything that was said, written, agreed or is due. Topic `crm.activities`.

Stream `activity-…`. The fields are final; later work adds events, it does not change these.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from dossier.contracts.base import Count, Event, Id, Personal, Value, event
from dossier.contracts.common import AddressRef, Grant, Reference

ActivityKind = Literal["appointment", "meeting", "call", "email", "document", "note"]
Medium = Literal["phone", "email", "written", "on_site", "in_house", "online", "note"]
Direction = Literal["in", "out", "internal"]
Priority = Literal["low", "normal", "high"]
Visibility = Literal["everyone", "granted"]
LinkOrigin = Literal["person", "rule"]

TEXT_LIMIT = 64 * 1024
"""Longest text in an event, in characters; longer text is a stored object the event refers to."""


class Assignment(Value):
    """A responsible user with that user's own follow-up date (no date: none)."""

    user: Id
    follow_up_on: date | None = None


class MailRecipient(Value):
    """One addressee of a mail as its headers say."""

    role: Literal["to", "cc", "bcc"]
    address: Personal[str] = Field(max_length=320)
    name: Personal[str] = Field(default="", max_length=500)


class Mail(Value):
    """What is known of a mail. Headers are claims of the sender: they grant nothing."""

    message: Id
    sender: Personal[str] = Field(max_length=320)
    sender_name: Personal[str] = Field(default="", max_length=500)
    recipients: tuple[MailRecipient, ...] = ()
    sent_at: AwareDatetime | None = None
    message_id: str = Field(default="", max_length=998)
    in_reply_to: str = Field(default="", max_length=998)
    references: tuple[str, ...] = ()
    thread: Id | None = None
    stored_object: str = Field(default="", max_length=200)


class Sighting(Value):
    """One delivery of the mail by one road."""

    delivery: Id
    source: str = Field(max_length=100)


@event("activities")
class ActivityRecorded(Event):
    """An activity entered the history.

    `kind` never changes; `activity_type` is the configurable subject matter, `medium` the way it went.
    `text` over the limit is cut, flagged by `text_cut`, and whole in `text_object`. `entered_by` is null for what a
    service entered, such as a mail that came in by a mailbox.
    """

    kind: ActivityKind
    activity_type: str | None = Field(default=None, max_length=50)
    medium: Medium
    direction: Direction | None = None
    title: Personal[str] = Field(max_length=255)
    text: Personal[str] = Field(default="", max_length=TEXT_LIMIT)
    text_cut: bool = False
    text_object: str | None = None
    occurred_on: date
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    duration_minutes: Count | None = None
    all_day: bool = False
    entered_by: Id | None
    responsible: Assignment | None = None
    further_responsible: tuple[Assignment, ...] = ()
    participants: tuple[Id, ...] = ()
    due_on: date | None = None
    priority: Priority = "normal"
    address: AddressRef | None = None
    further_addresses: tuple[AddressRef, ...] = ()
    project: Id | None = None
    phase: Id | None = None
    opportunity: Id | None = None
    invoice: Id | None = None
    keywords: tuple[Id, ...] = ()
    mail: Mail | None = None
    sighting: Sighting | None = None
    visibility: Visibility = "everyone"
    grants: tuple[Grant, ...] = ()
    follow_up_of: Id | None = None


class ActivityChanges(Value):
    """New values of an activity's own fields; a field that is not set did not change."""

    activity_type: str | None = Field(default=None, max_length=50)
    medium: Medium | None = None
    direction: Direction | None = None
    title: Personal[str] | None = Field(default=None, max_length=255)
    text: Personal[str] | None = Field(default=None, max_length=TEXT_LIMIT)
    text_cut: bool | None = None
    text_object: str | None = None
    occurred_on: date | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    duration_minutes: Count | None = None
    all_day: bool | None = None
    participants: tuple[Id, ...] | None = None
    priority: Priority | None = None
    keywords: tuple[Id, ...] | None = None


@event("activities")
class ActivityCorrected(Event):
    """Own fields of the activity were put right."""

    changes: ActivityChanges
    reason: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class ActivityLinked(Event):
    """The activity belongs to one more object. `primary`: it is now the primary address.

    `origin` rule: an automatic link, which never undoes what a person unlinked.
    """

    object: Reference
    primary: bool = False
    origin: LinkOrigin = "person"


@event("activities")
class ActivityUnlinked(Event):
    """The activity no longer belongs to the object. `new_primary` takes over from a primary address."""

    object: Reference
    new_primary: AddressRef | None = None
    origin: LinkOrigin = "person"
    reason: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class ResponsibleAssigned(Event):
    """A user became responsible, mainly (replacing the former main one) or further."""

    assignment: Assignment
    main: bool


@event("activities")
class ResponsibleRemoved(Event):
    """A user is no longer responsible."""

    user: Id


@event("activities")
class FollowUpMoved(Event):
    """A responsible user's own follow-up date is another one, or none."""

    user: Id
    follow_up_on: date | None


@event("activities")
class DueMoved(Event):
    """The activity is due on another day, or undated."""

    due_on: date | None


@event("activities")
class ActivityCompleted(Event):
    """The task is done (ACT-20: it stays in every history)."""

    completed_on: date


@event("activities")
class ActivityReopened(Event):
    """The task is open again."""


@event("activities")
class VisibilityChanged(Event):
    """The activity is now seen by everybody, or only by its grants, responsible, participants and author."""

    visibility: Visibility


@event("activities")
class GrantsAdded(Event):
    """More users or groups may see the activity, each grant with its origin."""

    grants: tuple[Grant, ...]


@event("activities")
class GrantsRevoked(Event):
    """These grants are taken back; the same right from another origin stays."""

    grants: tuple[Grant, ...]


@event("activities")
class MailSighted(Event):
    """The same mail came by another road; that road's grants are added."""

    sighting: Sighting
    grants: tuple[Grant, ...] = ()


@event("activities")
class ActivityWithdrawn(Event):
    """The activity was entered in error: it is on no page any more, and its events stay.

    Of an early deadline: `with_deadline` says that it went with its deadline, and comes back with it;
    `deadline_due_on` is when its deadline was due then, as far as that is known.
    """

    reason: Personal[str] = Field(default="", max_length=1000)
    with_deadline: bool = False
    deadline_due_on: date | None = None


@event("activities")
class ActivityRestored(Event):
    """The activity was withdrawn in error and stands again."""

    reason: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class EntryPinned(Event):
    """The activity stands out at the top of this object's history."""

    object: Reference


@event("activities")
class EntryUnpinned(Event):
    """The activity no longer stands out there."""

    object: Reference


@event("activities")
class EntryHidden(Event):
    """The activity is not shown in this object's history, whatever rule leads there."""

    object: Reference
    reason: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class EntryShown(Event):
    """The activity is no longer hidden there."""

    object: Reference
