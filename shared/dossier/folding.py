"""One form of text for searching: no case, no accents, umlauts as their plain letter (ä = ae = a)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "æ": "a", "œ": "o"}
_UMLAUT = re.compile("([ao])e|(?<![aeq])(u)e")
"""Behind a, e or q "ue" is hardly ever an ü: "Steuern" and "neue" would lose their endings to it."""
_WORD = re.compile(r"[^\W_]+")
_GAPS = {code: " " for code in range(128) if not chr(code).isalnum()}
_NUMBER = re.compile(r"\+?[\d\s()./-]+")
LONGEST = 40
"""Characters of a word that count: nobody types more of one, and keys of an index have to stay short."""


def fold(text: str) -> str:
    """The text as it is compared. What begins a text begins its folded form too, so that it can be found while typed.

    "ae" counts as "ä" everywhere: "Israel" and "Isral" are the same, which costs nothing but a hit too many.
    """
    if text.isascii():
        return _UMLAUT.sub(r"\1\2", text.lower())  # the same, ten times as fast: most texts, thousands in a cascade
    # Marks go first: normalising puts them in order, for which a run of thousands takes the square of its length.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", _plain(text)).casefold())
    return _UMLAUT.sub(r"\1\2", _plain(decomposed))


def _plain(text: str) -> str:
    """The text without accents, and with plain letters for those that are no letter with an accent."""
    for character in set(text):
        if unicodedata.combining(unicodedata.normalize("NFKD", character)[0]):
            text = text.replace(character, "")
        elif character in _LETTERS:
            text = text.replace(character, _LETTERS[character])
    return text


def split(folded: str) -> list[str]:
    """The words of a folded text, in order: letters and digits, nothing in between."""
    if folded.isascii():
        return folded.translate(_GAPS).split()  # the same, six times as fast
    return _WORD.findall(folded)


@lru_cache(maxsize=1_000)
def words(text: str) -> tuple[str, ...]:
    """The folded words of a text, in order, each as far as it counts.

    The last few texts are remembered: thousands of contacts share the name of their company.
    """
    return tuple(word[:LONGEST] for word in split(fold(text)))


def digits(text: str) -> str:
    """The digits of a telephone number, however it is written."""
    return "".join(character for character in text if character in "0123456789")


def is_number(text: str) -> bool:
    """Whether somebody who types this means a telephone number."""
    return bool(_NUMBER.fullmatch(text.strip())) and len(digits(text)) > 2
