"""Days: which one it is depends on where one is."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from dossier.clock import Clock, system_clock
from dossier.contracts.base import EARLIEST

OFFICE = "Europe/Zurich"
"""The zone of services that were told no other."""
_OF_THIS_HOST = frozenset({"localtime", "posixrules", "Factory"})
"""Some installations list these; what they mean depends on the host, or is nothing."""
TIME_ZONES = sorted(available_timezones() - _OF_THIS_HOST)
"""IANA names."""
_KNOWN = frozenset(TIME_ZONES)


def _known(name: str) -> str:
    if name not in _KNOWN:
        raise PydanticCustomError("known_time_zone", "is no IANA time zone")
    return name


TimeZone = Annotated[
    str, Field(max_length=60, description="IANA name", examples=["Europe/Zurich"]), AfterValidator(_known)
]
"""The name of a time zone that means the same on every host."""


def _modern(day: date) -> date:
    if day < EARLIEST:
        raise PydanticCustomError("earliest_day", "lies before 1900")
    return day


Day = Annotated[date, AfterValidator(_modern)]
"""A day on which something was or is to be done; one before 1900 is a year with digits missing, such as 0026."""


def today(zone: str, clock: Clock = system_clock) -> date:
    """The day that it is now in a time zone."""
    return clock().astimezone(ZoneInfo(zone)).date()


def begins(day: date, zone: str) -> datetime:
    """The moment at which a day begins in a time zone."""
    return datetime.combine(day, time.min, ZoneInfo(zone))
