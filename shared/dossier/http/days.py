"""What day it is for a service: the one on which everything in it is judged, whoever asks."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from dossier.days import today


async def _today(request: Request) -> date:
    return today(request.app.state.service.settings.time_zone)


Today = Annotated[date, Depends(_today)]
"""The day that it is at the office (`DOSSIER_TIME_ZONE`)."""
