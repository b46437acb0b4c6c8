"""Requests and answers of folders and saved searches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from addresses.api.channel_models import PartId
from addresses.api.keyword_models import Name, Types
from addresses.domain.folders import Folder, SavedSearch
from dossier.contracts.base import Id
from dossier.contracts.common import KeywordedType
from dossier.http.models import Changes, Request

Parameters = Annotated[
    dict[str, Any],
    Field(max_length=50, description="Query parameters by name", examples=[{"q": "mus", "type": "person"}]),
]
Of = Annotated[
    Literal["addresses", "activities", "mails"],
    Field(description="What is searched: addresses here, activities and mails by the service of histories"),
]


class NewFolder(Request):
    """A folder for what is put in by hand: of some types, at the root or in another, shared or one's own."""

    id: PartId = None
    name: Annotated[Name, Field(examples=["Event 2025"])]
    types: Annotated[Types, Field(description="What can lie in it", examples=[["person", "contact"]])]
    parent: Annotated[Id | None, Field(description="The folder it lies in; none: at the root")] = None
    personal: Annotated[bool, Field(description="One's own, which nobody else sees")] = False


class FolderChange(Changes):
    """What changes of a folder; absent fields stay. A `parent` of null puts it at the root."""

    name: Name | None = None
    types: Types | None = None
    parent: Id | None = None
    is_active: bool | None = None


class FolderView(BaseModel):
    """A folder as it stands; a personal one has an `owner`."""

    id: str
    name: str
    types: tuple[KeywordedType, ...]
    parent: str | None
    parent_name: str | None
    owner: str | None
    is_active: bool


class NewSavedSearch(Request):
    """A search to keep: which query it is for, and its parameters."""

    id: PartId = None
    name: Annotated[Name, Field(examples=["Suppliers in Bern"])]
    of: Of
    parameters: Parameters
    is_shared: Annotated[bool, Field(description="Everybody may use it")] = False


class SavedSearchChange(Changes):
    """What changes of a saved search; absent fields stay."""

    name: Name | None = None
    parameters: Parameters | None = None
    is_shared: bool | None = None


class SavedSearchView(BaseModel):
    """A saved search as it stands."""

    id: str
    name: str
    of: str
    parameters: dict[str, Any]
    owner: str
    owner_name: str | None
    is_shared: bool


def shown_folder(id: str, state: Folder, names: Mapping[str, str]) -> FolderView:
    """A folder for an answer; `names` by stream."""
    return FolderView(
        id=id,
        name=state.name,
        types=state.types,
        parent=state.parent,
        parent_name=names.get(f"folder-{state.parent}"),
        owner=state.owner,
        is_active=state.is_active,
    )


def shown_search(id: str, state: SavedSearch, names: Mapping[str, str]) -> SavedSearchView:
    """A saved search for an answer; `names` by stream."""
    return SavedSearchView(
        id=id,
        name=state.name,
        of=state.of,
        parameters=dict(state.parameters),
        owner=state.owner,
        owner_name=names.get(f"user-{state.owner}"),
        is_shared=state.is_shared,
    )
