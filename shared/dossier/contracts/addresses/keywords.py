"""Events of keywords and folders. A keyword is a folder of its group, by reference everywhere (KEY-01 to KEY-08).

Streams: `keyword-group-…` with all its keywords (so that their names are unique in it), `folder-…`, `folder-entry-…`
(id derived from folder and entry, so that an entry lies in a folder once), `saved-search-…`.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from dossier.contracts.base import Event, Id, Order, event
from dossier.contracts.common import KeywordedType, ReferenceToAny


@event("addresses")
class KeywordGroupCreated(Event):
    """There is another group of keywords. With an `owner` it is personal: nobody else sees it (KEY-06)."""

    name: str = Field(max_length=100)
    is_exclusive: bool
    types: tuple[KeywordedType, ...]
    owner: Id | None = None
    position: Order = 0


@event("addresses")
class KeywordGroupChanged(Event):
    """A group reads or works differently; only the fields that are set changed."""

    name: str | None = Field(default=None, max_length=100)
    is_exclusive: bool | None = None
    types: tuple[KeywordedType, ...] | None = None
    position: Order | None = None
    is_active: bool | None = None


@event("addresses")
class KeywordAdded(Event):
    """The group has another keyword; names are unique within a group."""

    keyword: Id
    name: str = Field(max_length=100)
    position: Order = 0


@event("addresses")
class KeywordChanged(Event):
    """A keyword is renamed everywhere at once (KEY-03), or is (in)active (KEY-05). Only set fields changed."""

    keyword: Id
    name: str | None = Field(default=None, max_length=100)
    position: Order | None = None
    is_active: bool | None = None


@event("addresses")
class FolderCreated(Event):
    """There is another folder for what is put in by hand (FOL-01), of these types only (FOL-02)."""

    name: str = Field(max_length=100)
    types: tuple[KeywordedType, ...]
    parent: Id | None = None
    owner: Id | None = None


@event("addresses")
class FolderChanged(Event):
    """A folder is renamed, holds other types, lies elsewhere, or is no longer shown; only set fields changed."""

    name: str | None = Field(default=None, max_length=100)
    types: tuple[KeywordedType, ...] | None = None
    parent: Id | None = None
    is_active: bool | None = None


@event("addresses")
class FolderEntryAdded(Event):
    """Something was put into a folder."""

    folder: Id
    entry: ReferenceToAny


@event("addresses")
class FolderEntryRemoved(Event):
    """It was taken out again."""


@event("addresses")
class SearchSaved(Event):
    """Somebody keeps a search: its parameters, by the names of the query; shared with everybody or not."""

    name: str = Field(max_length=100)
    of: str = Field(max_length=50)
    parameters: dict[str, Any]
    owner: Id
    is_shared: bool = False


@event("addresses")
class SavedSearchChanged(Event):
    """A saved search is called otherwise, asks otherwise, or is (not) shared; only the fields that are set changed."""

    name: str | None = Field(default=None, max_length=100)
    parameters: dict[str, Any] | None = None
    is_shared: bool | None = None


@event("addresses")
class SavedSearchRemoved(Event):
    """The saved search is gone."""
