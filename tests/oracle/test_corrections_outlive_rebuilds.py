"""What people corrected outlives every rebuild, and the checks that say so can fail.

The same worlds, kept up to date event by event and loaded anew, and as the oracle says; then with rebuilds that lose a
kind of correction each. CORRECTIONS in the environment chooses how many there are at least, `make soak` makes 500.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from random import Random

import bson
import msgspec
import pytest

from dossier.contracts import Event, RecordedEvent
from dossier.contracts import activities as act
from dossier.contracts import attachments as att
from dossier.mongo import Database
from dossier.projections.model import Span
from histories.views.projection import Histories
from oracle.comparison import assert_equal_to_oracle, dump, histories
from oracle.delivery import Delivery, load
from oracle.oracle import Oracle
from oracle.worlds import World

pytestmark = pytest.mark.backends

CORRECTIONS = int(os.environ.get("CORRECTIONS", "100"))
OPPOSITE: dict[type[Event], type[Event]] = {
    act.EntryPinned: act.EntryUnpinned,
    act.EntryHidden: act.EntryShown,
    act.ActivityWithdrawn: act.ActivityRestored,
    act.ActivityUnlinked: act.ActivityLinked,
    act.ActivityCorrected: att.DocumentCheckedOut,
}
"""What becomes of a correction that is lost: its opposite, or what has no bearing. A move is a link and an unlink."""
CORRECTING = {
    *(kind.event_type for pair in list(OPPOSITE.items())[:3] for kind in pair),
    act.ActivityUnlinked.event_type,
    act.ActivityCorrected.event_type,
}


class Forgetful(Histories):
    """A rebuild that loses one kind of correction: it takes each for its opposite."""

    lost: type[Event]

    async def bulk(self, spans: Sequence[Span]) -> None:
        await super().bulk([Span(span.stream, [self._forgotten(event) for event in span.events]) for span in spans])

    def _forgotten(self, event: RecordedEvent) -> RecordedEvent:
        if event.type != self.lost.event_type:
            return event
        return msgspec.structs.replace(event, type=OPPOSITE[self.lost].event_type)


def lived(first: int, corrections: int) -> list[World]:
    """Worlds with so many corrections."""
    worlds: list[World] = []
    found = 0
    while found < corrections:
        worlds.append(World(first + len(worlds)))
        found += sum(made([worlds[-1]]).values())
    return worlds


def made(worlds: Sequence[World]) -> Counter[str]:
    """The corrections of the worlds, by kind."""
    return Counter(event.type for world in worlds for event in world.events if event.type in CORRECTING)


async def kept_up_to_date(database: Database, worlds: Sequence[World]) -> Histories:
    live = histories(database, 1)
    await live.prepare()
    events = [event for world in worlds for event in world.events]
    await Delivery(lambda: histories(database, 1), events, Random(1)).run(crashes=0)
    return live


async def check(live: Histories, rebuilt: Histories, worlds: Sequence[World]) -> None:
    """Load the worlds anew; the same documents come of it, and what the oracle says."""
    await load(rebuilt, [event for world in worlds for event in world.events], Random(2))
    documents = await dump(rebuilt)
    entries = {activity: bson.decode(raw) for activity, raw in documents["entries"].items()}
    for world in worlds:
        assert_equal_to_oracle(Oracle(world.events), entries, world)
    assert documents == await dump(live)


async def test_corrections_survive_a_rebuild(database: Database) -> None:
    worlds = lived(30_000_000, CORRECTIONS)
    assert made(worlds).keys() == CORRECTING
    await check(await kept_up_to_date(database, worlds), histories(database, 2), worlds)


@pytest.mark.parametrize("lost", OPPOSITE, ids=lambda kind: kind.__name__)
async def test_a_rebuild_that_loses_a_kind_of_correction_is_found(database: Database, lost: type[Event]) -> None:
    worlds = lived(31_000_000, 100)
    live = await kept_up_to_date(database, worlds)
    forgetful = Forgetful()
    forgetful.lost = lost
    forgetful.attach(database, 2)
    with pytest.raises(AssertionError):
        await check(live, forgetful, worlds)
