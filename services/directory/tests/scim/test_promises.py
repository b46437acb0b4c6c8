"""What holds over SCIM whatever a provider sends, and in whatever order."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from directory.settings import Settings
from dossier.auth.groups import ADMINISTRATORS, PARTNERS
from dossier.ids import new_id

pytestmark = pytest.mark.backends

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


async def test_of_two_users_with_one_user_name_at_the_same_time_one_is_refused(provider: Any) -> None:
    bodies = [{"userName": name, "externalId": new_id()} for name in ("eva", "EVA", "Eva", "eVa")]
    schemas = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}
    answers = await asyncio.gather(*(provider.ask("POST", "/Users", body | schemas) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json().get("scimType") for answer in answers} == {None, "uniqueness"}
    assert len(await provider.found("Users", 'userName eq "eva"')) == 1


async def test_no_two_users_share_a_user_name_or_an_external_id(provider: Any) -> None:
    eva = await provider.user("eva", externalId="e-1")
    max_ = await provider.user("max", externalId="m-1")
    path = f"/Users/{max_['id']}"
    for attribute, value in (("userName", "EVA"), ("externalId", "e-1")):
        refused = await provider.patch(path, {"op": "replace", "path": attribute, "value": value}, expect=409)
        assert refused.json()["scimType"] == "uniqueness"
    moved = {"op": "replace", "path": "userName", "value": "eva.m"}
    await provider.patch(f"/Users/{eva['id']}", moved, expect=200)
    await provider.patch(path, {"op": "replace", "path": "userName", "value": "eva"}, expect=200)
    assert await provider.found("Users", 'userName eq "eva"') == [max_["id"]]


async def test_rgt_01_members_are_users_who_are_known(provider: Any) -> None:
    eva, group = await provider.user("eva"), await provider.group("Staff")
    before = await provider.service.store.commits.count_documents({})
    for nobody in (new_id(), group["id"], "eva"):
        value = [{"value": eva["id"]}, {"value": nobody}]
        refused = await provider.patch(
            f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": value}, expect=400
        )
        assert "RGT-01" in refused.json()["detail"]
    assert await provider.service.store.commits.count_documents({}) == before


async def test_patches_of_a_group_at_the_same_time_all_count(provider: Any) -> None:
    users = [(await provider.user(f"user{number}"))["id"] for number in range(8)]
    group = (await provider.group("Staff", *users[:4]))["id"]
    joining = [{"op": "add", "path": "members", "value": [{"value": each}]} for each in users[4:]]
    leaving = [{"op": "remove", "path": f'members[value eq "{each}"]'} for each in users[:2]]
    await asyncio.gather(
        *(provider.patch(f"/Groups/{group}", each, expect=204) for each in (*joining, *leaving, *joining))
    )
    assert sorted(await provider.members(group)) == sorted(users[2:])


async def test_a_group_of_more_members_than_fit_into_a_commit(provider: Any) -> None:
    administrator = provider.service.tokens.administrator()
    made = await asyncio.gather(
        *(
            provider.service.call("POST", "/v1/users", {"name": f"User {number}"}, token=administrator, expect=201)
            for number in range(250)
        )
    )
    users = [answer.json()["id"] for answer in made]
    group = (await provider.group("Everybody", *users))["id"]
    assert await provider.members(group) == users
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Everybody"}
    some = body | {"members": [{"value": each} for each in users[:3]]}
    assert len((await provider.ask("PUT", f"/Groups/{group}", some, 200)).json()["members"]) == 3
    value = [{"value": each} for each in users]
    await provider.patch(f"/Groups/{group}", {"op": "replace", "path": "members", "value": value}, expect=204)
    assert sorted(await provider.members(group)) == sorted(users)
    await provider.ask("DELETE", f"/Groups/{group}", expect=204)
    recorded = await provider.service.store.read(f"group-{group}")
    assert recorded[-1].type == "crm.directory.group-deactivated"


async def test_if_match_keeps_from_overwriting_what_was_not_seen(provider: Any) -> None:
    user = await provider.user("eva")
    path, seen = f"/Users/{user['id']}", {"If_Match": user["meta"]["version"]}
    body = {"schemas": user["schemas"], "userName": "eva", "displayName": "Eva"}
    changed = await provider.ask("PUT", path, body, 200, **seen)
    assert changed.headers["ETag"] == changed.json()["meta"]["version"] != user["meta"]["version"]
    stale = await provider.ask("PUT", path, body | {"displayName": "E."}, 412, **seen)
    assert stale.json()["status"] == "412"


async def test_a_replayed_request_changes_nothing(provider: Any) -> None:
    eva = await provider.user("eva")
    group = (await provider.group("Staff"))["id"]
    join = {"op": "add", "path": "members", "value": [{"value": eva["id"]}]}
    for _ in range(3):
        await provider.patch(f"/Groups/{group}", join, expect=204)
        await provider.patch(f"/Users/{eva['id']}", {"op": "replace", "path": "active", "value": False}, expect=200)
    assert await provider.service.store.commits.count_documents({}) == 4


async def test_only_a_provider_provisions_and_it_does_nothing_else(provider: Any) -> None:
    service = provider.service
    for token in (service.tokens.user(groups=(PARTNERS, ADMINISTRATORS)), service.tokens.service("histories")):
        for path in ("/Users", "/Groups", "/Schemas", "/nowhere"):
            refused = await service.call("GET", f"/scim/v2{path}", token=token, expect=403)
            assert refused.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    refused = await service.call("GET", "/scim/v2/Users", token="no-such-token", expect=401)
    assert (refused.json()["status"], refused.headers["WWW-Authenticate"]) == ("401", 'Bearer error="invalid_token"')
    issued = service.tokens.service("scim")
    await service.call("GET", "/scim/v2/Users", token=issued, expect=200)
    for path in ("/v1/users", "/v1/groups", "/feed"):
        await service.call("GET", path, token=issued, expect=403)
        assert (await provider.service.call("GET", f"/scim/v2/..{path}", token=issued)).status_code in (403, 404)


def test_tokens_for_production_are_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSSIER_ENVIRONMENT", "production")
    monkeypatch.setenv("DOSSIER_SCIM_TOKENS", '["development-only-scim-token-0123456789abcdef"]')
    with pytest.raises(ValidationError, match="random text"):
        Settings()
    monkeypatch.setenv("DOSSIER_SCIM_TOKENS", '["4f1c9f8e2b7a4d6c8e0f1a3b5c7d9e2f4a6b8c0d"]')
    assert "4f1c" not in repr(Settings())


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "scim_type"),
    [
        ("POST", "/Users", {"displayName": "Eva"}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": " "}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "e\nva"}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "eva", "timezone": "Europe/Atlantis"}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "eva", "emails": [{"value": "eva"}]}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "eva", "active": "perhaps"}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "x" * 300}, 400, "invalidValue"),
        ("POST", "/Users", ["eva"], 400, "invalidSyntax"),
        ("POST", "/Groups", {"members": []}, 400, "invalidValue"),
        ("PATCH", "/Users/ID", {"Operations": []}, 400, "invalidValue"),
        ("PATCH", "/Users/ID", {"Operations": [{"op": "replace", "path": "emails["}]}, 400, "invalidPath"),
        ("PATCH", "/Users/ID", {"Operations": [{"op": "move", "path": "active"}]}, 400, "invalidValue"),
        ("PATCH", "/Users/ID", {"Operations": [{"op": "remove"}]}, 400, "noTarget"),
        ("PATCH", "/Users/ID", {"Operations": [{"op": "remove", "path": "userName"}]}, 400, None),
        ("PATCH", "/Users/ID", {"Operations": [{"op": "replace", "path": "groups", "value": []}]}, 400, "mutability"),
        ("PATCH", "/Users/ID", ["active"], 400, "invalidSyntax"),
        ("GET", "/Users?filter=userName%20eq", None, 400, "invalidFilter"),
        ("GET", '/Users?filter=nothing eq "x"', None, 400, "invalidFilter"),
        ("GET", '/Users?filtre=userName eq "x"', None, 400, "invalidValue"),
        ("GET", "/Schemas?filter=id pr", None, 403, None),
        ("GET", "/Users/none", None, 404, None),
        ("GET", "/nowhere", None, 404, None),
        ("DELETE", "/Users", None, 405, None),
        ("POST", "/Schemas", {}, 405, None),
        ("POST", "/.search", {}, 501, None),
    ],
)
async def test_bad_input_is_refused_in_the_form_of_scim_and_nothing_is_written(
    provider: Any, method: str, path: str, body: Any, status: int, scim_type: str | None
) -> None:
    user = await provider.user("somebody")
    if isinstance(body, dict):
        kind = "Group" if path == "/Groups" else "User"
        schema = PATCH if method == "PATCH" else f"urn:ietf:params:scim:schemas:core:2.0:{kind}"
        body = {"schemas": [schema], **body}
    refused = (await provider.ask(method, path.replace("ID", user["id"]), body, status)).json()
    assert refused["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert refused["status"] == str(status)
    assert scim_type is None or refused["scimType"] == scim_type
    assert await provider.service.store.commits.count_documents({}) == 1
