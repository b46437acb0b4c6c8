"""Filters of pages and searches, as parameters of a query and as those that a saved search keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.contracts.activities import ActivityKind, Direction, Medium
from dossier.contracts.base import Id
from dossier.contracts.rules import RuleViolation
from histories.sought import sought
from histories.views.wanted import Wanted

SEVERAL = 20
"""Values of one filter."""

_Q = 'Words of title, text, mail head or documents, by stems; `"in a row"` as written, and `-without` (SRC-05)'

User = Id | Literal["me"]
Address = Annotated[str, Field(min_length=1, max_length=320)]


class Period(BaseModel):
    """Days of a list; both may be open."""

    model_config = ConfigDict(frozen=True)

    first: Annotated[date | None, Field(alias="from", description="First day")] = None
    last: Annotated[date | None, Field(alias="to", description="Last day, inclusive")] = None

    def days(self) -> Wanted:
        """Whatever is of these days. Raises RuleViolation `date-order`."""
        if self.first is not None and self.last is not None and self.first > self.last:
            raise RuleViolation("date-order", "the first day is after the last", "from")
        return Wanted(first=self.first, last=self.last)


class Filters(Period):
    """What narrows down a page or search. Several kinds, media, types, directions: any of them; categories: all."""

    q: Annotated[str, Field(max_length=200, description=_Q)] = ""
    kind: Annotated[list[ActivityKind], Field(max_length=SEVERAL, description="Only these kinds")] = []
    medium: Annotated[list[Medium], Field(max_length=SEVERAL, description="Only by these media")] = []
    type: Annotated[
        list[Annotated[str, Field(max_length=50)]], Field(max_length=SEVERAL, description="Only these activity types")
    ] = []
    direction: Annotated[list[Direction], Field(max_length=SEVERAL, description="Only this way")] = []
    person: Annotated[Id | None, Field(description="On the page of this address, too: whoever took part")] = None
    entered_by: Annotated[User | None, Field(description="Entered by this user, or `me`")] = None
    responsible: Annotated[User | None, Field(description="This user, or `me`, is responsible, mainly or not")] = None
    completed: Annotated[bool | None, Field(description="Completed ones only, or only those that are not")] = None
    category: Annotated[list[Id], Field(max_length=SEVERAL, description="With all these keywords")] = []
    thread: Annotated[Id | None, Field(description="Only this conversation")] = None
    follow_up_of: Annotated[Id | None, Field(description="What follows up this activity, which the reader may see")] = (
        None
    )

    @field_validator("kind", "medium", "type", "direction", "category", mode="before")
    @classmethod
    def _one_of_several(cls, value: Any) -> Any:
        """A saved search may keep a single value as it is."""
        return [value] if isinstance(value, str) else value

    def wanted(self, caller: Principal) -> Wanted:
        """What this caller asks for.

        Raises RuleViolation `date-order`, SRC-05 for words that are none, or ACT-08 for a service's own.
        """
        days = self.days()
        if self.q.strip() and not sought(self.q):
            raise RuleViolation("SRC-05", "there is no word in it", "q")
        return replace(
            days,
            text=self.q.strip(),
            kinds=sorted(set(self.kind)),
            media=sorted(set(self.medium)),
            types=sorted(set(self.type)),
            directions=sorted(set(self.direction)),
            person=self.person,
            entered_by=_user(self.entered_by, caller, "entered_by"),
            responsible=_user(self.responsible, caller, "responsible"),
            completed=self.completed,
            keywords=sorted(set(self.category)),
            thread=self.thread,
            follow_up_of=self.follow_up_of,
        )


class MailFilters(Filters):
    """Filters of mails: by sender and recipient as well (domain.md 5.3)."""

    sender: Annotated[Address | None, Field(description="A mail address, or a domain")] = None
    recipient: Annotated[Address | None, Field(description="A mail address, or a domain, among the recipients")] = None

    def wanted(self, caller: Principal) -> Wanted:
        """What this caller asks for, as `Filters.wanted`."""
        return replace(super().wanted(caller), sender=self.sender, recipient=self.recipient)


class View(BaseModel):
    """How a list is shown: where it begins, and whether conversations are folded."""

    model_config = ConfigDict(frozen=True)

    at: Annotated[date | None, Field(description="Begin with this day, instead of the newest; `previous` leads on")] = (
        None
    )
    fold: Annotated[Literal["conversations"] | None, Field(description="One row for each mail conversation")] = None


async def asked(filters: Annotated[Filters, Query()], caller: Caller) -> Wanted:
    """Dependency: what of a list is asked for."""
    return filters.wanted(caller)


async def view(view: Annotated[View, Query()]) -> View:
    """Dependency: how the list is shown."""
    return view


Asked = Annotated[Wanted, Depends(asked)]
Shown = Annotated[View, Depends(view)]


def _user(named: str | None, caller: Principal, field: str) -> str | None:
    if named != "me":
        return named
    if caller.user is None:
        raise RuleViolation("ACT-08", "say whose: a service enters nothing of its own", field)
    return caller.user
