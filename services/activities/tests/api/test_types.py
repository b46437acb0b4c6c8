"""The list of activity types over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

TYPES, PATH = "/v1/activity-types", "/v1/activities"
INSPECTION = {"code": "inspection", "label": "Inspection", "kinds": ["appointment"], "position": 9}
ADMIN = "admin:dora"


async def labels(client: Any) -> dict[str, str]:
    return {each["label"]: each["id"] for each in await client.do("GET", TYPES)}


async def test_act_21_the_administrator_keeps_the_list(client: Any) -> None:
    assert list(await labels(client)) == [
        "Advice",
        "Offer",
        "Contract",
        "Complaint",
        "Deadline",
        "Deadline with review",
    ]
    assert (await client.send("POST", TYPES, INSPECTION)).status_code == 403
    made = await client.do("POST", TYPES, INSPECTION, by=ADMIN, expect=201)
    assert (await client.do("POST", TYPES, INSPECTION, by=ADMIN, expect=201))["version"] == made["version"]
    advice = f"{TYPES}/{(await labels(client))['Advice']}"
    assert (await client.send("PATCH", advice, {"label": "Counsel"})).status_code == 403
    await client.do("PATCH", advice, {"label": "Counsel"}, by=ADMIN)
    first, *_, last = await labels(client)
    assert (first, last) == ("Counsel", "Inspection")


async def test_act_21_a_label_is_there_once_also_when_two_take_it_at_once(client: Any) -> None:
    wanted = [INSPECTION | {"code": f"code_{number}"} for number in range(4)]
    answers = await asyncio.gather(*(client.send("POST", TYPES, each, by=ADMIN) for each in wanted))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
    assert await client.refused("POST", TYPES, INSPECTION | {"label": "offer"}, by=ADMIN) == ("ACT-21", "label")
    offer = f"{TYPES}/{(await labels(client))['Offer']}"
    assert await client.refused("PATCH", offer, {"label": "Inspection"}, by=ADMIN) == ("ACT-21", "label")
    await client.do("PATCH", offer, {"label": "OFFER"}, by=ADMIN)  # its own


async def test_act_21_what_is_unknown_inactive_or_of_another_kind_is_refused_for_new_entries(client: Any) -> None:
    body = {"kind": "appointment", "title": "Roof", "activity_type": "inspection"}
    assert await client.refused("POST", PATH, body) == ("ACT-21", "activity_type")
    made = await client.do("POST", TYPES, INSPECTION, by=ADMIN, expect=201)
    typed = await client.record(**body)
    by_id = await client.do("POST", PATH, body | {"activity_type": made["id"]}, expect=422)
    assert "no type has this code" in by_id["detail"]
    assert await client.refused("POST", PATH, body | {"kind": "call"}) == ("ACT-21", "activity_type")
    await client.do("PATCH", f"{TYPES}/{made['id']}", {"is_active": False}, by=ADMIN)
    assert await client.refused("POST", PATH, body) == ("ACT-21", "activity_type")
    kept = {"changes": {"activity_type": "inspection", "title": "Roof and cellar"}}
    await client.do("POST", f"{PATH}/{typed}/corrections", kept)
    assert (await client.read(typed))["activity_type"] == "inspection"
    other = await client.record(kind="appointment")
    changed = {"changes": {"activity_type": "inspection"}}
    assert await client.refused("POST", f"{PATH}/{other}/corrections", changed) == (
        "ACT-21",
        "changes.activity_type",
    )


async def test_act_21_bad_types_are_refused(client: Any) -> None:
    for wrong in ({"code": "Two Words"}, {"label": ""}, {"kinds": ["fax"]}, {"position": -1}, {"colour": "red"}):
        assert (await client.send("POST", TYPES, INSPECTION | wrong, by=ADMIN)).status_code == 422
    missing = f"{TYPES}/01934c1e-7a00-7000-8000-000000000001"
    assert (await client.send("PATCH", missing, {"label": "x"}, by=ADMIN)).status_code == 404
    assert len(await labels(client)) == 6
