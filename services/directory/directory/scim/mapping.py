"""Between users and groups as they stand and the resources of SCIM."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from scim2_models import GroupMembership, InvalidValueException, Meta, Reference

from directory.domain.group import Group
from directory.domain.user import User
from directory.facts import GroupName, MailAddress, UserName
from directory.roll import Standing
from directory.scim import resources
from dossier.contracts.directory import UserAdded, UserIdentityChanged
from dossier.days import OFFICE, TimeZone
from dossier.http.commands import etag

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME = TypeAdapter[str](UserName)
_GROUP_NAME = TypeAdapter[str](GroupName)
_MAIL = TypeAdapter[str](MailAddress)
_ZONE = TypeAdapter[str](TimeZone)


@dataclass(frozen=True)
class WantedUser:
    """What the provider says of a user."""

    facts: UserAdded
    identity: UserIdentityChanged
    is_active: bool


@dataclass(frozen=True)
class WantedGroup:
    """What the provider says of a group."""

    name: str
    members: Sequence[str]
    external_id: str | None


def user_resource(id: str, standing: Standing[User], groups: Iterable[tuple[str, Group]], base: str) -> resources.User:
    """The user for the provider."""
    user = standing.state
    name = resources.Name(given_name=user.given_name, family_name=user.family_name)
    return resources.User(
        id=id,
        external_id=user.external_id,
        user_name=user.user_name,
        name=name if user.given_name or user.family_name else None,
        display_name=user.display_name,
        timezone=user.time_zone,
        active=user.is_active,
        emails=[resources.Email(value=user.email, type=resources.WORK)] if user.email else None,
        groups=[
            GroupMembership(value=group, ref=Reference(f"{base}/Groups/{group}"), display=each.name, type="direct")
            for group, each in groups
        ]
        or None,
        meta=_meta("User", standing, f"{base}/Users/{id}"),
    )


def group_resource(id: str, standing: Standing[Group], base: str, *, with_members: bool = True) -> resources.Group:
    """The group for the provider."""
    group = standing.state
    return resources.Group(
        id=id,
        external_id=group.external_id,
        display_name=group.name,
        members=[_member(user, base) for user in group.members] or None,
        meta=_meta("Group", standing, f"{base}/Groups/{id}"),
    )


def _member(user: str, base: str) -> resources.Member:
    # What is ours needs no check, which would take most of the time of a large group.
    return resources.Member.model_construct(value=user, ref=Reference(f"{base}/Users/{user}"), type="User")


def wanted_user(sent: resources.User, present: User) -> WantedUser:
    """What the resource says of the user. Raises InvalidValueException for a value that cannot be kept.

    A time zone that is left out stays: not every provider knows one.
    """
    name = sent.name or resources.Name()
    identity = UserIdentityChanged(
        user_name=_checked(_NAME, sent.user_name, "userName"),
        external_id=_if_given(sent.external_id, "externalId"),
        display_name=_if_given(sent.display_name, "displayName"),
        given_name=_if_given(name.given_name, "name.givenName"),
        family_name=_if_given(name.family_name, "name.familyName"),
    )
    composed = " ".join(filter(None, (identity.given_name, identity.family_name)))
    email = _address(sent.emails or ())
    facts = UserAdded(
        name=_checked(_NAME, identity.display_name or composed or identity.user_name, "name"),
        email=_checked(_MAIL, email, "emails") if email else None,
        time_zone=_checked(_ZONE, sent.timezone, "timezone") if sent.timezone else present.time_zone or OFFICE,
        person=present.person,
    )
    return WantedUser(facts, identity, is_active=sent.active is not False)


def wanted_group(sent: resources.Group) -> WantedGroup:
    """What the resource says of the group. Raises InvalidValueException for a value that cannot be kept."""
    members = dict.fromkeys(member.value for member in sent.members or () if member.value)
    name, external_id = (
        _checked(_GROUP_NAME, sent.display_name, "displayName"),
        _if_given(sent.external_id, "externalId"),
    )
    return WantedGroup(name, list(members), external_id)


def _address(emails: Iterable[resources.Email]) -> str | None:
    """The one that is kept: that at work, the last of several, or else the first of any kind."""
    given = [email for email in emails if email.value]
    at_work = [email for email in given if email.type == resources.WORK]
    kept = [*at_work[-1:], *given[:1]]
    return kept[0].value if kept else None


def _if_given(value: str | None, attribute: str) -> str | None:
    return _checked(_NAME, value, attribute) if value else None


def _checked(adapter: TypeAdapter[str], value: str | None, attribute: str) -> str:
    text = (value or "").strip()
    if _CONTROL.search(text):
        raise InvalidValueException(detail=f"{attribute}: holds control characters", attribute=attribute)
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        raise InvalidValueException(detail=f"{attribute}: {error.errors()[0]['msg']}", attribute=attribute) from None


def _meta(kind: str, standing: Standing[User] | Standing[Group], location: str) -> Meta | None:
    if not standing.commit:
        return None
    return Meta(
        resource_type=kind,
        created=datetime.fromisoformat(standing.created_at),
        last_modified=datetime.fromisoformat(standing.changed_at),
        location=location,
        version=etag(standing.commit),
    )
