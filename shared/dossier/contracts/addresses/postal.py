"""Events of own postal addresses (POS-01 to POS-03)."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from dossier.contracts.base import Event, Id, Personal, event

PostalKind = Literal["visit", "post", "billing", "delivery", "private"]
"""What it is for. A private one exists on persons only and needs the private-data capability."""


@event("addresses")
class PostalAddressAdded(Event):
    """An own postal address of the address. One is the default. `country` is an ISO 3166 code of two letters."""

    postal_id: Id
    kind: PostalKind
    label: str = Field(default="", max_length=100)
    street: Personal[str] = Field(default="", max_length=255)
    postal_code: Personal[str] = Field(default="", max_length=20)
    city: Personal[str] = Field(default="", max_length=100)
    country: str = Field(pattern="^[A-Z]{2}$")
    supplement: Personal[str] = Field(default="", max_length=255)
    is_default: bool
    valid_from: date | None = None
    valid_to: date | None = None


@event("addresses")
class PostalAddressChanged(Event):
    """An own postal address reads differently, or holds for other days; its kind stays."""

    postal_id: Id
    label: str = Field(max_length=100)
    street: Personal[str] = Field(max_length=255)
    postal_code: Personal[str] = Field(max_length=20)
    city: Personal[str] = Field(max_length=100)
    country: str = Field(pattern="^[A-Z]{2}$")
    supplement: Personal[str] = Field(max_length=255)
    valid_from: date | None = None
    valid_to: date | None = None


@event("addresses")
class PostalAddressRemoved(Event):
    """An own postal address is gone. `new_default` takes over when the default was removed."""

    postal_id: Id
    new_default: Id | None = None


@event("addresses")
class DefaultPostalAddressSet(Event):
    """This is now the default postal address."""

    postal_id: Id
