"""What projects and opportunities have in common: who may see them (RGT-05), and their keywords (KEY-07)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dossier.contracts.base import Event
from dossier.contracts.common import Principals
from dossier.contracts.engagements import (
    EngagementKeywordAssigned,
    EngagementKeywordUnassigned,
    EngagementOpened,
    EngagementRestricted,
)
from dossier.contracts.rules import NotFound, RuleViolation


@dataclass(frozen=True)
class AssignedKeyword:
    """A keyword of the engagement, and the group it is from."""

    id: str
    group: str


@dataclass(frozen=True)
class KeywordGroup:
    """A group of keywords as the address book keeps it; `keywords` says of each whether it is active."""

    id: str
    is_exclusive: bool
    types: Collection[str]
    is_active: bool
    keywords: Mapping[str, bool]
    owner: str | None = None


@dataclass(frozen=True, kw_only=True)
class Engagement:
    """The common part of the state; `restricted_to` is none while the engagement is open to everybody."""

    restricted_to: Principals | None = None
    keywords: tuple[AssignedKeyword, ...] = ()

    def is_visible_to(self, user: str | None, groups: Collection[str]) -> bool:
        """Whether this user, by name or through a group, may see the engagement and what is linked to it."""
        if self.restricted_to is None:
            return True
        return user in self.restricted_to.users or any(group in self.restricted_to.groups for group in groups)


E = TypeVar("E", bound=Engagement)


def restrict(state: Engagement, to: Principals) -> Sequence[Event]:
    """Let only these users and groups see the engagement (RGT-05). It needs at least one of them."""
    if not to.users and not to.groups:
        raise RuleViolation("RGT-05", "name at least one user or group who may see it", "users")
    return [] if state.restricted_to == to else [EngagementRestricted(to=to)]


def require_keeper(*, sees: bool, stays: bool, administers: bool) -> None:
    """Somebody who sees the engagement has to be left to change the restriction (RGT-05).

    Who `sees` it stays among its readers. An administrator need not; he may hand on what he does not see, but not to
    himself: nobody sees restricted content by being an administrator.
    """
    if not sees and stays:
        detail = "you do not see this engagement: hand it to others, who are not you nor a group of yours"
        raise RuleViolation("RGT-05", detail, "users")
    if sees and not stays and not administers:
        detail = "you would not see it any longer and could not change this again: name yourself or a group of yours"
        raise RuleViolation("RGT-05", detail, "users")


def open_to_all(state: Engagement) -> Sequence[Event]:
    """Let everybody see the engagement again."""
    return [] if state.restricted_to is None else [EngagementOpened()]


def assign_keyword(state: Engagement, kind: str, keyword: str, group: KeywordGroup | None) -> Sequence[Event]:
    """Give an engagement of this kind a keyword (KEY-07); in an exclusive group it replaces the others (KEY-04).

    Refused: a keyword nobody knows (REF-01), of a group that is not for this kind (KEY-01), an inactive one (KEY-05).
    """
    if group is None:
        raise RuleViolation("REF-01", "there is no such keyword", "keyword")
    if any(each.id == keyword for each in state.keywords):
        return []
    if kind not in group.types:
        raise RuleViolation("KEY-01", f"the keywords of this group are not for a {kind}", "keyword")
    if not group.is_active or not group.keywords.get(keyword, False):
        raise RuleViolation("KEY-05", "the keyword is inactive and no longer offered", "keyword")
    others = tuple(each.id for each in state.keywords if each.group == group.id) if group.is_exclusive else ()
    return [EngagementKeywordAssigned(keyword=keyword, group=group.id, instead_of=others)]


def unassign_keyword(state: Engagement, keyword: str) -> Sequence[Event]:
    """Take a keyword away. Raises NotFound for one that the engagement does not have."""
    if all(each.id != keyword for each in state.keywords):
        raise NotFound(keyword)
    return [EngagementKeywordUnassigned(keyword=keyword)]


def evolve(state: E, event: Event) -> E | None:
    """The engagement after the event; none for an event that is not about the common part."""
    match event:
        case EngagementRestricted():
            return replace(state, restricted_to=event.to)
        case EngagementOpened():
            return replace(state, restricted_to=None)
        case EngagementKeywordAssigned():
            kept = _without(state.keywords, (event.keyword, *event.instead_of))
            return replace(state, keywords=(*kept, AssignedKeyword(event.keyword, event.group)))
        case EngagementKeywordUnassigned():
            return replace(state, keywords=_without(state.keywords, (event.keyword,)))
        case _:
            return None


def _without(keywords: Sequence[AssignedKeyword], gone: Collection[str]) -> tuple[AssignedKeyword, ...]:
    return tuple(each for each in keywords if each.id not in gone)
