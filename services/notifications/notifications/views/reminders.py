"""The projection that turns news of activities and people into timers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from dossier.contracts import RecordedEvent
from dossier.ids import split_stream
from dossier.projections.model import FanOut, Job, Projection, Span
from notifications.timers.planner import Planner
from notifications.views.known import KnownView

CHUNK = 300


class ReminderProjection(KnownView):
    """The own view, and after it the timers.

    Timers and inbox belong to no generation: they are what was promised and said. So a rebuild only folds; planning
    again would say nothing new, and `reconcile` sees to what a new version of the view means for the timers.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
        """Own documents first, then the timers of the activities. A user's activities may be many: they are a job."""
        await super().apply(spans)
        kinds = {span.stream: split_stream(span.stream)[0] for span in spans}
        activities = [stream for stream, kind in kinds.items() if kind == "activity"]
        await self._planner.plan(self, activities)
        return [FanOut(stream) for stream, kind in kinds.items() if kind in ("user", "preferences")]

    async def run_job(self, job: Job) -> str | None:
        """Plan the next activities of a user."""
        user = split_stream(job.stream)[1]
        activities = await self.concerning(user, job.cursor or "", CHUNK)
        await self._planner.plan(self, activities)
        return activities[-1] if len(activities) == CHUNK else None

    async def reconcile(self) -> int:
        """Plan every activity that concerns somebody; how many there were. It may run at any time."""
        after, count = "", 0
        while True:
            wanted = {"_id": {"$gt": after, "$lt": "activity."}, "users.0": {"$exists": True}}
            found = self.documents.find(wanted, {"_id": 1}).sort("_id", 1).limit(CHUNK)
            activities = [document["_id"] async for document in found]
            if not activities:
                return count
            await self._planner.plan(self, activities)
            after, count = activities[-1], count + len(activities)

    async def bulk(self, spans: Sequence[Span]) -> None:
        """Fold only."""
        await super().apply(spans)

    async def positions(self, streams: Iterable[str]) -> dict[str, int]:
        """The watermarks: a document may be newer, because its timers follow after it."""
        return await Projection.positions(self, streams)

    def all_positions(self, source: str) -> AsyncIterator[tuple[str, int]]:
        """The watermarks."""
        return Projection.all_positions(self, source)

    async def begin_anew(self, stream: str, events: Sequence[RecordedEvent]) -> bool:
        """The document, then the timers, and the watermark last."""
        await super().begin_anew(stream, events)
        version = events[-1].version if events else 0
        if split_stream(stream)[0] == "activity":
            await self._planner.plan(self, [stream])
        elif events:
            await self.run_job_to_the_end(FanOut(stream), [Span(stream, list(events))])
        await self.watermarks.lower(stream, version)
        return True

    async def advance(self, marks: Mapping[str, int]) -> None:
        """See Projection."""
        await Projection.advance(self, marks)

    async def bulk_advance(self, marks: Mapping[str, int]) -> None:
        """See Projection."""
        await Projection.bulk_advance(self, marks)
