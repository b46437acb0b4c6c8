"""Requests and answers of links and their types."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from addresses.api.channel_models import PartId
from addresses.api.keyword_models import Position
from addresses.api.reading_models import Named
from addresses.domain.links import LinkType
from dossier.contracts.addresses import LinkEnd
from dossier.contracts.base import Id
from dossier.contracts.common import AddressType
from dossier.http.models import Changes, Request

Label = Annotated[str, Field(min_length=1, max_length=100)]


class End(Request):
    """How a link reads at one end, and which types can stand there."""

    label: Annotated[Label, Field(examples=["sits on the board of"])]
    types: Annotated[tuple[AddressType, ...], Field(min_length=1, max_length=4, examples=[["person"]])]
    position: Position = 0
    always_shown: Annotated[bool, Field(description="Show the list on a page also while it is empty")] = False

    def end(self) -> LinkEnd:
        """As events carry it."""
        return LinkEnd(**self.model_dump())


class NewLinkType(Request):
    """A way in which addresses can be linked: `one` reads on the first address, `other` on the second."""

    id: PartId = None
    one: End
    other: End


class LinkTypeChange(Changes):
    """What changes of a link type; absent fields stay."""

    one: End | None = None
    other: End | None = None
    is_active: bool | None = None


class LinkTypeView(BaseModel):
    """A link type as it stands."""

    id: str
    one: LinkEnd
    other: LinkEnd
    is_active: bool


class AddressAt(Request):
    """An address by type and id."""

    type: AddressType
    id: Id


Remark = Annotated[str, Field(max_length=1000)]


class LinkChange(Changes):
    """What changes of a link; absent fields stay, null takes a day away."""

    valid_from: date | None = None
    valid_to: date | None = None
    remark: Remark = ""


class NewLink(Request):
    """A link between two addresses, `one` at the first end of its type."""

    id: PartId = None
    link_type: Id
    one: AddressAt
    other: AddressAt
    valid_from: date | None = None
    valid_to: date | None = None
    remark: Remark = ""


class LinkOfAddress(BaseModel):
    """A link as it reads on one of its addresses: by its label there, to the address at the other end."""

    id: str
    link_type: str
    label: str
    address: Named
    valid_from: date | None
    valid_to: date | None
    remark: str
    is_current: bool


class LinkView(BaseModel):
    """A link as it stands, with the labels of both ends."""

    id: str
    link_type: str
    one: Named
    one_label: str
    other: Named
    other_label: str
    valid_from: date | None
    valid_to: date | None
    remark: str


def shown_type(id: str, state: LinkType) -> LinkTypeView:
    """A link type that exists, for an answer."""
    assert state.one is not None
    assert state.other is not None
    return LinkTypeView(id=id, one=state.one, other=state.other, is_active=state.is_active)
