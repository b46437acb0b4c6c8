"""Words as they are searched for: folded, and reduced to their stems in German and in English (SRC-05).

Nobody says in which language a text is, so each word has the stems of both languages, and a searched one finds what has
either. Folding comes first: "Häuser" and "Haeuser" are one word, whose stem is that of "Haus".
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple, cast
from unicodedata import normalize

import snowballstemmer

from dossier.folding import LONGEST, fold, split

_REMEMBERED = 50_000
"""Words whose stems are known without asking the stemmers, which take a tenth of a millisecond each."""
_STEMMERS = [cast("Any", snowballstemmer).stemmer(language) for language in ("german", "english")]
_STEMMING = threading.Lock()
"""The stemmers keep the word they are at. Long texts are read in threads: one of words that nobody ever wrote takes
seconds, in which everybody else's requests, and the consumer's place in its group, would wait."""
_WORD = re.compile(r"[^\W_]+")
PASSAGE = 2_000
"""Characters of a passage: where words are looked for without reading a whole book."""
_COMPOSED = 200
"""Characters whose letters and accents are put together at once."""


class Word(NamedTuple):
    """A folded word, and where in the text it is: from and to, in characters."""

    folded: str
    first: int
    last: int


def stems(text: str) -> set[str]:
    """The stems of all words of a text."""
    return {stem for word in set(split(fold(text))) for stem in stems_of(word[:LONGEST])}


@lru_cache(_REMEMBERED)
def stems_of(word: str) -> frozenset[str]:
    """The stems of one folded word."""
    with _STEMMING:
        return frozenset(stemmer.stemWord(word) for stemmer in _STEMMERS)


def folded(text: str) -> list[str]:
    """The folded words of a text, in order; unlike `folding.words`, for texts of any length."""
    return [word[:LONGEST] for word in split(fold(text))]


def placed(text: str) -> Iterator[Word]:
    """The words of a text with their places."""
    for found in _WORD.finditer(text):
        for word in folded(found[0]):
            yield Word(word, *found.span())


def passages(text: str, most: int = PASSAGE) -> Iterator[str]:
    """The text in pieces, cut between words."""
    start = 0
    while start < len(text):
        end = start + most
        if end < len(text):
            cut = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = cut + 1 if cut > start else end
        yield text[start:end]
        start = end


def composed(text: str) -> str:
    """The text with each letter and its accent as one character, or they would be two words.

    In pieces, as a run of marks takes the square of its length to be put in order.
    """
    return "".join(normalize("NFC", piece) for piece in passages(text, _COMPOSED))


def with_stems(text: str, wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where in the text words are that have one of these stems: from and to, in characters.

    Each word is looked at once, however often it is there.
    """
    having = {word for word in set(_WORD.findall(text)) if not wanted.isdisjoint(_stems_of_written(word))}
    if having:
        yield from (found.span() for found in _WORD.finditer(text) if found[0] in having)


@lru_cache(10_000)
def _stems_of_written(word: str) -> frozenset[str]:
    return frozenset[str]().union(*map(stems_of, folded(word)))
