"""What day it is: the one on which everything here is judged, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from dossier.contracts.rules import RuleViolation
from dossier.days import today


async def _today(request: Request) -> date:
    return today(request.app.state.settings.time_zone)


Today = Annotated[date, Depends(_today)]
"""The day that it is at the office (`DOSSIER_TIME_ZONE`)."""


def not_ahead(day: object, today: date, field: str) -> None:
    """Raise RuleViolation in-the-past for a day to come."""
    if isinstance(day, date) and day > today:
        raise RuleViolation("in-the-past", "must not lie in the future", field)


def facts_not_ahead(facts: Mapping[str, object], today: date) -> None:
    """The same for the one fact that is a day."""
    not_ahead(facts.get("date_of_birth"), today, "date_of_birth")
