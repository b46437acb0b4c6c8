"""What the query API answers. Rows are written as JSON straight from the documents; these models describe them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dossier.contracts.activities import ActivityKind, Direction, Medium, Priority

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Shown(BaseModel):
    """Base of everything shown; closed, so that a test can hold the answers to their description."""

    model_config = ConfigDict(extra="forbid")


class Reference(Shown):
    """An object or user with its name; no name: not known yet, or not for this reader."""

    type: str
    id: str
    name: str | None


class ReasonHop(Shown):
    """One rule, leading from what came before to the next object, and the events (`stream:version`) behind it."""

    code: str = Field(examples=["contact-of-company"])
    to: Reference
    says: str
    events: list[str]


class Reason(Shown):
    """Why an activity is on a page: hops from the activity to the page's object.

    `since` and `until` are when this was on record; without `until` it still holds.
    """

    says: str
    hops: list[ReasonHop]
    since: Moment
    until: Moment | None


class MailHead(Shown):
    """What a row shows of a mail."""

    sender: str | None = None
    sender_name: str | None = None
    thread: str | None = None


Mark = Literal["restricted", "parked", "pinned", "withdrawn"]
"""`restricted`: not everybody sees it. `parked`: what is known of it may be out of date. `pinned`: it stands at the top
of this page. `withdrawn`: it was entered in error and is on no page."""


class Document(Shown):
    """A document on an activity, by its newest version; the bytes are with the activities service."""

    id: str
    name: str
    media_type: str
    size: int
    version: int


class Activity(Shown):
    """What a row and an entry have in common. Days are `YYYY-MM-DD`, moments RFC 3339."""

    id: str
    kind: ActivityKind
    activity_type: str | None
    medium: Medium
    direction: Direction | None
    title: str
    occurred_on: Day
    starts_at: Moment | None
    ends_at: Moment | None
    duration_minutes: int | None
    all_day: bool
    entered_by: Reference | None
    responsible: Reference | None
    due_on: Day | None
    priority: Priority
    completed_on: Day | None
    primary_address: Reference | None
    documents: list[Document]
    recorded_at: Moment
    marks: list[Mark]
    why: list[Reason]


class Row(Activity):
    """An activity on a page, and why it is there."""

    excerpt: str
    mail: MailHead | None


class Entry(Activity):
    """An activity by itself: all pages it is on, and every reason it is or once was on one.

    `pinned_on` are pages where it stands at the top, `hidden_on` objects whose page does not show it, whatever reason
    there is.
    """

    text: str
    mail: dict[str, object] | None
    shown_on: list[Reference]
    pinned_on: list[Reference]
    hidden_on: list[Reference]


class HistoryPage(Shown):
    """One page of a history, newest first; `next` is the cursor of the following one, absent on the last."""

    of: Reference | None
    items: list[Row]
    next: str | None


class Touchpoint(Shown):
    """The last activity by one medium that the reader sees."""

    medium: Medium
    occurred_on: Day
    by: Reference | None
    activity: Row


class Month(Shown):
    """How many activities of a month the reader sees."""

    month: str = Field(examples=["2026-05"])
    count: int


class Touchpoints(Shown):
    """Last contact per medium, the latest first; the open task that is due first; activities by month, oldest first."""

    of: Reference
    items: list[Touchpoint]
    next_task: Row | None
    months: list[Month] | None
