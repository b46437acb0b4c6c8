"""Requests and answers of the directory."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from directory.facts import Claim, GroupName, MailAddress, Person, TimeZone, UserName
from dossier.contracts.base import Id
from dossier.http.models import Request


class NewUser(Request):
    """A user to make known. `id` is the id or how tokens name the user; without one it is made here."""

    id: Claim | None = None
    name: UserName
    email: MailAddress | None = None
    time_zone: TimeZone = "Europe/Zurich"
    person: Person | None = None


class UserFacts(Request):
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
