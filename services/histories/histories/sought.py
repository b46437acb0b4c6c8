"""What is searched for (SRC-01, SRC-05): words, phrases in double quotes, and with a minus what is not to be there.

    dach "feuchte wand" -keller -"alte wand"

A word is found in all its forms. The words of a phrase are found as they are written, but for capitals, accents and
umlauts, and next to each other in one text: the title, the text, the head of a mail, the name of a document or what it
says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from dossier.folding import words
from histories.words import folded, stems_of

T = TypeVar("T")
Stems = frozenset[str]
Phrase = tuple[str, ...]

_QUOTES = str.maketrans(dict.fromkeys("„“”«»", '"'))
"""Whoever types in a text editor gets other quotes; unlike in a sentence it does not matter which is which."""
_PARTS = re.compile(r'(?<!\S)(-?)"([^"]*)"|(-?)(\S+)')


@dataclass(frozen=True)
class Sought:
    """Texts are sought that have one of the stems of each word and each phrase, and none of what is `without`."""

    words: tuple[Stems, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    without: tuple[Stems, ...] = ()
    without_phrases: tuple[Phrase, ...] = ()

    @property
    def looked_up(self) -> list[Stems]:
        """For each word that has to be there, in a phrase or not, the stems of which a text has to have one."""
        return list(dict.fromkeys([*self.words, *(stems_of(word) for phrase in self.phrases for word in phrase)]))

    @property
    def compared(self) -> tuple[Phrase, ...]:
        """The phrases that say of a text whether it is sought, by being there or not: the index knows no order."""
        return (*self.phrases, *self.without_phrases)

    def allows(self, found: set[Phrase]) -> bool:
        """Whether a text that has just these of the phrases is sought."""
        return found.issuperset(self.phrases) and found.isdisjoint(self.without_phrases)

    @property
    def marked(self) -> Stems:
        """The stems of the words that are marked by themselves."""
        return frozenset[str]().union(*self.words)

    def __bool__(self) -> bool:
        return any((self.words, self.phrases, self.without, self.without_phrases))


@lru_cache(1_000)
def sought(text: str) -> Sought:
    """What a caller searches for. A quote that is never closed is none."""
    parts = list(_parts(text))
    return Sought(
        words=_each_once(stems_of(word) for minus, quoted, each in parts if not (minus or quoted) for word in each),
        phrases=_each_once(each for minus, quoted, each in parts if quoted and not minus),
        without=_each_once(stems_of(*each) for minus, quoted, each in parts if minus and not quoted),
        without_phrases=_each_once(each for minus, quoted, each in parts if minus and quoted),
    )


def has(text: Sequence[str], phrase: Phrase) -> bool:
    """Whether these folded words have the phrase among them."""
    return f" {' '.join(phrase)} " in f" {' '.join(text)} "


def phrases_in(text: str, phrases: Sequence[Phrase]) -> set[Phrase]:
    """Those of the phrases that the text has."""
    said = folded(text) if text else []
    return {phrase for phrase in phrases if has(said, phrase)}


def _parts(text: str) -> Iterator[tuple[bool, bool, Phrase]]:
    """Each part with words in it: whether it has a minus, whether it is a phrase, and its words."""
    for part in _PARTS.finditer(text.translate(_QUOTES)):
        quoted = part[2] is not None
        minus = bool(part[1] or part[3])
        if each := words(part[2] if quoted else part[4]):
            # What is left out is left out whole: of `-e-mail` neither every mail nor every E.
            yield minus, quoted or (minus and len(each) > 1), each


def _each_once(items: Iterator[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))
