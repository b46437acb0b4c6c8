"""Rules of communication channels, by their ids."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from addresses.domain import channels
from addresses.domain.channels import Channel
from addresses.domain.company import Company
from addresses.domain.company import evolve as evolve_company
from addresses.domain.person import Person
from addresses.domain.person import evolve as evolve_person
from dossier.contracts.addresses import (
    ChannelAdded,
    ChannelChanged,
    ChannelKind,
    ChannelRemoved,
    CompanyRegistered,
    DefaultChannelSet,
    PersonRegistered,
)
from dossier.ids import new_id
from dossier.testing.gwt import Given, Scenarios

ACME = CompanyRegistered(name="Acme")
EVA = PersonRegistered(last_name="Muster")
companies = Scenarios(Company, evolve_company)
persons = Scenarios(Person, evolve_person)


def channel(kind: ChannelKind, value: str, *, is_default: bool = False, private: bool = False) -> Channel:
    return Channel(new_id(), kind, "", value, value.lower(), is_default, private, None, None)


def added(new: Channel, *, is_default: bool) -> ChannelAdded:
    return ChannelAdded(
        channel_id=new.id,
        kind=new.kind,
        label=new.label,
        value=new.value,
        normalised=new.normalised,
        is_default=is_default,
        private=new.private,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
    )


MAIN, BRANCH, FAX = channel("T", "+41 44 000 00 00"), channel("T", "+41 44 111 11 11"), channel("F", "+41 44 2")


def with_two_numbers() -> Given[Company]:
    return companies.given(ACME, added(MAIN, is_default=True), added(BRANCH, is_default=False))


def defaults(given: Given[Company]) -> list[str]:
    return [channel.id for channel in given.state.channels if channel.is_default]


def test_com_01_any_number_of_channels_of_one_type() -> None:
    given = with_two_numbers().when(lambda c: channels.add(c.channels, FAX, private_allowed=False))
    assert len(given.then(added(FAX, is_default=True)).state.channels) == 3


def test_com_01_adding_the_same_channel_again_changes_nothing() -> None:
    again = with_two_numbers()
    again.when(lambda c: channels.add(c.channels, MAIN, private_allowed=False)).then()
    other = replace(MAIN, value="+41 44 999 99 99")
    again.when(lambda c: channels.add(c.channels, other, private_allowed=False)).refused("COM-01", "id")


def test_com_01_the_last_day_is_not_before_the_first() -> None:
    backwards = replace(FAX, valid_from=date(2024, 2, 1), valid_to=date(2024, 1, 1))
    given = with_two_numbers()
    given.when(lambda c: channels.add(c.channels, backwards, private_allowed=False)).refused("COM-01", "valid_to")
    changed = replace(backwards, id=MAIN.id)
    given.when(lambda c: channels.change(c.channels, changed)).refused("COM-01", "valid_to")


def test_com_02_a_second_default_of_a_letter_moves_the_flag() -> None:
    given = with_two_numbers()
    moved = given.when(lambda c: channels.set_default(c.channels, BRANCH.id)).then(
        DefaultChannelSet(channel_id=BRANCH.id)
    )
    assert defaults(moved) == [BRANCH.id]
    moved.when(lambda c: channels.set_default(c.channels, BRANCH.id)).then()
    third = channel("T", "+41 44 3", is_default=True)
    taken = moved.when(lambda c: channels.add(c.channels, third, private_allowed=False))
    assert defaults(taken.then(added(third, is_default=True))) == [third.id]


def test_com_02_each_letter_has_its_own_default() -> None:
    given = with_two_numbers().when(lambda c: channels.add(c.channels, FAX, private_allowed=False))
    assert defaults(given.then(added(FAX, is_default=True))) == [MAIN.id, FAX.id]


def test_com_05_the_only_one_of_a_letter_is_the_default() -> None:
    given = companies.given(ACME).when(lambda c: channels.add(c.channels, MAIN, private_allowed=False))
    assert defaults(given.then(added(MAIN, is_default=True))) == [MAIN.id]


def test_com_05_when_the_default_goes_another_takes_over() -> None:
    given = with_two_numbers()
    left = given.when(lambda c: channels.remove(c.channels, MAIN.id)).then(
        ChannelRemoved(channel_id=MAIN.id, new_default=BRANCH.id)
    )
    assert defaults(left) == [BRANCH.id]
    none = left.when(lambda c: channels.remove(c.channels, BRANCH.id)).then(
        ChannelRemoved(channel_id=BRANCH.id, new_default=None)
    )
    assert none.state.channels == ()
    given.when(lambda c: channels.remove(c.channels, BRANCH.id)).then(
        ChannelRemoved(channel_id=BRANCH.id, new_default=None)
    )


def test_com_07_a_channel_is_changed_where_it_lives() -> None:
    changed = replace(MAIN, label="reception", is_default=True)
    given = with_two_numbers()
    event = ChannelChanged(
        channel_id=MAIN.id,
        label="reception",
        value=MAIN.value,
        normalised=MAIN.normalised,
        valid_from=None,
        valid_to=None,
    )
    after = given.when(lambda c: channels.change(c.channels, changed)).then(event)
    after.when(lambda c: channels.change(c.channels, changed)).then()
    given.when(lambda c: channels.change(c.channels, channel("T", "1"))).not_found()
    given.when(lambda c: channels.remove(c.channels, new_id())).not_found()


def test_con_06_private_channels_belong_to_the_person() -> None:
    home = channel("E", "eva@home.example", private=True)
    refused = companies.given(ACME).when(lambda c: channels.add(c.channels, home, private_allowed=False))
    refused.refused("CON-06", "private")
    allowed = persons.given(EVA).when(lambda p: channels.add(p.channels, home, private_allowed=True))
    allowed.then(added(home, is_default=True))


def test_com_10_without_the_right_nothing_gives_away_a_private_channel() -> None:
    home = channel("E", "eva@home.example", private=True)
    public, second = channel("E", "eva@office.example"), channel("E", "eva@club.example")
    eva = persons.given(EVA, added(home, is_default=True), added(public, is_default=False)).state
    assert channels.without_private(eva.channels) == (replace(public, is_default=True),)
    three = persons.given(EVA, *(added(new, is_default=new is second) for new in (home, public, second))).state
    assert [(c.id, c.is_default) for c in channels.without_private(three.channels)] == [
        (public.id, False),
        (second.id, True),
    ]
