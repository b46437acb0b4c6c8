"""Delegation, review and early deadlines over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from activities import handling
from dossier.ids import new_id
from dossier.projections import tokens
from dossier.store import CommitStore
from dossier.testing.activities import ANNA, ATLAS, BEN, CARA, NOVA

PATH = "/v1/activities"
DEADLINE = {"activity_type": "deadline", "due_on": "2026-06-30", "responsible": {"user": ANNA}}
REVIEWED = {**DEADLINE, "activity_type": "deadline_with_review"}


async def test_dlg_01_02_03_a_task_is_offered_seen_accepted_and_somebody_elses(client: Any) -> None:
    id = await client.record(responsible={"user": ANNA}, visibility="granted")
    path = f"{PATH}/{id}"
    assert not await client.sees(id, "ben")
    await client.do("POST", f"{path}/delegation", {"to": BEN, "note": "Please"})
    assert (await client.read(id, by="ben"))["delegation"] == {"to": BEN, "by": ANNA, "note": "Please"}
    assert (await client.read(id))["responsible"]["user"] == ANNA
    assert not await client.sees(id, "cara")
    await client.do("POST", f"{path}/delegation/answer", {"answer": "accepted"}, by="ben")
    after = await client.read(id, by="ben")
    assert (after["responsible"], after["delegation"]) == ({"user": BEN, "follow_up_on": None}, None)


async def test_dlg_02_03_what_is_declined_or_taken_back_is_seen_no_longer(client: Any) -> None:
    for said, by in (("declined", "ben"), ("withdrawn", "anna")):
        id = await client.record(responsible={"user": ANNA}, visibility="granted")
        await client.do("POST", f"{PATH}/{id}/delegation", {"to": BEN})
        answered = {"answer": said, "reason": "On leave"}
        await client.do("POST", f"{PATH}/{id}/delegation/answer", answered, by=by)
        assert not await client.sees(id, "ben")
        assert (await client.read(id))["responsible"]["user"] == ANNA


async def test_dlg_02_who_accepts_what_is_taken_back_at_once_is_one_or_the_other(client: Any) -> None:
    id = await client.record(responsible={"user": ANNA})
    path = f"{PATH}/{id}/delegation/answer"
    await client.do("POST", f"{PATH}/{id}/delegation", {"to": BEN})
    answers = await asyncio.gather(
        client.send("POST", path, {"answer": "accepted"}, by="ben"), client.send("POST", path, {"answer": "withdrawn"})
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    accepted = answers[0].status_code == 200
    assert (await client.read(id))["responsible"]["user"] == (BEN if accepted else ANNA)


async def test_dlg_01_bad_offers_are_refused(client: Any) -> None:
    id = await client.record(responsible={"user": ANNA})
    path = f"{PATH}/{id}/delegation"
    assert await client.refused("POST", path, {"to": new_id()}) == ("REF-01", "to")
    assert await client.refused("POST", path, {"to": ANNA}) == ("DLG-01", "to")
    assert (await client.refused("POST", path, {"to": CARA}, by="ben"))[0] == "DLG-01"
    assert (await client.refused("POST", path, {"to": CARA}, by="service:email-ingest"))[0] == "DLG-01"
    assert (await client.refused("POST", f"{path}/answer", {"answer": "accepted"}))[0] == "DLG-02"
    assert (await client.send("POST", f"{path}/answer", {"answer": "lapsed"})).status_code == 422
    assert (await client.read(id))["version"] == 1


async def test_dln_01_a_deadline_is_done_only_as_it_was_approved(client: Any) -> None:
    id = await client.record(**REVIEWED, reviewer=BEN, visibility="granted")
    path = f"{PATH}/{id}"
    assert (await client.refused("POST", f"{path}/complete", {}))[0] == "DLN-01"
    assert (await client.refused("POST", f"{path}/review", {"approved": True}))[0] == "DLN-01"
    await client.do("POST", f"{path}/review", {"approved": False, "remark": "Wrong court"}, by="ben")
    assert (await client.read(id))["review"] == {"reviewer": BEN, "approved": False, "remark": "Wrong court"}
    await client.do("POST", f"{path}/review", {"approved": True}, by="ben")
    await client.do("PUT", f"{path}/due", {"on": "2026-07-01"})
    assert (await client.read(id))["review"]["approved"] is None
    assert (await client.refused("POST", f"{path}/complete", {}))[0] == "DLN-01"
    await client.do("POST", f"{path}/review", {"approved": True}, by="ben")
    await client.do("POST", f"{path}/corrections", {"changes": {"text": "Room 3"}})
    assert (await client.refused("POST", f"{path}/complete", {}))[0] == "DLN-01"
    await client.do("POST", f"{path}/review", {"approved": True}, by="ben")
    await client.do("POST", f"{path}/complete", {})
    assert (await client.read(id))["completed_on"] is not None


async def test_dln_01_what_is_approved_and_changed_at_once_is_not_done_unreviewed(client: Any) -> None:
    id = await client.record(**REVIEWED, reviewer=BEN)
    path = f"{PATH}/{id}"
    await client.do("POST", f"{path}/review", {"approved": True}, by="ben")
    moved, done = await asyncio.gather(
        client.send("PUT", f"{path}/due", {"on": "2026-07-01"}), client.send("POST", f"{path}/complete", {}, by="ben")
    )
    assert moved.status_code == 200
    after = await client.read(id)
    assert (after["completed_on"] is not None) == (done.status_code == 200)
    assert after["review"]["approved"] is None


async def test_dln_01_the_reviewer_is_a_second_person_and_can_be_another(client: Any) -> None:
    id = await client.record(**REVIEWED)
    path = f"{PATH}/{id}"
    assert await client.refused("PUT", f"{path}/reviewer", {"user": ANNA}) == ("DLN-01", "reviewer")
    assert await client.refused("PUT", f"{path}/reviewer", {"user": new_id()}) == ("REF-01", "user")
    await client.do("PUT", f"{path}/reviewer", {"user": BEN})
    await client.do("PUT", f"{path}/reviewer", {"user": CARA})
    assert (await client.read(id))["review"]["reviewer"] == CARA
    assert await client.refused("POST", f"{path}/responsible", {"user": CARA}) == ("DLN-01", "responsible")
    assert (await client.refused("DELETE", f"{path}/reviewer"))[0] == "DLN-01"
    assert await client.refused("POST", PATH, {"kind": "note", "title": "x", "reviewer": BEN}) == ("DLN-01", "reviewer")
    body = {"kind": "note", "title": "x", **REVIEWED, "reviewer": new_id()}
    assert await client.refused("POST", PATH, body) == ("REF-01", "reviewer")


async def test_dln_02_a_deadline_has_a_date_and_somebody_responsible(client: Any) -> None:
    for field in ("due_on", "responsible"):
        body = {"kind": "note", "title": "Appeal", **DEADLINE, field: None}
        assert await client.refused("POST", PATH, body) == ("DLN-02", field)
    id = await client.record(**DEADLINE)
    for _ in range(2):  # the same with an early deadline
        assert await client.refused("PUT", f"{PATH}/{id}/due", {"on": None}) == ("DLN-02", "due_on")
        await client.do("POST", f"{PATH}/{id}/early-deadlines", {}, expect=201)
    assert await client.refused("DELETE", f"{PATH}/{id}/responsible/{ANNA}") == ("DLN-02", "responsible")
    assert (await client.read(id))["version"] == 3


async def test_dln_03_early_deadlines_are_activities_7_days_before_and_7_further(client: Any) -> None:
    id = await client.record(**DEADLINE, address={"type": "company", "id": NOVA}, project=ATLAS, title="Appeal")
    path = f"{PATH}/{id}"
    (first,) = (await client.do("POST", f"{path}/early-deadlines", {}, expect=201))["made"]
    more = {"early": [{}, {"days_before": 2, "title": "Last look"}]}
    second, third = (await client.do("POST", f"{path}/early-deadlines", more, expect=201))["made"]
    assert (await client.read(id))["early_deadlines"] == [
        {"id": first, "days_before": 7, "due_on": "2026-06-23", "completed_on": None},
        {"id": second, "days_before": 14, "due_on": "2026-06-16", "completed_on": None},
        {"id": third, "days_before": 2, "due_on": "2026-06-28", "completed_on": None},
    ]
    early = await client.read(third)
    assert early["early_deadline_of"] == {"deadline": id, "title": "Appeal", "days_before": 2}
    assert (await client.read(first))["title"] == "Early deadline: Appeal"
    assert (early["title"], early["project"], early["address"]["id"]) == ("Last look", ATLAS, NOVA)
    assert early["responsible"] == {"user": ANNA, "follow_up_on": None}
    await client.do("POST", f"{path}/responsible", {"user": BEN})
    assert (await client.read(first))["responsible"]["user"] == ANNA  # as it was when it was made


async def test_dln_03_early_deadlines_with_own_ids_or_a_key_are_made_once(client: Any) -> None:
    id = await client.record(**DEADLINE)
    path, early = f"{PATH}/{id}/early-deadlines", {"early": [{"id": new_id()}, {"id": new_id(), "days_before": 30}]}
    first = await client.do("POST", path, early, expect=201)
    again = await client.do("POST", path, early, expect=201)
    assert ([each["id"] for each in early["early"]], []) == (first["made"], again["made"])
    keyed = [await client.send("POST", path, {}, Idempotency_Key="one") for _ in range(2)]
    assert keyed[0].json()["made"] == keyed[1].json()["made"]
    assert [each["days_before"] for each in (await client.read(id))["early_deadlines"]] == [7, 30, 37]


async def test_dln_03_a_key_gives_the_answer_again_whatever_became_of_the_early_deadlines(client: Any) -> None:
    id = await client.record(**DEADLINE | {"due_on": "2060-06-30"})
    path = f"{PATH}/{id}/early-deadlines"
    for early in ([{}, {}], [{"id": new_id()}, {"id": new_id(), "days_before": 30}]):
        first = await client.send("POST", path, {"early": early}, Idempotency_Key=f"key-{len(early[0])}")
        for withdrawn in (first.json()["made"][0], id):
            await client.do("POST", f"{PATH}/{withdrawn}/withdraw", {})
            again = await client.send("POST", path, {"early": early}, Idempotency_Key=f"key-{len(early[0])}")
            assert again.status_code == 201, again.text
            assert again.json() == first.json() | {"replayed": True}
        await client.do("POST", f"{PATH}/{id}/restore", {})


async def test_dln_03_bad_early_deadlines_are_refused_and_nothing_is_made(client: Any, store: Any) -> None:
    plain, id = await client.record(due_on="2026-06-30"), await client.record(**DEADLINE)
    assert (await client.refused("POST", f"{PATH}/{plain}/early-deadlines", {}))[0] == "DLN-03"
    path = f"{PATH}/{id}/early-deadlines"
    taken = {"early": [{}, {"id": plain}]}
    assert await client.refused("POST", path, taken) == ("ACT-ID", "early.1.id")
    for early in ([], [{"days_before": 0}], [{"days_before": 4000}], [{"title": " "}], [{}] * 21):
        assert (await client.send("POST", path, {"early": early})).status_code == 422
    assert await store.commits.count_documents({}) == 2


async def test_dln_04_05_early_deadlines_move_along_until_they_are_completed(client: Any) -> None:
    id = await client.record(**DEADLINE)
    path = f"{PATH}/{id}"
    made = (await client.do("POST", f"{path}/early-deadlines", {"early": [{}, {}, {}]}, expect=201))["made"]
    await client.do("POST", f"{PATH}/{made[0]}/complete", {})
    assert (await client.read(id))["completed_on"] is None
    await client.do("PUT", f"{PATH}/{made[1]}/due", {"on": "2026-06-10"})  # by hand
    await client.do("PUT", f"{path}/due", {"on": "2026-07-10"})
    dues = [each["due_on"] for each in (await client.read(id))["early_deadlines"]]
    assert dues == ["2026-06-23", "2026-06-20", "2026-06-19"]
    await client.do("POST", f"{path}/corrections", {"changes": {"title": "Appeal"}})
    assert (await client.read(made[2]))["title"] == "Early deadline: Offer"


async def test_dln_04_act_02_early_deadlines_stay_within_the_calendar(client: Any) -> None:
    id = await client.record(**DEADLINE)
    path = f"{PATH}/{id}"
    (early,) = (await client.do("POST", f"{path}/early-deadlines", {}, expect=201))["made"]
    for due_on in ("1900-01-08", "1900-01-02"):
        await client.do("PUT", f"{path}/due", {"on": due_on})
        assert (await client.read(early))["due_on"] == "1900-01-01"
    assert await client.refused("POST", f"{path}/early-deadlines", {}) == ("ACT-02", "due_on")


async def test_dln_04_early_deadlines_are_done_with_their_deadline(client: Any) -> None:
    id = await client.record(**DEADLINE)
    path = f"{PATH}/{id}"
    made = (await client.do("POST", f"{path}/early-deadlines", {"early": [{}, {}, {}]}, expect=201))["made"]
    await client.do("POST", f"{PATH}/{made[0]}/complete", {"completed_on": "2025-05-01"})
    await client.do("POST", f"{PATH}/{made[2]}/withdraw", {})
    done = await client.do("POST", f"{path}/complete", {"completed_on": "2025-05-02"})
    days = [(await client.read(each))["completed_on"] for each in (*made, id)]
    assert days == ["2025-05-01", "2025-05-02", None, "2025-05-02"]
    undone = await client.send("POST", f"{path}/undo", {}, If_Match=f'"{done["commit"]}"')
    assert (undone.status_code, undone.json()["rule"]) == (422, "ACT-UNDO")
    await client.do("POST", f"{PATH}/{made[1]}/reopen")
    await client.do("POST", f"{path}/complete", {})
    assert (await client.read(made[1]))["completed_on"] is None  # it was reopened on purpose


async def test_dln_04_a_deadline_that_moves_while_an_early_one_is_made_takes_it_along(client: Any) -> None:
    id = await client.record(**DEADLINE)
    path = f"{PATH}/{id}"
    days = ["2026-07-10", "2026-08-10", "2026-09-10"]
    answers = await asyncio.gather(
        *(client.send("PUT", f"{path}/due", {"on": day}) for day in days),
        *(client.send("POST", f"{path}/early-deadlines", {"early": [{"days_before": 7}]}) for _ in range(3)),
    )
    assert {answer.status_code for answer in answers} == {200, 201}
    after = await client.read(id)
    assert len(after["early_deadlines"]) == 3
    expected = {"2026-07-10": "2026-07-03", "2026-08-10": "2026-08-03", "2026-09-10": "2026-09-03"}[after["due_on"]]
    assert {each["due_on"] for each in after["early_deadlines"]} == {expected}


async def test_dln_03_a_withdrawn_early_deadline_is_shown_no_longer_and_gives_its_id_to_no_other(client: Any) -> None:
    id = await client.record(**DEADLINE)
    path = f"{PATH}/{id}/early-deadlines"
    (made,) = (await client.do("POST", path, {}, expect=201))["made"]
    stray = await client.record()
    for each in (made, stray):
        await client.do("POST", f"{PATH}/{each}/withdraw", {"reason": "Entered in error"})
    assert (await client.read(id))["early_deadlines"] == []
    assert await client.refused("POST", path, {"early": [{"id": stray}]}) == ("ACT-ID", "early.0.id")


async def test_dlg_03_dln_01_it_is_told_why_who_is_asked_sees_it(client: Any) -> None:
    id = await client.record(**REVIEWED, reviewer=CARA, visibility="granted")
    await client.do("POST", f"{PATH}/{id}/delegation", {"to": BEN})
    lines = (await client.do("GET", f"{PATH}/{id}/readers"))["lines"]
    assert {(line["who"]["id"], line["because"]) for line in lines} >= {(BEN, "offered"), (CARA, "reviewer")}


async def test_dln_03_04_a_withdrawn_early_deadline_counts_no_longer(client: Any) -> None:
    id = await client.record(**DEADLINE)
    path = f"{PATH}/{id}"
    for _ in range(2):
        (made,) = (await client.do("POST", f"{path}/early-deadlines", {}, expect=201))["made"]
        assert [each["days_before"] for each in (await client.read(id))["early_deadlines"]] == [7]
        await client.do("POST", f"{path}/corrections", {"changes": {"activity_type": None}})
        assert await client.refused("PUT", f"{path}/due", {"on": None}) == ("DLN-04", "on")
        await client.do("POST", f"{path}/corrections", {"changes": {"activity_type": "deadline"}})
        await client.do("POST", f"{PATH}/{made}/withdraw", {})
    await client.do("POST", f"{path}/corrections", {"changes": {"activity_type": None}})
    await client.do("PUT", f"{path}/due", {"on": None})
    assert (await client.read(id))["due_on"] is None


async def test_dln_03_an_early_deadline_of_a_hidden_one_is_as_hidden(client: Any) -> None:
    id = await client.record(**DEADLINE, visibility="granted", grants=[{"to": "user", "id": BEN}])
    (made,) = (await client.do("POST", f"{PATH}/{id}/early-deadlines", {}, expect=201))["made"]
    assert [await client.sees(made, who) for who in ("anna", "ben", "cara")] == [True, True, False]
    await client.do("PUT", f"{PATH}/{made}/visibility", {"visibility": "everyone"}, by="ben")
    assert (await client.read(made, by="cara"))["early_deadline_of"] is None


async def test_a_follow_up_shows_on_both_sides_to_those_who_may_see_it(client: Any) -> None:
    call = await client.record(kind="call", title="Wants an offer")
    offer = await client.record(title="Offer", follow_up_of=call)
    secret = await client.record(title="Margin", follow_up_of=call, visibility="granted")
    assert (await client.read(call))["follow_ups"] == [offer, secret]
    assert (await client.read(call, by="ben"))["follow_ups"] == [offer]
    assert (await client.read(offer, by="ben"))["follow_up_of"] == call
    await client.do("PUT", f"{PATH}/{call}/visibility", {"visibility": "granted"})
    assert (await client.read(offer, by="ben"))["follow_up_of"] is None


@pytest.mark.parametrize(("method", "part", "body"), [("PUT", "due", {"on": "2026-07-01"}), ("POST", "complete", {})])
async def test_dln_04_what_one_may_read_after_names_no_early_deadline_that_is_hidden(
    client: Any, method: str, part: str, body: Any
) -> None:
    id = await client.record(**DEADLINE)
    path = f"{PATH}/{id}"
    made = (await client.do("POST", f"{path}/early-deadlines", {"early": [{}, {}]}, expect=201))["made"]
    await client.do("PUT", f"{PATH}/{made[0]}/visibility", {"visibility": "granted"})

    async def named() -> set[str]:
        answer = await client.send(method, f"{path}/{part}", body, by="ben", Idempotency_Key="one")
        assert answer.status_code == 200, answer.text
        return {*tokens.read(client.app.state.service.token_key, answer.headers["Dossier-After"])}

    assert await named() == {f"activity-{id}", f"activity-{made[1]}"}
    await client.do("POST", f"{path}/withdraw", {})
    assert f"activity-{made[0]}" not in await named(), "nor when it is refused by now and the first answer is given"


async def test_the_follow_ups_recorded_last_are_told_and_none_is_read_for_it(
    client: Any, store: CommitStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, ids = await client.record(kind="call"), sorted((new_id() for _ in range(8)), reverse=True)
    for id in ids:
        hidden = {"visibility": "granted"} if id in ids[5:7] else {}
        await client.record(id=id, follow_up_of=call, **hidden)
    await client.do("POST", f"{PATH}/{ids[7]}/withdraw", {})
    read, original = set[str](), store.history

    async def history(stream: str) -> Any:
        read.add(stream)
        return await original(stream)

    async def told(by: str, most: int) -> tuple[list[str], bool]:
        monkeypatch.setattr(handling, "MOST_FOLLOW_UPS", most)
        view = await client.read(call, by=by)
        return view["follow_ups"], view["more_follow_ups"]

    monkeypatch.setattr(store, "history", history)
    assert await told("anna", 3) == (ids[4:7], True)
    assert await told("ben", 3) == (ids[2:5], True)
    assert await told("ben", 5) == (ids[:5], False)
    assert read == {f"activity-{call}"}
    await store.commits.update_many({}, {"$unset": {"noted": 1}})
    assert await told("ben", 5) == (ids[:5], False)


async def test_act_02_priority_and_own_follow_ups_change(client: Any) -> None:
    id = await client.record(responsible={"user": ANNA}, further_responsible=[{"user": BEN}])
    path = f"{PATH}/{id}"
    await client.do("POST", f"{path}/corrections", {"changes": {"priority": "high"}})
    await client.do("PUT", f"{path}/responsible/{BEN}/follow-up", {"on": "2026-06-01"}, by="ben")
    after = await client.read(id)
    assert after["priority"] == "high"
    assert (after["responsible"]["follow_up_on"], after["further_responsible"][0]["follow_up_on"]) == (
        None,
        "2026-06-01",
    )
