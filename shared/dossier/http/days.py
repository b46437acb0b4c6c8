"""What day it is for a service: the one on which everything in it is judged, whoever asks."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import Field

from dossier.days import today

_YEARS = 3
_Day = Annotated[date, Field(ge=date(1900, 1, 1))]
"""The very first day of all has no beginning in zones to the east."""


async def _zone(request: Request) -> str:
    return request.app.state.service.settings.time_zone


Zone = Annotated[str, Depends(_zone)]
"""The time zone of the office (`DOSSIER_TIME_ZONE`)."""


async def _today(zone: Zone) -> date:
    return today(zone)


Today = Annotated[date, Depends(_today)]
"""The day that it is at the office."""


async def _key_date(
    today: Today,
    since: Annotated[
        _Day | None, Query(description="The day, from 1900 on; 1 January three years ago if absent")
    ] = None,
) -> date:
    return since or date(today.year - _YEARS, 1, 1)


KeyDate = Annotated[date, Depends(_key_date)]
"""The day since which controlling lists have heard of nothing (domain.md 5.3)."""
