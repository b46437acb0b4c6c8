"""Parked streams, for operators and for readers that must fail closed."""

from __future__ import annotations

from collections.abc import Iterable

from dossier.projections.holds import Hold, Holds
from dossier.projections.model import Projection


class Parking:
    """The streams of one projection that could not be applied."""

    def __init__(self, projection: Projection) -> None:
        self._holds = holds_of(projection)

    async def list(self) -> list[Hold]:
        """The parked streams, the longest first: stream, first version not applied, since when, and why."""
        return await self._holds.list("parked")

    async def set_aside(self) -> list[Hold]:
        """All streams that could not be applied and are not healed yet: parked, still tried again, or ahead."""
        return [hold for hold in await self._holds.list("failing", "parked", "healing", "ahead") if hold.reason]

    async def show(self, stream: str) -> Hold | None:
        """The hold of a stream: parked, or still tried again (`failing`), or being read again (`healing`)."""
        return await self._holds.get(stream)

    async def release(self, stream: str) -> bool:
        """Have the stream read again from the feed, in order; the consumer does it within a second.

        False if the stream is not parked. If it still cannot be applied, it is parked again after its time budget.
        """
        return await self._holds.release(stream)

    async def hidden(self, streams: Iterable[str]) -> set[str]:
        """Those of the streams of which later events may be lacking, one of which may have restricted them.

        What comes from them is shown to author and responsible only.
        """
        return await self._holds.incomplete(streams)

    async def everything_hidden(self) -> frozenset[str]:
        """The same of all streams, for readers whose query has to leave them out."""
        return await self._holds.all_incomplete()


def holds_of(projection: Projection, budget_seconds: float = 0.0) -> Holds:
    """The holds beside a projection's collections."""
    return Holds(projection.collection("holds"), budget_seconds)
