"""Projects over HTTP: facts, restriction, lists, and what holds for every route."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.groups import ASSISTANTS, CONSULTANTS, PARTNERS
from dossier.auth.guard import assert_every_route_has_a_rule, routes
from dossier.ids import derived_id, new_id
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends

ID = derived_id("test", "nobody")
RELAUNCH = {"code": "24-017", "title": "Relaunch"}


async def project(service: ServiceUnderTest, **more: Any) -> str:
    return (await service.call("POST", "/v1/projects", {**RELAUNCH, **more}, expect=201)).headers["Location"]


async def restricted(service: ServiceUnderTest, owner: Any) -> str:
    """A project that Anna and the partners may see."""
    path = await project(service)
    (anna,) = await owner.users(["anna"])
    body = {"users": [anna], "groups": [await owner.group(PARTNERS)]}
    await service.call("PUT", f"{path}/restriction", body, expect=200)
    return path


async def test_projects_are_found_by_beginnings_of_words_of_code_and_title(
    engagements: ServiceUnderTest, caught_up: Any
) -> None:
    facts = [("24-017", "Müller relaunch"), ("24-018", "Muller, the other"), ("25-001", "Relaunch")]
    ids = [
        (await engagements.call("POST", "/v1/projects", {"code": c, "title": t}, expect=201)).json()["id"]
        for c, t in facts
    ]
    await engagements.call("PATCH", f"/v1/projects/{ids[2]}", {"title": "Succession"}, expect=200)
    await caught_up()

    async def found(q: str) -> list[int]:
        page = (await engagements.call("GET", f"/v1/projects?q={q}", expect=200)).json()
        return sorted(ids.index(item["id"]) for item in page["items"])

    assert await found("mueller") == await found("24") == [0, 1]
    assert await found("REL mul") == [0]
    assert await found("relaunch") == [0]
    assert await found("25-001 succ") == [2]
    assert await found("--") == await found("launch") == []
    empty = (await engagements.call("GET", "/v1/projects?q=", expect=422)).json()
    assert empty["field"] == "q"


async def test_a_project_is_made_known_changed_and_read(engagements: ServiceUnderTest, owner: Any) -> None:
    (anna,) = await owner.users(["anna"])
    path = await project(engagements, leader=anna)
    await engagements.call(
        "PATCH", path, {"title": "Relaunch II", "leader": None, "state": "paused", "team": [anna]}, expect=200
    )
    await engagements.call("POST", f"{path}/deactivate", expect=200)
    assert (await engagements.call("GET", path, expect=200)).json() == {
        "type": "project",
        "id": path.rpartition("/")[2],
        "code": "24-017",
        "title": "Relaunch II",
        "leader": None,
        "leader_name": None,
        "state": "paused",
        "team": [anna],
        "opportunity": None,
        "opportunity_name": None,
        "source": None,
        "is_active": False,
        "roles": [],
        "keywords": [],
        "names": {},
        "restricted_to": None,
    }
    await engagements.call("POST", f"{path}/reactivate", expect=200)
    reader = engagements.tokens.user("emil", (ASSISTANTS,))
    await engagements.call("POST", f"{path}/deactivate", token=reader, expect=403)


async def test_rgt_05_a_restricted_project_is_there_for_the_named_only(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    path = await restricted(engagements, owner)
    partner = engagements.tokens.user("clara", (PARTNERS,))
    for token in (engagements.tokens.user("anna"), partner, engagements.tokens.service("activities")):
        assert (await engagements.call("GET", path, token=token, expect=200)).json()["code"] == "24-017"
    for token in (engagements.tokens.user("bruno"), engagements.tokens.administrator()):
        await engagements.call("GET", path, token=token, expect=404)


async def test_rgt_05_without_the_right_every_route_says_what_it_says_of_no_project(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    path = await restricted(engagements, owner)
    company = await owner.company()
    body = {"role": "customer", "address": {"type": "company", "id": company}}
    assigned = (await engagements.call("POST", f"{path}/roles", body, expect=201)).headers["Location"]
    written = await engagements.store.commits.count_documents({})
    own, absent = path.rpartition("/")[2], new_id()
    bruno = engagements.tokens.user("bruno")
    attempts: list[tuple[str, str, Any]] = [
        ("GET", path, None),
        ("PATCH", path, {"title": "Mine"}),
        ("PATCH", path, {"title": " "}),
        ("PATCH", path, {"leader": new_id()}),
        ("POST", f"{path}/deactivate", None),
        ("POST", f"{path}/reactivate", None),
        ("PUT", f"{path}/restriction", {"users": [engagements.tokens.user_id("bruno")]}),
        ("PUT", f"{path}/restriction", {}),
        ("DELETE", f"{path}/restriction", None),
        ("POST", f"{path}/roles", body),
        ("POST", f"{path}/roles", {**body, "role": "boss"}),
        ("POST", f"{path}/roles", {**body, "address": {"type": "contact", "id": company}}),
        ("POST", f"{path}/roles", {**body, "address": {"type": "company", "id": new_id()}}),
        ("PATCH", assigned, {}),
        ("DELETE", assigned, None),
        ("GET", f"{path}/changes", None),
        ("GET", f"{path}/phases", None),
        ("POST", f"{path}/phases", {"title": "Concept"}),
        ("PUT", f"{path}/keywords/{company}", None),
        ("DELETE", f"{path}/keywords/{company}", None),
    ]
    for method, url, json in attempts:
        for stale in ({}, {"If-Match": '"1"'}):
            hidden = await engagements.call(method, url, json, token=bruno, headers=stale, expect=404)
            nothing = await engagements.call(
                method, url.replace(own, absent), json, token=bruno, headers=stale, expect=404
            )
            assert hidden.json() | {"correlation_id": ""} == nothing.json() | {"correlation_id": ""}, (method, url)
            assert hidden.headers.get("etag") is None
    again = {**RELAUNCH, "id": own}
    await engagements.call("POST", "/v1/projects", again, token=bruno, expect=404)
    assert await engagements.store.commits.count_documents({}) == written


async def test_rgt_05_a_list_holds_only_what_the_caller_may_see(engagements: ServiceUnderTest, owner: Any) -> None:
    hidden = await restricted(engagements, owner)
    shown = await project(engagements, code="24-018")

    async def ids(token: str) -> set[str]:
        page = (await engagements.call("GET", "/v1/projects", token=token, expect=200)).json()
        return {f"/v1/projects/{item['id']}" for item in page["items"]}

    assert await ids(engagements.tokens.user("anna")) == {hidden, shown}
    assert await ids(engagements.tokens.user("bruno")) == {shown}
    await engagements.call("DELETE", f"{hidden}/restriction", expect=200)
    assert await ids(engagements.tokens.user("bruno")) == {hidden, shown}
    await engagements.call("PUT", f"{shown}/restriction", {"users": [engagements.tokens.user_id("anna")]}, expect=200)
    assert await ids(engagements.tokens.user("bruno")) == {hidden}


async def test_rgt_05_neither_the_length_of_a_page_nor_its_cursor_tells_of_a_hidden_project(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    (anna,) = await owner.users(["anna"])
    paths = [await project(engagements) for _ in range(5)]
    for path in (paths[0], paths[2], paths[4]):
        await engagements.call("PUT", f"{path}/restriction", {"users": [anna]}, expect=200)
    await apply_all(engagements.store, engagements.roles.app.state.register)
    # The register has not heard of this one.
    await engagements.call("PUT", f"{paths[1]}/restriction", {"users": [anna]}, expect=200)
    later = [await project(engagements) for _ in range(2)]

    async def pages(name: str) -> list[list[str]]:
        found: list[list[str]] = []
        url: str | None = "/v1/projects?limit=1"
        while url is not None:
            page = (await engagements.call("GET", url, token=engagements.tokens.user(name), expect=200)).json()
            found.append([f"/v1/projects/{item['id']}" for item in page["items"]])
            url = page["next"] and f"/v1/projects?limit=1&cursor={page['next']}"
        return found

    assert await pages("bruno") == [[path] for path in (paths[3], *later)]
    assert await pages("anna") == [[path] for path in (*paths, *later)]


async def test_the_change_log_says_who_changed_what_from_what_to_what(engagements: ServiceUnderTest) -> None:
    path = await project(engagements)
    await engagements.call("PATCH", path, {"title": "Relaunch II"}, token=engagements.tokens.user("anna"), expect=200)
    newest, first = (await engagements.call("GET", f"{path}/changes", expect=200)).json()["items"]
    assert newest["actor"] == f"user:{engagements.tokens.user_id('anna')}"
    assert newest["fields"] == [{"field": "title", "item": None, "before": "Relaunch", "after": "Relaunch II"}]
    assert first["event"] == "crm.engagements.project-registered"


async def test_a_conflict_says_what_changed_in_between(engagements: ServiceUnderTest) -> None:
    path = await project(engagements)
    seen = {"If-Match": '"1"'}
    await engagements.call("PATCH", path, {"title": "Relaunch II"}, headers=seen, expect=200)
    conflict = (await engagements.call("PATCH", path, {"title": "Relaunch III"}, headers=seen, expect=409)).json()
    (change,) = conflict["changes"]
    assert (change["type"], change["fields"]) == ("crm.engagements.project-changed", ["title"])


async def test_one_key_is_one_command_also_for_a_role(engagements: ServiceUnderTest, owner: Any) -> None:
    path = await project(engagements)
    body = {"role": "customer", "address": {"type": "company", "id": await owner.company()}}
    key = {"Idempotency-Key": "assign-1"}
    first = await engagements.call("POST", f"{path}/roles", body, headers=key, expect=201)
    again = await engagements.call("POST", f"{path}/roles", body, headers=key, expect=201)
    assert again.json() == first.json() | {"replayed": True}
    (role,) = (await engagements.call("GET", path)).json()["roles"]
    assert again.headers["Location"] == first.headers["Location"] == f"{path}/roles/{role['id']}"


@pytest.mark.parametrize(
    ("method", "path", "body", "rule", "field"),
    [
        ("POST", "/v1/projects", {"title": "Relaunch"}, "required", "code"),
        ("POST", "/v1/projects", {"code": " ", "title": "Relaunch"}, "STA-03", "code"),
        ("POST", "/v1/projects", {"code": "x" * 51, "title": "Relaunch"}, "max-length", "code"),
        ("POST", "/v1/projects", {**RELAUNCH, "leader": "anna"}, "format", "leader"),
        ("POST", "/v1/projects", {**RELAUNCH, "state": "won"}, "one-of", "state"),
        ("PATCH", f"/v1/projects/{ID}", {"title": None}, "type", "title"),
        ("PATCH", f"/v1/projects/{ID}", {"title": "Relaunch"}, "exists", "id"),
        ("PATCH", f"/v1/projects/{ID}", {"is_active": False}, "known-field", "is_active"),
        ("PUT", f"/v1/projects/{ID}/restriction", {"users": ["anna"]}, "format", "users.0"),
        ("PUT", f"/v1/projects/{ID}/restriction", {"users": [ID] * 201}, "max-items", "users"),
        ("POST", f"/v1/projects/{ID}/roles", {"role": "customer"}, "required", "address"),
        ("POST", f"/v1/projects/{ID}/roles", {"role": "customer", "address": ID}, "type", "address"),
        (
            "POST",
            f"/v1/projects/{ID}/roles",
            {"role": "customer", "address": {"type": "firm", "id": ID}},
            "one-of",
            "address.type",
        ),
        ("PATCH", f"/v1/projects/{ID}/roles/{ID}", {"valid_from": "2024-13-01"}, "format", "valid_from"),
        ("GET", f"/v1/projects/{ID}", None, "exists", "id"),
        ("GET", "/v1/projects?cursor=x", None, "signature", "cursor"),
    ],
)
async def test_bad_input_is_named_by_field_and_rule_and_nothing_is_written(
    alone: ServiceUnderTest, method: str, path: str, body: Any, rule: str, field: str
) -> None:
    problem = (await alone.call(method, path, body)).json()
    assert (problem["rule"], problem["field"]) == (rule, field)
    assert await alone.store.commits.count_documents({}) == 0


async def test_a_restriction_and_a_role_that_say_nothing_are_refused(alone: ServiceUnderTest) -> None:
    path = await project(alone)
    empty = (await alone.call("PUT", f"{path}/restriction", {}, expect=422)).json()
    assert (empty["rule"], empty["field"]) == ("RGT-05", "users")
    body = {"role": "boss", "address": {"type": "company", "id": ID}}
    unknown = (await alone.call("POST", f"{path}/roles", body, expect=422)).json()
    assert (unknown["rule"], unknown["field"]) == ("ROL-03", "role")
    assert "/v1/role-types" in unknown["detail"]


async def test_every_route_has_a_rule_and_who_only_reads_changes_nothing(alone: ServiceUnderTest) -> None:
    assert_every_route_has_a_rule(alone.roles.app)
    reader = alone.tokens.user("emil", (ASSISTANTS,))
    for route in routes(alone.roles.app):
        if route.path.startswith("/v1/") and route.method != "GET":
            path = route.path.format(id=ID, role=ID, keyword=ID, system="erp", external_id=1, project_external_id=1)
            assert (await alone.call(route.method, path, {}, token=reader)).status_code in (403, 422), path
    consultant = alone.tokens.user("anna", (CONSULTANTS,))
    assert (await alone.call("GET", f"/v1/references/project-{ID}", token=consultant)).status_code == 403
