"""Many items of a work list at once: each is answered for itself, and none keeps another back."""

from __future__ import annotations

import asyncio
from itertools import permutations
from typing import Any

import pytest

from dossier.ids import new_id
from dossier.store import CommitStore
from dossier.testing.activities import ANNA, BEN, SECRET

COMPLETE, SHIFT = "/v1/activities/bulk/complete", "/v1/activities/bulk/shift"


async def tasks(client: Any, number: int, **facts: Any) -> list[str]:
    given = {"responsible": {"user": ANNA, "follow_up_on": "2026-05-05"}, "due_on": "2026-05-10"} | facts
    return list(await asyncio.gather(*(client.record(**given) for _ in range(number))))


async def many(client: Any, path: str, body: dict[str, Any], **headers: str) -> list[tuple[int, str | None]]:
    """Status, and the rule of a refusal, of each."""
    answer = await client.send("POST", path, body, **headers)
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [item["id"] for item in items] == body["activities"]
    assert all(item["problem"]["field"] == "activities" for item in items if item["status"] == 404)
    return [(item["status"], (item["problem"] or {}).get("rule")) for item in items]


async def test_act_20_many_are_completed_and_one_refused_keeps_no_other_back(client: Any, store: CommitStore) -> None:
    first, second = await tasks(client, 2)
    hidden = await client.record(by="ben", project=SECRET)
    activities = [first, hidden, new_id(), second]
    told = await many(client, COMPLETE, {"activities": activities, "completed_on": "2025-05-06"})
    assert told == [(200, None), (404, "exists"), (404, "exists"), (200, None)]
    for identifier in (first, second):
        assert (await client.read(identifier))["completed_on"] == "2025-05-06"
    assert (await client.read(hidden, by="ben"))["completed_on"] is None
    batches = {(await store.read(f"activity-{identifier}"))[-1].batchid for identifier in (first, second)}
    assert len(batches) == 1


async def test_act_20_what_is_not_there_and_what_is_not_to_be_seen_are_answered_alike(client: Any) -> None:
    hidden = await client.record(by="ben", project=SECRET)
    answer = await client.send("POST", COMPLETE, {"activities": [hidden, new_id()]})
    one, other = (item["problem"] for item in answer.json()["items"])
    assert one == other


async def test_act_03_dates_move_by_days_each_from_where_it_stands_or_to_a_day_or_none(client: Any) -> None:
    near, far = await tasks(client, 1), await tasks(client, 1, due_on="2026-06-29")
    both = near + far

    async def due() -> list[str | None]:
        return [(await client.read(identifier))["due_on"] for identifier in both]

    assert await many(client, SHIFT, {"activities": both, "date": "due", "days": 3}) == [(200, None)] * 2
    assert await due() == ["2026-05-13", "2026-07-02"]
    assert await many(client, SHIFT, {"activities": both, "date": "due", "on": "2026-08-01"}) == [(200, None)] * 2
    assert await due() == ["2026-08-01", "2026-08-01"]
    assert await many(client, SHIFT, {"activities": both, "date": "due", "on": None}) == [(200, None)] * 2
    assert await due() == [None, None]
    assert await many(client, SHIFT, {"activities": both, "date": "due", "days": 1}) == [(422, "ACT-03")] * 2


@pytest.mark.parametrize(("stands", "days"), [("1900-01-07", -7), ("9999-12-25", 7)])
async def test_act_03_dates_do_not_move_out_of_the_calendar(client: Any, stands: str, days: int) -> None:
    (task,) = await tasks(client, 1, due_on=stands)
    assert await many(client, SHIFT, {"activities": [task], "date": "due", "days": days}) == [(422, "ACT-03")]
    assert (await client.read(task))["due_on"] == stands


async def test_act_02_a_follow_up_that_moves_is_the_callers_own(client: Any) -> None:
    (mine,) = await tasks(client, 1, further_responsible=[{"user": BEN, "follow_up_on": "2026-05-20"}])
    (bens,) = await tasks(client, 1, responsible={"user": BEN, "follow_up_on": "2026-05-20"})
    body = {"activities": [mine, bens], "date": "follow_up", "days": -2}
    assert await many(client, SHIFT, body) == [(200, None), (422, "ACT-03")]
    after = await client.read(mine)
    assert after["further_responsible"] == [{"user": BEN, "follow_up_on": "2026-05-20"}]
    to_a_day = {"activities": [mine, bens], "date": "follow_up", "on": "2026-05-07"}
    assert await many(client, SHIFT, to_a_day) == [(200, None), (422, "ACT-02")]
    assert (await client.read(mine))["responsible"]["follow_up_on"] == "2026-05-07"
    assert (await client.read(bens))["responsible"]["follow_up_on"] == "2026-05-20"


async def test_act_20_what_is_done_is_on_no_work_list_and_does_not_move(client: Any) -> None:
    done, open_ = await tasks(client, 2)
    await client.do("POST", f"/v1/activities/{done}/complete", {})
    for move in ({"days": 3}, {"on": "2026-07-01"}):
        told = await many(client, SHIFT, {"activities": [done, open_], "date": "due", **move})
        assert told == [(422, "ACT-20"), (200, None)]
    assert (await client.read(done))["due_on"] == "2026-05-10"


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_dln_04_early_deadlines_that_are_named_beside_their_deadline_move_once(
    client: Any, order: tuple[int, ...]
) -> None:
    deadline = await client.record(activity_type="deadline", due_on="2030-06-28", responsible={"user": ANNA})
    path = f"/v1/activities/{deadline}/early-deadlines"
    early = (await client.do("POST", path, {"early": [{}, {}, {}]}, expect=201))["made"]
    family = [deadline, *early]
    named = [family[place] for place in order]

    async def due() -> list[str]:
        return [(await client.read(identifier))["due_on"] for identifier in family]

    by_days = {"activities": named, "date": "due", "days": 7}
    for _ in range(2):
        assert await many(client, SHIFT, by_days, idempotency_key="a") == [(200, None)] * 3
    assert await due() == ["2030-07-05", "2030-06-28", "2030-06-21", "2030-06-14"]  # the last went along unnamed
    assert await many(client, SHIFT, {"activities": early[:1], "date": "due", "days": 1}) == [(200, None)]
    assert await due() == ["2030-07-05", "2030-06-29", "2030-06-21", "2030-06-14"]
    to_a_day = {"activities": named, "date": "due", "on": "2030-09-01"}
    assert await many(client, SHIFT, to_a_day) == [(200, None)] * 3
    assert await due() == ["2030-09-01"] * 3 + ["2030-08-11"]


async def test_dln_04_an_early_deadline_that_the_caller_does_not_see_is_not_left_behind_by_naming_it(
    client: Any,
) -> None:
    deadline = await client.record(activity_type="deadline", due_on="2030-06-28", responsible={"user": ANNA})
    (early,) = (await client.do("POST", f"/v1/activities/{deadline}/early-deadlines", {}, expect=201))["made"]
    await client.do("PUT", f"/v1/activities/{early}/visibility", {"visibility": "granted"})
    assert not await client.sees(early, "ben")
    body = {"activities": [early, deadline], "date": "due", "days": 7}
    answer = await client.send("POST", SHIFT, body, by="ben")
    assert [item["status"] for item in answer.json()["items"]] == [404, 200]
    assert (await client.read(early))["due_on"] == "2030-06-28"


async def test_a_repeated_shift_with_its_key_moves_once(client: Any) -> None:
    activities = await tasks(client, 3)
    body = {"activities": activities, "date": "due", "days": 3}
    for _ in range(2):
        assert await many(client, SHIFT, body, idempotency_key="a") == [(200, None)] * 3
    assert {(await client.read(identifier))["due_on"] for identifier in activities} == {"2026-05-13"}
    other = await client.send("POST", SHIFT, body | {"days": 4}, idempotency_key="a")
    assert {item["problem"]["status"] for item in other.json()["items"]} == {422}


async def test_shifts_of_the_same_moment_add_up_or_say_so(client: Any) -> None:
    (identifier,) = await tasks(client, 1)
    body = {"activities": [identifier], "date": "due", "days": 1}
    told = [status for ((status, _),) in await asyncio.gather(*(many(client, SHIFT, body) for _ in range(8)))]
    assert set(told) <= {200, 409}
    assert (await client.read(identifier))["due_on"] == f"2026-05-{10 + told.count(200)}"


async def test_two_hundred_are_completed_in_one_request(client: Any, store: CommitStore) -> None:
    activities = await tasks(client, 200)
    assert set(await many(client, COMPLETE, {"activities": activities})) == {(200, None)}
    assert {(await store.head(f"activity-{identifier}")).version for identifier in activities} == {2}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (COMPLETE, {"activities": []}, "activities"),
        (COMPLETE, {"activities": [new_id() for _ in range(201)]}, "activities"),
        (COMPLETE, {"activities": [BEN, BEN]}, "activities"),
        (COMPLETE, {"activities": ["x"]}, "activities.0"),
        (SHIFT, {"activities": [BEN], "date": "due"}, "body"),
        (SHIFT, {"activities": [BEN], "date": "due", "days": 1, "on": None}, "body"),
        (SHIFT, {"activities": [BEN], "date": "due", "days": 3661}, "days"),
        (SHIFT, {"activities": [BEN], "date": "start", "days": 1}, "date"),
    ],
)
async def test_bad_input_is_refused_whole_and_named(client: Any, path: str, body: Any, field: str) -> None:
    refused = await client.send("POST", path, body)
    assert refused.status_code == 422
    assert refused.json()["field"] == field


@pytest.mark.parametrize(
    ("path", "body", "field", "detail"),
    [
        ("bulk/complete", {"activities": ["x"]}, "activities.0", "must be a UUID in lower case"),
        ("bulk/complete", {"activities": []}, "activities", "must have at least 1 item"),
        (f"{BEN}/early-deadlines", {"early": [{"days_before": -3}]}, "early.0.days_before", "must be at least 1"),
    ],
)
async def test_a_wrong_item_is_the_only_thing_that_is_wrong_with_its_list(
    client: Any, path: str, body: dict[str, Any], field: str, detail: str
) -> None:
    told = await client.do("POST", f"/v1/activities/{path}", body, expect=422)
    assert [(each["field"], each["detail"]) for each in told["errors"]] == [(field, detail)]
