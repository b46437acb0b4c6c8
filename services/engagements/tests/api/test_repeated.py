"""A repeated request with a key, when what its route asks first has changed meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends
BILLED = {"issued_on": "2026-03-01", "amount": "100.00", "currency": "CHF"}
EXPERT = {"code": "expert", "label": "Expert"}


async def repeated(service: ServiceUnderTest, path: str, body: Any, key: str, expect: int = 201) -> Any:
    return await service.call("POST", path, body, headers={"Idempotency-Key": key}, expect=expect)


async def a_project(service: ServiceUnderTest) -> str:
    made = await service.call("POST", "/v1/projects", {"code": "24-017", "title": "Relaunch"}, expect=201)
    return made.headers["Location"]


async def no_longer_offered(service: ServiceUnderTest) -> None:
    types = (await service.call("GET", "/v1/role-types", expect=200)).json()
    (id,) = [each["id"] for each in types if each["code"] == "expert"]
    administrator = service.tokens.administrator()
    await service.call("PATCH", f"/v1/role-types/{id}", {"is_active": False}, token=administrator, expect=200)


@pytest.fixture
async def assignment(engagements: ServiceUnderTest, owner: Any) -> tuple[str, dict[str, Any]]:
    """Where to give an expert's role, and the request."""
    administrator = engagements.tokens.administrator()
    await engagements.call("POST", "/v1/role-types", EXPERT, token=administrator, expect=201)
    address = {"type": "company", "id": await owner.company()}
    return await a_project(engagements), {"role": "expert", "address": address}


async def test_rol_06_what_was_assigned_before_is_answered_again(
    engagements: ServiceUnderTest, assignment: tuple[str, dict[str, Any]]
) -> None:
    path, body = assignment
    first = await repeated(engagements, f"{path}/roles", body, "k")
    await no_longer_offered(engagements)
    again = await repeated(engagements, f"{path}/roles", body, "k")
    assert again.json() == first.json() | {"replayed": True}
    assert first.headers["Location"] == f"{path}/roles/{first.json()['part']}"
    for header in ("etag", "location", "dossier-after"):
        assert again.headers[header] == first.headers[header]
    assert len((await engagements.call("GET", path, expect=200)).json()["roles"]) == 1


async def test_rol_06_another_request_or_another_key_is_refused(
    engagements: ServiceUnderTest, assignment: tuple[str, dict[str, Any]]
) -> None:
    path, body = assignment
    await repeated(engagements, f"{path}/roles", body, "k")
    await no_longer_offered(engagements)
    other = await repeated(engagements, f"{path}/roles", body, "other", 422)
    reused = await repeated(engagements, f"{path}/roles", {**body, "id": new_id()}, "k", 422)
    assert (other.json()["rule"], reused.json()["rule"]) == ("ROL-06", "one-key-one-request")


async def test_rgt_05_who_lost_sight_of_the_project_is_told_nothing(
    engagements: ServiceUnderTest, owner: Any, assignment: tuple[str, dict[str, Any]]
) -> None:
    path, body = assignment
    project, recipient = path.rpartition("/")[2], {"type": "company", "id": await owner.company()}
    await repeated(engagements, f"{path}/roles", body, "k")
    invoice = {"number": "R-1", "project": project, "recipient": recipient, **BILLED}
    await repeated(engagements, "/v1/invoices", invoice, "i")
    await no_longer_offered(engagements)
    (bruno,) = await owner.users(["bruno"])
    by_bruno = engagements.tokens.user("bruno")
    await engagements.call("PUT", f"{path}/restriction", {"users": [bruno]}, token=by_bruno, expect=200)
    assert "stream" not in (await repeated(engagements, f"{path}/roles", body, "k", 404)).json()
    assert (await repeated(engagements, "/v1/invoices", invoice, "i", 422)).json()["rule"] == "REF-01"


async def test_opp_06_the_project_that_was_made_is_answered_again(engagements: ServiceUnderTest, owner: Any) -> None:
    chance = {"title": "Succession", "address": {"type": "company", "id": await owner.company()}}
    path = (await engagements.call("POST", "/v1/opportunities", chance, expect=201)).headers["Location"]
    (leader,) = await owner.users(["bruno"])
    wish = {"code": "26-1", "leader": leader}
    first = await repeated(engagements, f"{path}/project", wish, "k")
    await owner.service.store.commits.delete_many({"stream": f"user-{leader}"})
    again = await repeated(engagements, f"{path}/project", wish, "k")
    assert again.headers["Location"] == first.headers["Location"]
    assert (again.json()["project"]["replayed"], again.json()["customer"]) == (True, first.json()["customer"])


async def test_rol_09_the_check_that_was_made_is_answered_again(engagements: ServiceUnderTest, owner: Any) -> None:
    company = await owner.company()
    question = {"clients": [{"type": "company", "id": company}]}
    first = await repeated(engagements, "/v1/conflict-checks", question, "k")
    await owner.service.store.commits.delete_many({"stream": f"company-{company}"})
    again = await repeated(engagements, "/v1/conflict-checks", question, "k")
    assert again.json() == first.json() | {"recorded": first.json()["recorded"] | {"replayed": True}}
