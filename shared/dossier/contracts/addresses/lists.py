"""Events of the configurable lists and settings of the address book.

Streams: `channel-type-…`, `layout-…`, `address-settings-…` (one, with a derived id).
"""

from __future__ import annotations

from pydantic import Field

from dossier.contracts.addresses.channels import ChannelKind
from dossier.contracts.addresses.common import GENDER_PATTERN
from dossier.contracts.base import Event, Order, event
from dossier.contracts.common import AddressType


@event("addresses")
class ChannelTypeDefined(Event):
    """There is another type of channels. Types of one letter share one default (COM-04)."""

    label: str = Field(max_length=100)
    kind: ChannelKind
    position: Order = 0


@event("addresses")
class ChannelTypeChanged(Event):
    """A type is called otherwise, or is no longer offered; its letter stays (COM-12). Only set fields changed."""

    label: str | None = Field(default=None, max_length=100)
    position: Order | None = None
    is_active: bool | None = None


@event("addresses")
class LayoutDefined(Event):
    """There is another template for letter addresses (LAY-02); fields stand between percent signs (LAY-03)."""

    name: str = Field(max_length=100)
    address_type: AddressType
    lines: str = Field(max_length=2000)
    is_default: bool = False


@event("addresses")
class LayoutChanged(Event):
    """A template reads differently, is (no longer) the default of its type, or is no longer offered."""

    name: str | None = Field(default=None, max_length=100)
    lines: str | None = Field(default=None, max_length=2000)
    is_default: bool | None = None
    is_active: bool | None = None


@event("addresses")
class AddressSettingsChanged(Event):
    """The address book works differently; only the fields that are set changed.

    `alias_with_city` adds the city of the default postal address to the alias of companies (ALI-04), `genders` are the
    words beside male, female and unspecified (GEN-02), `default_gender` is what a new person gets (GEN-01),
    `duplicate_check` switches warnings on and off (DUP-01).
    """

    alias_with_city: bool | None = None
    genders: tuple[str, ...] | None = None
    default_gender: str | None = Field(default=None, pattern=GENDER_PATTERN)
    default_language: str | None = Field(default=None, pattern="^[a-z]{2}$")
    duplicate_check: bool | None = None
