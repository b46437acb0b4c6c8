"""Events of links between addresses (ROL-07, ROL-08) and of what was found to be no duplicate.

Streams: `link-…`, `link-type-…`, and `no-duplicate-…`, whose id is derived from the pair.
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from dossier.contracts.base import Event, Id, Order, Personal, Value, event
from dossier.contracts.common import AddressRef, AddressType


class LinkEnd(Value):
    """How a link reads from one end: its label there, and which address types can stand at this end."""

    label: str = Field(max_length=100)
    types: tuple[AddressType, ...]
    position: Order = 0
    always_shown: bool = False


@event("addresses")
class LinkTypeDefined(Event):
    """Addresses can be linked in another way, with two labelled ends (ROL-07): `one` reads on the first address."""

    one: LinkEnd
    other: LinkEnd


@event("addresses")
class LinkTypeChanged(Event):
    """A link type reads differently, or is no longer offered; only the fields that are set changed."""

    one: LinkEnd | None = None
    other: LinkEnd | None = None
    is_active: bool | None = None


@event("addresses")
class AddressesLinked(Event):
    """Two addresses are linked; the link shows on both (ROL-08). Dates are inclusive; none means always."""

    link_type: Id
    one: AddressRef
    other: AddressRef
    valid_from: date | None = None
    valid_to: date | None = None
    remark: Personal[str] = Field(default="", max_length=1000)


@event("addresses")
class LinkChanged(Event):
    """Validity or remark of a link changed."""

    valid_from: date | None
    valid_to: date | None
    remark: Personal[str] = Field(max_length=1000)


@event("addresses")
class LinkRemoved(Event):
    """The link was made by mistake and is gone."""


@event("addresses")
class DuplicateDismissed(Event):
    """Somebody looked: the two are not the same, and are not proposed again."""

    one: AddressRef
    other: AddressRef


@event("addresses")
class DuplicateReconsidered(Event):
    """The two may be proposed as duplicates again."""
