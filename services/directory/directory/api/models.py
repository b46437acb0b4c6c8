"""Requests and answers of the directory."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from directory.domain.group import Group
from directory.domain.user import User
from directory.facts import Claim, GroupName, MailAddress, Person, UserName
from dossier.contracts.base import Id
from dossier.days import OFFICE, TimeZone
from dossier.http.models import Changes, Request


class NewUser(Request):
    """A user to make known. `id` is the id or how tokens name the user; without one it is made here."""

    id: Claim | None = None
    name: UserName
    email: MailAddress | None = None
    time_zone: TimeZone = OFFICE
    person: Person | None = None


class UserFacts(Changes):
    """Facts to change; what is absent stays, null empties."""

    name: UserName = ""
    email: MailAddress | None = None
    time_zone: TimeZone = ""
    person: Person | None = None


class NewGroup(Request):
    """A group to create. `id` is the id or how tokens name the group; without one it is made here."""

    id: Claim | None = None
    name: GroupName


class NewGroupName(Request):
    """Another name."""

    name: GroupName


class UserView(BaseModel):
    """A user as it stands."""

    type: Literal["user"] = "user"
    id: str
    name: str
    email: str | None
    time_zone: str
    person: Id | None
    is_active: bool


class GroupView(BaseModel):
    """A group as it stands; `members` are ids of users."""

    type: Literal["group"] = "group"
    id: str
    name: str
    members: list[Id]


def shown_user(id: str, state: User) -> UserView:
    """The user for an answer."""
    return UserView(
        id=id,
        name=state.name,
        email=state.email,
        time_zone=state.time_zone,
        person=state.person,
        is_active=state.is_active,
    )


def shown_group(id: str, state: Group) -> GroupView:
    """The group for an answer."""
    return GroupView(id=id, name=state.name, members=list(state.members))
