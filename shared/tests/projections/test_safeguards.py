"""The checks above can fail: each safeguard, taken away, makes the same scenario end in other documents."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from dossier.contracts import RecordedEvent
from dossier.projections.applier import Applier
from dossier.projections.comparison import Comparison
from dossier.projections.model import FanOut, Span
from dossier.projections.runner import ProjectionRunner
from dossier.testing.projecting import World, contact, kill, moved, promoted, registered, running
from dossier.testing.projections import Cards

pytestmark = pytest.mark.backends

Runner = type[ProjectionRunner]
Scenario = Callable[[World, Runner], Awaitable[None]]


class NoComparison(Comparison):
    """Reads the feed at first, and never compares heads."""

    async def compare(self, reason: str) -> None:
        return


class AnyNewer(Applier):
    """Applies whatever is newer than the watermark, as if it were next."""

    def next_events(self, position: int, events: Mapping[int, RecordedEvent]) -> tuple[list[RecordedEvent], bool]:
        return [events[version] for version in sorted(events) if version > position], False


class WatermarkFirst(Applier):
    """Marks events as applied and then applies them."""

    async def write(self, spans: Sequence[Span], sources: Mapping[str, str]) -> None:
        await self._projection.advance({span.stream: span.last for span in spans})
        await super().write(spans, sources)


class Sound(ProjectionRunner):
    pass


class WithoutComparison(ProjectionRunner):
    comparison_class = NoComparison


class WithoutGapCheck(ProjectionRunner):
    applier_class = AnyNewer
    comparison_class = NoComparison


class WithWatermarkFirst(ProjectionRunner):
    applier_class = WatermarkFirst


class WithOffsetFirst(ProjectionRunner):
    comparison_class = NoComparison

    async def handle(self, records: Any) -> None:
        await self.consumer.commit()
        await super().handle(records)


async def an_event_is_lost_before_another(world: World, runner: Runner) -> None:
    person = contact()
    await world.happen(person, registered())
    async with running(world.runner(runner)):
        await world.complete()
        await world.loaded()
        await world.happen(person, moved(), publish=False)
        await world.happen(person, promoted())
        await world.complete(3.0)


async def the_last_event_is_lost(world: World, runner: Runner) -> None:
    person = contact()
    await world.happen(person, registered())
    async with running(world.runner(runner)):
        await world.complete()
        await world.loaded()
    await world.happen(person, moved(), publish=False)
    async with running(world.runner(runner)):
        await world.complete(3.0)


async def the_consumer_dies_while_it_applies(world: World, runner: Runner) -> None:
    applying = asyncio.Event()

    class Hanging(Cards):
        async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
            if any(span.first > 1 for span in spans):
                applying.set()
                await asyncio.Event().wait()
            return await super().apply(spans)

    person = contact()
    await world.happen(person, registered())
    task = asyncio.create_task(world.runner(runner, Hanging).run(asyncio.Event()))
    await world.complete()
    await world.loaded()
    await world.happen(person, moved())
    await applying.wait()
    await kill(task)
    async with running(world.runner(runner)):
        await world.complete(4.0)


@pytest.mark.parametrize(
    ("scenario", "broken"),
    [
        (an_event_is_lost_before_another, WithoutGapCheck),
        (the_last_event_is_lost, WithoutComparison),
        (the_consumer_dies_while_it_applies, WithWatermarkFirst),
        (the_consumer_dies_while_it_applies, WithOffsetFirst),
    ],
)
async def test_without_the_safeguard_the_documents_are_wrong(world: World, scenario: Scenario, broken: Runner) -> None:
    with pytest.raises(AssertionError):
        await scenario(world, broken)


@pytest.mark.parametrize(
    ("scenario", "sound"),
    [
        (an_event_is_lost_before_another, WithoutComparison),
        (the_last_event_is_lost, Sound),
        (the_consumer_dies_while_it_applies, Sound),
        (the_consumer_dies_while_it_applies, WithoutComparison),
    ],
)
async def test_with_the_safeguard_the_documents_are_right(world: World, scenario: Scenario, sound: Runner) -> None:
    await scenario(world, sound)
