"""Lines and effective channels as pure functions: what the oracle says, and equal inputs give equal lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from addresses.domain.book import own_sides
from addresses.domain.book.effective import Source, effective_channels, effective_postal
from addresses.domain.book.lines import derive
from dossier.contracts import RecordedEvent
from oracle.book_oracle import BookOracle
from oracle.book_worlds import ACTIONS, Book, Step, day

NUMBERS = st.integers(0, 7)
STEPS = st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), NUMBERS, NUMBERS, NUMBERS), min_size=30, max_size=120)
PURE = settings(max_examples=150, deadline=None)
TODAY = day(4).isoformat()

Sides = dict[str, dict[str, Any]]


def told(sides: Sides, event: RecordedEvent) -> None:
    """Fold one event, as a view does."""
    folded = own_sides.fold(sides.get(event.stream), event)
    if folded is not None:
        sides[event.stream] = {**folded, "version": event.version}


def lines(sides: Sides) -> Iterator[dict[str, Any]]:
    """All lines, derived anew."""
    settings_changed = {stream: side for stream, side in sides.items() if "alias_with_city" in side and side["shape"]}
    for stream, side in sides.items():
        kind = own_sides.kind_of(stream)
        if kind in own_sides.ADDRESS_KINDS:
            drawn_on = {source: sides[source] for source in side["draws_on"] if source in sides}
            yield derive(stream, side, drawn_on | (settings_changed if kind in ("company", "contact") else {}))


@PURE
@given(steps=STEPS)
def test_ali_01_ali_03_ali_04_aliases_are_what_the_oracle_says(steps: list[Step]) -> None:
    world, sides = Book(steps), Sides()
    for event in world.events:
        told(sides, event)
    oracle = BookOracle(world.events)
    for line in lines(sides):
        if line["sort"] is not None:
            expected = oracle.alias(line["_id"]), oracle.computed(line["_id"])
            assert (line["alias"], line["computed"]) == expected


@PURE
@given(steps=STEPS)
def test_ali_03_equal_inputs_give_equal_lines(steps: list[Step]) -> None:
    """So whoever sees that inputs are the same may leave the line as it is."""
    seen: dict[str, dict[str, Any]] = {}
    sides = Sides()
    for event in Book(steps).events:
        told(sides, event)
        for line in lines(sides):
            known = seen.setdefault(f"{line['_id']} {line['inputs']}", line)
            assert line == known


@PURE
@given(steps=STEPS, private=st.booleans(), asked=st.booleans())
def test_com_06_com_10_pos_03_effective_channels_and_postal_address_are_what_the_oracle_says(
    steps: list[Step], *, private: bool, asked: bool
) -> None:
    world, sides = Book(steps), Sides()
    for event in world.events:
        told(sides, event)
    oracle = BookOracle(world.events)
    for stream in world.addresses:
        own = sides[stream]
        sources = [Source(stream, own["channels"], own["private_channels"] if private else ())]
        for source in own["draws_on"]:
            hidden = sides[source]["private_channels"] if private and asked else ()
            sources.append(Source(source, sides[source]["channels"], hidden))
        found = effective_channels(sources, TODAY)
        expected = oracle.effective(stream, TODAY, private=private, asked=asked)
        assert [(each["lives_on"], each["id"], each["is_default"]) for each in found] == expected
        visible = own["postal"] + (own["private_postal"] if private else [])
        company = next((source for source in own["draws_on"] if source.startswith("company-")), "")
        used = effective_postal(
            sorted(visible, key=lambda each: each["added"]), sides[company]["postal"] if company else [], TODAY
        )
        place = used and (stream if used[1] else company, used[0]["id"])
        assert place == oracle.postal(stream, TODAY, private=private)
