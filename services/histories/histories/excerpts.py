"""Pieces of texts around what was searched for, with the places of the hits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import chain, takewhile
from typing import NamedTuple

from histories.sought import Phrase, Sought
from histories.words import Word, composed, placed, stems_of, with_stems

EXCERPT = 300
"""Characters of an excerpt."""
_BEFORE = 80
"""Characters of it that come before the first hit, at most."""

Span = tuple[int, int]


class Excerpt(NamedTuple):
    """A piece of a text, and where in it hits are: from and to, in characters. A phrase is one hit."""

    text: str
    marks: list[Span]


def excerpt(text: str, sought: Sought) -> Excerpt | None:
    """The piece of the text around its first hit, with all hits in it; none without a hit."""
    text = composed(text)
    hits = _hits(text, sought)
    first_hit = next(hits, None)
    if first_hit is None:
        return None
    start = max(0, min(first_hit[0] - _BEFORE, len(text) - EXCERPT))
    here = takewhile(lambda hit: hit[1] <= start + EXCERPT, hits)
    inside = ((first - start, min(last - start, EXCERPT)) for first, last in chain([first_hit], here))
    return Excerpt(text[start : start + EXCERPT], _joined(inside))


def _hits(text: str, sought: Sought) -> Iterator[Span]:
    """All hits, by where they end; a phrase with its last word."""
    marked = sought.marked
    if not sought.phrases:
        yield from with_stems(text, marked)
        return
    recent: deque[Word] = deque(maxlen=max(map(len, sought.phrases)))
    for word in placed(text):
        recent.append(word)
        ending = [len(phrase) for phrase in sought.phrases if _ends(recent, phrase)]
        if ending:
            yield recent[-max(ending)].first, word.last
        elif not marked.isdisjoint(stems_of(word.folded)):
            yield word.first, word.last


def _ends(recent: Sequence[Word], phrase: Phrase) -> bool:
    """Whether the last of these words are the phrase."""
    last = [word.folded for word in recent][-len(phrase) :]
    return tuple(last) == phrase


def _joined(spans: Iterator[Span]) -> list[Span]:
    """The spans in order, those that overlap as one."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
