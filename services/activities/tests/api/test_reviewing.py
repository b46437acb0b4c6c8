"""The review of a deadline over HTTP: who did the work is not rid of it by oneself."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.testing.activities import ANNA, BEN, CARA, DORA

PATH = "/v1/activities"
DEADLINE = {
    "activity_type": "deadline",
    "due_on": "2026-06-30",
    "responsible": {"user": ANNA},
    "further_responsible": [{"user": BEN}, {"user": CARA}],
    "reviewer": BEN,
}


@pytest.mark.parametrize("by", ["anna", "cara"])
async def test_dln_01_who_did_the_work_does_not_waive_the_review_of_it(client: Any, by: str) -> None:
    path = f"{PATH}/{await client.record(**DEADLINE)}"
    assert await client.refused("DELETE", f"{path}/reviewer", by=by) == ("DLN-01", "reviewer")
    assert (await client.refused("POST", f"{path}/complete", {}, by=by))[0] == "DLN-01"
    await client.do("DELETE", f"{path}/reviewer", by="ben" if by == "anna" else "dora")
    await client.do("POST", f"{path}/complete", {}, by=by)


async def test_dln_01_who_did_the_work_does_not_take_the_type_away_that_asks_for_a_review(client: Any) -> None:
    id = await client.record(**{**DEADLINE, "activity_type": "deadline_with_review", "reviewer": None})
    retyped = {"changes": {"activity_type": "deadline"}}
    assert await client.refused("POST", f"{PATH}/{id}/corrections", retyped) == ("DLN-01", "changes.activity_type")
    await client.do("POST", f"{PATH}/{id}/corrections", retyped, by="dora")
    done = await client.do("POST", f"{PATH}/{id}/corrections", {"changes": {"activity_type": "deadline_with_review"}})
    undone = await client.send("POST", f"{PATH}/{id}/undo", {}, If_Match=f'"{done["commit"]}"')
    assert (undone.status_code, undone.json()["rule"]) == (422, "DLN-01")


async def test_dln_01_who_did_the_work_asks_nobody_else_after_the_reviewer_did_not_approve(client: Any) -> None:
    path = f"{PATH}/{await client.record(**DEADLINE)}"
    await client.do("PUT", f"{path}/reviewer", {"user": DORA})
    await client.do("PUT", f"{path}/reviewer", {"user": BEN})
    await client.do("POST", f"{path}/review", {"approved": False, "remark": "Wrong court"}, by="ben")
    assert await client.refused("PUT", f"{path}/reviewer", {"user": DORA}) == ("DLN-01", "reviewer")
    await client.do("PUT", f"{path}/reviewer", {"user": DORA}, by="ben")


async def test_dln_01_who_did_the_work_is_not_rid_of_the_review_by_handing_it_on(client: Any) -> None:
    path = f"{PATH}/{await client.record(**{**DEADLINE, 'further_responsible': [], 'reviewer': CARA})}"
    await client.do("POST", f"{path}/responsible", {"user": BEN})
    assert [each["user"] for each in await _responsible(client, path)] == [BEN]
    assert await client.refused("DELETE", f"{path}/reviewer") == ("DLN-01", "reviewer")
    for by in ("anna", "dora"):
        assert await client.refused("PUT", f"{path}/reviewer", {"user": ANNA}, by=by) == ("DLN-01", "reviewer")
    await client.do("DELETE", f"{path}/reviewer", by="cara")
    await client.do("PUT", f"{path}/reviewer", {"user": CARA})
    await client.do("DELETE", f"{path}/reviewer")


@pytest.mark.parametrize("asked", [{}, {"activity_type": "deadline_with_review", "reviewer": None}])
async def test_dln_01_who_helped_with_the_work_reviews_it_as_another_asks_and_not_by_oneself(
    client: Any, asked: Any
) -> None:
    path = f"{PATH}/{await client.record(**DEADLINE | asked)}"
    assert await client.refused("PUT", f"{path}/reviewer", {"user": CARA}, by="cara") == ("DLN-01", "reviewer")
    await client.do("DELETE", f"{path}/responsible/{CARA}")
    assert await client.refused("PUT", f"{path}/reviewer", {"user": CARA}, by="cara") == ("DLN-01", "reviewer")
    await client.do("PUT", f"{path}/reviewer", {"user": CARA})
    await client.do("PUT", f"{path}/reviewer", {"user": DORA}, by="dora")
    await client.do("PUT", f"{path}/reviewer", {"user": BEN})


async def _responsible(client: Any, path: str) -> list[Any]:
    view = await client.do("GET", path)
    return [view["responsible"], *view["further_responsible"]]
