"""Who may restrict an engagement to whom: somebody is always left to change it again."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.groups import ADMINISTRATORS, CONSULTANTS
from dossier.testing.opportunities import opened
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def engagement(service: ServiceUnderTest, owner: Any, kind: str, **more: Any) -> str:
    if kind == "opportunity":
        return await opened(service, "company", await owner.company())
    return (await service.call("POST", "/v1/projects", {"code": "1", "title": "T", **more}, expect=201)).headers[
        "Location"
    ]


@pytest.mark.parametrize("kind", ["project", "opportunity"])
async def test_rgt_05_who_restricts_stays_among_the_readers(
    engagements: ServiceUnderTest, owner: Any, kind: str
) -> None:
    path = await engagement(engagements, owner, kind)
    anna, emil = await owner.users(["anna", "emil"])
    group = await owner.group(CONSULTANTS)
    refused = (await engagements.call("PUT", f"{path}/restriction", {"users": [emil]}, expect=422)).json()
    assert (refused["rule"], refused["field"]) == ("RGT-05", "users")
    assert "name yourself" in refused["detail"]
    for body in ({"users": [emil, anna]}, {"users": [emil], "groups": [group]}):
        await engagements.call("PUT", f"{path}/restriction", body, expect=200)
        await engagements.call("GET", path, expect=200)


@pytest.mark.parametrize("kind", ["project", "opportunity"])
async def test_rgt_05_an_administrator_hands_on_what_is_locked_and_sees_nothing_of_it(
    engagements: ServiceUnderTest, owner: Any, kind: str
) -> None:
    path = await engagement(engagements, owner, kind)
    anna, bruno, dora = await owner.users(["anna", "bruno", "dora"])
    group = await owner.group(ADMINISTRATORS)
    administrator, by_bruno = engagements.tokens.administrator(), engagements.tokens.user("bruno")
    await engagements.call("PUT", f"{path}/restriction", {"users": [anna]}, expect=200)
    for body in ({"users": [dora]}, {"users": [bruno], "groups": [group]}):
        refused = await engagements.call("PUT", f"{path}/restriction", body, token=administrator, expect=422)
        assert refused.json()["rule"] == "RGT-05"
    await engagements.call("DELETE", f"{path}/restriction", token=administrator, expect=404)
    await engagements.call("PUT", f"{path}/restriction", {"users": [bruno]}, token=by_bruno, expect=404)
    handed = await engagements.call("PUT", f"{path}/restriction", {"users": [bruno]}, token=administrator, expect=200)
    assert handed.json()["warnings"] == []
    await engagements.call("GET", path, token=administrator, expect=404)
    await engagements.call("GET", path, expect=404)
    log = (await engagements.call("GET", f"{path}/changes", token=by_bruno, expect=200)).json()["items"]
    assert log[0]["actor"] == f"user:{dora}"
    await engagements.call("DELETE", f"{path}/restriction", token=by_bruno, expect=200)


async def test_rgt_05_leader_and_team_who_are_not_named_are_told_of(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    anna, bruno, emil = await owner.users(["anna", "bruno", "emil"])
    await caught_up()
    path = await engagement(engagements, owner, "project", leader=bruno, team=[anna, emil])
    body = {"users": [anna], "groups": [await owner.group(CONSULTANTS)]}
    (told,) = (await engagements.call("PUT", f"{path}/restriction", body, expect=200)).json()["warnings"]
    assert told["rule"] == "RGT-05"
    assert told["detail"].endswith("unless one of the groups has them: bruno, emil")
    all_named = await engagements.call("PUT", f"{path}/restriction", {"users": [anna, bruno, emil]}, expect=200)
    assert all_named.json()["warnings"] == []
