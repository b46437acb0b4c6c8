"""From what is known of activities and people to timers: what is called for is compared with what is armed.

Two processes may plan the same activity at once, from different pieces of news. Each writes its own piece first, then
plans, then looks whether what it planned from is still so, and if not plans again; so whoever was last has seen
everything. Whatever a stale plan leaves for a moment is caught when the timer fires, because firing plans once more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dossier.mongo import Collection as Documents
from dossier.mongo import Database, Document, ReturnDocument
from notifications.domain.planning import Reminder, plan
from notifications.domain.subject import Subject
from notifications.inbox.records import Inbox
from notifications.timers.records import FINAL, Timers
from notifications.views.known import Inputs, KnownView

ATTEMPTS = 20


class Restless(Exception):
    """An activity changed faster than it could be planned. What brought the change comes again."""


@dataclass
class Difference:
    """What has to be done so that the timers are those that are called for."""

    arm: list[Reminder] = field(default_factory=list[Reminder])
    rearm: list[tuple[Document, Reminder]] = field(default_factory=list[tuple[Document, Reminder]])
    done: list[Document] = field(default_factory=list[Document])
    changed: list[Document] = field(default_factory=list[Document])
    unwanted: list[str] = field(default_factory=list[str])

    @property
    def touches_timers(self) -> bool:
        """Whether any timer is to be written."""
        return bool(self.arm or self.rearm or self.done or self.changed)


class Planner:
    """Keeps the timers of activities as they should be."""

    def __init__(self, database: Database, timers: Timers, inbox: Inbox) -> None:
        self._state: Documents = database["timer_state"]
        self._timers = timers
        self._inbox = inbox
        self._live_since: datetime | None = None

    async def live_since(self) -> datetime:
        """When reminders began in this installation, by the database's clock: set once, for ever."""
        if self._live_since is None:
            stored = await self._state.find_one_and_update(
                {"_id": "live_since"},
                [{"$set": {"at": {"$ifNull": ["$at", "$$NOW"]}}}],
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
            assert stored is not None
            self._live_since = moment = stored["at"]
            return moment
        return self._live_since

    async def wanted(self, inputs: Inputs) -> dict[str, Reminder]:
        """The reminders that these activities call for, by identity."""
        since = await self.live_since()
        wanted: dict[str, Reminder] = {}
        for activity, subject in inputs.subjects.items():
            wanted |= plan(activity, subject.task, inputs.recipients, since)
        return wanted

    async def plan(self, view: KnownView, activities: Collection[str]) -> None:
        """Bring the timers and inbox entries of these activities in line with what is known.

        Raises Restless.
        """
        if not activities:
            return
        for _ in range(ATTEMPTS):
            stored = await self._timers.of(activities)
            inputs = await view.inputs(activities)
            difference = compare(stored, await self.wanted(inputs), inputs.subjects)
            await self._timers.arm(difference.arm)
            await self._timers.rearm(difference.rearm)
            await self._timers.end(difference.done, "done")
            await self._timers.end(difference.changed, "changed")
            await self._inbox.end(difference.unwanted)
            if not difference.touches_timers and (await view.inputs(activities)).versions == inputs.versions:
                return
        raise Restless(", ".join(sorted(activities)[:3]))


def compare(
    stored: Collection[Document], wanted: Mapping[str, Reminder], subjects: Mapping[str, Subject]
) -> Difference:
    """What is wanted against what there is. What ended for ever is never armed again, whatever is wanted."""
    difference = Difference()
    there = {timer["_id"]: timer for timer in stored}
    for identity, reminder in wanted.items():
        timer = there.get(identity)
        if timer is None:
            difference.arm.append(reminder)
        elif timer.get("why") not in FINAL and not _is_as(timer, reminder):
            difference.rearm.append((timer, reminder))
    for identity in there.keys() - wanted.keys():
        timer = there[identity]
        difference.unwanted.append(identity)
        if timer.get("live"):
            subject = subjects.get(timer["act"])
            done = subject is not None and subject.task.open_since is None
            (difference.done if done else difference.changed).append(timer)
    return difference


def _is_as(timer: Document, reminder: Reminder) -> bool:
    return bool(timer.get("live")) and (timer["gen"], timer["at"]) == (reminder.generation, reminder.at)
