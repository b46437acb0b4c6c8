"""Days that may not lie in the future."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dossier.contracts.rules import RuleViolation


def not_ahead(day: object, today: date, field: str) -> None:
    """Raise RuleViolation in-the-past for a day to come."""
    if isinstance(day, date) and day > today:
        raise RuleViolation("in-the-past", "must not lie in the future", field)


def facts_not_ahead(facts: Mapping[str, object], today: date) -> None:
    """The same for the one fact that is a day."""
    not_ahead(facts.get("date_of_birth"), today, "date_of_birth")
