"""Which words there are: what the beginning of one stands for.

The index of terms has the lines of *one* term in the order of names. With the few words that a beginning stands for,
the database reads a page in that order and stops when it is full; with the beginning alone it has to read and sort all.

A word is known before the first line with it is written, and never forgotten: one that no line has any more costs a
look into the index that finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, cast

from dossier.mongo import DUPLICATE_KEY, BulkWriteError, Collection, Document, by_ids

Term = str | re.Pattern[str]

MOST = 200
"""Terms that the database reads side by side in order; of more of them it would sort all lines."""
_WORDS = ("w:", "W:")
_REMEMBERED = 200_000


class Vocabulary:
    """The words of one generation of lines. Remembers which ones it has seen stored."""

    def __init__(self, collection: Collection) -> None:
        self._words = collection
        self._known: set[str] = set()

    async def learn(self, lines: Iterable[Document]) -> None:
        """Let all words of these lines be known, durably."""
        said = {term for line in lines for term in line["terms"] if term.startswith(_WORDS)}
        asked = said - self._known
        new = asked - (await by_ids(self._words, asked)).keys()
        if new:
            await self._add(new)
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        self._known |= asked

    async def meant(self, terms: Sequence[Term]) -> list[str] | None:
        """The terms that these stand for, if they are few enough and beginnings of words."""
        exact = [term for term in terms if isinstance(term, str)]
        beginnings = [term for term in terms if not isinstance(term, str)]
        if not all(each.pattern[1:].startswith(_WORDS) for each in beginnings):
            return None
        if beginnings:
            found = self._words.find({"_id": {"$in": beginnings}}).limit(MOST + 1)
            exact += [word["_id"] async for word in found]
        return exact if len(exact) <= MOST else None

    async def _add(self, words: Iterable[str]) -> None:
        try:
            await self._words.insert_many([{"_id": word} for word in sorted(words)], ordered=False)
        except BulkWriteError as error:  # another replica has just learned some of them
            refused = cast("dict[str, Any]", error.details)["writeErrors"]
            if any(each["code"] != DUPLICATE_KEY for each in refused):
                raise
