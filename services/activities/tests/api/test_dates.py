"""Which day an activity is of, and which days are taken."""

from __future__ import annotations

from typing import Any

import pytest

PATH = "/v1/activities"
MEETING = {"kind": "meeting", "starts_at": "2030-12-14T23:30:00+01:00", "ends_at": "2030-12-16T10:00:00+01:00"}


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"starts_at": "2030-12-14T10:00:00+01:00"}, "2030-12-14"),
        ({"starts_at": "2030-12-14T23:30:00Z"}, "2030-12-15"),
        ({"starts_at": "2030-12-14T23:30:00Z", "all_day": True}, "2030-12-14"),
        ({"starts_at": "9999-12-30T23:30:00Z", "duration_minutes": 5256000}, "9999-12-31"),
        (MEETING | {"occurred_on": "2030-12-16"}, "2030-12-16"),
    ],
)
async def test_cal_02_the_date_is_that_of_the_beginning_where_the_caller_is(
    client: Any, fields: dict[str, Any], day: str
) -> None:
    """Which is Zurich."""
    assert (await client.read(await client.record(**fields)))["occurred_on"] == day


async def test_cal_02_a_date_outside_start_and_end_is_refused(client: Any) -> None:
    for day in ("2030-12-13", "2030-12-17"):
        meeting = MEETING | {"title": "Talks", "occurred_on": day}
        assert await client.refused("POST", PATH, meeting) == ("CAL-02", "occurred_on")


async def test_cal_02_nothing_begins_before_1900(client: Any) -> None:
    for start in ("0001-01-02T12:00:00Z", "1900-01-01T00:00:00+14:00"):
        old = {"kind": "meeting", "title": "Old", "starts_at": start}
        assert await client.refused("POST", PATH, old) == ("CAL-02", "starts_at")
        path, change = f"{PATH}/{await client.record()}/corrections", {"changes": {"starts_at": start}}
        assert await client.refused("POST", path, change) == ("CAL-02", "changes.starts_at")


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({"starts_at": "2030-12-14T00:00:00Z", "ends_at": "2030-12-16T00:00:00Z"}, (14, 15)),
        ({"starts_at": "2030-12-14T00:00:00Z", "duration_minutes": 2880}, (14, 15)),
        ({"starts_at": "2030-12-14T00:00:00-08:00"}, (14, 14)),
        ({"starts_at": "2030-12-14T20:00:00Z", "ends_at": "2030-12-15T10:00:00Z"}, (14, 15)),
    ],
)
async def test_cal_02_a_date_outside_whole_days_is_refused(
    client: Any, fields: dict[str, Any], days: tuple[int, int]
) -> None:
    trip = {"kind": "meeting", "title": "Trip", "all_day": True, **fields}
    first, last = days
    for day in days:
        assert await client.record(**trip, occurred_on=f"2030-12-{day}")
    for day in (first - 1, last + 1):
        assert await client.refused("POST", PATH, trip | {"occurred_on": f"2030-12-{day}"}) == ("CAL-02", "occurred_on")


async def test_cal_02_a_date_that_nobody_says_follows_corrected_hours(client: Any) -> None:
    identifier = await client.record(**MEETING)
    path = f"{PATH}/{identifier}/corrections"
    later = {"starts_at": "2031-01-07T10:00:00+01:00", "ends_at": "2031-01-07T11:00:00+01:00"}
    await client.do("POST", path, {"changes": later})
    assert (await client.read(identifier))["occurred_on"] == "2031-01-07"
    wrong = {"changes": {"occurred_on": "2031-01-08"}}
    assert await client.refused("POST", path, wrong) == ("CAL-02", "changes.occurred_on")
    await client.do("POST", path, {"changes": {"starts_at": None, "ends_at": None} | wrong["changes"]})
    assert (await client.read(identifier))["occurred_on"] == "2031-01-08"


async def test_act_20_nothing_was_done_on_a_day_that_is_still_to_come(client: Any) -> None:
    identifier = await client.record(due_on="2030-01-01")
    later = {"completed_on": "2999-01-01"}
    assert await client.refused("POST", f"{PATH}/{identifier}/complete", later) == ("ACT-20", "completed_on")
    many = await client.do("POST", f"{PATH}/bulk/complete", {"activities": [identifier], **later})
    assert many["items"][0]["problem"]["rule"] == "ACT-20"
    assert (await client.read(identifier))["completed_on"] is None


@pytest.mark.parametrize("field", ["due_on", "occurred_on"])
async def test_a_day_before_1900_is_refused(client: Any, field: str) -> None:
    note = {"kind": "note", "title": "Offer", field: "0026-12-01"}
    assert await client.refused("POST", PATH, note) == ("earliest-day", field)


async def test_act_02_who_completes_what_is_no_task_is_told(client: Any) -> None:
    plain, task = await client.record(), await client.record(due_on="2030-01-01")
    told = [await client.do("POST", f"{PATH}/{each}/complete") for each in (plain, task)]
    assert [[each["rule"] for each in answer["warnings"]] for answer in told] == [["ACT-02"], []]
