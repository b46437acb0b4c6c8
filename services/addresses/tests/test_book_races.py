"""Appliers of the book that race: whoever derives last has read everything, and without compare-and-set it shows."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from random import Random

import pytest

from addresses.views import derivation
from addresses.views.book import AddressBook
from dossier.contracts import RecordedEvent
from dossier.contracts import addresses as adr
from dossier.contracts.base import Event
from dossier.ids import new_id, stream_id
from dossier.mongo import Database, Document, ReplaceOne
from dossier.projections.model import Span
from dossier.testing.recorded import recorded
from oracle.book_dump import attached, dump
from oracle.book_worlds import ACTIONS, Book
from oracle.racing import apply_in_parts

pytestmark = pytest.mark.backends


@pytest.mark.parametrize("seed", range(2))
async def test_appliers_of_different_streams_that_race_end_as_one_alone(database: Database, seed: int) -> None:
    random = Random(seed)
    events: list[RecordedEvent] = []
    for number in range(1, 16):
        steps = [(random.choice(sorted(ACTIONS)), *(random.randrange(8) for _ in range(3))) for _ in range(60)]
        events += Book(steps, number).events  # type: ignore[arg-type]
    owner = {stream: random.randrange(3) for stream in sorted({event.subject for event in events})}
    alone = await attached(database, 1)
    racing = [await attached(database, 2) for _ in range(3)]
    await apply_in_parts(alone, events, random)
    parts = [[event for event in events if owner[event.subject] == number] for number in range(3)]
    await asyncio.gather(
        *(apply_in_parts(applier, part, Random(seed)) for applier, part in zip(racing, parts, strict=True))
    )
    assert await dump(racing[0]) == await dump(alone)


class Meeting:
    """Two appliers about to derive the same line: the first has read when the second does all of its work."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.company, self.contact = stream_id("company", new_id()), stream_id("contact", new_id())
        self._versions: dict[str, int] = defaultdict(int)

    def span(self, stream: str, *events: Event) -> Span:
        """The next events of the stream."""
        after, self._versions[stream] = self._versions[stream], self._versions[stream] + len(events)
        return Span(stream, recorded(stream, *events, after=after))

    async def held(self, *, known: bool) -> str:
        """The alias of the contact in the end; `known`: it has a line before the two meet."""
        first, second = await attached(self.database, 1), await attached(self.database, 1)
        begun = self.span(self.contact, adr.ContactRegistered(company=self.company[-36:], last_name="Muster"))
        await first.apply([self.span(self.company, adr.CompanyRegistered(name="Acme"))])
        if known:
            await first.apply([begun])
            begun = self.span(self.contact, adr.ContactRenamed(last_name="Huber"))
        interrupt(first, second, self.span(self.company, adr.CompanyRenamed(name="Zenith")))
        await first.apply([begun])
        found = await first.lines.find_one({"_id": self.contact})
        assert found is not None
        return found["alias"]


def interrupt(applier: AddressBook, other: AddressBook, span: Span) -> None:
    """After the applier has read own sides, and before it writes, the other applies the span."""
    derived = applier.deriver.derived

    async def read_then_wait(streams: Sequence[str]) -> list[Document]:
        lines = await derived(streams)
        applier.deriver.derived = derived
        await other.apply([span])
        return lines

    applier.deriver.derived = read_then_wait


@pytest.mark.parametrize(("known", "alias"), [(True, "Zenith, Huber"), (False, "Zenith, Muster")])
async def test_ali_03_two_that_meet_in_a_line_cannot_undo_each_other(
    database: Database, *, known: bool, alias: str
) -> None:
    assert await Meeting(database).held(known=known) == alias


@pytest.mark.parametrize(("known", "alias"), [(True, "Acme, Huber"), (False, "Acme, Muster")])
async def test_without_compare_and_set_they_would(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, known: bool, alias: str
) -> None:
    def unguarded(line: Document, before: Document | None) -> ReplaceOne[Document]:
        return ReplaceOne({"_id": line["_id"]}, line, upsert=True)

    monkeypatch.setattr(derivation, "guarded", unguarded)
    monkeypatch.setattr(derivation.Deriver, "written", _whatever_came_of_it)
    assert await Meeting(database).held(known=known) == alias


async def _whatever_came_of_it(deriver: derivation.Deriver, writes: Sequence[ReplaceOne[Document]]) -> bool:
    await deriver.lines.bulk_write(writes, ordered=False)
    return True
