"""Who reads, and what a query may show them (design: "Who may see and do what")."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dossier.auth.principals import Principal
from dossier.mongo import Document
from histories.domain.documents import Entry, Fields
from histories.domain.rules import ENGAGEMENTS


@dataclass(frozen=True)
class Reader:
    """Somebody who reads, and the streams that are set aside just now.

    What a stream that is set aside says is out of date: a later event may have restricted it. So what hangs on it is
    shown to the author and the responsible users of an activity only.
    """

    tokens: Sequence[str]
    parked: Collection[str] = ()

    @classmethod
    def of(cls, principal: Principal, parked: Collection[str]) -> Reader:
        """The reader behind a request."""
        return cls(principal.tokens, parked)

    def admitted_to(self, readers: Collection[str] | None) -> bool:
        """Whether an engagement with these readers (None: open) is to be seen."""
        return readers is None or not set(self.tokens).isdisjoint(readers)

    def seen(self, *, withdrawn_too: bool = False) -> list[Document]:
        """Conditions that an entry meets if the reader may see it: no gate is closed, nothing is in doubt.

        What was withdrawn is seen by nobody, unless it is asked for by its id, or for having been withdrawn.
        """
        conditions: list[Document] = [{"gates": {"$not": {"$elemMatch": {"who": {"$nin": list(self.tokens)}}}}}]
        if not withdrawn_too:
            conditions.append({"own.withdrawn": {"$ne": True}})
        if self.parked:
            conditions.append({"$or": [{"$nor": self._in_doubt()}, *self._inside()]})
        return conditions

    def doubtful(self) -> list[Document] | None:
        """Conditions that an entry meets if doubt alone keeps it from the reader; None if nothing is in doubt."""
        return [{"$or": self._in_doubt()}, {"$nor": self._inside()}] if self.parked else None

    def in_doubt(self, entry: Entry) -> bool:
        """Whether the entry hangs on a stream that is set aside."""
        if not self.parked:
            return False
        objects = (*entry["shown_on"], *entry["hidden"])
        return entry["_id"] in self.parked or any(
            stream in self.parked for stream in objects if stream.startswith(ENGAGEMENTS)
        )

    def _in_doubt(self) -> list[Document]:
        engagements = [stream for stream in self.parked if stream.startswith(ENGAGEMENTS)]
        of_engagements = [{name: {"$in": engagements}} for name in ("shown_on", "hidden")]
        return [{"_id": {"$in": list(self.parked)}}, *of_engagements]

    def _inside(self) -> list[Document]:
        users = [token.removeprefix("user:") for token in self.tokens if token.startswith("user:")]
        names = ("own.entered_by", "own.responsible.user", "own.further_responsible.user")
        return [{name: {"$in": users}} for name in names]


def author_of(own: Fields) -> str | None:
    """The stream of the user who entered the activity; None: a service did."""
    author = own.get("entered_by")
    return None if author is None else f"user-{author}"
