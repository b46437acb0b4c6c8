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
    """An object or user with its name; no name: not known yet, or not for this reader.

    `deleted` stands only with an address that was deleted (DEL-01): it keeps its name, and there is no page of it any
    more where it was entered.
    """

    type: str
    id: str
    name: str | None
    deleted: bool = False


class ReasonHop(Shown):
    """One rule, leading from what came before to the next object, and the events (`stream:version`) behind it.

    `valid_from` and `valid_to` are the days for which it holds: of a contact, its time with the company.
    """

    code: str = Field(examples=["contact-of-company"])
    to: Reference
    says: str
    events: list[str]
    valid_from: Day | None
    valid_to: Day | None


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
of this page. `withdrawn`: it was entered in error, is on no page, and found by `withdrawn=true` alone."""


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


class HitDocument(Shown):
    """The document that words were found in, by its newest version: no other is searched."""

    id: str
    name: str
    version: int


class Hit(Shown):
    """A piece of what the activity says in which words were found, and the places of these: from and to."""

    field: Literal["title", "text", "mail", "document_name", "document"]
    text: str
    marks: list[tuple[int, int]]
    document: HitDocument | None


class Row(Activity):
    """An activity on a page, and why it is there.

    `conversation`: it stands for so many mails of its thread in this list, of those the reader may see.
    `hits`: where the words are that were searched for.
    """

    excerpt: str
    mail: MailHead | None
    conversation: int | None
    hits: list[Hit]


class Entry(Activity):
    """An activity by itself: all pages it is on, and every reason it is or once was on one.

    `pinned_on` are pages where it stands at the top, `hidden_on` objects whose page does not show it, whatever reason
    there is.
    """

    text: str
    text_cut: bool
    mail: dict[str, object] | None
    shown_on: list[Reference]
    pinned_on: list[Reference]
    hidden_on: list[Reference]


class PageDay(Shown):
    """A day of the page and how many of its rows are of it; what is on other pages is not counted."""

    day: Day
    count: int


class HistoryPage(Shown):
    """One page of a history, newest first, with its days.

    `next` is the cursor of the following page, older ones, absent on the last; `previous` that of the one before,
    absent on the first. Both may lead to an empty page.
    """

    of: Reference | None
    items: list[Row]
    days: list[PageDay]
    next: str | None
    previous: str | None


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


class FolderPage(Shown):
    """Things in a folder, by type and id."""

    of: Reference
    items: list[Reference]
    next: str | None


class LastActivity(Shown):
    """The last activity on a page that the reader sees."""

    id: str
    occurred_on: Day


class SilentCustomer(Shown):
    """A customer, and its last activity before the day; none: there never was one."""

    customer: Reference
    last: LastActivity | None


class SilentCustomers(Shown):
    """Customers without activities since a day, by age; a page may be short although `next` leads on."""

    since: Day
    items: list[SilentCustomer]
    next: str | None


class ShippedSearch(Shown):
    """A search that ships, what it is of, and what can be filled in."""

    id: str
    name: str
    of: str
    parameters: list[str]


class ShippedSearches(Shown):
    """The searches that ship."""

    items: list[ShippedSearch]
