"""Keywords and their groups (KEY-01 to KEY-08). A group is a folder, its keywords are the folders right below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from addresses.domain.checks import named
from addresses.domain.names import folded
from dossier.contracts.addresses import (
    KeywordAdded,
    KeywordAssigned,
    KeywordChanged,
    KeywordGroupChanged,
    KeywordGroupCreated,
    KeywordUnassigned,
)
from dossier.contracts.base import Event
from dossier.contracts.common import KeywordedType
from dossier.contracts.rules import NotFound, RuleViolation

Types = tuple[KeywordedType, ...]


@dataclass(frozen=True)
class Keyword:
    """A keyword as it stands; `added` is how it was first named."""

    added: KeywordAdded
    name: str
    position: int
    is_active: bool = True

    @property
    def id(self) -> str:
        """Its id, by which everything refers to it (KEY-03)."""
        return self.added.keyword


@dataclass(frozen=True, kw_only=True)
class KeywordGroup:
    """A group as it stands; `created` is none until it exists. With an `owner` it is personal (KEY-06)."""

    created: KeywordGroupCreated | None = None
    name: str = ""
    is_exclusive: bool = False
    types: Types = ()
    owner: str | None = None
    position: int = 0
    is_active: bool = True
    keywords: tuple[Keyword, ...] = ()

    def keyword(self, keyword_id: str) -> Keyword:
        """The keyword of that id. Raises NotFound."""
        for keyword in self.keywords:
            if keyword.id == keyword_id:
                return keyword
        raise NotFound(keyword_id)

    def offers(self, keyword: Keyword) -> bool:
        """Whether the keyword can be chosen (KEY-05)."""
        return self.is_active and keyword.is_active


@dataclass(frozen=True)
class Assigned:
    """A keyword of an address, with the group it was assigned in."""

    keyword: str
    group: str


def create(state: KeywordGroup, new: KeywordGroupCreated) -> Sequence[Event]:
    """Create a group for some types (KEY-01). Creating the same one again changes nothing."""
    new = new.model_copy(update={"name": named(new.name, "name"), "types": admitted(new.types)})
    if state.created == new:
        return []
    if state.created is not None:
        raise RuleViolation("KEY-01", "another keyword group has this id", "id")
    return [new]


def change(state: KeywordGroup, wanted: KeywordGroupChanged) -> Sequence[Event]:
    """Give the group another name, kind, types or position, or offer it no longer. Only what is set changes.

    What is assigned stays assigned. A group that becomes exclusive may find addresses with two of its keywords: which
    of them to keep nobody can know, so both stay until the next keyword of the group is assigned, which replaces them
    all (KEY-04). A type that is admitted no longer keeps what it has, as with an inactive keyword (KEY-05).
    """
    changed = wanted.model_dump(exclude_unset=True)
    if wanted.name is not None:
        changed["name"] = named(wanted.name, "name")
    if wanted.types is not None:
        changed["types"] = admitted(wanted.types)
    changed = {field: value for field, value in changed.items() if value != getattr(state, field)}
    return [KeywordGroupChanged(**changed)] if changed else []


def add_keyword(state: KeywordGroup, new: KeywordAdded) -> Sequence[Event]:
    """Add a keyword; its name is the only one in the group. Adding the same one again changes nothing."""
    new = new.model_copy(update={"name": named(new.name, "name")})
    for keyword in state.keywords:
        if keyword.added == new:
            return []
        if keyword.id == new.keyword:
            raise RuleViolation("KEY-01", "another keyword has this id", "id", f"keyword-{keyword.id}")
    _unique(state, new.name, new.keyword)
    return [new]


def change_keyword(state: KeywordGroup, wanted: KeywordChanged) -> Sequence[Event]:
    """Rename a keyword, everywhere at once (KEY-03), place it, or offer it no longer (KEY-05)."""
    present = state.keyword(wanted.keyword)
    changed = wanted.model_dump(exclude_unset=True, exclude={"keyword"})
    if wanted.name is not None:
        changed["name"] = named(wanted.name, "name")
        _unique(state, changed["name"], wanted.keyword)
    changed = {field: value for field, value in changed.items() if value != getattr(present, field)}
    return [KeywordChanged(keyword=wanted.keyword, **changed)] if changed else []


def assign(
    has: Sequence[Assigned], type: KeywordedType, group: KeywordGroup, group_id: str, keyword_id: str
) -> Sequence[Event]:
    """Give an address the keyword. In an exclusive group it takes the place of all others (KEY-04).

    Refused if the group does not admit the type (KEY-01), or the keyword is no longer offered (KEY-05).
    """
    keyword = group.keyword(keyword_id)
    others = tuple(each.keyword for each in has if each.group == group_id and each.keyword != keyword_id)
    instead_of = others if group.is_exclusive else ()
    if any(each.keyword == keyword_id for each in has) and not instead_of:
        return []
    if type not in group.types:
        raise RuleViolation("KEY-01", f"the keywords of this group are not for the type {type}", "keyword")
    if not group.offers(keyword):
        raise RuleViolation("KEY-05", "this keyword is inactive", "keyword")
    return [KeywordAssigned(keyword=keyword_id, group=group_id, instead_of=instead_of)]


def unassign(has: Sequence[Assigned], keyword_id: str) -> Sequence[Event]:
    """Take the keyword from an address. One that it does not have is gone already."""
    return [KeywordUnassigned(keyword=keyword_id)] if any(each.keyword == keyword_id for each in has) else []


def evolve_assigned(has: tuple[Assigned, ...], event: KeywordAssigned | KeywordUnassigned) -> tuple[Assigned, ...]:
    """The keywords of an address after the event."""
    gone = {event.keyword, *(event.instead_of if isinstance(event, KeywordAssigned) else ())}
    rest = tuple(each for each in has if each.keyword not in gone)
    return (*rest, Assigned(event.keyword, event.group)) if isinstance(event, KeywordAssigned) else rest


def evolve(state: KeywordGroup, event: Event) -> KeywordGroup:
    """The group after the event."""
    match event:
        case KeywordGroupCreated():
            return replace(state, created=event, **dict(event))
        case KeywordGroupChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case KeywordAdded():
            return replace(state, keywords=(*state.keywords, Keyword(event, event.name, event.position)))
        case KeywordChanged():
            changed = {field: getattr(event, field) for field in event.model_fields_set - {"keyword"}}
            return replace(
                state,
                keywords=tuple(
                    replace(keyword, **changed) if keyword.id == event.keyword else keyword
                    for keyword in state.keywords
                ),
            )
        case _:
            raise TypeError(f"{event.event_type} is no event of a keyword group")


def admitted(types: Types) -> Types:
    """The types in their order without repetition. Raises RuleViolation KEY-01 for none: nothing could be in it."""
    if not types:
        raise RuleViolation("KEY-01", "say for which types it is", "types")
    return tuple(dict.fromkeys(types))


def _unique(state: KeywordGroup, name: str, keyword_id: str) -> None:
    for keyword in state.keywords:
        if keyword.id != keyword_id and folded(keyword.name) == folded(name):
            raise RuleViolation(
                "KEY-01", "another keyword of this group has this name", "name", f"keyword-{keyword.id}"
            )
