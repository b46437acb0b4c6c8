"""Texts that may not be empty."""

from __future__ import annotations

from dossier.contracts.rules import RuleViolation
from dossier.contracts.texts import is_blank


def needed(text: str, field: str, of: str) -> str:
    """The text without the space around it. Raises RuleViolation STA-03 if nothing is left."""
    if is_blank(text):
        raise RuleViolation("STA-03", f"{of} needs a {field}", field)
    return text.strip()
