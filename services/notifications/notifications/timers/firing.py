"""Firing what is due: claim, ask, judge, write the entry, finish the timer, open the entry.

The order alone makes a crash anywhere harmless. What is due is judged once more by what the owner of the activity says
now, because a plan may be older than what somebody did a moment ago.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from dossier.clock import pause
from dossier.contracts import RecordedEvent
from dossier.projections.model import Span
from dossier.projections.outages import is_outage
from dossier.telemetry import logs, metrics
from notifications.domain.subject import may_see
from notifications.inbox.records import Inbox
from notifications.timers.ownership import Ownership
from notifications.timers.planner import Planner, Restless
from notifications.timers.records import FIRED, WITHHELD, Claim, Timers
from notifications.views.reminders import ReminderProjection

log = logs.logger()

BATCH = 500
HOLD = timedelta(seconds=60)
"""How long a reminder waits for an owner that cannot be asked, before it is said with a mark."""
ASK_AGAIN = timedelta(seconds=5)
IDLE_SECONDS = 0.5
_QUESTIONS = 8

FIRINGS = metrics.counter("crm_reminders_total", "Reminders that came due, by what became of them", ("outcome",))


class Owner(Protocol):
    """The feed of the activities service, as `dossier.feed.client.FeedClient` offers it."""

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The present versions of these streams; one that does not exist is absent."""
        ...

    async def stream(self, stream: str, after: int = 0) -> list[RecordedEvent]:
        """The events of one stream after a version."""
        ...


@dataclass
class Verdicts:
    """What is to become of claims."""

    tell: list[Claim] = field(default_factory=list[Claim])
    withhold: list[Claim] = field(default_factory=list[Claim])
    stale: list[Claim] = field(default_factory=list[Claim])


class Firing:
    """One worker. Any number of them share the timers; `ownership` only keeps them out of each other's way."""

    def __init__(
        self,
        view: ReminderProjection,
        planner: Planner,
        timers: Timers,
        inbox: Inbox,
        owner: Owner,
        ownership: Ownership,
    ) -> None:
        self._view = view
        self._planner = planner
        self._timers = timers
        self._inbox = inbox
        self._owner = owner
        self._ownership = ownership

    async def run(self, stop: asyncio.Event) -> None:
        """Fire what comes due until `stop` is set; then finish what was claimed."""
        while not stop.is_set():
            await self._ownership.beat()
            if await self.step():
                continue
            await self._inbox.sweep(self._ownership.now())
            await pause(stop, IDLE_SECONDS)
        await self._ownership.leave()

    async def step(self, limit: int = BATCH) -> int:
        """Claim and fire once; how many timers were claimed."""
        claims = await self._timers.claim(self._ownership.buckets(), limit, self._ownership.now())
        if claims:
            await self._fire(claims)
        return len(claims)

    async def _fire(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            metrics.TIMER_LATENESS.observe((claim.claimed_at - claim.at).total_seconds())
        unsure = await self._catch_up({claim.activity for claim in claims})
        waiting = [claim for claim in claims if claim.activity in unsure and _may_wait(claim)]
        await self._timers.hold(waiting, ASK_AGAIN)
        verdicts = await self._judge([claim for claim in claims if claim not in waiting])
        sure = [claim for claim in verdicts.tell if claim.activity not in unsure]
        await self._inbox.prepare_entries(sure)
        await self._inbox.prepare_entries([claim for claim in verdicts.tell if claim.activity in unsure], unsure=True)
        await self._timers.finish(verdicts.tell, FIRED)
        await self._timers.finish(verdicts.withhold, WITHHELD)
        opened = await self._inbox.open([claim.identity for claim in verdicts.tell])
        with suppress(Restless):  # the lease ends, and whoever claims next judges again
            await self._planner.plan(self._view, {claim.activity for claim in verdicts.stale})
        for outcome, number in (
            ("told", opened),
            ("withheld", len(verdicts.withhold)),
            ("superseded", len(verdicts.stale)),
            ("held", len(waiting)),
        ):
            FIRINGS.labels(outcome).inc(number)

    async def _catch_up(self, activities: Collection[str]) -> set[str]:
        """Apply what the owner has and the own view lacks; the activities for which that could not be done."""
        try:
            there = await self._owner.versions(sorted(activities))
        except Exception as error:  # whatever keeps the owner from answering, a reminder must not be lost by it
            log.warning("reminders.owner-unreachable", error=error)
            return set(activities)
        here = await self._view.versions(activities)
        behind = {each: here.get(each, 0) for each in activities if there.get(each, 0) > here.get(each, 0)}
        asking = asyncio.Semaphore(_QUESTIONS)

        async def healed(activity: str, after: int) -> bool:
            async with asking:
                return await self._heal(activity, after)

        outcomes = await asyncio.gather(*(healed(activity, after) for activity, after in behind.items()))
        return {activity for activity, done in zip(behind, outcomes, strict=True) if not done}

    async def _heal(self, activity: str, after: int) -> bool:
        try:
            events = await self._owner.stream(activity, after)
            if events:
                await self._view.apply([Span(activity, events)])
        except Exception as error:
            if is_outage(error):
                raise
            log.warning("reminders.activity-not-healed", stream=activity, error=error)
            return False
        return True

    async def _judge(self, claims: Sequence[Claim]) -> Verdicts:
        """By what is known now: to tell, to withhold from who may not see the activity, or no longer called for."""
        inputs = await self._view.inputs({claim.activity for claim in claims})
        wanted = await self._planner.wanted(inputs)
        tokens = await self._view.tokens({claim.user for claim in claims})
        linked = {stream for subject in inputs.subjects.values() for stream in subject.engagements.values()}
        readers = await self._view.readers(linked) if linked else {}
        verdicts = Verdicts()
        for claim in claims:
            reminder = wanted.get(claim.identity)
            if reminder is None or (reminder.generation, reminder.at) != (claim.generation, claim.at):
                verdicts.stale.append(claim)
            elif may_see(inputs.subjects[claim.activity], tokens[claim.user], readers):
                verdicts.tell.append(claim)
            else:
                verdicts.withhold.append(claim)
        return verdicts


def _may_wait(claim: Claim) -> bool:
    return claim.held_since is None or claim.claimed_at - claim.held_since < HOLD
