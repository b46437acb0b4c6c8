"""Checks that every address type shares."""

from __future__ import annotations

from datetime import date

from dossier.contracts.rules import RuleViolation
from dossier.contracts.texts import is_blank


def named(text: str, field: str) -> str:
    """The text without surrounding space. Raises RuleViolation STA-03 if nothing is left: only the valid is kept."""
    if is_blank(text):
        raise RuleViolation("STA-03", "a name is needed", field)
    return text.strip()


def period(first: date | None, last: date | None, rule: str, field: str = "valid_to") -> None:
    """Raise RuleViolation `rule` if the last day lies before the first. Both are inclusive, none is open."""
    if first is not None and last is not None and last < first:
        raise RuleViolation(rule, f"the last day {last} lies before the first day {first}", field)


def overlaps(first: date | None, last: date | None, other_first: date | None, other_last: date | None) -> bool:
    """Whether two periods share a day."""
    return (last is None or other_first is None or other_first <= last) and (
        other_last is None or first is None or first <= other_last
    )
