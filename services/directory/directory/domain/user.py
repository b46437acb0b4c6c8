"""The user: somebody who works here and signs in. The optional `person` is the user's own entry in the address book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from directory.domain.names import named
from dossier.contracts.base import Event
from dossier.contracts.directory import UserAdded, UserChanged, UserDeactivated, UserReactivated
from dossier.contracts.rules import RuleViolation

FACTS = ("name", "email", "time_zone", "person")


@dataclass(frozen=True, kw_only=True)
class User:
    """A user as it stands; `added` is none until it exists. `time_zone` is an IANA name."""

    added: UserAdded | None = None
    name: str = ""
    email: str | None = None
    time_zone: str = ""
    person: str | None = None
    is_active: bool = True


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
            return replace(state, is_active=False)
        case UserReactivated():
            return replace(state, is_active=True)
        case _:
            raise TypeError(f"{event.event_type} is no event of a user")
