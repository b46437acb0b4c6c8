"""Events of the directory: who works here and who belongs to which group. Topic `crm.directory`."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from dossier.contracts.base import Event, Id, Personal, event


@event("directory")
class UserAdded(Event):
    """A user was made known. `person` is the optional reference to the user's own person address."""

    name: Personal[str] = Field(max_length=200)
    email: Personal[str] | None = None
    time_zone: str = "Europe/Zurich"
    person: Id | None = None


@event("directory")
class UserChanged(Event):
    """Facts of a user changed; only the fields that are set did."""

    name: Personal[str] | None = None
    email: Personal[str] | None = None
    time_zone: str | None = None
    person: Id | None = None


@event("directory")
class UserDeactivated(Event):
    """The user left; what is on record keeps the reference."""


@event("directory")
class UserReactivated(Event):
    """The user is back."""


@event("directory")
class UserIdentityChanged(Event):
    """How the organisation's identity provider (SCIM 2.0) knows the user changed; only the fields that are set did.

    Without a `user_name` the user is not kept there, or no longer. `external_id` is the provider's own id of the user,
    `display_name` the whole name, if the provider gives one.
    """

    user_name: Personal[str] | None = Field(default=None, max_length=320)
    external_id: Personal[str] | None = Field(default=None, max_length=320)
    display_name: Personal[str] | None = Field(default=None, max_length=200)
    given_name: Personal[str] | None = Field(default=None, max_length=200)
    family_name: Personal[str] | None = Field(default=None, max_length=200)


@event("directory")
class GroupCreated(Event):
    """A group of users was created."""

    name: str = Field(max_length=200)


@event("directory")
class GroupRenamed(Event):
    """The group has another name."""

    name: str = Field(max_length=200)


@event("directory")
class GroupDeactivated(Event):
    """The group is no longer offered; what is on record keeps the reference. Its members stay, unless events say so."""


@event("directory")
class GroupReactivated(Event):
    """The group is offered again."""


@event("directory")
class GroupIdentityChanged(Event):
    """The identity provider (SCIM 2.0) has another id of its own for the group, or none."""

    external_id: str | None = Field(default=None, max_length=320)


@event("directory")
class MemberAdded(Event):
    """A user joined the group."""

    user: Id


@event("directory")
class MemberRemoved(Event):
    """A user left the group."""

    user: Id


@event("directory")
class LeaderAppointed(Event):
    """A user leads the group (stream of the group): with that right, the work lists of its members are open to them."""

    user: Id


@event("directory")
class LeaderDismissed(Event):
    """The user no longer leads the group."""

    user: Id


@event("directory")
class DeputyAppointed(Event):
    """A deputy stands in for the user (stream of the represented user), both days inclusive; none: open (RGT-09).

    The same deputy again has other dates from now on.
    """

    deputy: Id
    first_day: date | None = None
    last_day: date | None = None


@event("directory")
class DeputyDismissed(Event):
    """The deputy no longer stands in for the user."""

    deputy: Id


@event("directory")
class CalendarFeedOpened(Event):
    """The user's calendar is read under a secret address from now on, and under none from before.

    `secret_hash` is the SHA-256 of the secret, in hexadecimal digits. It ends when the user leaves, too.
    """

    secret_hash: str = Field(pattern="^[0-9a-f]{64}$")


@event("directory")
class CalendarFeedClosed(Event):
    """The user's calendar is read under no secret address any more."""
