"""Who sees an activity, and why: what `may_see` decides, told in lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from activities.domain.access import Readers
from activities.domain.state import Activity
from dossier.contracts.common import GrantOrigin

Because = Literal["visibility", "author", "responsible", "offered", "reviewer", "participant", "grant"]
EVERYBODY = "everyone"

_SAYS: Mapping[Because, str] = {
    "visibility": "everybody sees it who may see what it is linked to",
    "author": "entered it",
    "responsible": "is responsible",
    "offered": "is offered the task",
    "reviewer": "is to review it",
    "participant": "takes part",
}
_ORIGINS = {
    "channel": "it came in by a mailbox that they may read",
    "person": "granted by {id}",
    "rule": "granted by the rule {id}",
}


@dataclass(frozen=True)
class Line:
    """Somebody who sees it (`everyone`, `user:…` or `group:…`), and for what; `origin` is that of a grant."""

    who: str
    because: Because
    origin: GrantOrigin | None = None

    def says(self, names: Mapping[str, str]) -> str:
        """The reason for people; `names` says what users are called, by id."""
        if self.origin is None:
            return _SAYS[self.because]
        return _ORIGINS[self.origin.kind].format(id=names.get(self.origin.id, self.origin.id))


@dataclass(frozen=True)
class Door:
    """A linked engagement that not everybody may see: of the above only those who are among `who` see the activity.

    `known` is false while nobody has told who may see it; until then `who` are author and responsible users.
    """

    stream: str
    who: tuple[str, ...]
    known: bool
    says: str


def lines(state: Activity) -> Iterator[Line]:
    """Each reason why somebody sees it, engagements aside. What everybody sees needs no other reason."""
    if state.readers is None:
        yield Line(EVERYBODY, "visibility")
        return
    if state.facts.entered_by is not None:
        yield Line(f"user:{state.facts.entered_by}", "author")
    for assignment in state.assignments:
        yield Line(f"user:{assignment.user}", "responsible")
    if state.task.offer is not None:
        yield Line(f"user:{state.task.offer.to}", "offered")
    if state.task.reviewer is not None:
        yield Line(f"user:{state.task.reviewer}", "reviewer")
    for participant in state.facts.participants:
        yield Line(f"user:{participant}", "participant")
    for grant in state.facts.grants:
        yield Line(f"{grant.to}:{grant.id}", "grant", grant.origin)


def doors(state: Activity, engagements: Mapping[str, Readers]) -> Iterator[Door]:
    """The linked engagements that are not open, with their readers as far as they are known."""
    for stream in state.engagements:
        kind = stream[:-37]
        if stream not in engagements:
            insiders = tuple(sorted(state.insiders))
            yield Door(stream, insiders, known=False, says=f"who may see the {kind} is not known here yet")
        elif (readers := engagements[stream]) is not None:
            yield Door(stream, tuple(sorted(readers)), known=True, says=f"the {kind} is restricted to these")
