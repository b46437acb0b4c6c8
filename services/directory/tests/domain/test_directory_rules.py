"""Rules of users and groups, by their ids."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies

from directory.domain import group, user
from directory.domain.group import Group
from directory.domain.user import User
from dossier.contracts.directory import (
    DeputyAppointed,
    DeputyDismissed,
    GroupCreated,
    GroupDeactivated,
    GroupIdentityChanged,
    GroupReactivated,
    GroupRenamed,
    LeaderAppointed,
    LeaderDismissed,
    MemberAdded,
    MemberRemoved,
    UserAdded,
    UserChanged,
    UserDeactivated,
    UserIdentityChanged,
    UserReactivated,
)
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios

users = Scenarios(User, user.evolve)
groups = Scenarios(Group, group.evolve)
EVA = UserAdded(name="Eva Muster", email="eva@office.example", time_zone="Europe/Zurich", person=new_id())
PARTNERS = GroupCreated(name="Partners")


def test_a_user_is_added_once() -> None:
    once = users.given().when(lambda u: user.add(u, EVA)).then(EVA)
    once.when(lambda u: user.add(u, EVA)).then()
    other = EVA.model_copy(update={"name": "Max"})
    once.when(lambda u: user.add(u, other)).refused("STA-03", "id")


def test_sta_03_users_and_groups_need_a_name() -> None:
    users.given().when(lambda u: user.add(u, UserAdded(name=" "))).refused("STA-03", "name")
    users.given(EVA).when(lambda u: user.change(u, {"name": ""})).refused("STA-03", "name")
    groups.given().when(lambda g: group.create(g, " ")).refused("STA-03", "name")
    groups.given(PARTNERS).when(lambda g: group.rename(g, "")).refused("STA-03", "name")


def test_only_the_facts_that_differ_change() -> None:
    facts = {"name": "Eva Huber", "email": "eva@office.example", "person": None}
    changed = users.given(EVA).when(lambda u: user.change(u, facts)).then(UserChanged(name="Eva Huber", person=None))
    assert (changed.state.name, changed.state.person, changed.state.email) == ("Eva Huber", None, "eva@office.example")
    changed.when(lambda u: user.change(u, facts)).then()


def test_a_user_leaves_and_comes_back() -> None:
    gone = users.given(EVA).when(user.deactivate).then(UserDeactivated())
    gone.when(user.deactivate).then()
    back = gone.when(user.reactivate).then(UserReactivated())
    assert back.state.is_active
    back.when(user.reactivate).then()


def test_a_group_is_created_once_and_renamed() -> None:
    once = groups.given().when(lambda g: group.create(g, "Partners ")).then(PARTNERS)
    once.when(lambda g: group.create(g, "Partners")).then()
    once.when(lambda g: group.create(g, "Juniors")).refused("STA-03", "id")
    renamed = once.when(lambda g: group.rename(g, "Owners")).then(GroupRenamed(name="Owners"))
    renamed.when(lambda g: group.rename(g, "Owners")).then()


def test_rgt_01_users_join_and_leave_groups() -> None:
    eva, max_ = new_id(), new_id()
    joined = groups.given(PARTNERS, MemberAdded(user=max_)).when(lambda g: group.add_member(g, eva))
    both = joined.then(MemberAdded(user=eva))
    assert both.state.members == (max_, eva)
    both.when(lambda g: group.add_member(g, eva)).then()
    left = both.when(lambda g: group.remove_member(g, max_)).then(MemberRemoved(user=max_))
    assert left.state.members == (eva,)
    left.when(lambda g: group.remove_member(g, max_)).then()


def test_rgt_09_a_group_has_any_number_of_leaders() -> None:
    eva, max_ = new_id(), new_id()
    both = groups.given(PARTNERS, LeaderAppointed(user=max_)).when(lambda g: group.appoint_leader(g, eva))
    led = both.then(LeaderAppointed(user=eva))
    assert (led.state.leaders, led.state.members) == ((max_, eva), ())
    led.when(lambda g: group.appoint_leader(g, eva)).then()
    left = led.when(lambda g: group.dismiss_leader(g, max_)).then(LeaderDismissed(user=max_))
    left.when(lambda g: group.dismiss_leader(g, max_)).then()


def test_rgt_09_a_deputy_is_appointed_with_days_and_again_with_others() -> None:
    own, deputy = new_id(), new_id()
    july = DeputyAppointed(deputy=deputy, first_day=date(2026, 7, 1), last_day=date(2026, 7, 14))
    away = users.given(EVA).when(lambda u: user.appoint_deputy(u, own, july)).then(july)
    away.when(lambda u: user.appoint_deputy(u, own, july)).then()
    for_ever = DeputyAppointed(deputy=deputy)
    longer = away.when(lambda u: user.appoint_deputy(u, own, for_ever)).then(for_ever)
    assert longer.state.deputies == (for_ever,)
    gone = longer.when(lambda u: user.dismiss_deputy(u, deputy)).then(DeputyDismissed(deputy=deputy))
    gone.when(lambda u: user.dismiss_deputy(u, deputy)).then()


def test_rgt_09_several_deputies_stand_in_at_the_same_time() -> None:
    one, other = DeputyAppointed(deputy=new_id()), DeputyAppointed(deputy=new_id(), last_day=date(2026, 7, 14))
    both = users.given(EVA, one).when(lambda u: user.appoint_deputy(u, new_id(), other)).then(other)
    assert all(both.state.is_represented_by(each.deputy, date(2026, 7, 14)) for each in (one, other))


def test_rgt_09_nobody_stands_in_for_themselves_and_no_stand_in_ends_before_it_begins() -> None:
    own = new_id()
    users.given(EVA).when(lambda u: user.appoint_deputy(u, own, DeputyAppointed(deputy=own))).refused(
        "RGT-09", "deputy"
    )
    backwards = DeputyAppointed(deputy=new_id(), first_day=date(2026, 7, 2), last_day=date(2026, 7, 1))
    users.given(EVA).when(lambda u: user.appoint_deputy(u, own, backwards)).refused("RGT-09", "last_day")


DAYS = strategies.dates(date(2026, 1, 1), date(2026, 1, 20))


@given(strategies.none() | DAYS, strategies.integers(0, 9) | strategies.none(), DAYS)
def test_rgt_09_both_days_belong_to_the_time_and_what_is_not_said_is_open(
    first: date | None, length: int | None, day: date
) -> None:
    deputy = new_id()
    last = None if length is None else (first or date(2026, 1, 1)) + timedelta(days=length)
    state = users.given(EVA, DeputyAppointed(deputy=deputy, first_day=first, last_day=last)).state
    within = (first or date.min) <= day <= (last or date.max)
    assert state.is_represented_by(deputy, day) == within
    assert not state.is_represented_by(new_id(), day)


def test_a_group_is_offered_no_longer_and_again_with_its_members() -> None:
    eva = new_id()
    gone = groups.given(PARTNERS, MemberAdded(user=eva)).when(group.deactivate).then(GroupDeactivated())
    assert (gone.state.is_active, gone.state.members) == (False, (eva,))
    gone.when(group.deactivate).then()
    gone.when(group.reactivate).then(GroupReactivated()).when(group.reactivate).then()


def test_the_identity_provider_names_a_user_and_lets_the_user_go() -> None:
    named = UserIdentityChanged(user_name="eva@office.example", external_id="0", given_name="Eva", family_name=None)
    known = users.given(EVA).when(lambda u: user.identify(u, named))
    given = known.then(UserIdentityChanged(user_name="eva@office.example", external_id="0", given_name="Eva"))
    assert given.state.is_provisioned
    given.when(lambda u: user.identify(u, named)).then()
    nothing = UserIdentityChanged(user_name=None, external_id=None, given_name=None)
    gone = given.when(user.withdraw).then(UserDeactivated(), nothing)
    assert not gone.state.is_provisioned
    gone.when(user.withdraw).then()


def test_the_identity_provider_makes_a_group_and_lets_it_go() -> None:
    eva = new_id()
    made = groups.given().when(lambda g: group.provision(g, "Partners", [eva], "0"))
    given = made.then(PARTNERS, GroupIdentityChanged(external_id="0"), MemberAdded(user=eva))
    given.when(lambda g: group.provision(g, "Partners", [eva], "0")).then()
    forgotten = GroupIdentityChanged(external_id=None)
    gone = given.when(group.withdraw).then(forgotten, MemberRemoved(user=eva), GroupDeactivated())
    gone.when(group.withdraw).then()
    gone.when(lambda g: group.provision(g, "Owners", [], None)).then(GroupReactivated(), GroupRenamed(name="Owners"))


def test_a_list_makes_a_user_what_it_says_and_again_changes_nothing() -> None:
    given = users.given().when(lambda u: user.bring_to(u, EVA, is_active=False)).then(EVA, UserDeactivated())
    given.when(lambda u: user.bring_to(u, EVA, is_active=False)).then()
    huber = EVA.model_copy(update={"name": "Eva Huber"})
    given.when(lambda u: user.bring_to(u, huber, is_active=True)).then(UserChanged(name="Eva Huber"), UserReactivated())


def test_a_list_makes_a_group_what_it_says_and_again_changes_nothing() -> None:
    eva, max_, lea = new_id(), new_id(), new_id()
    first = groups.given().when(lambda g: group.bring_to(g, "Partners", [eva, max_, eva]))
    given = first.then(PARTNERS, MemberAdded(user=eva), MemberAdded(user=max_))
    given.when(lambda g: group.bring_to(g, "Partners", [max_, eva])).then()
    given.when(lambda g: group.bring_to(g, "Owners", [eva, lea])).then(
        GroupRenamed(name="Owners"), MemberAdded(user=lea), MemberRemoved(user=max_)
    )


def test_an_event_of_the_other_aggregate_is_refused() -> None:
    with pytest.raises(TypeError):
        users.given(EVA, PARTNERS)
    with pytest.raises(TypeError):
        groups.given(PARTNERS, EVA)
