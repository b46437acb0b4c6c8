"""The user: somebody who works here and signs in. The optional `person` is the user's own entry in the address book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from directory.domain.names import named
from dossier.contracts.base import Event
from dossier.contracts.directory import (
    CalendarFeedClosed,
    CalendarFeedOpened,
    DeputyAppointed,
    DeputyDismissed,
    UserAdded,
    UserChanged,
    UserDeactivated,
    UserIdentityChanged,
    UserReactivated,
)
from dossier.contracts.rules import RuleViolation

FACTS = ("name", "email", "time_zone", "person")
IDENTITY = ("user_name", "external_id", "display_name", "given_name", "family_name")
"""How the identity provider knows the user."""


@dataclass(frozen=True, kw_only=True)
class User:
    """A user as it stands; `added` is none until it exists. `time_zone` is an IANA name.

    `calendar_feed` is the hash of the secret under which the user's calendar is read; none: it is closed.
    """

    added: UserAdded | None = None
    name: str = ""
    email: str | None = None
    time_zone: str = ""
    person: str | None = None
    is_active: bool = True
    deputies: tuple[DeputyAppointed, ...] = ()
    user_name: str | None = None
    external_id: str | None = None
    display_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    calendar_feed: str | None = None

    @property
    def is_provisioned(self) -> bool:
        """Whether the identity provider keeps the user."""
        return self.user_name is not None

    def is_represented_by(self, user: str, day: date) -> bool:
        """Whether this user stands in for the other on a day (RGT-09)."""
        return any(
            each.deputy == user
            and (each.first_day is None or each.first_day <= day)
            and (each.last_day is None or day <= each.last_day)
            for each in self.deputies
        )


def add(state: User, new: UserAdded) -> Sequence[Event]:
    """Make a user known. Making the same one known again changes nothing."""
    new = new.model_copy(update={"name": named(new.name)})
    if state.added == new:
        return []
    if state.added is not None:
        raise RuleViolation("STA-03", "another user has this id", "id")
    return [new]


def change(state: User, facts: dict[str, Any]) -> Sequence[Event]:
    """Change facts of a user; `facts` holds only what is to change: name, email, time_zone, person."""
    if "name" in facts:
        facts = facts | {"name": named(facts["name"])}
    changed = {field: value for field, value in facts.items() if getattr(state, field) != value}
    return [UserChanged(**changed)] if changed else []


def deactivate(state: User) -> Sequence[Event]:
    """The user left; what is on record keeps the reference."""
    return [UserDeactivated()] if state.is_active else []


def reactivate(state: User) -> Sequence[Event]:
    """The user is back."""
    return [] if state.is_active else [UserReactivated()]


def appoint_deputy(state: User, own_id: str, wanted: DeputyAppointed) -> Sequence[Event]:
    """Let somebody stand in for the user (RGT-09); the same deputy again has the new dates.

    Any number of deputies may stand in at the same time. Both days are inclusive, and one that is not said is open.
    """
    if wanted.deputy == own_id:
        raise RuleViolation("RGT-09", "nobody stands in for themselves", "deputy")
    if wanted.first_day is not None and wanted.last_day is not None and wanted.last_day < wanted.first_day:
        raise RuleViolation("RGT-09", "the last day is not before the first", "last_day")
    return [] if wanted in state.deputies else [wanted]


def dismiss_deputy(state: User, deputy: str) -> Sequence[Event]:
    """The deputy stands in for the user no longer."""
    return [DeputyDismissed(deputy=deputy)] if any(each.deputy == deputy for each in state.deputies) else []


def identify(state: User, wanted: UserIdentityChanged) -> Sequence[Event]:
    """Note how the identity provider knows the user; `wanted` has all its fields."""
    changed = {field: value for field in IDENTITY if getattr(state, field) != (value := getattr(wanted, field))}
    return [UserIdentityChanged(**changed)] if changed else []


def provision(state: User, wanted: UserAdded, identity: UserIdentityChanged, *, is_active: bool) -> Sequence[Event]:
    """Make the user what the identity provider says; nothing if it is that already."""
    return [*bring_to(state, wanted, is_active=is_active), *identify(state, identity)]


def withdraw(state: User) -> Sequence[Event]:
    """The identity provider deleted the user, who left with that. What is on record keeps the reference."""
    return [*deactivate(state), *identify(state, UserIdentityChanged())]


def bring_to(state: User, wanted: UserAdded, *, is_active: bool) -> Sequence[Event]:
    """Make the user what a list says (feeding from a file); nothing if it is that already."""
    if state.added is None:
        return [*add(state, wanted), *([] if is_active else [UserDeactivated()])]
    facts = {field: getattr(wanted, field) for field in FACTS}
    return [*change(state, facts), *(reactivate(state) if is_active else deactivate(state))]


def evolve(state: User, event: Event) -> User:
    """The user after the event. Raises TypeError for an event a user cannot have."""
    match event:
        case UserAdded():
            return replace(state, added=event, **{field: getattr(event, field) for field in FACTS})
        case UserChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case UserDeactivated():
            return replace(state, is_active=False, calendar_feed=None)
        case UserReactivated():
            return replace(state, is_active=True)
        case UserIdentityChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case CalendarFeedOpened():
            return replace(state, calendar_feed=event.secret_hash)
        case CalendarFeedClosed():
            return replace(state, calendar_feed=None)
        case DeputyAppointed():
            return replace(state, deputies=(*_deputies_but(state, event.deputy), event))
        case DeputyDismissed():
            return replace(state, deputies=_deputies_but(state, event.deputy))
        case _:
            raise TypeError(f"{event.event_type} is no event of a user")


def _deputies_but(state: User, deputy: str) -> tuple[DeputyAppointed, ...]:
    return tuple(each for each in state.deputies if each.deputy != deputy)
