"""What callers send about tasks: delegation, early deadlines, review, recurrence; and the list of types."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from activities.api.models import WarnedAnswer
from activities.domain.deadlines import MOST_DAYS, MOST_EARLY
from dossier.contracts.activities import ActivityKind
from dossier.contracts.base import Id
from dossier.http.field_errors import CODE
from dossier.http.models import Changes, NewId, Request

Reason = Annotated[str, Field(max_length=1000)]
Label = Annotated[str, Field(min_length=1, max_length=100)]
Position = Annotated[int, Field(ge=0, le=10_000, description="Where it stands in the list")]
Kinds = Annotated[tuple[ActivityKind, ...], Field(max_length=6, description="For which kinds; none: for all")]


class Offer(Request):
    """The user to whom one's task is offered."""

    to: Id
    note: Reason = ""


class AnswerOffer(Request):
    """Who it is offered to accepts or declines; who offered it takes it back (withdrawn)."""

    answer: Literal["accepted", "declined", "withdrawn"]
    reason: Reason = ""


class NewEarly(Request):
    """An early deadline: so many days before, or else 7 days before the earliest one there is."""

    id: NewId | None = None
    days_before: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    title: str | None = None


class AddEarly(Request):
    """Early deadlines to make, one unless more are named. With own ids the request can be repeated without harm."""

    early: Annotated[tuple[NewEarly, ...], Field(min_length=1, max_length=MOST_EARLY)] = (NewEarly(),)


class EarlyAnswer(WarnedAnswer):
    """The answer about the deadline; `made` are the early deadlines that this made, in their order."""

    made: list[Id]


class Reviewer(Request):
    """The second person who is to check the deadline."""

    user: Id


class Review(Request):
    """Whether document, date and description are right."""

    approved: bool
    remark: Reason = ""


class Recur(Request):
    """An RRULE: DAILY, WEEKLY, MONTHLY or YEARLY, with INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, COUNT or UNTIL.

    The due date is its first day. A day that some months lack is taken only with `skip_short_months`.
    """

    rule: Annotated[str, Field(min_length=1, max_length=300, examples=["FREQ=MONTHLY;BYMONTHDAY=-1"])]
    skip_short_months: bool = False


class NewType(Request):
    """Another type that activities can be of."""

    code: Annotated[str, Field(pattern=CODE, examples=["inspection"])]
    label: Label
    kinds: Kinds = ()
    position: Position = 0


class TypeFacts(Changes):
    """Facts of a type to change; what is absent stays."""

    label: Label = ""
    kinds: Kinds = ()
    position: Position = 0
    is_active: bool = True


class TypeView(BaseModel):
    """A type as it stands; one that is inactive is no longer offered."""

    model_config = ConfigDict(from_attributes=True)

    id: str = ""
    code: str
    label: str
    kinds: tuple[ActivityKind, ...]
    position: int
    is_active: bool
