"""What lists of activities and mails can be asked for: one service runs such searches, another keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dossier.contracts.activities import ActivityKind, Direction, Medium
from dossier.contracts.base import Id
from dossier.contracts.rules import RuleViolation

SEVERAL = 20
"""Values of one filter."""
MAIL: ActivityKind = "email"

_Q = 'Words of title, text, mail head or documents, by stems; `"in a row"` as written, and `-without` (SRC-05)'

_WORD = re.compile(r"\w")
_BEGINNING = re.compile(r'[^\W\d_]\*+(?=[\s"“”„«»]|$)')

User = Id | Literal["me"]
Address = Annotated[str, Field(min_length=1, max_length=320)]


class Period(BaseModel):
    """Days of a list; both may be open."""

    model_config = ConfigDict(frozen=True)

    first: Annotated[date | None, Field(alias="from", description="First day")] = None
    last: Annotated[date | None, Field(alias="to", description="Last day, inclusive")] = None

    def check(self) -> None:
        """Raises RuleViolation for what could find nothing, whatever there is: here `date-order`."""
        if self.first is not None and self.last is not None and self.first > self.last:
            raise RuleViolation("date-order", "the first day is after the last", "from")


class Filters(Period):
    """What narrows down a page or search. Several kinds, media, types, directions: any of them; categories: all."""

    q: Annotated[str, Field(max_length=200, description=_Q)] = ""
    kind: Annotated[list[ActivityKind], Field(max_length=SEVERAL, description="Only these kinds")] = []
    medium: Annotated[list[Medium], Field(max_length=SEVERAL, description="Only by these media")] = []
    type: Annotated[
        list[Annotated[str, Field(max_length=50)]],
        Field(max_length=SEVERAL, description="Only these activity types, by their codes"),
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

    def check(self) -> None:
        """Raises RuleViolation SRC-05 too, without a word, or for `miet*`: there is no search by beginnings."""
        super().check()
        if self.q.strip() and not _WORD.search(self.q):
            raise RuleViolation("SRC-05", "there is no word in it", "q")
        if _BEGINNING.search(self.q):
            detail = "words are found in all their forms, not by how they begin: write the word without the *"
            raise RuleViolation("SRC-05", detail, "q")

    @field_validator("kind", "medium", "type", "direction", "category", mode="before")
    @classmethod
    def _one_of_several(cls, value: Any) -> Any:
        """A saved search may keep a single value as it is."""
        return [value] if isinstance(value, str) else value


class SearchFilters(Filters):
    """Filters of a search over all activities: what was withdrawn is on no page."""

    withdrawn: Annotated[bool, Field(description="Only what was withdrawn as entered in error")] = False

    def check(self) -> None:
        """Raises RuleViolation ACT-WITHDRAWN too, for what was withdrawn from a page: it is on none any more."""
        super().check()
        if self.withdrawn and self.person:
            raise RuleViolation("ACT-WITHDRAWN", "what was withdrawn is on nobody's page: leave this out", "person")


_CORRESPONDENT = re.compile(r'(("[^"]+"|[^\s"@]+)?@)?[^\s"@]+')
"""A mail address, or a domain with or without its @. Mails have senders, too, that no rule of addresses knows."""


class MailFilters(SearchFilters):
    """Filters of mails: by sender and recipient as well (domain.md 5.3)."""

    sender: Annotated[Address | None, Field(description="A mail address, or a domain")] = None
    recipient: Annotated[Address | None, Field(description="A mail address, or a domain, among the recipients")] = None

    def check(self) -> None:
        """Raises RuleViolation `mail-address` too, for a sender or recipient that is none and no domain."""
        super().check()
        for field, asked in (("sender", self.sender), ("recipient", self.recipient)):
            if asked is not None and not _CORRESPONDENT.fullmatch(asked.strip()):
                detail = "it is a mail address like eva@acme.example, or a domain like acme.example"
                raise RuleViolation("mail-address", detail, field)


class MailsOnly(MailFilters):
    """The same, where nothing but mails is searched."""

    def check(self) -> None:
        """Raises RuleViolation `kind` too, if only other kinds are asked for."""
        super().check()
        if self.kind and MAIL not in self.kind:
            raise RuleViolation("kind", "this search is of other kinds", "kind")


class View(BaseModel):
    """How a list is shown: where it begins, and whether conversations are folded."""

    model_config = ConfigDict(frozen=True)

    at: Annotated[date | None, Field(description="Begin with this day, instead of the newest; `previous` leads on")] = (
        None
    )
    fold: Annotated[Literal["conversations"] | None, Field(description="One row for each mail conversation")] = None


SEARCHES: Mapping[str, type[Filters]] = {"activities": SearchFilters, "mails": MailsOnly}
"""What a saved search of this name can be asked."""
