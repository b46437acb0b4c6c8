"""Requests and answers about projects. Dates are days, inclusive; ids are UUIDs in lower case."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dossier.contracts.base import Id
from dossier.contracts.common import AddressRef, AddressType
from dossier.http.models import Changes, Request
from engagements.domain.project import ROLES, Project

Code = Annotated[str, Field(min_length=1, max_length=50, examples=["24-017"])]
Title = Annotated[str, Field(min_length=1, max_length=255, examples=["Relaunch of the web shop"])]
Leader = Annotated[Id, Field(description="A user")]
OwnId = Annotated[
    Id | None,
    Field(description="A UUID of your own making, so that the same request twice makes one", examples=[None]),
]


class NewProject(Request):
    """A project to make known."""

    id: OwnId = None
    code: Code
    title: Title
    leader: Leader | None = None


class ProjectFacts(Changes):
    """Facts to change; what is absent stays, null empties."""

    code: Code = ""
    title: Title = ""
    leader: Leader | None = None


class RoleDates(Request):
    """When a role holds: first and last day, none for open."""

    valid_from: date | None = None
    valid_to: date | None = None


class Address(Request):
    """An address of any type."""

    type: AddressType
    id: Id

    def reference(self) -> AddressRef:
        """As events carry it."""
        return AddressRef(type=self.type, id=self.id)


class NewRole(RoleDates):
    """A role for an address. The customer is a company or a person; other roles are for every type of address."""

    id: OwnId = None
    role: Annotated[str, Field(max_length=50, description=f"One of {', '.join(ROLES)}", examples=["customer"])]
    address: Address


class Restriction(Request):
    """The users and groups who may see the project."""

    users: Annotated[tuple[Id, ...], Field(max_length=200)] = ()
    groups: Annotated[tuple[Id, ...], Field(max_length=200)] = ()


class RoleView(BaseModel):
    """An address in a role."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    role: str
    address: AddressRef
    valid_from: date | None
    valid_to: date | None


class RestrictionView(BaseModel):
    """The users and groups who may see the project."""

    model_config = ConfigDict(from_attributes=True)

    users: list[str]
    groups: list[str]


class ProjectView(BaseModel):
    """A project as it stands; `restricted_to` is null while it is open to everybody."""

    type: Literal["project"] = "project"
    id: str
    code: str
    title: str
    leader: str | None
    is_active: bool
    roles: list[RoleView]
    restricted_to: RestrictionView | None


def shown(id: str, state: Project) -> ProjectView:
    """The project for an answer."""
    restriction = state.restricted_to
    return ProjectView(
        id=id,
        code=state.code,
        title=state.title,
        leader=state.leader,
        is_active=state.is_active,
        roles=[RoleView.model_validate(role) for role in state.roles],
        restricted_to=None
        if restriction is None
        else RestrictionView(users=list(restriction.users), groups=list(restriction.groups)),
    )
