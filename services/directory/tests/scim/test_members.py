"""Changes of members are what the library would make of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies
from scim2_models import Context, PatchOp

from directory.scim.members import applied, parted
from directory.scim.resources import POLICY, Group, Member

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USERS = strategies.sampled_from("abcdef")
LISTS = strategies.lists(USERS, max_size=4).map(lambda users: [{"value": user} for user in users])
OPERATIONS = strategies.one_of(
    strategies.builds(lambda op, value: {"op": op, "path": "members", "value": value}, strategies.just("Add"), LISTS),
    strategies.builds(lambda value: {"op": "replace", "path": "Members", "value": value}, LISTS),
    strategies.builds(lambda user: {"op": "Remove", "path": f'members[value eq "{user}"]'}, USERS),
    strategies.builds(lambda user: {"op": "remove", "path": "members", "value": [{"value": user}]}, USERS),
    strategies.just({"op": "remove", "path": "members"}),
)


@given(strategies.lists(OPERATIONS, min_size=1, max_size=6), strategies.lists(USERS, unique=True))
def test_members_after_any_operations_are_those_that_the_library_finds(
    operations: list[Any], members: list[str]
) -> None:
    sent = {"schemas": [PATCH], "Operations": operations}
    changes, others = parted(sent)
    assert others is None
    group = Group(display_name="Staff", members=[Member(value=each) for each in members])
    patch = PatchOp[Group].model_validate(sent, scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=POLICY)
    patch.patch(group, scim_policy=POLICY)
    assert set(applied(changes, members)) == {each.value for each in group.members or ()}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": 'members[display eq "Eva"]'},
        {"op": "replace", "path": 'members[value eq "a"].display', "value": "Eva"},
        {"op": "add", "path": "members", "value": ["a"]},
        {"op": "add", "path": "members"},
        {"op": "remove", "path": "members", "value": []},
        {"op": "remove", "path": "members", "value": "a"},
        {"op": "add", "value": {"members": "a"}},
    ],
)
def test_what_else_is_done_with_members_is_left_to_the_library(operation: dict[str, Any]) -> None:
    sent = {"Operations": [{"op": "remove", "path": "members"}, operation]}
    assert parted(sent) == ([], sent)


def test_other_operations_stay_with_the_request() -> None:
    rename = {"op": "replace", "path": "displayName", "value": "Team"}
    changes, others = parted({"Operations": [{"op": "remove", "path": "members"}, rename]})
    assert (len(changes), others) == (1, {"Operations": [rename]})
    for unreadable in (None, [], {"Operations": None}, {"Operations": []}):
        assert parted(unreadable) == ([], unreadable)
