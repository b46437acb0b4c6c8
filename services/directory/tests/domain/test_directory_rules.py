"""Rules of users and groups, by their ids."""

from __future__ import annotations

import pytest

from directory.domain import group, user
from directory.domain.group import Group
from directory.domain.user import User
from dossier.contracts.directory import (
    GroupCreated,
    GroupRenamed,
    MemberAdded,
    MemberRemoved,
    UserAdded,
    UserChanged,
    UserDeactivated,
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
