"""Requests and answers of the directory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel

from directory.domain.group import Group
from directory.domain.user import User
from directory.facts import Claim, GroupName, MailAddress, Person, UserName
from dossier.auth.principals import Capability
from dossier.contracts.base import Id
from dossier.days import OFFICE, TimeZone
from dossier.http.models import Answer, Changes, Request


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


class UserNotice(BaseModel):
    """A word about what was done all the same; `users` are the ids of the others that it is about."""

    rule: str
    detail: str
    users: list[Id]
    names: dict[str, str]


class UserAnswer(Answer):
    """What a command on a user answers, with what is to be looked at."""

    warnings: tuple[UserNotice, ...] = ()


class NewGroup(Request):
    """A group to create. `id` is the id or how tokens name the group; without one it is made here."""

    id: Claim | None = None
    name: GroupName


class NewGroupName(Request):
    """Another name."""

    name: GroupName


class NewDeputy(Request):
    """When the deputy stands in; both days inclusive, and open where none is said."""

    first_day: date | None = None
    last_day: date | None = None


class DeputyView(BaseModel):
    """Somebody who stands in for the user, whatever day it is; both days inclusive, and open where none is said."""

    user: Id
    first_day: date | None
    last_day: date | None


class UserView(BaseModel):
    """A user as it stands. `represents` are the users for whom this one is a deputy today, in its own time zone."""

    type: Literal["user"] = "user"
    id: str
    name: str
    email: str | None
    time_zone: str
    person: Id | None
    is_active: bool
    deputies: list[DeputyView]
    represents: list[Id]


class GroupView(BaseModel):
    """A group as it stands; `members` and `leaders` are ids of users."""

    type: Literal["group"] = "group"
    id: str
    name: str
    members: list[Id]
    leaders: list[Id]
    is_active: bool


class MembershipView(BaseModel):
    """A group that the user belongs to, or leads, or both."""

    group: Id
    name: str
    is_member: bool
    is_leader: bool


class OwnGroup(BaseModel):
    """A group of the caller; its name is null if the directory does not know it."""

    id: Id
    name: str | None


class CallerView(BaseModel):
    """Who calls, as every service sees it: by the access token, of which the groups are, and by them what is allowed.

    `id` is null for a service, which has a `service` name instead; `name` is null for who is not in the directory.
    """

    id: Id | None
    service: str | None
    name: str | None
    groups: list[OwnGroup]
    capabilities: list[Capability]


def shown_user(id: str, state: User, represents: Sequence[str]) -> UserView:
    """The user for an answer."""
    return UserView(
        id=id,
        name=state.name,
        email=state.email,
        time_zone=state.time_zone,
        person=state.person,
        is_active=state.is_active,
        deputies=[
            DeputyView(user=each.deputy, first_day=each.first_day, last_day=each.last_day) for each in state.deputies
        ],
        represents=list(represents),
    )


def shown_group(id: str, state: Group) -> GroupView:
    """The group for an answer."""
    return GroupView(
        id=id,
        name=state.name,
        members=list(state.members),
        leaders=list(state.leaders),
        is_active=state.is_active,
    )
