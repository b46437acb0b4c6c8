"""Events of companies."""

from __future__ import annotations

from pydantic import Field

from dossier.contracts.base import Event, Id, event


@event("addresses")
class CompanyRegistered(Event):
    """A company entered the address book (ADR-01). `parent` is the one parent company (ADR-03)."""

    name: str = Field(max_length=255)
    parent: Id | None = None


@event("addresses")
class CompanyRenamed(Event):
    """The company has another name; the former one stays searchable."""

    name: str = Field(max_length=255)


@event("addresses")
class CompanyParentSet(Event):
    """The company has another parent company, or none (ADR-03, ADR-05)."""

    parent: Id | None


@event("addresses")
class PrimaryContactSet(Event):
    """The company has another primary contact, or none. One at most, as the company says who it is."""

    contact: Id | None
