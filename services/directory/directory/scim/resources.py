"""What SCIM offers: the attributes that are kept, and how far a provider may depart from the specification."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    GroupMembership,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

from dossier.days import TIME_ZONES

PREFIX = "/scim/v2"
WORK = "work"
PAGE = 100
MAX_PAGE = 200

POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
"""Providers send attributes that are not kept here, and Entra ID names members to remove by value, and an address that
is not there yet by a filter. All of that is understood."""


class Name(ComplexAttribute):
    """The parts of a user's name."""

    given_name: str | None = None
    """First name."""

    family_name: str | None = None
    """Last name."""


class Email(ComplexAttribute):
    """The mail address at work: the one that is kept."""

    value: str | None = None
    """The address."""

    type: str | None = Field(default=None, examples=[WORK])
    """Always 'work'."""


class User(Resource[Any]):
    """A user: the attributes of the core schema that are kept here."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """The name that one signs in with."""

    name: Name | None = None
    """First and last name."""

    display_name: str | None = None
    """The name as it is shown; made of the others where it is not given."""

    timezone: str | None = Field(default=None, examples=TIME_ZONES)
    """IANA name; that of the office where it is not given."""

    active: bool | None = None
    """Whether the user works here."""

    emails: list[Email] | None = None
    """The mail address at work."""

    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None
    """The groups that the user belongs to."""


class Member(ComplexAttribute):
    """A member of a group: a user. Groups of groups there are none."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The id of the user."""

    ref: Annotated[Reference[User] | None, Mutability.immutable] = Field(
        default=None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the user."""

    type: Annotated[str | None, Mutability.immutable] = Field(default=None, examples=["User"])
    """Always 'User'."""


class Group(Resource[Any]):
    """A group of users."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    """The name of the group."""

    members: list[Member] | None = None
    """The users who belong to it."""


PROVIDER = ScimProvider(
    models=[User, Group],
    config=ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MAX_PAGE),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="A token of the settings, or an access token of the issuer for a client that may provision",
                primary=True,
            )
        ],
    ),
    policy=POLICY,
)
"""What the service says of itself."""
