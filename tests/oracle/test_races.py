"""Appliers that race: whoever derives last has read everything, and without compare-and-set the suite goes red."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from random import Random

import pytest

from dossier.contracts import Reference
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.contracts.common import Principals
from dossier.ids import new_id, stream_id
from dossier.mongo import Database, Document
from dossier.projections.model import Job, Span
from dossier.testing.activities import note
from histories.domain.documents import Entry
from histories.views import derivation, projection
from histories.views.projection import Histories
from oracle.comparison import assert_equal_to_oracle, dump, histories
from oracle.oracle import Oracle
from oracle.racing import apply_in_parts
from oracle.recording import Present
from oracle.worlds import World

pytestmark = pytest.mark.backends


@pytest.mark.parametrize("seed", range(2))
async def test_appliers_of_different_streams_that_race_end_as_one_alone(database: Database, seed: int) -> None:
    worlds = [World(9_000_000 + seed * 20 + number) for number in range(20)]
    events = [event for world in worlds for event in world.events]
    random = Random(seed)
    owner = {stream: random.randrange(3) for stream in sorted({event.subject for event in events})}
    alone, racing = histories(database, 1), [histories(database, 2) for _ in range(3)]
    await asyncio.gather(alone.prepare(), racing[0].prepare())
    await apply_in_parts(alone, events, random)
    parts = [[event for event in events if owner[event.subject] == number] for number in range(3)]
    await asyncio.gather(
        *(apply_in_parts(applier, part, Random(seed)) for applier, part in zip(racing, parts, strict=True))
    )
    assert await dump(racing[0]) == await dump(alone)
    entries = {entry["_id"]: entry async for entry in alone.collections.entries.find({})}
    for world in worlds:
        assert_equal_to_oracle(Oracle(world.events), entries, world)


class Meeting:
    """Two appliers about to derive the same entry: the first has read when the second does all of its work."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.activity, self.project, self.contact = new_id(), new_id(), new_id()

    async def prepare(self) -> tuple[Present, Histories, Histories]:
        first, second = histories(self.database, 1), histories(self.database, 1)
        await first.prepare()
        present = Present(first)
        await present.happen(stream_id("project", self.project), eng.ProjectRegistered(code="P1", title="Move"))
        await present.happen(stream_id("contact", self.contact), adr.ContactRegistered(company=new_id()))
        return present, first, second

    def recorded(self, present: Present) -> Span:
        address = {"type": "contact", "id": self.contact}
        return present.record(f"activity-{self.activity}", note(address=address, project=self.project))

    def restricted(self, present: Present) -> Span:
        restricted = eng.EngagementRestricted(to=Principals(users=(new_id(),)))
        return present.record(stream_id("project", self.project), restricted)

    def corrected(self, present: Present) -> Span:
        return present.record(stream_id("contact", self.contact), adr.AffiliationCorrected(company=new_id()))

    async def entry(self) -> Entry:
        found = await histories(self.database, 1).collections.entries.find_one({"_id": f"activity-{self.activity}"})
        assert found is not None
        return found  # type: ignore[return-value]

    async def up_to_date(self) -> bool:
        """Whether deriving the entry anew would change nothing."""
        fresh = histories(self.database, 1)
        entry = await self.entry()
        ways = await fresh.deriver.around(link["to"] for link in entry["links"])
        return not derivation.differs(entry, derivation.derive(entry, ways))


def interrupt(applier: Histories, other: Histories, span: Span) -> None:
    """After the applier has read the nodes, and before it writes, the other applies the span."""
    around = applier.deriver.around

    async def read_then_wait(streams: Iterable[str]) -> derivation.Map:
        ways = await around(streams)
        applier.deriver.around = around
        await other.apply([span])
        return ways

    applier.deriver.around = read_then_wait


async def two_nodes_meet(database: Database) -> bool:
    meeting = Meeting(database)
    present, first, second = await meeting.prepare()
    await first.apply([meeting.recorded(present)])
    corrected, restricted = meeting.corrected(present), meeting.restricted(present)
    interrupt(first, second, restricted)
    await first.apply([corrected])
    return await meeting.up_to_date()


async def activity_meets_node(database: Database) -> bool:
    meeting = Meeting(database)
    present, first, second = await meeting.prepare()
    recorded, restricted = meeting.recorded(present), meeting.restricted(present)
    interrupt(first, second, restricted)
    await first.apply([recorded])
    return await meeting.up_to_date()


async def activity_changes_while_node_is_derived(database: Database) -> bool:
    meeting = Meeting(database)
    present, first, second = await meeting.prepare()
    recorded = meeting.recorded(present)
    await first.apply([recorded])
    unlinked = act.ActivityUnlinked(object=Reference(type="contact", id=meeting.contact))
    change, corrected = present.record(recorded.stream, unlinked), meeting.corrected(present)
    interrupt(first, second, change)
    await first.apply([corrected])
    return await meeting.up_to_date()


MEETINGS = [two_nodes_meet, activity_meets_node, activity_changes_while_node_is_derived]


@pytest.mark.parametrize("meet", MEETINGS)
async def test_whoever_writes_last_has_read_what_the_other_wrote(database: Database, meet: object) -> None:
    assert await meet(database)  # type: ignore[operator]


def unguarded(entry: Entry) -> Document:
    """Compare-and-set without the compare."""
    return {"_id": entry["_id"]}


def by_version_only(entry: Entry) -> Document:
    """The own side is compared, what was derived is not."""
    return {"_id": entry["_id"], "version": entry["version"]}


async def nothing_missed(ways: derivation.Map, streams: Iterable[str]) -> set[str]:
    """The look back after an entry was written, left out."""
    return set()


async def test_without_compare_and_set_the_meeting_goes_wrong(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derivation, "unchanged", by_version_only)
    assert not await two_nodes_meet(database)


async def test_without_comparing_the_version_a_change_of_the_activity_is_undone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derivation, "unchanged", unguarded)
    assert not await activity_changes_while_node_is_derived(database)


async def test_without_looking_back_an_activity_misses_a_node_written_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derivation.Deriver, "outdated", lambda self, ways, streams: nothing_missed(ways, streams))
    assert not await activity_meets_node(database)


async def test_a_job_of_many_dependents_is_done_in_chunks_and_goes_on_where_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "CHUNK", 5)
    monkeypatch.setattr(projection, "INLINE", 5)
    applier = histories(database, 1)
    await applier.prepare()
    present = Present(applier)
    contact, wrong, right = new_id(), new_id(), new_id()
    stream = await present.happen(stream_id("contact", contact), adr.ContactRegistered(company=wrong))
    address = {"type": "contact", "id": contact}
    for _ in range(12):
        await present.happen(f"activity-{new_id()}", note(address=address))
    span = present.record(stream, adr.AffiliationCorrected(company=right))
    (wish,) = await applier.apply([span])
    entries = applier.collections.entries

    async def moved() -> int:
        return await entries.count_documents({"shown_on": f"company-{right}"})

    assert (wish.stream, await moved()) == (stream, 0)
    cursor = await applier.run_job(Job(stream, span.last, wish.payload))
    assert await moved() == 5
    again = await histories(database, 1).apply([span])
    assert [job.stream for job in again] == [stream]
    while cursor is not None:
        cursor = await histories(database, 1).run_job(Job(stream, span.last, wish.payload, cursor))
    assert await moved() == 12
    assert await entries.count_documents({"shown_on": f"company-{wrong}"}) == 0
