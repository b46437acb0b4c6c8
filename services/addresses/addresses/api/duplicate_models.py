"""Requests and answers about duplicates."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from dossier.contracts.addresses import ChannelKind, Half
from dossier.contracts.base import Id
from dossier.contracts.common import AddressType
from dossier.http.models import Request

Typed = Annotated[str, Field(max_length=255)]


class TypedHalf(Request):
    """One side of a couple: a linked person, or a typed name."""

    person: Id | None = None
    last_name: Typed = ""
    first_name: Typed = ""

    def half(self) -> Half:
        """As events carry it."""
        return Half(person=self.person, last_name=self.last_name, first_name=self.first_name)


class TypedChannel(Request):
    """A channel as far as it is typed."""

    kind: ChannelKind
    value: Annotated[str, Field(max_length=320, examples=["+41 44 668 18 00"])]


class TypedAddress(Request):
    """An address as far as it is typed; with its `id` if it exists already.

    A company has a `name`; a person and a contact have last and first name, both of which are needed; a couple has two
    sides, `a` and `b`. A contact is compared within the hierarchy of its `company`.
    """

    type: AddressType
    id: Id | None = None
    name: Annotated[str, Field(max_length=255, examples=["Acme AG"])] = ""
    last_name: Typed = ""
    first_name: Typed = ""
    company: Id | None = None
    person: Id | None = None
    a: TypedHalf | None = None
    b: TypedHalf | None = None
    channels: Annotated[tuple[TypedChannel, ...], Field(max_length=20)] = ()


class LikelyReason(BaseModel):
    """By which rule, and because of which field of the typed address."""

    rule: str = Field(examples=["DUP-08"])
    field: str = Field(examples=["channels.0.value"])
    why: str


class Likely(BaseModel):
    """An address that may be the same one. `field` is what of the typed address is like it; values are not repeated.

    `rule`, `field` and `why` are those of the likeliest of its `reasons`.
    """

    type: AddressType
    id: str
    label: str
    is_active: bool
    rule: str = Field(examples=["DUP-04"])
    field: str = Field(examples=["last_name"])
    why: str
    reasons: list[LikelyReason]


class LikelyAddresses(BaseModel):
    """What an address may be a duplicate of, the likeliest first; at most twenty."""

    items: list[Likely]
