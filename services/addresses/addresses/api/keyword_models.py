"""Requests and answers of keywords and their groups."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from addresses.api.channel_models import PartId
from addresses.domain.keywords import Keyword, KeywordGroup
from dossier.contracts.common import KeywordedType
from dossier.http.models import Changes, Request

Name = Annotated[str, Field(min_length=1, max_length=100)]
Position = Annotated[int, Field(ge=-1_000_000, le=1_000_000, description="Order among the others")]
Types = Annotated[tuple[KeywordedType, ...], Field(min_length=1, max_length=20)]


class NewKeywordGroup(Request):
    """A group of keywords: exclusive (one of them at most), or not; for some types; shared, or one's own."""

    id: PartId = None
    name: Annotated[Name, Field(examples=["Industry"])]
    is_exclusive: Annotated[bool, Field(description="At most one of its keywords each")] = False
    types: Annotated[Types, Field(description="What can have its keywords", examples=[["company"]])]
    personal: Annotated[bool, Field(description="One's own, which nobody else sees")] = False
    position: Position = 0


class KeywordGroupChange(Changes):
    """What changes of a group; absent fields stay."""

    name: Name | None = None
    is_exclusive: bool | None = None
    types: Types | None = None
    position: Position | None = None
    is_active: bool | None = None


class NewKeyword(Request):
    """A keyword for a group; no other keyword of the group has its name."""

    id: PartId = None
    name: Annotated[Name, Field(examples=["Chemistry"])]
    position: Position = 0


class KeywordChange(Changes):
    """What changes of a keyword; absent fields stay."""

    name: Name | None = None
    position: Position | None = None
    is_active: bool | None = None


class KeywordInGroup(BaseModel):
    """A keyword of a group."""

    id: str
    name: str
    position: int
    is_active: bool


class KeywordGroupView(BaseModel):
    """A group with its keywords by position and name; a personal one has an `owner`."""

    id: str
    name: str
    is_exclusive: bool
    types: tuple[KeywordedType, ...]
    owner: str | None
    position: int
    is_active: bool
    keywords: list[KeywordInGroup]


class KeywordView(BaseModel):
    """A keyword with what assigning it needs to know. `is_active` is false too if its group is inactive."""

    id: str
    name: str
    group: str
    group_name: str
    is_exclusive: bool
    types: tuple[KeywordedType, ...]
    owner: str | None
    is_active: bool


def shown_group(id: str, state: KeywordGroup, *, with_inactive: bool = True) -> KeywordGroupView:
    """A group for an answer."""
    ordered = sorted(state.keywords, key=lambda keyword: (keyword.position, keyword.name))
    return KeywordGroupView(
        id=id,
        name=state.name,
        is_exclusive=state.is_exclusive,
        types=state.types,
        owner=state.owner,
        position=state.position,
        is_active=state.is_active,
        keywords=[
            KeywordInGroup(id=each.id, name=each.name, position=each.position, is_active=each.is_active)
            for each in ordered
            if with_inactive or each.is_active
        ],
    )


def shown_keyword(keyword: Keyword, group_id: str, group: KeywordGroup) -> KeywordView:
    """A keyword for an answer."""
    return KeywordView(
        id=keyword.id,
        name=keyword.name,
        group=group_id,
        group_name=group.name,
        is_exclusive=group.is_exclusive,
        types=group.types,
        owner=group.owner,
        is_active=group.offers(keyword),
    )
