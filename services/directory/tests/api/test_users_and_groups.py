"""Users and groups over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.groups import HR, PARTNERS
from dossier.auth.guard import assert_every_route_has_a_rule, routes
from dossier.auth.principals import directory_id
from dossier.ids import derived_id, new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

ID = derived_id("test", "nobody")
EVA = {"name": "Eva Muster", "email": "Eva@Office.example", "time_zone": "Europe/Vienna"}


async def administer(service: ServiceUnderTest, method: str, path: str, body: Any = None, **more: Any) -> Any:
    return await service.call(method, path, body, token=service.tokens.administrator(), **more)


async def test_a_user_is_made_known_changed_and_read(directory: ServiceUnderTest) -> None:
    person = new_id()
    path = (await administer(directory, "POST", "/v1/users", {**EVA, "person": person}, expect=201)).headers["Location"]
    found = (await directory.call("GET", path, expect=200)).json()
    assert found == {
        "type": "user",
        "id": path.rpartition("/")[2],
        "name": "Eva Muster",
        "email": "eva@office.example",
        "time_zone": "Europe/Vienna",
        "person": person,
        "is_active": True,
        "deputies": [],
        "represents": [],
    }
    await administer(directory, "PATCH", path, {"name": "Eva Huber", "person": None}, expect=200)
    await administer(directory, "POST", f"{path}/deactivate", expect=200)
    found = (await directory.call("GET", path, expect=200)).json()
    assert (found["name"], found["person"], found["email"]) == ("Eva Huber", None, "eva@office.example")
    assert found["is_active"] is False
    await administer(directory, "POST", f"{path}/reactivate", expect=200)


async def test_sta_03_a_mail_address_of_another_user_is_warned_of(directory: ServiceUnderTest) -> None:
    first = (await administer(directory, "POST", "/v1/users", EVA, expect=201)).json()
    assert first["warnings"] == []
    second = (await administer(directory, "POST", "/v1/users", {**EVA, "name": "Eva II"}, expect=201)).json()
    (warning,) = second["warnings"]
    assert (warning["rule"], warning["names"]) == ("unique-email", {first["id"]: "Eva Muster"})
    path = f"/v1/users/{second['id']}"
    for change, users in (
        ({"email": "eva@beta.example"}, []),
        ({"name": "Eva III"}, []),
        ({"email": "EVA@office.example"}, [[first["id"]]]),
        ({"email": None}, []),
    ):
        changed = (await administer(directory, "PATCH", path, change, expect=200)).json()
        assert [each["users"] for each in changed["warnings"]] == users, change


async def test_a_user_has_the_id_that_the_tokens_of_the_issuer_lead_to(directory: ServiceUnderTest) -> None:
    by_name = await administer(directory, "POST", "/v1/users", {**EVA, "id": "eva"}, expect=201)
    assert by_name.json()["id"] == directory_id("user", "eva")
    by_id = await administer(directory, "POST", "/v1/groups", {"name": "Partners", "id": ID}, expect=201)
    assert by_id.json()["id"] == ID


async def test_rgt_01_users_join_and_leave_groups(directory: ServiceUnderTest) -> None:
    eva = (await administer(directory, "POST", "/v1/users", EVA, expect=201)).json()["id"]
    group = (await administer(directory, "POST", "/v1/groups", {"name": "Partners"}, expect=201)).headers["Location"]
    await administer(directory, "PUT", f"{group}/name", {"name": "Owners"}, expect=200)
    await administer(directory, "PUT", f"{group}/members/{eva}", expect=200)
    again = await administer(directory, "PUT", f"{group}/members/{eva}", expect=200)
    found = await directory.call("GET", group, expect=200)
    assert (found.json()["name"], found.json()["members"]) == ("Owners", [eva])
    assert found.headers["ETag"] == again.headers["ETag"] == '"3"'
    unknown = await administer(directory, "PUT", f"{group}/members/{new_id()}", expect=422)
    assert (unknown.json()["rule"], unknown.json()["field"]) == ("RGT-01", "user")
    await administer(directory, "DELETE", f"{group}/members/{eva}", expect=200)
    assert (await directory.call("GET", group, expect=200)).json()["members"] == []


async def test_sta_01_lists_show_active_users_and_groups_and_the_others_when_asked(directory: ServiceUnderTest) -> None:
    eva = (await administer(directory, "POST", "/v1/users", EVA, expect=201)).json()["id"]
    max_ = (await administer(directory, "POST", "/v1/users", {"name": "Max"}, expect=201)).json()["id"]
    group = (await administer(directory, "POST", "/v1/groups", {"name": "Partners"}, expect=201)).json()["id"]
    await administer(directory, "PUT", f"/v1/groups/{group}/members/{eva}", expect=200)
    await administer(directory, "PATCH", f"/v1/users/{max_}", {"email": None, "name": "Max Meier"}, expect=200)
    await administer(directory, "POST", f"/v1/users/{max_}/deactivate", expect=200)
    active = (await directory.call("GET", "/v1/users", expect=200)).json()["items"]
    assert [user["id"] for user in active] == [eva]
    users = (await directory.call("GET", "/v1/users?inactive=true", expect=200)).json()["items"]
    assert {user["id"]: (user["name"], user["is_active"]) for user in users} == {
        eva: ("Eva Muster", True),
        max_: ("Max Meier", False),
    }
    first = (await directory.call("GET", "/v1/users?inactive=true&limit=1", expect=200)).json()
    second = (await directory.call("GET", f"/v1/users?inactive=true&limit=1&cursor={first['next']}", expect=200)).json()
    assert [user["id"] for user in first["items"] + second["items"]] == sorted([eva, max_])
    assert second["next"] is None
    assert (await directory.call("GET", "/v1/groups", expect=200)).json() == {
        "items": [
            {"type": "group", "id": group, "name": "Partners", "members": [eva], "leaders": [], "is_active": True}
        ],
        "next": None,
    }
    await administer(directory, "POST", f"/v1/groups/{group}/deactivate", expect=200)
    assert (await directory.call("GET", "/v1/groups", expect=200)).json()["items"] == []
    assert (await directory.call("GET", f"/v1/users/{eva}/groups", expect=200)).json() == []
    (closed,) = (await directory.call("GET", "/v1/groups?inactive=true", expect=200)).json()["items"]
    assert (closed["members"], closed["is_active"]) == ([eva], False)
    await administer(directory, "POST", f"/v1/groups/{group}/reactivate", expect=200)
    assert (await directory.call("GET", "/v1/groups", expect=200)).json()["items"] == [closed | {"is_active": True}]


async def test_users_and_groups_are_found_by_the_words_of_their_names_and_addresses(
    directory: ServiceUnderTest,
) -> None:
    for name, email in (("Eva Muster", "eva@office.example"), ("Max Muster", None), ("Ünal Ak", "office@ak.example")):
        await administer(directory, "POST", "/v1/users", {"name": name, "email": email}, expect=201)
    for name in ("Partners", "Junior Partners"):
        await administer(directory, "POST", "/v1/groups", {"name": name}, expect=201)

    async def names(path: str) -> set[str]:
        return {item["name"] for item in (await directory.call("GET", path, expect=200)).json()["items"]}

    assert await names("/v1/users?q=MUST%20ma") == {"Max Muster"}
    assert await names("/v1/users?q=office") == {"Eva Muster", "Ünal Ak"}
    assert await names("/v1/users?q=ünal") == {"Ünal Ak"}
    assert await names("/v1/users?q=nobody") == set()
    assert await names("/v1/groups?q=partners%20jun") == {"Junior Partners"}
    first = (await directory.call("GET", "/v1/users?q=muster&limit=1", expect=200)).json()
    second = (await directory.call("GET", f"/v1/users?q=muster&limit=1&cursor={first['next']}", expect=200)).json()
    assert {item["name"] for item in first["items"] + second["items"]} == {"Eva Muster", "Max Muster"}
    assert second["next"] is None
    other = await directory.call("GET", f"/v1/users?q=max&limit=1&cursor={first['next']}")
    assert (other.status_code, other.json()["field"]) == (400, "cursor")


async def test_the_groups_of_a_user_are_those_of_this_moment(directory: ServiceUnderTest) -> None:
    eva = (await administer(directory, "POST", "/v1/users", EVA, expect=201)).json()["id"]
    groups = {
        name: (await administer(directory, "POST", "/v1/groups", {"name": name}, expect=201)).json()["id"]
        for name in ("In", "Leads", "None")
    }
    await administer(directory, "PUT", f"/v1/groups/{groups['In']}/members/{eva}", expect=200)
    await administer(directory, "PUT", f"/v1/groups/{groups['Leads']}/leaders/{eva}", expect=200)
    found = (await directory.call("GET", f"/v1/users/{eva}/groups", expect=200)).json()
    assert {each["name"]: (each["group"], each["is_member"], each["is_leader"]) for each in found} == {
        "In": (groups["In"], True, False),
        "Leads": (groups["Leads"], False, True),
    }
    await administer(directory, "DELETE", f"/v1/groups/{groups['In']}/members/{eva}", expect=200)
    await administer(directory, "DELETE", f"/v1/groups/{groups['Leads']}/leaders/{eva}", expect=200)
    assert (await directory.call("GET", f"/v1/users/{eva}/groups", expect=200)).json() == []
    assert (await directory.call("GET", f"/v1/users/{new_id()}/groups")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "rule", "field"),
    [
        ("POST", "/v1/users", {}, "required", "name"),
        ("POST", "/v1/users", {"name": " "}, "STA-03", "name"),
        ("POST", "/v1/users", {"name": "Eva", "email": "eva"}, "mail-address", "email"),
        ("POST", "/v1/users", {"name": "Eva", "time_zone": "Europe/Atlantis"}, "known-time-zone", "time_zone"),
        ("POST", "/v1/users", {"name": "Eva", "time_zone": "localtime"}, "known-time-zone", "time_zone"),
        ("POST", "/v1/users", {"name": "E\0va"}, "one-line", "name"),
        ("POST", "/v1/groups", {"name": "Part\r\nners"}, "one-line", "name"),
        ("POST", "/v1/users", {"name": "Eva", "person": "eva"}, "format", "person"),
        ("POST", "/v1/users", {"name": "Eva", "admin": True}, "known-field", "admin"),
        ("PATCH", f"/v1/users/{ID}", {"name": None}, "type", "name"),
        ("PATCH", f"/v1/users/{ID}", {"name": ""}, "min-length", "name"),
        ("PATCH", f"/v1/users/{ID}", {"name": "Eva"}, "exists", "id"),
        ("POST", "/v1/groups", {"name": "x" * 201}, "max-length", "name"),
        ("PUT", f"/v1/groups/{ID}/members/eva", None, "format", "user"),
        ("DELETE", f"/v1/groups/{ID}/members/{ID}", None, "exists", "user"),
        ("GET", "/v1/groups?limit=1000", None, "maximum", "limit"),
    ],
)
async def test_bad_input_is_named_by_field_and_rule_and_nothing_is_written(
    directory: ServiceUnderTest, method: str, path: str, body: Any, rule: str, field: str
) -> None:
    problem = (await administer(directory, method, path, body)).json()
    assert (problem["rule"], problem["field"]) == (rule, field)
    assert await directory.store.commits.count_documents({}) == 0


OF_ONES_OWN = ("/v1/calendar-feed",)
"""What every user changes for itself."""


async def test_every_route_has_a_rule_and_only_administrators_change(directory: ServiceUnderTest) -> None:
    assert_every_route_has_a_rule(directory.roles.app)
    for route in routes(directory.roles.app):
        if route.path.startswith("/v1/") and route.path not in OF_ONES_OWN and route.method != "GET":
            path = route.path.format(id=ID, user=ID, deputy=ID)
            assert (await directory.call(route.method, path, {})).status_code in (403, 422), path
    assert await directory.store.commits.count_documents({}) == 0


async def test_a_repeated_key_and_a_stale_version(directory: ServiceUnderTest) -> None:
    key = {"Idempotency-Key": "add-eva"}
    first = await administer(directory, "POST", "/v1/users", EVA, headers=key, expect=201)
    again = await administer(directory, "POST", "/v1/users", EVA, headers=key, expect=201)
    assert again.json() == first.json() | {"replayed": True}
    path, seen = first.headers["Location"], {"If-Match": first.headers["ETag"]}
    await administer(directory, "PATCH", path, {"name": "Eva Huber"}, headers=seen, expect=200)
    conflict = await administer(directory, "PATCH", path, {"name": "Eva Meier"}, headers=seen, expect=409)
    assert [change["fields"] for change in conflict.json()["changes"]] == [["name"]]


async def test_the_caller_is_told_who_it_is_and_what_it_may_do(directory: ServiceUnderTest) -> None:
    await administer(directory, "POST", "/v1/users", {**EVA, "id": "eva"}, expect=201)
    await administer(directory, "POST", "/v1/groups", {"name": "Partners", "id": PARTNERS}, expect=201)
    eva = directory.tokens.user("eva", (PARTNERS, HR))
    assert (await directory.call("GET", "/v1/users/me", token=eva, expect=200)).json() == {
        "id": directory_id("user", "eva"),
        "service": None,
        "name": "Eva Muster",
        "groups": [{"id": PARTNERS, "name": "Partners"}, {"id": HR, "name": None}],
        "capabilities": ["create", "deactivate", "export", "private", "read", "write"],
    }
    stranger = (await directory.call("GET", "/v1/users/me", token=directory.tokens.user("ben", ()), expect=200)).json()
    assert (stranger["name"], stranger["groups"], stranger["capabilities"]) == (None, [], ["read"])
    service = directory.tokens.service("histories")
    told = (await directory.call("GET", "/v1/users/me", token=service, expect=200)).json()
    assert (told["id"], told["service"], "feed" in told["capabilities"]) == (None, "histories", True)
