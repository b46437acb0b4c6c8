"""Recurring tasks over HTTP: completing one opens the next, exactly one, whatever happens."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dossier.ids import derived_id
from dossier.testing.activities import ACME, ANNA, ATLAS, BEN

PATH = "/v1/activities"
TASK = {"due_on": "2026-06-01", "responsible": {"user": ANNA, "follow_up_on": "2026-05-29"}}
MONDAYS = {"rule": "FREQ=WEEKLY;BYDAY=MO"}


async def recurring(client: Any, **more: Any) -> str:
    id = await client.record(**{**TASK, "address": {"type": "company", "id": ACME}, "project": ATLAS, **more})
    await client.do("PUT", f"{PATH}/{id}/recurrence", MONDAYS)
    return id


async def tasks_there(store: Any) -> int:
    return len([each for each in await store.commits.distinct("stream") if each.startswith("activity-")])


async def test_act_18_completing_opens_the_next_one_like_it(client: Any) -> None:
    id = await recurring(client, title="Pay wages", priority="high")
    assert (await client.read(id))["recurrence"] == {
        "rule": "FREQ=WEEKLY;BYDAY=MO",
        "series": derived_id("series", id),
        "occurrence": 1,
        "occurs_on": "2026-06-01",
    }
    await client.do("PUT", f"{PATH}/{id}/due", {"on": "2026-06-03"})  # this week later, next week on its own day
    await client.do("POST", f"{PATH}/{id}/complete", {})
    done = await client.read(id)
    assert done["completed_on"] is not None
    next_one = await client.read(done["next_occurrence"])
    assert (next_one["title"], next_one["priority"], next_one["project"]) == ("Pay wages", "high", ATLAS)
    assert (next_one["due_on"], next_one["completed_on"]) == ("2026-06-08", None)
    assert next_one["responsible"] == {"user": ANNA, "follow_up_on": "2026-06-03"}
    assert (next_one["previous_occurrence"], next_one["recurrence"]["occurrence"]) == (id, 2)
    await client.do("POST", f"{PATH}/{next_one['id']}/complete", {})
    third = await client.read((await client.read(next_one["id"]))["next_occurrence"])
    assert (third["due_on"], third["previous_occurrence"]) == ("2026-06-15", next_one["id"])


async def test_act_18_cal_02_the_next_meeting_is_planned_for_its_own_day_and_hours(client: Any) -> None:
    hours = {"starts_at": "2026-10-19T09:00:00+02:00", "ends_at": "2026-10-19T10:00:00+02:00", "duration_minutes": 60}
    meeting = {"kind": "meeting", "title": "Monday", "due_on": "2026-10-19", "responsible": {"user": ANNA}}
    id = await client.record(**meeting, **hours)
    await client.do("PUT", f"{PATH}/{id}/recurrence", MONDAYS)
    for day in ("2026-10-26", "2026-11-02"):  # clocks go back on the 25th
        await client.do("POST", f"{PATH}/bulk/complete", {"activities": [id]}, by="ben")
        id = (await client.read(id))["next_occurrence"]
        next_one = await client.read(id)
        assert (next_one["occurred_on"], next_one["due_on"], next_one["duration_minutes"]) == (day, day, 60)
        assert [next_one[field] for field in ("starts_at", "ends_at")] == [
            f"{day}T09:00:00+01:00",
            f"{day}T10:00:00+01:00",
        ]


async def test_act_18_completing_twice_at_once_or_again_opens_no_other(client: Any, store: Any) -> None:
    id = await recurring(client)
    path = f"{PATH}/{id}"
    answers = await asyncio.gather(*(client.send("POST", f"{path}/complete", {}, by=by) for by in ("anna", "ben") * 4))
    assert {answer.status_code for answer in answers} == {200}
    assert await tasks_there(store) == 2
    await client.do("POST", f"{path}/complete", {})
    await client.do("POST", f"{path}/reopen")
    await client.do("POST", f"{path}/complete", {})
    assert await tasks_there(store) == 2
    assert (await client.read(id))["next_occurrence"] is not None


async def test_act_18_dln_03_nobody_can_take_the_ids_of_what_completing_opens(client: Any) -> None:
    id = await recurring(client, activity_type="deadline")
    await client.do("POST", f"{PATH}/{id}/early-deadlines", {}, expect=201)
    next_id = derived_id("occurrence", id, "2")
    for taken in (next_id, derived_id("early", next_id, "0")):
        await client.record(id=taken, by="ben")
    await client.do("POST", f"{PATH}/{id}/complete", {})
    following = await client.read((await client.read(id))["next_occurrence"])
    assert (following["due_on"], following["entered_by"]) == ("2026-06-08", ANNA)
    assert [each["due_on"] for each in following["early_deadlines"]] == ["2026-06-01"]


async def test_act_18_a_repeated_request_is_the_same_answer_and_one_next(client: Any, store: Any) -> None:
    id = await recurring(client)
    answers = [await client.send("POST", f"{PATH}/{id}/complete", {}, Idempotency_Key="one") for _ in range(2)]
    assert [answer.json()["replayed"] for answer in answers] == [False, True]
    assert answers[0].json() == answers[1].json() | {"replayed": False}
    assert await tasks_there(store) == 2


async def test_act_18_a_stale_version_opens_nothing(client: Any, store: Any) -> None:
    id = await recurring(client)
    stale = await client.send("POST", f"{PATH}/{id}/complete", {}, If_Match='"1"')
    assert stale.status_code == 409
    assert await tasks_there(store) == 1
    assert (await client.send("POST", f"{PATH}/{id}/complete", {}, If_Match='"2"')).status_code == 200


async def test_act_18_a_series_stops_and_ends(client: Any, store: Any) -> None:
    id = await recurring(client)
    await client.do("DELETE", f"{PATH}/{id}/recurrence")
    await client.do("POST", f"{PATH}/{id}/complete", {})
    assert await tasks_there(store) == 1
    twice = await client.record(**TASK)
    await client.do("PUT", f"{PATH}/{twice}/recurrence", {"rule": "FREQ=DAILY;COUNT=2"})
    await client.do("POST", f"{PATH}/{twice}/complete", {})
    last = (await client.read(twice))["next_occurrence"]
    assert (await client.refused("DELETE", f"{PATH}/{twice}/recurrence"))[0] == "ACT-22"
    await client.do("POST", f"{PATH}/{last}/complete", {})
    assert (await client.read(last))["next_occurrence"] is None
    until = await client.record(**TASK)
    await client.do("PUT", f"{PATH}/{until}/recurrence", {"rule": "FREQ=DAILY;UNTIL=20260602"})
    await client.do("POST", f"{PATH}/{until}/complete", {})
    last = (await client.read(until))["next_occurrence"]
    await client.do("POST", f"{PATH}/{last}/complete", {})
    assert (await client.read(last))["next_occurrence"] is None


async def test_act_22_the_31st_is_asked_for(client: Any) -> None:
    id = await client.record(due_on="2026-01-31")
    path = f"{PATH}/{id}/recurrence"
    answer = await client.send("PUT", path, {"rule": "FREQ=MONTHLY;BYMONTHDAY=31"})
    assert (answer.status_code, answer.json()["field"]) == (422, "rule")
    assert "BYMONTHDAY=-1" in answer.json()["detail"]
    await client.do("PUT", path, {"rule": "FREQ=MONTHLY;BYMONTHDAY=-1"})
    await client.do("POST", f"{PATH}/{id}/complete", {})
    assert (await client.read((await client.read(id))["next_occurrence"]))["due_on"] == "2026-02-28"
    skipping = await client.record(due_on="2026-01-31")
    asked = {"rule": "FREQ=MONTHLY;BYMONTHDAY=31", "skip_short_months": True}
    await client.do("PUT", f"{PATH}/{skipping}/recurrence", asked)
    await client.do("POST", f"{PATH}/{skipping}/complete", {})
    assert (await client.read((await client.read(skipping))["next_occurrence"]))["due_on"] == "2026-03-31"


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "rule"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "rule"),
        ("FREQ=MINUTELY", "rule"),
        ("FREQ=WEEKLY;BYDAY=TU", "due_on"),
        ("FREQ=YEARLY;INTERVAL=366", "rule"),
        ("x" * 301, "rule"),
        ("", "rule"),
    ],
)
async def test_act_22_bad_rules_are_refused_and_change_nothing(client: Any, rule: str, field: str) -> None:
    id = await client.record(**TASK)
    answer = await client.send("PUT", f"{PATH}/{id}/recurrence", {"rule": rule})
    told = answer.json()
    assert (answer.status_code, (told.get("errors") or [told])[0]["field"]) == (422, field)
    assert (await client.read(id))["version"] == 1


@pytest.mark.parametrize(
    ("days", "place", "due_on", "following"),
    [
        ("MO,TU,WE,TH,FR", "1,2", "2030-06-03", ["2030-06-04", "2030-06-10", "2030-06-11"]),
        ("MO,TU,WE", "2", "2030-06-04", ["2030-06-11"]),
        ("MO,TU,WE,TH,FR,SA,SU", "7", "2030-06-09", ["2030-06-16"]),
    ],
)
async def test_act_22_places_in_a_week_are_those_of_the_whole_week(
    client: Any, days: str, place: str, due_on: str, following: list[str]
) -> None:
    id = await client.record(due_on=due_on)
    await client.do("PUT", f"{PATH}/{id}/recurrence", {"rule": f"FREQ=WEEKLY;BYDAY={days};BYSETPOS={place}"})
    for day in following:
        await client.do("POST", f"{PATH}/{id}/complete", {})
        id = (await client.read(id))["next_occurrence"]
        assert (await client.read(id))["due_on"] == day


async def test_act_22_a_due_date_that_is_not_at_the_place_in_its_week_is_refused(client: Any) -> None:
    id = await client.record(due_on="2030-06-05")
    answer = await client.send("PUT", f"{PATH}/{id}/recurrence", {"rule": "FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=1"})
    told = answer.json()
    assert (answer.status_code, told["rule"], told["field"]) == (422, "ACT-22", "due_on")
    assert "2030-06-10" in told["detail"]


async def test_act_22_what_has_no_due_date_does_not_recur(client: Any) -> None:
    id = await client.record()
    assert await client.refused("PUT", f"{PATH}/{id}/recurrence", MONDAYS) == ("ACT-22", "due_on")


@pytest.mark.parametrize(
    ("follow_up_on", "moved_to", "next_follow_up_on"),
    [
        ("9999-12-31", "2026-06-01", "9999-12-31"),
        ("9999-12-28", "2026-06-01", "9999-12-31"),
        ("1900-01-02", "2026-06-22", "1900-01-01"),
    ],
)
async def test_act_18_a_follow_up_date_at_the_end_of_the_calendar_keeps_no_task_from_being_done(
    client: Any, follow_up_on: str, moved_to: str, next_follow_up_on: str
) -> None:
    id = await recurring(client, responsible={"user": ANNA, "follow_up_on": follow_up_on})
    await client.do("PUT", f"{PATH}/{id}/due", {"on": moved_to})
    await client.do("POST", f"{PATH}/{id}/complete", {})
    next_one = await client.read((await client.read(id))["next_occurrence"])
    assert (next_one["due_on"], next_one["responsible"]["follow_up_on"]) == ("2026-06-08", next_follow_up_on)


async def test_act_18_dln_03_a_recurring_deadline_keeps_reviewer_and_early_deadlines(client: Any) -> None:
    id = await recurring(client, activity_type="deadline_with_review", reviewer=BEN)
    await client.do("POST", f"{PATH}/{id}/early-deadlines", {"early": [{}, {"days_before": 3}]}, expect=201)
    await client.do("POST", f"{PATH}/{id}/review", {"approved": True}, by="ben")
    await client.do("POST", f"{PATH}/{id}/complete", {})
    next_one = await client.read((await client.read(id))["next_occurrence"])
    assert next_one["review"] == {"reviewer": BEN, "approved": None, "remark": ""}
    assert [(each["days_before"], each["due_on"]) for each in next_one["early_deadlines"]] == [
        (7, "2026-06-01"),
        (3, "2026-06-05"),
    ]
    early = await client.read(next_one["early_deadlines"][1]["id"])
    assert early["early_deadline_of"] == {"deadline": next_one["id"], "title": "Offer", "days_before": 3}
    assert await client.refused("PUT", f"{PATH}/{early['id']}/recurrence", MONDAYS) == ("ACT-22", "early_deadline_of")


async def test_act_18_dln_03_withdrawn_early_deadlines_do_not_come_again_and_titles_do(client: Any) -> None:
    id = await recurring(client, activity_type="deadline")
    path = f"{PATH}/{id}/early-deadlines"
    asked = {"early": [{"days_before": 14}, {"days_before": 7, "title": "Draft"}, {"days_before": 3}]}
    stray, *_ = (await client.do("POST", path, asked, expect=201))["made"]
    await client.do("POST", f"{PATH}/{stray}/withdraw", {})
    await client.do("POST", f"{PATH}/{id}/complete", {})
    next_one = await client.read((await client.read(id))["next_occurrence"])
    early = [await client.read(each["id"]) for each in next_one["early_deadlines"]]
    told = [(each["title"], each["due_on"], each["early_deadline_of"]["days_before"]) for each in early]
    assert told == [("Draft", "2026-06-01", 7), ("Early deadline: Offer", "2026-06-05", 3)]


async def test_act_18_of_a_series_is_told_that_it_is_one_and_not_the_id_of_a_hidden_one(client: Any) -> None:
    id = await recurring(client, visibility="granted")
    await client.do("POST", f"{PATH}/{id}/complete", {})
    following = (await client.read(id))["next_occurrence"]
    await client.do("PUT", f"{PATH}/{following}/visibility", {"visibility": "everyone"})
    for part in ("", "/changes"):
        answer = await client.send("GET", f"{PATH}/{following}{part}", by="ben")
        assert answer.status_code == 200
        assert id not in answer.text
    first, second = await client.read(id), await client.read(following)
    assert first["recurrence"]["series"] == second["recurrence"]["series"]


async def test_act_18_the_next_one_is_seen_by_whoever_saw_this_one(client: Any) -> None:
    id = await recurring(client, visibility="granted", grants=[{"to": "user", "id": BEN}])
    await client.do("POST", f"{PATH}/{id}/complete", {}, by="ben")
    next_one = (await client.read(id))["next_occurrence"]
    assert [await client.sees(next_one, who) for who in ("anna", "ben", "cara")] == [True, True, False]
    assert (await client.read(next_one))["entered_by"] == ANNA
