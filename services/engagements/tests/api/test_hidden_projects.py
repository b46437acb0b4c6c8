"""What is told of the project of an opportunity to those who may not see it (RGT-05)."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.testing.opportunities import opened, read
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def test_rgt_05_a_link_to_a_hidden_project_is_not_told(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    company, (anna,) = await owner.company(), await owner.users(["anna"])
    path = await opened(engagements, "company", company)
    made = await engagements.call("POST", f"{path}/project", {"code": "26-1"}, expect=201)
    await engagements.call("PUT", f"{made.headers['Location']}/restriction", {"users": [anna]}, expect=200)
    assert (await read(engagements, path, "anna"))["project"] == made.json()["project"]["id"]
    assert (await read(engagements, path, "bruno"))["project"] is None
    bruno, project = engagements.tokens.user("bruno"), made.json()["project"]["id"]
    log = await engagements.call("GET", f"{path}/changes", token=bruno, expect=200)
    assert project not in log.text
    assert project in (await engagements.call("GET", f"{path}/changes", token=engagements.tokens.user("anna"))).text
    # Another address is no way to find out that there is a project it does not fit to.
    other = {"address": {"type": "company", "id": await owner.company()}}
    await engagements.call("PATCH", path, other, token=bruno, expect=200)


async def with_hidden_project(service: ServiceUnderTest, owner: Any) -> tuple[str, str]:
    """An opportunity that is open, and its project that is anna's alone: their paths."""
    (anna,) = await owner.users(["anna"])
    path, named = await opened(service, "company", await owner.company()), service.tokens.user("anna")
    await service.call("PUT", f"{path}/restriction", {"users": [anna]}, token=named, expect=200)
    made = await service.call("POST", f"{path}/project", {"code": "26-1"}, token=named, expect=201)
    await service.call("DELETE", f"{path}/restriction", token=named, expect=200)
    return path, made.headers["Location"]


async def test_rgt_05_a_conflict_tells_of_a_link_to_a_hidden_project_only_who_and_when(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    path, project = await with_hidden_project(engagements, owner)
    bruno, named = engagements.tokens.user("bruno"), engagements.tokens.user("anna")
    await engagements.call("GET", project, token=bruno, expect=404)
    told: list[list[Any]] = []
    for token in (named, bruno):
        conflict = await engagements.call(
            "PATCH", path, {"title": "X"}, token=token, headers={"If-Match": '"1"'}, expect=409
        )
        assert all({"actor", "recorded_at", "commit"} <= set(change) for change in conflict.json()["changes"])
        told.append([(change.get("type"), change.get("fields")) for change in conflict.json()["changes"]])
        log = await engagements.call("GET", f"{path}/changes", token=token, expect=200)
        kinds = [entry["event"] for entry in reversed(log.json()["items"])]
        assert kinds[1:] == [kind for kind, _ in told[-1] if kind is not None]
    assert told == [
        [
            ("crm.engagements.engagement-restricted", ["restricted_to"]),
            ("crm.engagements.opportunity-changed", ["project"]),
            ("crm.engagements.engagement-opened", ["restricted_to"]),
        ],
        [
            ("crm.engagements.engagement-restricted", ["restricted_to"]),
            (None, None),
            ("crm.engagements.engagement-opened", ["restricted_to"]),
        ],
    ]


async def test_rgt_05_null_unlinks_only_a_project_that_the_caller_may_see(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    path, project = await with_hidden_project(engagements, owner)
    id = project.rpartition("/")[2]
    bruno, named = engagements.tokens.user("bruno"), engagements.tokens.user("anna")
    written = await engagements.store.commits.count_documents({})
    await engagements.call("PATCH", path, {"project": None}, token=bruno, expect=200)
    assert await engagements.store.commits.count_documents({}) == written
    await engagements.call("PATCH", path, {"project": None, "title": "Mine"}, token=bruno, expect=200)
    shown = await read(engagements, path, "anna")
    assert (shown["title"], shown["project"]) == ("Mine", id)
    await engagements.call("PATCH", path, {"project": None}, token=named, expect=200)
    assert (await read(engagements, path, "anna"))["project"] is None


async def test_opp_02_rgt_05_another_project_does_not_replace_one_that_the_caller_may_not_see(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    path, hidden = await with_hidden_project(engagements, owner)
    address = (await read(engagements, path))["address"]
    strange = (await engagements.call("POST", "/v1/projects", {"code": "2", "title": "T"}, expect=201)).json()["id"]
    own = (await engagements.call("POST", "/v1/projects", {"code": "3", "title": "T"}, expect=201)).json()["id"]
    role = {"role": "customer", "address": {"type": address["type"], "id": address["id"]}}
    await engagements.call("POST", f"/v1/projects/{own}/roles", role, expect=201)
    bruno, anna = engagements.tokens.user("bruno"), engagements.tokens.user("anna")
    written = await engagements.store.commits.count_documents({})
    answers = [
        (await engagements.call("PATCH", path, {"project": project, "title": "Mine"}, token=bruno, expect=422)).json()
        for project in (strange, own)
    ]
    for answer in answers:
        answer.pop("correlation_id")
    assert answers[0] == answers[1]
    assert (answers[0]["rule"], answers[0]["field"]) == ("OPP-02", "project")
    assert await engagements.store.commits.count_documents({}) == written
    assert (await read(engagements, path, "anna"))["project"] == hidden.rpartition("/")[2]
    await engagements.call("PATCH", path, {"project": own}, token=anna, expect=200)
    assert (await read(engagements, path, "bruno"))["project"] == own


async def test_opp_06_rgt_05_a_second_project_is_refused_and_the_first_named_to_who_may_see_it(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    path, project = await with_hidden_project(engagements, owner)
    id = project.rpartition("/")[2]
    for name, told in (("anna", True), ("bruno", False)):
        token = engagements.tokens.user(name)
        refused = await engagements.call("POST", f"{path}/project", {"code": "26-2"}, token=token, expect=422)
        assert refused.json()["rule"] == "OPP-06"
        assert (id in refused.text, "already" in refused.text, "26-1" in refused.text) == (told, told, told)
    assert (await read(engagements, path, "anna"))["project"] == id
