"""The check that users and groups share."""

from __future__ import annotations

import unicodedata

from dossier.contracts.rules import RuleViolation
from dossier.contracts.texts import is_blank


def named(text: str) -> str:
    """The name without surrounding space. Raises RuleViolation STA-03 if nothing is left: only the valid is kept."""
    if is_blank(text):
        raise RuleViolation("STA-03", "a name is needed", "name")
    return text.strip()


def folded(text: str) -> str:
    """The form in which names are searched and compared: case, width and spacing make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
