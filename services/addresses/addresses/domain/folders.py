"""Folders for what is put in by hand (FOL-01 to FOL-05), and saved searches."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from addresses.domain.checks import named
from dossier.contracts.addresses import (
    FolderChanged,
    FolderCreated,
    FolderEntryAdded,
    FolderEntryRemoved,
    SavedSearchChanged,
    SavedSearchRemoved,
    SearchSaved,
)
from dossier.contracts.base import Event
from dossier.contracts.common import KeywordedType, ReferenceToAny
from dossier.contracts.rules import RuleViolation

_PARAMETER = re.compile(r"[a-z][a-z0-9_.-]{0,49}")
MOST_PARAMETERS = 50
LONGEST_VALUE = 255
LARGEST_NUMBER = 2**53 - 1
"""What every reader of JSON understands."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder as it stands; `created` is none until it exists. With an `owner` it is personal."""

    created: FolderCreated | None = None
    name: str = ""
    types: tuple[KeywordedType, ...] = ()
    parent: str | None = None
    owner: str | None = None
    is_active: bool = True


@dataclass(frozen=True)
class Entry:
    """One thing in one folder, or no longer in it."""

    added: FolderEntryAdded | None = None
    is_inside: bool = False


@dataclass(frozen=True, kw_only=True)
class SavedSearch:
    """A saved search as it stands; `saved` is none until it exists."""

    saved: SearchSaved | None = None
    name: str = ""
    of: str = ""
    parameters: Mapping[str, Any]
    owner: str = ""
    is_shared: bool = False
    is_removed: bool = False


NO_SEARCH = SavedSearch(parameters={})


def create(state: Folder, new: FolderCreated, parent: Folder | None) -> Sequence[Event]:
    """Create a folder, at the root or in another. Creating the same one again changes nothing."""
    new = new.model_copy(update={"name": named(new.name, "name"), "types": admitted(new.types)})
    if state.created == new:
        return []
    if state.created is not None:
        raise RuleViolation("FOL-01", "another folder has this id", "id")
    _shown(new.owner, parent)
    return [new]


def change(
    state: Folder, own_id: str, wanted: FolderChanged, parent: Folder | None, above_parent: Collection[str]
) -> Sequence[Event]:
    """Rename the folder, admit other types, move it, or show it no longer; only what is set changes.

    `parent` is the folder it is moved to and `above_parent` that one's id and all above it. A folder in itself is
    refused (FOL-05). What lies in it stays, also what it admits no longer (FOL-01), and whether it is shown is no
    matter of rights (FOL-03).
    """
    changed = wanted.model_dump(exclude_unset=True)
    if wanted.name is not None:
        changed["name"] = named(wanted.name, "name")
    if wanted.types is not None:
        changed["types"] = admitted(wanted.types)
    changed = {field: value for field, value in changed.items() if value != getattr(state, field)}
    if "parent" in changed:
        if own_id in above_parent:
            raise RuleViolation("FOL-05", "a folder cannot lie in itself", "parent")
        _shown(state.owner, parent)
    return [FolderChanged(**changed)] if changed else []


def put_in(state: Entry, folder: Folder, folder_id: str, entry: ReferenceToAny) -> Sequence[Event]:
    """Put something into the folder (FOL-01). Refused for a type that it does not admit (FOL-02)."""
    if state.is_inside:
        return []
    if entry.type not in folder.types:
        raise RuleViolation("FOL-02", f"this folder is not for the type {entry.type}", "entry")
    return [FolderEntryAdded(folder=folder_id, entry=entry)]


def take_out(state: Entry) -> Sequence[Event]:
    """Take something out of its folder; what is not in it is out already."""
    return [FolderEntryRemoved()] if state.is_inside else []


def save_search(state: SavedSearch, new: SearchSaved) -> Sequence[Event]:
    """Keep a search. Saving the same one again changes nothing."""
    new = new.model_copy(update={"name": named(new.name, "name"), "parameters": _sensible(new.parameters)})
    if state.saved == new:
        return []
    if state.saved is not None:
        raise RuleViolation("FOL-01", "another saved search has this id", "id")
    return [new]


def change_search(state: SavedSearch, wanted: SavedSearchChanged) -> Sequence[Event]:
    """Name it otherwise, ask otherwise, share it or not."""
    changed = wanted.model_dump(exclude_unset=True)
    if wanted.name is not None:
        changed["name"] = named(wanted.name, "name")
    if wanted.parameters is not None:
        changed["parameters"] = _sensible(wanted.parameters)
    changed = {field: value for field, value in changed.items() if value != getattr(state, field)}
    return [SavedSearchChanged(**changed)] if changed else []


def remove_search(state: SavedSearch) -> Sequence[Event]:
    """Forget the search."""
    return [] if state.is_removed else [SavedSearchRemoved()]


def evolve(state: Folder, event: Event) -> Folder:
    """The folder after the event."""
    match event:
        case FolderCreated():
            return replace(state, created=event, **dict(event))
        case FolderChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case _:
            raise TypeError(f"{event.event_type} is no event of a folder")


def evolve_entry(state: Entry, event: Event) -> Entry:
    """The entry after the event."""
    match event:
        case FolderEntryAdded():
            return Entry(event, is_inside=True)
        case FolderEntryRemoved():
            return replace(state, is_inside=False)
        case _:
            raise TypeError(f"{event.event_type} is no event of a folder's entry")


def evolve_search(state: SavedSearch, event: Event) -> SavedSearch:
    """The saved search after the event."""
    match event:
        case SearchSaved():
            return replace(state, saved=event, **dict(event))
        case SavedSearchChanged():
            return replace(state, **{field: getattr(event, field) for field in event.model_fields_set})
        case SavedSearchRemoved():
            return replace(state, is_removed=True)
        case _:
            raise TypeError(f"{event.event_type} is no event of a saved search")


def admitted(types: tuple[KeywordedType, ...]) -> tuple[KeywordedType, ...]:
    """The types in their order without repetition. Raises RuleViolation FOL-02 for none."""
    if not types:
        raise RuleViolation("FOL-02", "say for which types it is", "types")
    return tuple(dict.fromkeys(types))


def _shown(owner: str | None, parent: Folder | None) -> None:
    if parent is not None and parent.owner is not None and parent.owner != owner:
        raise RuleViolation("FOL-05", "what others see cannot lie in a personal folder", "parent")


def _sensible(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Query parameters: names, and texts, numbers, truth values or lists of texts. Raises RuleViolation FOL-01."""
    if len(parameters) > MOST_PARAMETERS or not all(map(_PARAMETER.fullmatch, parameters)):
        raise RuleViolation("FOL-01", "parameters are called as in the query, 50 at most", "parameters")
    for value in parameters.values():
        texts = value if isinstance(value, list | tuple) else [value]
        if len(texts) > MOST_PARAMETERS or not all(_is_plain(text) for text in texts):
            raise RuleViolation("FOL-01", "a parameter is a text, a number, true or false, or a list", "parameters")
    return dict(parameters)


def _is_plain(value: Any) -> bool:
    if isinstance(value, bool | int):
        return -LARGEST_NUMBER <= value <= LARGEST_NUMBER
    return isinstance(value, str) and len(value) <= LONGEST_VALUE
