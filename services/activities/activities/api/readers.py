"""Who can see an activity, and why."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from activities.api.desk import AtDesk
from activities.api.naming import names_in
from activities.domain.reading import EVERYBODY, Because, Door, doors, lines
from dossier.auth.guard import require
from dossier.contracts.activities import Visibility
from dossier.contracts.base import Id
from dossier.contracts.common import GrantOrigin, Reference
from dossier.http.routing import Router
from dossier.ids import split_stream

router = Router(prefix="/v1/activities/{id}", tags=["access"])


class Who(BaseModel):
    """A user or group of the directory; `everyone` has no id."""

    type: Literal["everyone", "user", "group"]
    id: Id | None = None


class ReaderLine(BaseModel):
    """Somebody who sees the activity and for what reason, in a word and for people; `origin` is that of a grant."""

    who: Who
    because: Because
    says: str
    origin: GrantOrigin | None = None


class Restriction(BaseModel):
    """A linked engagement that not everybody may see.

    Whoever is not among `who` does not see the activity, whatever other reason there is. While it is not `known` who
    may see the engagement, these are author and responsible users.
    """

    object: Reference
    who: list[Who]
    known: bool
    says: str


class Readers(BaseModel):
    """Who sees the activity: those with a line who are among the readers of every restriction."""

    visibility: Visibility
    lines: list[ReaderLine]
    restrictions: list[Restriction]
    names: dict[str, str]


@router.get("/readers", dependencies=[require("read")])
async def readers(id: Id, desk: AtDesk) -> Readers:
    """Who can see this, and why: each reason a line. For those who see it themselves."""
    state = await desk.see(id)
    engagements = await desk.activities.readers(state)
    reasons = list(lines(state))
    restrictions = [_restriction(door) for door in doors(state, engagements)]
    named = [*(line.who for line in reasons), *(line.origin for line in reasons), *restrictions]
    names = await names_in(named, desk.activities)
    told = [
        ReaderLine(who=_who(line.who), because=line.because, says=line.says(names), origin=line.origin)
        for line in reasons
    ]
    return Readers(visibility=state.facts.visibility, lines=told, restrictions=restrictions, names=names)


def _restriction(door: Door) -> Restriction:
    who = [_who(each) for each in door.who]
    return Restriction(object=_object(door.stream), who=who, known=door.known, says=door.says)


def _who(token: str) -> Who:
    if token == EVERYBODY:
        return Who(type="everyone")
    kind, _, identifier = token.partition(":")
    return Who(type="group" if kind == "group" else "user", id=identifier)


def _object(stream: str) -> Reference:
    kind, identifier = split_stream(stream)
    return Reference.model_validate({"type": kind, "id": identifier})
