"""A projection that is ahead of its owner, because the owner's store was set back or because records were forged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from dossier.contracts import RecordedEvent
from dossier.mongo import Document
from dossier.projections.heads import compare, truly_ahead
from dossier.projections.model import Span
from dossier.projections.parking import Parking
from dossier.projections.pointer import Pointers
from dossier.projections.rebuild import Rebuild
from dossier.projections.runner import ProjectionRunner
from dossier.projections.views import ViewProjection
from dossier.testing.projecting import (
    QUICK,
    World,
    activity,
    contact,
    corrected,
    promoted,
    recorded_with,
    registered,
    running,
)
from dossier.testing.projections import Cards, RecordFeed
from dossier.testing.recorded import recorded

pytestmark = pytest.mark.backends

OFTEN = QUICK.model_copy(update={"heads_period": 0.5})


async def set_back(world: World, stream: str, after: int) -> None:
    """The owner's store is restored from a time when the stream had so many versions."""
    await world.record.events.delete_many({"stream": stream, "version": {"$gt": after}})


async def is_ahead(world: World, *streams: str) -> bool:
    holds = [hold for hold in await Parking(world.attached()).set_aside() if hold.kind == "ahead"]
    return {hold.stream for hold in holds} == set(streams)


async def test_streams_set_back_or_unknown_are_hidden_and_a_rebuild_ends_well(world: World) -> None:
    person, talk, invented = contact(), activity(), activity()
    async with running(world.runner(options=OFTEN)):
        await world.happen(person, registered(), promoted())
        await world.happen(talk, recorded_with(person), corrected("will be lost"), corrected("this too"))
        await world.topics.publish(recorded(invented, recorded_with(person)))
        await world.eventually(lambda: is_at(world, {person: 2, talk: 3, invented: 1}))
        await set_back(world, talk, 1)
        await world.eventually(lambda: is_ahead(world, talk, invented))
        assert await Parking(world.attached()).hidden([person, talk, invented]) == {talk, invented}
        (hold,) = [hold for hold in await Parking(world.attached()).set_aside() if hold.stream == talk]
        assert (hold.version, "rebuild" in hold.reason) == (2, True)
        assert not await Parking(world.attached()).release(talk)

        await world.happen(talk, corrected("what really happened"))
        report = await Rebuild(Cards, world.database, world.settings, world.feeds, QUICK).run()
    assert (report.ahead, report.parked, report.compared, report.switched) == (2, 0, False, True)
    assert (await Pointers(world.database, "cards").read(1)).live == report.generation
    rebuilt = world.attached(generation=report.generation)
    assert await rebuilt.positions([person, talk, invented]) == {person: 2, talk: 2}
    assert await Parking(rebuilt).everything_hidden() == frozenset()


async def test_a_stream_stays_aside_when_its_owner_writes_as_many_versions_again(world: World) -> None:
    person = contact()
    async with running(world.runner(options=OFTEN)):
        await world.happen(person, registered(), promoted("one"), promoted("two"))
        await world.eventually(lambda: is_at(world, {person: 3}))
        await set_back(world, person, 1)
        await world.eventually(lambda: is_ahead(world, person))
        await world.happen(person, promoted("other"), promoted("path"), promoted("taken"))
        await world.happen(fresh := contact(), registered())
        await world.eventually(lambda: is_at(world, {person: 3, fresh: 1}))
        assert await is_ahead(world, person)


async def test_what_a_rebuild_finds_by_itself_needs_no_consumer_that_noticed_it_before(world: World) -> None:
    person = contact()
    async with running(world.runner()):
        await world.happen(person, registered(), promoted())
        await world.complete()
    await set_back(world, person, 1)
    report = await Rebuild(Cards, world.database, world.settings, world.feeds, QUICK).run(switch=False)
    assert (report.ahead, report.compared) == (1, False)


async def test_a_watermark_is_ahead_only_of_a_head_that_was_read_after_it(world: World) -> None:
    """While a stream grows, the heads that were listed are older than the watermarks: that is no finding."""
    person, projection = contact(), world.attached()
    await world.happen(person, registered(), promoted(), publish=False)
    events = await world.feeds["addresses"].stream(person)
    await projection.apply([Span(person, events)])
    await projection.advance({person: 2})

    class Late(RecordFeed):
        """Lists heads as they were before the last event."""

        async def heads(self) -> AsyncIterator[dict[str, int]]:
            yield {person: 1}

    late = Late(world.record, "addresses")
    found = await compare(projection, "addresses", late)
    assert found.ahead == {person: 2}
    assert await truly_ahead(late, found.ahead) == {}


class Positions(ViewProjection):
    """The functions of contacts, each from a stream of its own."""

    name: ClassVar[str] = "functions"
    sources: ClassVar[tuple[str, ...]] = ("addresses",)

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        fact: Any = event.event()
        return {"function": getattr(fact, "function", "")}


async def test_a_view_begins_the_stream_anew_by_itself(world: World) -> None:
    person, unknown, untouched = contact(), contact(), contact()
    view = Positions()
    view.attach(world.database, 1)
    runner = ProjectionRunner(view, world.settings, {"addresses": world.feeds["addresses"]}, OFTEN)
    async with running(runner):
        await world.happen(person, registered(), promoted("true"), promoted("lost"))
        await world.happen(untouched, registered(), promoted("same"))
        await world.topics.publish(recorded(unknown, registered(), promoted("invented")))

        async def applied() -> bool:
            return await view.positions([person, unknown, untouched]) == {person: 3, unknown: 2, untouched: 2}

        await world.eventually(applied)
        await set_back(world, person, 2)

        async def taken_back() -> bool:
            return await view.positions([person, unknown, untouched]) == {person: 2, untouched: 2}

        await world.eventually(taken_back)
        assert await view.get(person) == {"function": "true"}
        assert await view.get(untouched) == {"function": "same"}
        assert await Parking(view).set_aside() == []
        await world.happen(person, promoted("and on"))

        async def goes_on() -> bool:
            return await view.get(person) == {"function": "and on"}

        await world.eventually(goes_on)


async def is_at(world: World, positions: dict[str, int]) -> bool:
    return await world.attached().positions(list(positions)) == positions
