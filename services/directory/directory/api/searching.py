"""Searching the roll by the words of a name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from directory.domain.names import folded
from dossier.http.models import Page
from dossier.http.paging import PagingContext

S = TypeVar("S")
Search = Annotated[
    str | None, Query(max_length=200, description="Words, each of which is found in the name or the mail address")
]


def searched(
    found: Sequence[tuple[str, S]],
    texts: Callable[[S], Sequence[str]],
    q: str | None,
    paging: PagingContext,
    *of: object,
) -> Page[tuple[str, S]]:
    """The page of those, in the order of their ids, in whose texts every word is found; case makes no difference."""
    words = folded(q or "").split()
    named = (*of, " ".join(words))
    position = paging.position(*named)
    wanted = [
        (id, each)
        for id, each in found
        if (position is None or id > position[0]) and _holds(words, "\n".join(map(folded, texts(each))))
    ]
    return paging.page(wanted[: paging.limit + 1], lambda item: [item[0]], *named)


def _holds(words: Sequence[str], text: str) -> bool:
    return all(word in text for word in words)
