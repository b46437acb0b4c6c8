"""Deadlines and early deadlines that are withdrawn and restored: together, alone, and after the other one changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dossier.ids import new_id
from dossier.testing.activities import ANNA

PATH = "/v1/activities"
DEADLINE = {"activity_type": "deadline", "due_on": "2026-06-30", "responsible": {"user": ANNA}}


async def deadline(client: Any, *distances: int, **more: Any) -> tuple[str, list[str]]:
    """A deadline with early ones so many days before it; their ids."""
    id = await client.record(**{**DEADLINE, **more})
    early = {"early": [{"days_before": days} for days in distances]}
    made = (await client.do("POST", f"{PATH}/{id}/early-deadlines", early, expect=201))["made"]
    return id, made


async def withdraw(client: Any, identifier: str) -> int:
    return (await client.do("POST", f"{PATH}/{identifier}/withdraw", {"reason": "Wrong court"}))["commit"]


async def brought_back(client: Any, identifier: str, way: str, commit: int) -> Any:
    if way == "restore":
        return await client.send("POST", f"{PATH}/{identifier}/restore", {})
    return await client.send("POST", f"{PATH}/{identifier}/undo", {}, If_Match=f'"{commit}"')


WAYS = pytest.mark.parametrize("way", ["restore", "undo"])


@WAYS
@pytest.mark.parametrize(
    ("by_hand", "moves", "due_on"),
    [
        (None, ["2026-07-10"], "2026-07-03"),
        (None, ["2026-07-10", "2026-08-31"], "2026-08-24"),
        ("2026-06-20", [], "2026-06-20"),
        ("2026-06-20", ["2026-07-10"], "2026-06-30"),
        (None, [None, "2026-07-10"], "2026-07-03"),
    ],
)
async def test_dln_04_a_restored_early_deadline_has_moved_with_its_deadline(
    client: Any, way: str, by_hand: str | None, moves: list[str | None], due_on: str
) -> None:
    id, (early,) = await deadline(client, 7)
    if by_hand:
        await client.do("PUT", f"{PATH}/{early}/due", {"on": by_hand})
    commit = await withdraw(client, early)
    await client.do("POST", f"{PATH}/{id}/corrections", {"changes": {"activity_type": None}})
    for day in moves:
        await client.do("PUT", f"{PATH}/{id}/due", {"on": day})
    assert (await brought_back(client, early, way, commit)).status_code == 200
    after = await client.read(early)
    assert (after["due_on"], after["withdrawn"]) == (due_on, False)


@WAYS
async def test_dln_04_an_early_deadline_of_a_deadline_without_date_is_not_restored(client: Any, way: str) -> None:
    id, (early,) = await deadline(client, 7)
    commit = await withdraw(client, early)
    await client.do("POST", f"{PATH}/{id}/corrections", {"changes": {"activity_type": None}})
    await client.do("PUT", f"{PATH}/{id}/due", {"on": None})
    refused = await brought_back(client, early, way, commit)
    assert (refused.status_code, refused.json()["rule"]) == (422, "DLN-04")
    assert (await client.read(early))["withdrawn"] is True


@WAYS
async def test_dln_03_restoring_makes_no_more_than_20_early_deadlines(client: Any, way: str) -> None:
    id, (early,) = await deadline(client, 7)
    commit = await withdraw(client, early)
    more = {"early": [{"days_before": 3}] * 20}
    others = (await client.do("POST", f"{PATH}/{id}/early-deadlines", more, expect=201))["made"]
    refused = await brought_back(client, early, way, commit)
    assert (refused.status_code, refused.json()["rule"]) == (422, "DLN-03")
    await withdraw(client, others[0])
    assert (await brought_back(client, early, way, commit)).status_code == 200


@WAYS
async def test_dln_04_an_early_deadline_comes_back_as_done_as_its_deadline(client: Any, way: str) -> None:
    id, (early,) = await deadline(client, 7)
    commit = await withdraw(client, early)
    await client.do("POST", f"{PATH}/{id}/complete", {"completed_on": "2025-05-02"})
    assert (await brought_back(client, early, way, commit)).status_code == 200
    after = await client.read(early)
    assert (after["withdrawn"], after["completed_on"]) == (False, "2025-05-02")
    undone = await client.send("POST", f"{PATH}/{early}/undo", {}, If_Match=f'"{after["commit"]}"')
    assert undone.status_code == 200
    assert (await client.read(early))["withdrawn"] is True


@WAYS
async def test_dln_03_open_early_deadlines_are_withdrawn_with_their_deadline_and_come_back_with_it(
    client: Any, way: str
) -> None:
    id, (done, stray, by_hand, hidden) = await deadline(client, 30, 21, 14, 7)
    await client.do("POST", f"{PATH}/{done}/complete", {})
    await withdraw(client, stray)
    await client.do("PUT", f"{PATH}/{by_hand}/due", {"on": "2026-06-20"})
    await client.do("PUT", f"{PATH}/{hidden}/visibility", {"visibility": "granted"})
    commit = (await client.do("POST", f"{PATH}/{id}/withdraw", {"reason": "Wrong court"}, by="ben"))["commit"]

    async def withdrawn() -> list[bool]:
        return [(await client.read(each))["withdrawn"] for each in (id, done, stray, by_hand, hidden)]

    assert await withdrawn() == [True, False, True, True, True]
    log = await client.send("GET", f"{PATH}/{by_hand}/changes")
    assert "Wrong court" not in log.text
    assert await client.refused("POST", f"{PATH}/{by_hand}/restore") == ("DLN-03", "early_deadline_of")
    assert (await brought_back(client, id, way, commit)).status_code == 200
    assert await withdrawn() == [False, False, True, False, False]
    assert [(await client.read(each))["due_on"] for each in (by_hand, hidden)] == ["2026-06-20", "2026-06-23"]


async def test_dln_03_undoing_that_a_deadline_came_back_takes_its_early_ones_along_again(client: Any) -> None:
    id, (early,) = await deadline(client, 7)
    await withdraw(client, id)
    back = await client.do("POST", f"{PATH}/{id}/restore", {})
    assert (await client.send("POST", f"{PATH}/{id}/undo", {}, If_Match=f'"{back["commit"]}"')).status_code == 200
    assert (await client.read(early))["withdrawn"] is True


async def test_dln_04_an_early_deadline_that_comes_back_while_its_deadline_moves_follows_it(client: Any) -> None:
    id, early = await deadline(client, 7, 7, 7)
    for each in early:
        await withdraw(client, each)
    answers = await asyncio.gather(
        *(client.send("POST", f"{PATH}/{each}/restore", {}) for each in early),
        *(client.send("PUT", f"{PATH}/{id}/due", {"on": day}) for day in ("2026-07-10", "2026-08-10")),
    )
    assert {answer.status_code for answer in answers} == {200}
    after = await client.read(id)
    expected = {"2026-07-10": "2026-07-03", "2026-08-10": "2026-08-03"}[after["due_on"]]
    assert [each["due_on"] for each in after["early_deadlines"]] == [expected] * 3


async def test_dln_04_no_early_deadline_is_left_open_that_comes_back_while_its_deadline_is_done(client: Any) -> None:
    for _ in range(4):
        id, (early,) = await deadline(client, 7, id=new_id())
        await withdraw(client, early)
        answers = await asyncio.gather(
            client.send("POST", f"{PATH}/{early}/restore", {}), client.send("POST", f"{PATH}/{id}/complete", {})
        )
        assert [answer.status_code for answer in answers] == [200, 200]
        assert (await client.read(early))["completed_on"] is not None
