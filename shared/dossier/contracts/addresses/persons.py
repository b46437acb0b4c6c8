"""Events of persons."""

from __future__ import annotations

from pydantic import Field

from dossier.contracts.base import Event, Personal, event


@event("addresses")
class PersonRegistered(Event):
    """A natural person entered the address book, with or without a company (ADR-07)."""

    last_name: Personal[str] = Field(max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class PersonRenamed(Event):
    """The person has another name; contacts and couples that link it show it (CON-09)."""

    last_name: Personal[str] = Field(max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)
