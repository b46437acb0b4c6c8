"""What of a history, or of all activities, is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, get_args

from dossier.contracts.activities import ActivityKind, Medium
from dossier.mongo import Document
from histories.domain.rules import ADDRESSES
from histories.domain.terms import (
    DIRECTION,
    ENTERED_BY,
    FOLLOWING,
    KEYWORD,
    RECIPIENT,
    RESPONSIBLE,
    SENDER,
    THREAD,
    TYPE,
    WITHDRAWN,
    correspondent,
)

KINDS: tuple[ActivityKind, ...] = get_args(ActivityKind)
MEDIA: tuple[Medium, ...] = get_args(Medium)


class Place(NamedTuple):
    """Where a page begins: after this place in the order it is read in, which is newest first unless `back`."""

    after: str | None = None
    back: bool = False

    def condition(self) -> Document:
        """What entries meet that lie beyond it."""
        return {"dated": {"$gt" if self.back else "$lt": self.after}}


START = Place()
"""The newest entry."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for. Several kinds, media, types or directions: any of them; several keywords: all of them.

    `text` are words and phrases, as `sought.py` reads them. `person` is the id of an address of any type whose page
    shows the activity as well. Both days are inclusive. `withdrawn`: what was withdrawn, and nothing else.
    """

    kinds: Sequence[str] = ()
    first: date | None = None
    last: date | None = None
    media: Sequence[str] = ()
    types: Sequence[str] = ()
    directions: Sequence[str] = ()
    person: str | None = None
    entered_by: str | None = None
    responsible: str | None = None
    keywords: Sequence[str] = ()
    thread: str | None = None
    follow_up_of: str | None = None
    sender: str | None = None
    recipient: str | None = None
    text: str = ""
    completed: bool | None = None
    withdrawn: bool = False

    @property
    def asked(self) -> str:
        """All that is asked for, in words: what names the list in a cursor."""
        return repr(self)

    @property
    def terms(self) -> list[list[str]]:
        """For each condition that terms answer those of which an activity has to have one."""
        single = {
            ENTERED_BY: self.entered_by,
            RESPONSIBLE: self.responsible,
            THREAD: self.thread,
            FOLLOWING: self.follow_up_of,
            SENDER: self.sender and correspondent(self.sender),
            RECIPIENT: self.recipient and correspondent(self.recipient),
        }
        found = [[mark + value] for mark, value in single.items() if value]
        found += [[KEYWORD + keyword] for keyword in self.keywords]
        several = (
            [mark + each for each in values] for mark, values in ((TYPE, self.types), (DIRECTION, self.directions))
        )
        return [*found, *filter(None, several), *([[WITHDRAWN]] if self.withdrawn else [])]

    @property
    def with_person(self) -> list[str]:
        """The pages of which one has to show the activity as well: ids say nothing of types."""
        return [f"{kind}{self.person}" for kind in ADDRESSES] if self.person else []

    def completion(self) -> list[Document]:
        """The condition on whether it is completed; what is no task is not."""
        return [] if self.completed is None else [{"own.completed_on": {"$exists": self.completed}}]

    def days(self) -> list[Document]:
        """Conditions on the day."""
        found: list[Document] = []
        if self.first:
            found.append({"dated": {"$gte": self.first.isoformat()}})
        if self.last and self.last < date.max:
            found.append({"dated": {"$lt": (self.last + timedelta(days=1)).isoformat()}})
        return found
