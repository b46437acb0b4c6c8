"""Requests and answers about projects. Dates are days, inclusive; ids are UUIDs in lower case."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dossier.contracts.base import Id
from dossier.contracts.common import AddressRef, AddressType, EngagementType
from dossier.contracts.engagements import ProjectState, Source
from dossier.http.models import Answer, Changes, NewId, Request
from engagements.api.sight import Seen
from engagements.domain.engagement import Engagement
from engagements.domain.project import Project

Code = Annotated[str, Field(min_length=1, max_length=50, examples=["24-017"])]
Title = Annotated[str, Field(min_length=1, max_length=255, examples=["Relaunch of the web shop"])]
Leader = Annotated[Id, Field(description="A user")]
Team = Annotated[tuple[Id, ...], Field(max_length=200, description="Users")]
OwnId = Annotated[
    NewId | None,
    Field(description="A UUID of your own making, so that the same request twice makes one", examples=[None]),
]


class NewProject(Request):
    """A project to make known."""

    id: OwnId = None
    code: Code
    title: Title
    leader: Leader | None = None
    state: ProjectState = "running"
    team: Team = ()


class ProjectFacts(Changes):
    """Facts to change; what is absent stays, null empties."""

    code: Code = ""
    title: Title = ""
    leader: Leader | None = None
    state: ProjectState = "running"
    team: Team = ()


class RoleDates(Changes):
    """When a role holds: first and last day, null for open; what is absent stays."""

    valid_from: date | None = None
    valid_to: date | None = None


class Address(Request):
    """An address of any type."""

    type: AddressType
    id: Id

    def reference(self) -> AddressRef:
        """As events carry it."""
        return AddressRef(type=self.type, id=self.id)


class NewRole(Request):
    """A role for an address. The customer is a company or a person; other roles are for every type of address."""

    id: OwnId = None
    role: Annotated[str, Field(max_length=50, description="The code of a role type", examples=["customer"])]
    address: Address
    valid_from: date | None = None
    valid_to: date | None = None


class Restriction(Request):
    """The users and groups who may see the engagement."""

    users: Annotated[tuple[Id, ...], Field(max_length=200)] = ()
    groups: Annotated[tuple[Id, ...], Field(max_length=200)] = ()


class NamedAddress(BaseModel):
    """A reference to an address; `alias` is null while it is not known here, `deleted` marks one that was deleted."""

    model_config = ConfigDict(from_attributes=True)

    type: AddressType
    id: str
    alias: str | None = None
    deleted: bool = False


class NamedEngagement(BaseModel):
    """A reference to an engagement, with its code or number and its title."""

    model_config = ConfigDict(from_attributes=True)

    type: EngagementType
    id: str
    name: str | None = None


class Notice(BaseModel):
    """A word about what was done all the same: the rule that it breaks, and what would be right.

    `engagements` are the others that it is about, as far as the caller may see them.
    """

    rule: str
    detail: str
    engagements: list[NamedEngagement] = []


class WarnedAnswer(Answer):
    """What a command answers that is done although something may be wrong."""

    warnings: tuple[Notice, ...] = ()


class RoleView(BaseModel):
    """An address in a role; `against` is the rule it breaks, `system` the other system that keeps it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    role: str
    role_name: str | None = None
    address: NamedAddress
    valid_from: date | None
    valid_to: date | None
    against: str | None
    system: str | None


class RestrictionView(BaseModel):
    """The users and groups who may see the engagement."""

    users: list[str]
    groups: list[str]
    names: dict[str, str] = {}


class ProjectView(BaseModel):
    """A project as it stands; `restricted_to` is null while it is open to everybody."""

    type: Literal["project"] = "project"
    id: str
    code: str
    title: str
    leader: str | None
    leader_name: str | None = None
    state: ProjectState
    team: list[str]
    opportunity: str | None
    opportunity_name: str | None = None
    source: Source | None
    is_active: bool
    roles: list[RoleView]
    keywords: list[str]
    names: dict[str, str] = {}
    restricted_to: RestrictionView | None


def shown_restriction(state: Engagement) -> RestrictionView | None:
    """Whom the engagement is restricted to, for an answer."""
    to = state.restricted_to
    return None if to is None else RestrictionView(users=list(to.users), groups=list(to.groups))


def shown(id: str, state: Project, seen: Seen) -> ProjectView:
    """The project for an answer."""
    return ProjectView(
        id=id,
        code=state.code,
        title=state.title,
        leader=state.leader,
        state=state.state,
        team=list(state.team),
        opportunity=seen.linked("opportunity", state.opportunity),
        source=state.source,
        is_active=state.is_active,
        roles=[RoleView.model_validate(role) for role in state.roles],
        keywords=seen.keywords(state),
        restricted_to=shown_restriction(state),
    )
