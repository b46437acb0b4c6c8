"""What is most likely a typing error, or forgotten, is pointed out and done all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dossier.testing.activities import ACME, ANNA, BEN

PATH = "/v1/activities"
NOTE = {"kind": "note", "title": "Offer", "occurred_on": "2026-05-04", "address": {"type": "company", "id": ACME}}
TODAY = datetime.now(UTC).date()
SOON, NEVER = f"{TODAY + timedelta(days=30)}", f"{TODAY + timedelta(days=60 * 365)}"
NOBODY = ("ACT-19", "nobody is responsible for it though it is due: only the work list of nobody shows it")


def told(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(warning["rule"], warning["detail"]) for warning in answer["warnings"]]


async def recorded(client: Any, **fields: Any) -> list[tuple[str, str]]:
    return told(await client.do("POST", PATH, NOTE | fields, expect=201))


async def test_act_19_what_is_due_and_in_no_work_list_is_pointed_out(client: Any) -> None:
    assert await recorded(client, due_on=SOON) == [NOBODY]
    assert await recorded(client, due_on=SOON, responsible={"user": BEN}) == []
    id = await client.record(**NOTE, responsible={"user": BEN})
    assert told(await client.do("PUT", f"{PATH}/{id}/due", {"on": SOON})) == []
    assert told(await client.do("DELETE", f"{PATH}/{id}/responsible/{BEN}")) == [NOBODY]
    assert told(await client.do("DELETE", f"{PATH}/{id}/responsible/{BEN}")) == []
    assert told(await client.do("PUT", f"{PATH}/{id}/due", {"on": None})) == []
    assert told(await client.do("PUT", f"{PATH}/{id}/due", {"on": SOON})) == [NOBODY]
    shifted = await client.do("POST", f"{PATH}/bulk/shift", {"activities": [id], "date": "due", "days": 1})
    assert told(shifted["items"][0]["answer"]) == [NOBODY]
    await client.do("POST", f"{PATH}/{id}/complete", {})
    assert told(await client.do("PUT", f"{PATH}/{id}/due", {"on": SOON})) == []


async def test_act_19_who_undoes_that_somebody_is_responsible_is_told(client: Any) -> None:
    id = await client.record(**NOTE, due_on=SOON)
    assigned = await client.do("POST", f"{PATH}/{id}/responsible", {"user": BEN})
    undone = await client.send("POST", f"{PATH}/{id}/undo", {}, If_Match=f'"{assigned["commit"]}"')
    assert told(undone.json()) == [NOBODY]


async def test_act_20_who_completes_again_for_another_day_is_told_which_one_stays(client: Any) -> None:
    id = await client.record(due_on=SOON, responsible={"user": BEN})
    path = f"{PATH}/{id}/complete"
    first, other = {"completed_on": "2026-05-04"}, {"completed_on": "2026-05-05"}
    assert [told(await client.do("POST", path, body)) for body in (first, first, {})] == [[], [], []]
    stays = [("ACT-20", "it was completed on 2026-05-04, which stays; reopen it to change that")]
    assert told(await client.do("POST", path, other)) == stays
    many = await client.do("POST", f"{PATH}/bulk/complete", {"activities": [id], **other})
    assert told(many["items"][0]["answer"]) == stays
    assert (await client.read(id))["completed_on"] == "2026-05-04"
    await client.do("POST", f"{PATH}/{id}/reopen")
    assert [told(await client.do("POST", path, body)) for body in (other, other)] == [[], []]


async def test_act_20_a_repeated_request_is_not_warned_of_itself(client: Any) -> None:
    id = await client.record(due_on=SOON, responsible={"user": BEN})
    path, body = f"{PATH}/{id}/complete", {"completed_on": "2026-05-04"}
    await client.send("POST", path, body, Idempotency_Key="one")
    await client.do("POST", f"{PATH}/{id}/reopen")
    await client.do("POST", path, {"completed_on": "2026-05-05"})
    again = (await client.send("POST", path, body, Idempotency_Key="one")).json()
    assert (again["replayed"], told(again)) == (True, [])


async def test_act_withdrawn_who_withdraws_again_for_another_reason_is_told_that_the_first_stays(client: Any) -> None:
    path = f"{PATH}/{await client.record()}/withdraw"
    answers = [await client.do("POST", path, body) for body in ({"reason": "twice"}, {"reason": "twice"}, {})]
    assert [told(answer) for answer in answers] == [[], [], []]
    again = await client.do("POST", path, {"reason": "wrong customer"})
    assert told(again) == [("ACT-WITHDRAWN", "it is withdrawn already; its reason stays")]
    path = f"{PATH}/{await client.record()}/withdraw"
    without, late = [told(await client.do("POST", path, body)) for body in ({}, {"reason": "twice"})]
    assert (without, [rule for rule, _ in late]) == ([], ["ACT-WITHDRAWN"])
    assert "restore it" in late[0][1]


@pytest.mark.parametrize(("field", "rule"), [("occurred_on", "CAL-02"), ("due_on", "ACT-02")])
async def test_cal_02_act_02_a_day_that_lies_far_ahead_is_pointed_out(client: Any, field: str, rule: str) -> None:
    far = [(rule, f"{field} lies more than 50 years ahead")]
    anna = {"responsible": {"user": ANNA}}
    assert await recorded(client, **anna, **{field: NEVER}) == far
    id = await client.record(**anna)
    change = {"changes": {field: NEVER}}
    corrected = ("PUT", "due", {"on": NEVER}) if field == "due_on" else ("POST", "corrections", change)
    method, command, body = corrected
    assert told(await client.do(method, f"{PATH}/{id}/{command}", body)) == far


async def test_cal_02_other_corrections_are_not_warned_of_the_day(client: Any) -> None:
    id = await client.record(occurred_on=NEVER)
    assert told(await client.do("POST", f"{PATH}/{id}/corrections", {"changes": {"title": "Other"}})) == []


async def test_act_02_a_new_task_that_is_overdue_already_is_pointed_out(client: Any) -> None:
    anna = {"responsible": {"user": ANNA}}
    over = [("ACT-02", "it is overdue already: due_on lies before today")]
    assert await recorded(client, **anna, due_on="2020-01-01") == over
    id = await client.record(**anna, due_on=SOON)
    assert told(await client.do("PUT", f"{PATH}/{id}/due", {"on": "2020-01-01"})) == over


async def test_dln_03_early_deadlines_that_are_over_or_of_one_day_are_pointed_out(client: Any) -> None:
    id = await client.record(activity_type="deadline", due_on=SOON, responsible={"user": ANNA})
    path = f"{PATH}/{id}/early-deadlines"

    async def made(*days: int, by: str = "anna") -> list[tuple[str, str]]:
        return told(
            await client.do("POST", path, {"early": [{"days_before": each} for each in days]}, by=by, expect=201)
        )

    same = ("DLN-03", "two early deadlines are of the same day")
    assert await made(7, 14) == []
    assert await made(7) == [same]
    assert await made(21) == []
    assert await made(90, 100) == [("DLN-03", "2 of them lie before today")]


async def test_dln_03_rgt_10_nothing_is_told_of_the_day_of_a_hidden_early_deadline(client: Any) -> None:
    id = await client.record(activity_type="deadline", due_on=SOON, responsible={"user": ANNA})
    path = f"{PATH}/{id}/early-deadlines"
    (early,) = (await client.do("POST", path, {"early": [{"days_before": 7}]}, expect=201))["made"]
    await client.do("PUT", f"{PATH}/{early}/visibility", {"visibility": "granted"})
    again = await client.do("POST", path, {"early": [{"days_before": 7}]}, by="ben", expect=201)
    assert told(again) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"medium": "x"}, "changes.medium"),
        ({"title": ""}, "changes.title"),
        ({"title": "x" * 256}, "changes.title"),
        ({"starts_at": "2030-05-04T10:00:00Z", "ends_at": "2030-05-04T09:00:00Z"}, "changes.ends_at"),
        ({"ends_at": "2030-05-04T09:00:00Z"}, "changes.starts_at"),
        ({"starts_at": "2030-05-04T10:00:00Z", "occurred_on": "2030-05-05"}, "changes.occurred_on"),
        ({"participants": ["01900000-0000-7000-8000-00000000dead"]}, "changes.participants.0"),
        ({"keywords": ["01900000-0000-7000-8000-00000000dead"]}, "changes.keywords.0"),
        ({"activity_type": "none"}, "changes.activity_type"),
    ],
)
async def test_cal_01_what_is_wrong_with_a_correction_is_named_where_it_stands(
    client: Any, changes: dict[str, Any], field: str
) -> None:
    path = f"{PATH}/{await client.record()}/corrections"
    assert (await client.refused("POST", path, {"changes": changes}))[1] == field


async def test_dln_03_a_title_of_an_early_deadline_is_named_where_it_stands(client: Any) -> None:
    id = await client.record(activity_type="deadline", due_on=SOON, responsible={"user": ANNA})
    body = {"early": [{}, {"title": " "}]}
    refused = await client.refused("POST", f"{PATH}/{id}/early-deadlines", body)
    assert refused == ("ACT-TITLE", "early.1.title")
