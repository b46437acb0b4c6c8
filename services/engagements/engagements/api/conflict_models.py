"""Requests and answers of conflict checks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dossier.contracts.base import Id
from dossier.contracts.engagements import ConflictSide
from dossier.http.models import Answer, Request
from engagements.api.models import Address, NamedAddress, NamedEngagement, OwnId

Addresses = Annotated[tuple[Address, ...], Field(max_length=100)]


class Question(Request):
    """Parties to look for. With a `project` its addresses are looked for too, each on the side of its role."""

    id: OwnId = None
    project: Id | None = None
    clients: Annotated[Addresses, Field(description="Clients, invoice recipients, ordering parties")] = ()
    counterparties: Addresses = ()
    other: Annotated[Address | None, Field(description="One more address, on no side")] = None
    term: Annotated[str, Field(max_length=255, description="Beginnings of words of a name")] = ""
    with_hierarchy: Annotated[bool, Field(description="All companies of the family too")] = False


class HitView(BaseModel):
    """An address in a role of an engagement.

    `side` says what of the question led to it, `adverse` what the role meant then. `conflict`: a client who stands
    against us elsewhere, or a counterparty for whom we act.
    """

    model_config = ConfigDict(from_attributes=True)

    side: ConflictSide
    address: NamedAddress
    engagement: NamedEngagement
    role: str
    role_name: str | None = None
    adverse: bool
    conflict: bool = False


class RestrictedHit(BaseModel):
    """There is something in an engagement that the caller may not see: ask its leader, if it has one."""

    side: ConflictSide
    conflict: bool
    leader: str | None
    leader_name: str | None = None


class CheckView(BaseModel):
    """A check as it was recorded, as far as the caller may see what it found.

    `covers` says `everything` if hits in engagements that may not be seen are at least told of (`restricted`), and
    `visible` if they are left out, which is so for all but administrators.
    """

    id: str
    project: str | None
    project_name: str | None = None
    clients: list[NamedAddress]
    counterparties: list[NamedAddress]
    other: NamedAddress | None
    term: str
    with_hierarchy: bool
    covers: Literal["everything", "visible"]
    hits: list[HitView]
    restricted: list[RestrictedHit]


class CheckAnswer(BaseModel):
    """The check, and where it is recorded."""

    recorded: Answer
    check: CheckView
