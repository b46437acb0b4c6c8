"""An owner's heads beside a projection's watermarks: where the projection is behind, and where it is ahead.

Both come in order of the streams and are walked side by side. A watermark is read before the head it is compared with
is asked for again, and the owner answers with majority: a watermark above that head is a fact, not a race.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from dossier.projections.feeds import Feed, FeedUnreachable
from dossier.projections.model import Projection

T = TypeVar("T")

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Differing:
    """`lacking`: streams whose heads lie beyond their watermarks, with these heads. `ahead`: streams whose watermarks
    lie beyond the heads, or which the owner does not know, with these watermarks."""

    lacking: dict[str, int] = field(default_factory=dict[str, int])
    ahead: dict[str, int] = field(default_factory=dict[str, int])


async def compare(projection: Projection, source: str, feed: Feed) -> Differing:
    """Compare once. What is `lacking` or `ahead` may merely be on its way. Raises FeedUnreachable."""
    found = Differing()
    marks = projection.all_positions(source)
    mark = await anext(marks, None)
    async for heads in reachable(feed.heads()):
        for stream, head in sorted(heads.items()):
            while mark is not None and mark[0] < stream:
                found.ahead[mark[0]] = mark[1]
                mark = await anext(marks, None)
            position = 0
            if mark is not None and mark[0] == stream:
                position = mark[1]
                mark = await anext(marks, None)
            if position < head:
                found.lacking[stream] = head
            elif position > head:
                found.ahead[stream] = position
    while mark is not None:
        found.ahead[mark[0]] = mark[1]
        mark = await anext(marks, None)
    return found


async def truly_ahead(feed: Feed, marks: dict[str, int]) -> dict[str, int]:
    """Those of the streams whose heads still lie below these watermarks, with the heads. Raises FeedUnreachable."""
    ahead: dict[str, int] = {}
    left = iter(marks)
    while chunk := list(islice(left, _CHUNK)):
        try:
            heads = await feed.versions(chunk)
        except Exception as error:
            raise FeedUnreachable(type(error).__name__) from error
        ahead.update({stream: heads.get(stream, 0) for stream in chunk if heads.get(stream, 0) < marks[stream]})
    return ahead


async def reachable(answers: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same answers; whatever stops them counts as an owner that does not answer."""
    try:
        async for answer in answers:
            yield answer
    except Exception as error:
        raise FeedUnreachable(type(error).__name__) from error
