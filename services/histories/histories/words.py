"""Words as they are searched for: folded, and reduced to their stems in German and in English (SRC-05).

Nobody says in which language a text is, so each word has the stems of both languages, and a searched one finds what has
either. Folding comes first: "Häuser" and "Haeuser" are one word, whose stem is that of "Haus".
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import chain, takewhile
from typing import Any, NamedTuple, cast

import snowballstemmer

from dossier.folding import LONGEST, fold, words

EXCERPT = 300
"""Characters of an excerpt."""
_BEFORE = 80
"""Characters of it that come before the first hit, at most."""
_REMEMBERED = 50_000
"""Words whose stems are known without asking the stemmers, which take a tenth of a millisecond each."""
_STEMMERS = [cast("Any", snowballstemmer).stemmer(language) for language in ("german", "english")]
_STEMMING = threading.Lock()
"""The stemmers keep the word they are at. Long texts are read in threads: one of words that nobody ever wrote takes
seconds, in which everybody else's requests, and the consumer's place in its group, would wait."""
_WORD = re.compile(r"[^\W_]+")


class Excerpt(NamedTuple):
    """A piece of a text, and where in it hits are: from and to, in characters."""

    text: str
    marks: list[tuple[int, int]]


def stems(text: str) -> set[str]:
    """The stems of all words of a text."""
    return {stem for word in set(_WORD.findall(fold(text))) for stem in stems_of(word[:LONGEST])}


def searched(text: str) -> list[frozenset[str]]:
    """For each word that is searched for the stems of which a text has to have one."""
    return list(dict.fromkeys(stems_of(word) for word in words(text)))


@lru_cache(_REMEMBERED)
def stems_of(word: str) -> frozenset[str]:
    """The stems of one folded word."""
    with _STEMMING:
        return frozenset(stemmer.stemWord(word) for stemmer in _STEMMERS)


def excerpt(text: str, wanted: Collection[str]) -> Excerpt | None:
    """The piece of the text around its first hit, with all hits in it; none without a hit."""
    hits = _hits(text, wanted)
    first_hit = next(hits, None)
    if first_hit is None:
        return None
    start = max(0, min(first_hit[0] - _BEFORE, len(text) - EXCERPT))
    here = takewhile(lambda hit: hit[1] <= start + EXCERPT, chain([first_hit], hits))
    inside = [(first - start, last - start) for first, last in here]
    return Excerpt(text[start : start + EXCERPT], inside)


def _hits(text: str, wanted: Collection[str]) -> Iterator[tuple[int, int]]:
    for word in _WORD.finditer(text):
        if not stems(word[0]).isdisjoint(wanted):
            yield word.span()
