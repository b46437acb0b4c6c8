"""Events of couples: two persons, each linked or typed in (CON-11)."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from dossier.contracts.base import Event, Id, Personal, Value, event

Side = Literal["a", "b"]


class Half(Value):
    """One side of a couple: a linked person, or a typed name."""

    person: Id | None = None
    last_name: Personal[str] = Field(default="", max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class CoupleRegistered(Event):
    """A couple entered the address book. `valid_from` is the first day of the membership of both; none: always."""

    a: Half
    b: Half
    valid_from: date | None = None


@event("addresses")
class CoupleHalfRenamed(Event):
    """The typed name of one side changed."""

    side: Side
    last_name: Personal[str] = Field(default="", max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class CouplePersonLinked(Event):
    """A person was linked to a side that had a typed name; the couple keeps its identity."""

    side: Side
    person: Id


@event("addresses")
class CouplePersonUnlinked(Event):
    """The link of one side ended; the last known name stays as typed text, and the days before stay the person's."""

    side: Side
    person: Id
    unlinked_on: date
    last_name: Personal[str] = Field(default="", max_length=255)
    first_name: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class CoupleHalfCorrected(Event):
    """One side was wrong from the start: the couple's history moves to the right person, or away if none is linked."""

    side: Side
    half: Half
    reason: Personal[str] = Field(default="", max_length=1000)


@event("addresses")
class CoupleSeparated(Event):
    """The two are no couple any more; `valid_to` is the last day they were one."""

    valid_to: date


@event("addresses")
class CoupleDatesCorrected(Event):
    """First or last day of the membership was recorded wrongly."""

    valid_from: date | None
    valid_to: date | None
    reason: Personal[str] = Field(default="", max_length=1000)
