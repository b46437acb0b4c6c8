"""What callers send and get. Fields mean what the contract says; here is only what differs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from activities.domain.recording import MOST_MINUTES
from dossier.contracts.activities import (
    ActivityKind,
    Assignment,
    Direction,
    LinkOrigin,
    Mail,
    Medium,
    Priority,
    Sighting,
    Visibility,
)
from dossier.contracts.base import Id
from dossier.contracts.common import AddressRef, GrantOrigin, Reference
from dossier.days import Day
from dossier.http.models import Answer, Changes, Moment, NewId, Request

LONGEST_LIST = 200
Minutes = Annotated[int, Field(ge=1, le=MOST_MINUTES)]
ActivityType = Annotated[str, Field(max_length=50)]
Users = Annotated[tuple[Id, ...], Field(max_length=LONGEST_LIST)]


class NewAssignment(Request):
    """A user who is to be responsible, with an own follow-up date if wanted."""

    user: Id
    follow_up_on: Day | None = None

    def assignment(self) -> Assignment:
        """The value in events."""
        return Assignment(user=self.user, follow_up_on=self.follow_up_on)


class NewGrant(Request):
    """A user or group who is to see the activity.

    A person's grant has that person as its origin; only services, which act for channels and rules, name another one.
    """

    to: Literal["user", "group"]
    id: Id
    origin: GrantOrigin | None = None


Grants = Annotated[tuple[NewGrant, ...], Field(max_length=LONGEST_LIST)]


class RecordActivity(Request):
    """An activity to record. With an own `id` the request can be repeated without harm.

    `medium` follows from the kind unless it is said, `occurred_on` is the day of `starts_at` or else today, both where
    the caller is. A mail, typed or filed, is seen by its grants, author, responsible users and participants unless
    `visibility` says otherwise (EML-20), everything else by everybody. Only services say who `entered_by` is; a person
    who records is the author. `reviewer` is for a deadline: it is not done before that user approved it.
    """

    id: NewId | None = None
    kind: ActivityKind
    activity_type: ActivityType | None = None
    medium: Medium | None = None
    direction: Direction | None = None
    title: str
    text: str = ""
    occurred_on: Day | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    duration_minutes: Minutes | None = None
    all_day: bool = False
    entered_by: Id | None = None
    responsible: NewAssignment | None = None
    further_responsible: Annotated[tuple[NewAssignment, ...], Field(max_length=LONGEST_LIST)] = ()
    participants: Users = ()
    due_on: Day | None = None
    priority: Priority = "normal"
    address: AddressRef | None = None
    further_addresses: Annotated[tuple[AddressRef, ...], Field(max_length=LONGEST_LIST)] = ()
    project: Id | None = None
    phase: Id | None = None
    opportunity: Id | None = None
    invoice: Id | None = None
    keywords: Users = ()
    mail: Mail | None = None
    sighting: Sighting | None = None
    visibility: Visibility | None = None
    grants: Grants = ()
    follow_up_of: Id | None = None
    reviewer: Id | None = None


class Corrections(Changes):
    """New values; a field that is left out stays, and one that may be empty is emptied by null."""

    activity_type: ActivityType | None = None
    medium: Medium = "note"
    direction: Direction | None = None
    title: str = ""
    text: str = ""
    occurred_on: Day = date.min
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    duration_minutes: Minutes | None = None
    all_day: bool = False
    participants: Users = ()
    priority: Priority = "normal"
    keywords: Users = ()


class CorrectActivity(Request):
    """Own fields to put right, and why."""

    changes: Corrections
    reason: str = Field(default="", max_length=1000)


class LinkObject(Request):
    """An object the activity is to belong to. `origin` rule is for services: it yields to what a person decided."""

    object: Reference
    primary: bool = False
    origin: LinkOrigin = "person"


class UnlinkObject(Request):
    """An object the activity is no longer to belong to; after the primary address `new_primary` takes over."""

    object: Reference
    new_primary: AddressRef | None = None
    origin: LinkOrigin = "person"
    reason: str = Field(default="", max_length=1000)


class Complete(Request):
    """The day the task was done: today in the caller's time zone unless it is said."""

    completed_on: Day | None = None


class Notice(BaseModel):
    """Something to look at; nothing was refused for it. `names` says what the `users` are called."""

    rule: str = Field(examples=["ACT-02"])
    detail: str
    users: tuple[Id, ...] = ()
    names: dict[str, str] = {}


class WarnedAnswer(Answer):
    """What a command answers, with what is to be looked at."""

    warnings: tuple[Notice, ...] = ()


class Assign(NewAssignment):
    """A user who is to be responsible, mainly or further. Without a date the user keeps the one there may be."""

    main: bool = True


class MoveDate(Request):
    """A new date, or null for none."""

    on: Day | None


class ChangeVisibility(Request):
    """Who is to see the activity."""

    visibility: Visibility


class ChangeGrants(Request):
    """Grants to add or to take back. Without an origin a person's own are meant."""

    grants: Annotated[tuple[NewGrant, ...], Field(min_length=1, max_length=LONGEST_LIST)]


class SightMail(Request):
    """A further delivery of the mail, and who may see it for that."""

    sighting: Sighting
    grants: Grants = ()
