"""The group: rights go to groups, never straight to a user (RGT-01)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from directory.domain.names import named
from dossier.contracts.base import Event
from dossier.contracts.directory import (
    GroupCreated,
    GroupDeactivated,
    GroupIdentityChanged,
    GroupReactivated,
    GroupRenamed,
    LeaderAppointed,
    LeaderDismissed,
    MemberAdded,
    MemberRemoved,
)
from dossier.contracts.rules import RuleViolation


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group as it stands; `created` is none until it exists."""

    created: GroupCreated | None = None
    name: str = ""
    members: tuple[str, ...] = ()
    leaders: tuple[str, ...] = ()
    is_active: bool = True
    external_id: str | None = None


def create(state: Group, name: str) -> Sequence[Event]:
    """Create a group. Creating the same one again changes nothing."""
    event = GroupCreated(name=named(name))
    if state.created == event:
        return []
    if state.created is not None:
        raise RuleViolation("STA-03", "another group has this id", "id")
    return [event]


def rename(state: Group, name: str) -> Sequence[Event]:
    """Give the group another name."""
    name = named(name)
    return [] if name == state.name else [GroupRenamed(name=name)]


def add_member(state: Group, user: str) -> Sequence[Event]:
    """Let a user join; a user may be in several groups (RGT-01)."""
    return [] if user in state.members else [MemberAdded(user=user)]


def remove_member(state: Group, user: str) -> Sequence[Event]:
    """Let a user leave."""
    return [MemberRemoved(user=user)] if user in state.members else []


def appoint_leader(state: Group, user: str) -> Sequence[Event]:
    """Let a user lead the group (RGT-09); a group may have several leaders, and a leader need not be a member."""
    return [] if user in state.leaders else [LeaderAppointed(user=user)]


def dismiss_leader(state: Group, user: str) -> Sequence[Event]:
    """The user leads the group no longer."""
    return [LeaderDismissed(user=user)] if user in state.leaders else []


def deactivate(state: Group) -> Sequence[Event]:
    """The group is no longer offered; what is on record keeps the reference."""
    return [GroupDeactivated()] if state.is_active else []


def reactivate(state: Group) -> Sequence[Event]:
    """The group is offered again."""
    return [] if state.is_active else [GroupReactivated()]


def provision(state: Group, name: str, members: Sequence[str], external_id: str | None) -> Sequence[Event]:
    """Make the group what the identity provider says; nothing if it is that already. What has the name comes first."""
    known = [] if state.external_id == external_id else [GroupIdentityChanged(external_id=external_id)]
    return [*reactivate(state), *_bring_name(state, name), *known, *_bring_members(state, members)]


def withdraw(state: Group) -> Sequence[Event]:
    """The identity provider deleted the group: its members leave, and it is no longer offered. Leaders stay on record.

    It ends last, so that a group that is only half empty can be deleted again.
    """
    forgotten = [] if state.external_id is None else [GroupIdentityChanged(external_id=None)]
    return [*forgotten, *_bring_members(state, ()), *deactivate(state)]


def bring_to(state: Group, name: str, members: Sequence[str]) -> Sequence[Event]:
    """Make the group what a list says (feeding from a file), other members out; nothing if it is that already."""
    return [*_bring_name(state, name), *_bring_members(state, members)]


def _bring_name(state: Group, name: str) -> Sequence[Event]:
    return create(state, name) if state.created is None else rename(state, name)


def _bring_members(state: Group, members: Sequence[str]) -> Sequence[Event]:
    wanted, present = dict.fromkeys(members), set(state.members)
    joined = [MemberAdded(user=user) for user in wanted if user not in present]
    return [*joined, *(MemberRemoved(user=user) for user in state.members if user not in wanted)]


def evolve(state: Group, event: Event) -> Group:
    """The group after the event. Raises TypeError for an event a group cannot have."""
    match event:
        case GroupCreated():
            return replace(state, created=event, name=event.name)
        case GroupRenamed():
            return replace(state, name=event.name)
        case MemberAdded():
            return replace(state, members=(*state.members, event.user))
        case MemberRemoved():
            return replace(state, members=tuple(user for user in state.members if user != event.user))
        case LeaderAppointed():
            return replace(state, leaders=(*state.leaders, event.user))
        case LeaderDismissed():
            return replace(state, leaders=tuple(user for user in state.leaders if user != event.user))
        case GroupDeactivated():
            return replace(state, is_active=False)
        case GroupReactivated():
            return replace(state, is_active=True)
        case GroupIdentityChanged():
            return replace(state, external_id=event.external_id)
        case _:
            raise TypeError(f"{event.event_type} is no event of a group")
