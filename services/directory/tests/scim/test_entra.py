"""What Entra ID sends, in the shapes that its documentation shows."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.principals import directory_id
from dossier.ids import new_id

pytestmark = pytest.mark.backends

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OBJECT = "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"
TEST_USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
    "externalId": OBJECT,
    "userName": "Test_User_ab6490ee",
    "active": True,
    "displayName": "Test User",
    "emails": [{"primary": True, "type": "work", "value": "Test_User@testuser.com"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
    "title": "Clerk",
    ENTERPRISE: {"department": "Sales"},
    "roles": [],
}


async def test_the_connection_is_tested_with_a_user_who_is_not_there(provider: Any) -> None:
    path = f'/Users?filter=userName eq "{new_id()}"'
    answer = (await provider.ask("GET", path, expect=200)).json()
    assert answer == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0,
        "startIndex": 1,
        "itemsPerPage": 0,
        "Resources": [],
    }
    assert (await provider.ask("GET", f"{path}&aadOptscim062020=true", expect=200)).json() == answer


async def test_a_user_is_created_found_changed_and_deactivated(provider: Any) -> None:
    created = await provider.ask("POST", "/Users", TEST_USER, 201)
    user = created.json()
    assert user["id"] == OBJECT, "what tokens name the user by is the id"
    assert created.headers["Location"] == user["meta"]["location"] == f"http://service.test/scim/v2/Users/{OBJECT}"
    assert await provider.found("Users", 'userName eq "TEST_USER_AB6490EE"') == [OBJECT]
    assert await provider.found("Users", f'externalId eq "{OBJECT}"') == [OBJECT]
    assert await provider.found("Users", 'emails[type eq "work" and value eq "test_user@testuser.com"]') == [OBJECT]
    changed = await provider.patch(
        f"/Users/{OBJECT}",
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "updated@testuser.com"},
        {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Buying"},
        {"op": "Add", "path": 'addresses[type eq "work"].country', "value": "CH"},
        expect=200,
    )
    assert changed.json()["emails"] == [{"value": "updated@testuser.com", "type": "work"}]
    assert changed.json()["name"] == {"givenName": "givenName", "familyName": "updatedFamilyName"}
    gone = await provider.patch(f"/Users/{OBJECT}", {"op": "Replace", "path": "active", "value": "False"}, expect=200)
    assert gone.json()["active"] is False
    shown = (await provider.service.call("GET", f"/v1/users/{OBJECT}", expect=200)).json()
    assert (shown["name"], shown["email"], shown["is_active"]) == ("Test User", "updated@testuser.com", False)
    back = await provider.patch(f"/Users/{OBJECT}", {"op": "Replace", "path": "active", "value": "True"}, expect=200)
    assert back.json()["active"] is True


async def test_several_attributes_come_in_one_value_with_paths_as_keys(provider: Any) -> None:
    user = await provider.user("eva", displayName="Eva")
    value = {"name.givenName": "Eva", 'emails[type eq "work"].value': "eva@office.example", "displayName": "E. M."}
    changed = await provider.patch(f"/Users/{user['id']}", {"op": "Add", "value": value}, expect=200)
    told = changed.json()
    assert (told["displayName"], told["name"]["givenName"]) == ("E. M.", "Eva")
    assert told["emails"] == [{"value": "eva@office.example", "type": "work"}]


async def test_what_is_the_same_already_is_not_written_again(provider: Any) -> None:
    user = await provider.user("eva", title="Clerk")
    again = await provider.patch(
        f"/Users/{user['id']}",
        {"op": "Replace", "path": "title", "value": "Partner"},
        {"op": "Replace", "path": "userName", "value": "eva"},
        expect=200,
    )
    assert again.json()["meta"] == user["meta"]


async def test_a_group_and_its_members(provider: Any) -> None:
    eva, max_ = (await provider.user("eva"))["id"], (await provider.user("max"))["id"]
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "displayName": "Staff",
        "meta": {"resourceType": "Group"},
    }
    group = (await provider.ask("POST", "/Groups", body, 201)).json()["id"]
    assert group == body["externalId"]
    assert await provider.found("Groups", 'displayName eq "staff"') == [group]
    both = [{"$ref": None, "value": eva}, {"$ref": None, "value": max_}]
    added = await provider.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": both}, expect=204)
    assert added.content == b""
    assert await provider.members(group) == [eva, max_]
    assert await provider.found("Groups", f'id eq "{group}" and members eq "{eva}"') == [group]
    assert await provider.found("Groups", f'members[value eq "{max_}"]') == [group]
    alone = (await provider.ask("GET", f"/Groups/{group}?excludedAttributes=members", expect=200)).json()
    assert "members" not in alone
    taken = {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": eva}]}
    await provider.patch(f"/Groups/{group}", taken, expect=204)
    assert await provider.members(group) == [max_]
    assert await provider.found("Groups", f'id eq "{group}" and members eq "{eva}"') == []
    await provider.patch(f"/Groups/{group}", {"op": "Remove", "path": f'members[value eq "{max_}"]'}, expect=204)
    assert await provider.members(group) == []
    await provider.patch(f"/Groups/{group}", {"op": "Replace", "path": "displayName", "value": "Team"}, expect=204)
    assert (await provider.ask("GET", f"/Groups/{group}", expect=200)).json()["displayName"] == "Team"


async def test_who_is_deleted_is_gone_here_and_deactivated_there_until_it_is_created_again(provider: Any) -> None:
    await provider.ask("POST", "/Users", TEST_USER, 201)
    await provider.ask("DELETE", f"/Users/{OBJECT}", expect=204)
    for method in ("GET", "DELETE", "PUT", "PATCH"):
        await provider.ask(method, f"/Users/{OBJECT}", TEST_USER, 404)
    assert await provider.found("Users", "active pr") == []
    kept = (await provider.service.call("GET", f"/v1/users/{OBJECT}", expect=200)).json()
    assert (kept["name"], kept["is_active"]) == ("Test User", False)
    other = await provider.user("test_user_ab6490ee")
    taken = (await provider.ask("POST", "/Users", TEST_USER, 409)).json()
    assert (taken["status"], taken["scimType"]) == ("409", "uniqueness")
    await provider.ask("DELETE", f"/Users/{other['id']}", expect=204)
    assert (await provider.ask("POST", "/Users", TEST_USER, 201)).json()["id"] == OBJECT


async def test_a_deleted_group_is_empty_and_no_longer_offered_until_it_is_created_again(provider: Any) -> None:
    eva = (await provider.user("eva"))["id"]
    group = (await provider.group("Staff", eva, externalId="s-1"))["id"]
    await provider.ask("DELETE", f"/Groups/{group}", expect=204)
    await provider.ask("GET", f"/Groups/{group}", expect=404)
    assert await provider.found("Groups", 'displayName eq "Staff"') == []
    kept = (await provider.service.call("GET", f"/v1/groups/{group}", expect=200)).json()
    assert (kept["is_active"], kept["members"]) == (False, [])
    again = await provider.group("Staff", eva, externalId="s-1")
    assert (again["id"], [each["value"] for each in again["members"]]) == (directory_id("group", "s-1"), [eva])
