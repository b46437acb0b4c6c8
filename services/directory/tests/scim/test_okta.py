"""What Okta sends, in the shapes that its documentation shows."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.principals import directory_id
from dossier.ids import new_id

pytestmark = pytest.mark.backends

OKTA_USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "test.user@okta.local",
    "name": {"givenName": "Test", "familyName": "User"},
    "emails": [{"primary": True, "value": "test.user@okta.example", "type": "work"}],
    "displayName": "Test User",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}


async def test_a_user_is_looked_for_and_created_without_the_password(provider: Any) -> None:
    path = '/Users?filter=userName eq "test.user@okta.local"&startIndex=1&count=100'
    assert (await provider.ask("GET", path, expect=200)).json()["totalResults"] == 0
    user = (await provider.ask("POST", "/Users", OKTA_USER, 201)).json()
    assert user["id"] == directory_id("user", "00ujl29u0le5T6Aj10h7"), "`uid` of the access tokens leads to the id"
    assert "password" not in user
    assert "1mz050nq" not in str([document async for document in provider.service.store.commits.find({})])
    again = await provider.ask("POST", "/Users", OKTA_USER, 409)
    assert again.json()["scimType"] == "uniqueness"


async def test_a_profile_is_put_and_deactivation_is_a_patch_without_a_path(provider: Any) -> None:
    user = (await provider.ask("POST", "/Users", OKTA_USER, 201)).json()
    path = f"/Users/{user['id']}"
    sent = OKTA_USER | {"id": user["id"], "name": {"givenName": "Another", "middleName": "E.", "familyName": "User"}}
    del sent["displayName"]
    put = (await provider.ask("PUT", path, sent | {"meta": user["meta"]}, 200)).json()
    assert put["name"] == {"givenName": "Another", "familyName": "User"}
    shown = (await provider.service.call("GET", f"/v1{path.lower()}", expect=200)).json()
    assert shown["name"] == "Another User", "without a display name the name is made of its parts"
    gone = await provider.patch(path, {"op": "replace", "value": {"active": False}}, expect=200)
    assert gone.json()["active"] is False
    assert await provider.found("Users", "active eq false") == [user["id"]]
    back = await provider.ask("PUT", path, sent, 200)
    assert back.json()["active"] is True


async def test_a_put_without_a_time_zone_keeps_the_one_that_was_chosen(provider: Any) -> None:
    user = await provider.user("eva", timezone="Europe/Vienna")
    body = {key: user[key] for key in ("schemas", "userName", "externalId")}
    assert (await provider.ask("PUT", f"/Users/{user['id']}", body, 200)).json()["timezone"] == "Europe/Vienna"


async def test_a_group_is_pushed_renamed_and_replaced(provider: Any) -> None:
    eva, max_ = (await provider.user("eva"))["id"], (await provider.user("max"))["id"]
    group = await provider.group("Test SCIMv2")
    assert group["id"] == directory_id("group", "Test SCIMv2"), "groups in tokens are names"
    path = f"/Groups/{group['id']}"
    renamed = {"op": "replace", "value": {"id": group["id"], "displayName": "Test SCIMv3"}}
    await provider.patch(path, renamed, expect=204)
    joined = {"op": "add", "path": "members", "value": [{"value": eva, "display": "eva@office.example"}]}
    left = {"op": "remove", "path": f'members[value eq "{max_}"]'}
    await provider.patch(path, left, joined, expect=204)
    await provider.patch(path, joined, expect=204)
    assert await provider.members(group["id"]) == [eva]
    whole = {"op": "replace", "path": "members", "value": [{"value": max_, "display": "max@office.example"}]}
    await provider.patch(path, whole, expect=204)
    assert await provider.members(group["id"]) == [max_]
    body = {"schemas": group["schemas"], "id": group["id"], "displayName": "Test SCIMv3", "members": [{"value": eva}]}
    put = (await provider.ask("PUT", path, body, 200)).json()
    assert (put["displayName"], [each["value"] for each in put["members"]]) == ("Test SCIMv3", [eva])
    told = (await provider.ask("GET", f"/Users/{eva}", expect=200)).json()["groups"]
    assert [(each["value"], each["display"]) for each in told] == [(group["id"], "Test SCIMv3")]


async def test_an_import_pages_through_everybody(provider: Any) -> None:
    users = {(await provider.user(f"user{number}"))["id"] for number in range(5)}
    seen: list[str] = []
    for start in (1, 3, 5, 7):
        page = (await provider.ask("GET", f"/Users?startIndex={start}&count=2", expect=200)).json()
        assert (page["totalResults"], page["startIndex"]) == (5, start)
        assert page["itemsPerPage"] == len(page["Resources"])
        seen += [each["id"] for each in page["Resources"]]
    assert (set(seen), len(seen)) == (users, 5)
    assert (await provider.ask("GET", "/Users?count=0", expect=200)).json()["totalResults"] == 5
    names = (await provider.ask("GET", "/Users?sortBy=userName&sortOrder=descending", expect=200)).json()["Resources"]
    assert [each["userName"] for each in names] == [f"user{number}" for number in (4, 3, 2, 1, 0)]


async def test_users_and_groups_that_were_there_before_are_taken_over(provider: Any) -> None:
    administrator = provider.service.tokens.administrator()
    by_hand = {"id": "00ujl29u0le5T6Aj10h7", "name": "By Hand", "person": (person := new_id())}
    user = (await provider.service.call("POST", "/v1/users", by_hand, token=administrator, expect=201)).json()["id"]
    await provider.ask("GET", f"/Users/{user}", expect=404)
    assert (await provider.ask("POST", "/Users", OKTA_USER, 201)).json()["id"] == user
    shown = (await provider.service.call("GET", f"/v1/users/{user}", expect=200)).json()
    assert (shown["name"], shown["person"]) == ("Test User", person)
    made = await provider.service.call("POST", "/v1/groups", {"name": "Staff"}, token=administrator, expect=201)
    group = made.json()["id"]
    assert await provider.found("Groups", 'displayName eq "Staff"') == [group]
    await provider.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user}]}, expect=204)
    assert await provider.members(group) == [user]
