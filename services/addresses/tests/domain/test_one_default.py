"""Whatever happens to channels and postal addresses, there is one default where there is one to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from addresses.domain import channels, person, postal
from addresses.domain.channels import Channel
from addresses.domain.person import Person
from addresses.domain.postal import PostalAddress
from dossier.contracts.addresses import BUILT_IN_KINDS, PersonRegistered, PostalKind
from dossier.contracts.base import Event
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.ids import derived_id

IDS = [derived_id("part", str(number)) for number in range(5)]
ids = st.sampled_from(IDS)
new_channels = st.builds(
    Channel,
    id=ids,
    kind=st.sampled_from("TEX"),
    label=st.just(""),
    value=st.sampled_from("12"),
    normalised=st.just("1"),
    is_default=st.booleans(),
    private=st.booleans(),
    valid_from=st.none(),
    valid_to=st.none(),
)
kinds: st.SearchStrategy[PostalKind] = st.sampled_from(["visit", "private"])
new_addresses = st.builds(
    PostalAddress, id=ids, kind=kinds, city=st.sampled_from("AB"), country=st.just("CH"), is_default=st.booleans()
)
commands = st.one_of(
    st.tuples(st.just("add"), new_channels),
    st.tuples(st.sampled_from(["change", "remove", "set_default"]), ids),
)
postal_commands = st.one_of(
    st.tuples(st.just("add"), new_addresses),
    st.tuples(st.sampled_from(["change", "remove", "set_default"]), ids),
)


def after(state: Person, events: Iterable[Event]) -> Person:
    return reduce(person.evolve, events, state)


def on_channels(state: Person, name: str, what: Any) -> Sequence[Event]:
    match name:
        case "add":
            return channels.add(state.channels, what, private_allowed=True)
        case "change":
            return channels.change(state.channels, replace(channels.find(state.channels, what), value="3"))
        case "remove":
            return channels.remove(state.channels, what)
        case _:
            return channels.set_default(state.channels, what)


def on_postal(state: Person, name: str, what: Any) -> Sequence[Event]:
    own = state.postal_addresses
    match name:
        case "add":
            return postal.add(own, what, private_allowed=True)
        case "change":
            return postal.change(own, replace(postal.find(own, what), city="C"))
        case "remove":
            return postal.remove(own, what)
        case _:
            return postal.set_default(own, what)


EVA = after(Person(), [PersonRegistered(last_name="Muster")])


def one_default_per_built_in_letter(own: Iterable[Channel]) -> bool:
    by_kind: dict[str, list[bool]] = {}
    for channel in own:
        by_kind.setdefault(channel.kind, []).append(channel.is_default)
    return all(sum(flags) == (kind in BUILT_IN_KINDS) for kind, flags in by_kind.items())


@given(st.lists(commands, max_size=30))
def test_com_02_03_05_one_default_per_built_in_letter_after_any_commands(todo: list[tuple[str, Any]]) -> None:
    state = EVA
    for name, what in todo:
        with suppress(RuleViolation, NotFound):
            state = after(state, on_channels(state, name, what))
        assert one_default_per_built_in_letter(state.channels)
        assert one_default_per_built_in_letter(channels.without_private(state.channels))


@given(st.lists(postal_commands, max_size=30))
def test_pos_01_one_default_postal_address_after_any_commands(todo: list[tuple[str, Any]]) -> None:
    state = EVA
    for name, what in todo:
        with suppress(RuleViolation, NotFound):
            state = after(state, on_postal(state, name, what))
        for own in (state.postal_addresses, postal.without_private(state.postal_addresses)):
            assert sum(address.is_default for address in own) == bool(own)


@given(st.lists(commands, max_size=20))
def test_a_repeated_command_on_channels_changes_nothing(todo: list[tuple[str, Any]]) -> None:
    state = EVA
    for name, what in todo:
        with suppress(RuleViolation, NotFound):
            state = after(state, on_channels(state, name, what))
            with suppress(NotFound):
                assert on_channels(state, name, what) == []
