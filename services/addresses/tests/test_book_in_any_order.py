"""The address book, whatever order its events come in, ends in the same bytes, and in what the oracle says."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addresses.views import book as projection
from addresses.views import derivation
from addresses.views.book import AddressBook
from addresses.views.pages import Pages, Reader
from addresses.views.search import Search, Wanted
from dossier.contracts import RecordedEvent
from dossier.mongo import Database
from oracle.book_dump import attached, dump
from oracle.book_oracle import BookOracle
from oracle.book_worlds import ACTIONS, QUERIES, Book, Step, day
from oracle.delivery import Delivery

pytestmark = [pytest.mark.backends, pytest.mark.slow]

NUMBERS = st.integers(0, 7)
STEPS = st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), NUMBERS, NUMBERS, NUMBERS), min_size=40, max_size=100)
TODAY = day(4).isoformat()
READERS = [Reader(TODAY), Reader(TODAY, private=True), Reader(TODAY, private=True, asked=True)]
GENERATIONS = count(1)
UNHURRIED = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


async def delivered(database: Database, events: list[RecordedEvent], seed: str) -> AddressBook:
    """A book that got the events in some order, several times, through crashes."""
    generation = next(GENERATIONS)
    await attached(database, generation)

    def make() -> Any:
        book = AddressBook()
        book.attach(database, generation)
        return book

    delivery = Delivery(make, events, Random(seed))
    await delivery.run(batch=12)
    return delivery.projection  # type: ignore[return-value]


@UNHURRIED
@given(steps=STEPS, seed=st.integers(0, 1_000_000))
async def test_ali_03_com_07_any_order_ends_in_the_same_bytes_and_as_the_oracle_says(
    database: Database, steps: list[Step], seed: int
) -> None:
    world = Book(steps)
    first = await delivered(database, world.events, f"{seed} first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "INLINE", 1)  # many changes are jobs of several chunks
        patch.setattr(projection, "CHUNK", 4)
        patch.setattr(derivation, "LOT", 2)  # and chunks of several lots
        second = await delivered(database, world.events, f"{seed} second")
    assert await dump(first) == await dump(second)
    await assert_as_the_oracle_says(first, BookOracle(world.events))


async def assert_as_the_oracle_says(book: AddressBook, oracle: BookOracle) -> None:
    lines = {line["_id"]: line for line in await book.lines.find({}).to_list(None)}
    assert lines.keys() == oracle.entries.keys()
    for stream, entry in oracle.entries.items():
        if not entry.deleted:
            line = lines[stream]
            assert (line["alias"], line["computed"]) == (oracle.alias(stream), oracle.computed(stream))
            await assert_reached(book, oracle, stream)
    for typed, folded in QUERIES.items():
        for inactive in (False, True):
            wanted = Wanted(today=TODAY, text=typed, inactive=inactive)
            for order in ("alias", "relevance"):
                found = await Search(book).listed(wanted, order, None, 1_000)  # type: ignore[arg-type]
                assert len(found) == len({line["_id"] for line in found})
                assert {line["_id"] for line in found} == oracle.found(folded, TODAY, inactive=inactive), typed


async def assert_reached(book: AddressBook, oracle: BookOracle, stream: str) -> None:
    """Effective channels, their defaults, and the postal address in use, for each kind of reader."""
    for reader in READERS:
        page = await Pages(book, reader).page(stream)
        channels = [
            (f"{c['lives_on']['type']}-{c['lives_on']['id']}", c["id"], c["is_default"]) for c in page["channels"]
        ]
        assert channels == oracle.effective(stream, TODAY, private=reader.private, asked=reader.asked)
        assert await Pages(book, reader).channels(stream) == page["channels"]
        used = page["postal_address"]
        assert (used and (place(used), used["id"])) == oracle.postal(stream, TODAY, private=reader.private)


def place(item: dict[str, Any]) -> str:
    return f"{item['lives_on']['type']}-{item['lives_on']['id']}"
