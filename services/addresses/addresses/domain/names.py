"""When two names of a list are the same name."""

from __future__ import annotations

import unicodedata


def folded(name: str) -> str:
    """The form in which names of lists are compared: upper or lower case, width and spacing make no difference."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
