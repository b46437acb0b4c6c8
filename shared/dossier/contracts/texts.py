"""What a text must be to be read by anybody."""

from __future__ import annotations

import unicodedata

_SEEN = frozenset("LNPS")
"""Letters, numbers, punctuation and symbols; all else is space, control, or a mark on nothing."""


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen: a name of such characters could not be told from none."""
    return not any(unicodedata.category(character)[0] in _SEEN for character in text)
