"""What a second principal finds out about activities that are not for it: nothing."""

from __future__ import annotations

from typing import Any

import pytest

from activities.views.world import WorldView
from dossier.contracts.common import Principals
from dossier.contracts.engagements import EngagementOpened, EngagementRestricted, ProjectRegistered
from dossier.ids import new_id
from dossier.projections.model import Span
from dossier.testing.activities import ANNA, ATLAS, BEN, CARA, MEYER, SECRET
from dossier.testing.recorded import recorded

PATH = "/v1/activities"
HIDDEN: dict[str, Any] = {"visibility": "granted"}
COMMANDS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("GET", "/text", None),
    ("POST", "/corrections", {"changes": {"title": "Mine"}}),
    ("POST", "/links", {"object": {"type": "contact", "id": MEYER}}),
    ("POST", "/unlinks", {"object": {"type": "contact", "id": MEYER}}),
    ("POST", "/complete", {}),
    ("POST", "/reopen", None),
    ("PUT", "/due", {"on": "2026-05-04"}),
    ("POST", "/responsible", {"user": CARA}),
    ("DELETE", f"/responsible/{CARA}", None),
    ("PUT", f"/responsible/{CARA}/follow-up", {"on": "2026-05-04"}),
    ("PUT", "/visibility", {"visibility": "everyone"}),
    ("POST", "/grants", {"grants": [{"to": "user", "id": CARA}]}),
    ("POST", "/grants/revoke", {"grants": [{"to": "user", "id": CARA}]}),
]


@pytest.mark.parametrize(("method", "part", "body"), COMMANDS)
async def test_what_is_hidden_answers_like_what_does_not_exist(client: Any, method: str, part: str, body: Any) -> None:
    hidden, missing = await client.record(**HIDDEN), new_id()
    for headers in ({}, {"If_Match": '"9"'}):
        seen = [
            await client.send(method, f"{PATH}/{identifier}{part}", body, by="cara", Correlation_Id=new_id(), **headers)
            for identifier in (hidden, missing)
        ]
        assert [answer.status_code for answer in seen] == [404, 404]
        told = [{k: v for k, v in answer.json().items() if k != "correlation_id"} for answer in seen]
        assert told[0] == told[1]
    assert (await client.read(hidden))["version"] == 1


async def test_rgt_10_author_responsible_participants_and_granted_see_it(client: Any) -> None:
    for fields in (
        {"responsible": {"user": BEN}},
        {"further_responsible": [{"user": BEN}]},
        {"participants": [BEN]},
        {"grants": [{"to": "user", "id": BEN}]},
    ):
        identifier = await client.record(**HIDDEN, **fields)
        assert [await client.sees(identifier, name) for name in ("anna", "ben", "cara")] == [True, True, False]


async def test_rgt_10_administrators_do_not_see_it_by_being_administrators(client: Any) -> None:
    identifier = await client.record(**HIDDEN)
    own = {"Authorization": f"Bearer {client.tokens.administrator()}"}
    assert (await client.http.get(f"{PATH}/{identifier}", headers=own)).status_code == 404


async def test_rgt_10_a_restricted_project_takes_both_rights(client: Any, world: WorldView) -> None:
    open_one, granted = await client.record(project=ATLAS), await client.record(project=ATLAS, **HIDDEN)
    history = recorded(
        f"project-{ATLAS}",
        ProjectRegistered(code="A", title="Atlas"),
        EngagementRestricted(to=Principals(users=(BEN,))),
        EngagementOpened(),
    )
    await world.apply([Span(f"project-{ATLAS}", history[:2])])
    for identifier, readers in ((open_one, [False, True]), (granted, [False, False])):
        assert [await client.sees(identifier, name) for name in ("anna", "ben")] == readers
    assert (await client.send("PUT", f"{PATH}/{open_one}/due", {"on": "2026-05-04"})).status_code == 404
    await world.apply([Span(f"project-{ATLAS}", history)])
    assert [await client.sees(granted, name) for name in ("anna", "ben")] == [True, False]


async def test_rgt_10_a_project_one_may_not_see_is_like_one_that_does_not_exist(client: Any) -> None:
    told = []
    for project in (SECRET, new_id()):
        answer = await client.send("POST", PATH, {"kind": "note", "title": "x", "project": project})
        told.append((answer.status_code, answer.json()["rule"], answer.json()["detail"], answer.json()["field"]))
    assert told[0] == told[1] == (422, "REF-01", told[0][2], "project")
    identifier = await client.record()
    answer = await client.send("POST", f"{PATH}/{identifier}/links", {"object": {"type": "project", "id": SECRET}})
    assert (answer.status_code, answer.json()["field"]) == (422, "object")
    assert await client.record(by="ben", project=SECRET)


async def test_an_engagement_not_known_yet_hides_from_all_but_author_and_responsible(
    client: Any, world: WorldView
) -> None:
    identifier = await client.record(project=ATLAS, responsible={"user": BEN})
    await world.documents.delete_one({"_id": f"project-{ATLAS}"})
    assert [await client.sees(identifier, name) for name in ("anna", "ben", "cara")] == [True, True, False]


async def test_a_conflict_tells_nothing_to_who_may_not_see(client: Any) -> None:
    identifier = await client.record(**HIDDEN)
    answer = await client.send("PUT", f"{PATH}/{identifier}/due", {"on": "2026-05-04"}, by="cara", If_Match='"0"')
    assert answer.status_code == 404
    assert ANNA not in answer.text


async def test_capabilities_are_asked_for(client: Any) -> None:
    reader = {"Authorization": f"Bearer {client.tokens.user('anna', groups=())}"}
    identifier = await client.record()
    assert (await client.http.get(f"{PATH}/{identifier}", headers=reader)).status_code == 200
    refused = await client.http.post(PATH, json={"kind": "note", "title": "x"}, headers=reader)
    assert (refused.status_code, refused.json()["rule"]) == (403, "capability:create")
    assert (await client.http.post(f"{PATH}/{identifier}/reopen", headers=reader)).status_code == 403
    assert (await client.http.get(f"{PATH}/{identifier}")).status_code == 401
