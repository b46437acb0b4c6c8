"""Taking back the last change over HTTP: what has no opposite says what to do instead, and tells of nothing hidden."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from activities.handling import Activities
from dossier.testing.activities import ANNA, BEN, SECRET, TEAM

PATH = "/v1/activities"
SECRET_REF = {"type": "project", "id": SECRET}
DEADLINE = {"activity_type": "deadline", "due_on": "2026-06-30", "responsible": {"user": ANNA}}
NEUTRAL = ("ACT-UNDO", "If-Match", "the last change cannot be undone")


async def undone(client: Any, identifier: str, commit: int, by: str = "anna") -> Any:
    return await client.send("POST", f"{PATH}/{identifier}/undo", {}, by=by, If_Match=f'"{commit}"')


async def refusal(client: Any, identifier: str, commit: int, by: str = "anna") -> tuple[str, str, str]:
    answer = await undone(client, identifier, commit, by)
    assert answer.status_code == 422, answer.text
    return answer.json()["rule"], answer.json()["field"], answer.json()["detail"]


@pytest.mark.parametrize("commands", [["pin"], ["hide"], ["links", "unlinks"], ["pin", "unpin"]])
async def test_act_undo_of_what_the_change_log_does_not_tell_is_refused_like_what_has_no_opposite(
    client: Any, commands: list[str]
) -> None:
    identifier = await client.record()
    for command in commands:
        done = await client.do("POST", f"{PATH}/{identifier}/{command}", {"object": SECRET_REF}, by="ben")
    assert len((await client.do("GET", f"{PATH}/{identifier}/changes", by="cara"))["items"]) == 1
    assert await refusal(client, identifier, done["commit"], by="cara") == NEUTRAL
    late = await client.send("POST", f"{PATH}/{identifier}/complete", {}, by="cara", If_Match='"1"')
    assert (late.status_code, late.json()["changes"]) == (409, [])
    assert (await undone(client, identifier, done["commit"], by="ben")).status_code == 200


async def with_early(client: Any, *, hidden: bool = False) -> tuple[str, str]:
    """A deadline that everybody sees, and an early one of it; their ids."""
    identifier = await client.record(**DEADLINE)
    (early,) = (await client.do("POST", f"{PATH}/{identifier}/early-deadlines", {}, expect=201))["made"]
    if hidden:
        await client.do("PUT", f"{PATH}/{early}/visibility", {"visibility": "granted"})
    return identifier, early


async def test_act_undo_tells_of_early_deadlines_only_to_who_sees_them(client: Any) -> None:
    identifier, early = await with_early(client)
    made = (await client.read(identifier))["commit"]
    await client.do("PUT", f"{PATH}/{early}/visibility", {"visibility": "granted"})
    assert await refusal(client, identifier, made, by="ben") == NEUTRAL
    done = await client.do("POST", f"{PATH}/{identifier}/complete", {})
    assert "its early deadlines" in (await refusal(client, identifier, done["commit"]))[2]
    assert (await undone(client, identifier, done["commit"], by="ben")).status_code == 200
    assert (await client.read(identifier))["completed_on"] is None


@pytest.mark.parametrize("hidden", [False, True])
async def test_dln_04_act_undo_of_reopening_a_deadline_leaves_no_early_one_open_under_it(
    client: Any, hidden: bool
) -> None:
    identifier, early = await with_early(client, hidden=hidden)
    day = {"completed_on": "2026-05-01"}
    await client.do("POST", f"{PATH}/{identifier}/complete", day)
    reopened = await client.do("POST", f"{PATH}/{identifier}/reopen", {})
    await client.do("POST", f"{PATH}/{early}/reopen", {})
    answer = await undone(client, identifier, reopened["commit"], by="ben")
    assert answer.status_code == 200, answer.text
    assert [(await client.read(each))["completed_on"] for each in (identifier, early)] == [day["completed_on"]] * 2


async def test_act_undo_of_reopening_a_deadline_passes_by_an_early_one_that_was_withdrawn(client: Any) -> None:
    identifier, early = await with_early(client)
    await client.do("POST", f"{PATH}/{early}/withdraw", {})
    await client.do("POST", f"{PATH}/{identifier}/complete", {})
    reopened = await client.do("POST", f"{PATH}/{identifier}/reopen", {})
    assert (await undone(client, identifier, reopened["commit"])).status_code == 200
    after = await client.read(early)
    assert (after["withdrawn"], after["completed_on"]) == (True, None)


@pytest.mark.parametrize("hidden", [False, True])
async def test_dln_04_act_undo_of_a_date_moves_early_deadlines_back_with_it_and_that_again(
    client: Any, hidden: bool
) -> None:
    identifier, early = await with_early(client, hidden=hidden)
    commit = (await client.do("PUT", f"{PATH}/{identifier}/due", {"on": "2026-07-10"}, by="ben"))["commit"]
    for days in (["2026-06-30", "2026-06-23"], ["2026-07-10", "2026-07-03"]):
        answer = await undone(client, identifier, commit, by="ben")
        assert answer.status_code == 200, answer.text
        assert [(await client.read(each))["due_on"] for each in (identifier, early)] == days
        commit = answer.json()["commit"]


async def test_act_undo_of_reopening_what_was_done_unreviewed_since_is_refused_as_completing_it(client: Any) -> None:
    identifier = await client.record(**DEADLINE)
    await client.do("POST", f"{PATH}/{identifier}/complete", {})
    await client.do("PUT", f"{PATH}/{identifier}/reviewer", {"user": BEN})
    reopened = await client.do("POST", f"{PATH}/{identifier}/reopen", {})
    assert (await refusal(client, identifier, reopened["commit"]))[:2] == ("DLN-01", "review")


async def test_act_20_act_undo_of_reopening_is_not_judged_by_the_day_where_somebody_else_is(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier = await client.record(due_on="2026-06-30", responsible={"user": ANNA})
    await client.do("POST", f"{PATH}/{identifier}/complete", {})
    done = (await client.read(identifier))["completed_on"]
    reopened = await client.do("POST", f"{PATH}/{identifier}/reopen", by="ben")

    async def today(*_: object) -> date:
        return date.fromisoformat(done) - timedelta(days=1)

    monkeypatch.setattr(Activities, "today", today)  # where Ben is it is still yesterday
    assert (await undone(client, identifier, reopened["commit"], by="ben")).status_code == 200
    assert (await client.read(identifier))["completed_on"] == done


async def test_act_undo_of_a_record_says_the_same_whatever_it_follows_from(client: Any) -> None:
    hidden = await client.record(visibility="granted", grants=[{"to": "group", "id": TEAM}])
    told = [
        await refusal(client, await client.record(follow_up_of=earlier), 1, by="cara") for earlier in (None, hidden)
    ]
    assert told[0] == told[1]
    assert "withdraw it instead" in told[0][2]


async def attached(client: Any, identifier: str) -> dict[str, Any]:
    named = client.tokens.headers("anna") | {"Content-Disposition": 'attachment; filename="Offer.pdf"'}
    path = f"{PATH}/{identifier}/documents"
    answer = await client.http.post(path, content=b"%PDF-1.7 offer", headers=named)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_act_undo_gives_a_document_its_former_name_back_and_that_again(client: Any) -> None:
    identifier = await client.record()
    document = (await attached(client, identifier))["document"]
    path = f"{PATH}/{identifier}/documents/{document}"
    done = await client.do("PUT", f"{path}/name", {"name": "Contract.pdf"})
    for commit, name in ((done["commit"], "Offer.pdf"), (done["commit"] + 1, "Contract.pdf")):
        assert (await undone(client, identifier, commit)).status_code == 200
        assert (await client.do("GET", path))["name"] == name


async def test_act_undo_brings_a_removed_document_back_and_takes_it_off_again(client: Any) -> None:
    identifier = await client.record()
    document = (await attached(client, identifier))["document"]
    path = f"{PATH}/{identifier}/documents/{document}"
    done = await client.do("POST", f"{path}/remove", {"reason": "the wrong one"})
    for commit, status in ((done["commit"], 200), (done["commit"] + 1, 404)):
        assert (await undone(client, identifier, commit)).status_code == 200
        answer = await client.http.get(f"{path}/content", headers=client.tokens.headers("anna"))
        assert answer.status_code == status
    await client.do("POST", f"{path}/restore")
    answer = await client.http.get(f"{path}/content", headers=client.tokens.headers("anna"))
    assert answer.content == b"%PDF-1.7 offer"


async def test_act_undo_of_what_came_with_a_document_says_what_to_do_instead(client: Any) -> None:
    identifier = await client.record()
    done = await attached(client, identifier)
    assert "remove that instead" in (await refusal(client, identifier, done["commit"]))[2]
    path = f"{PATH}/{identifier}/documents/{done['document']}"
    for command, instead in (("check-out", "checks it in"), ("check-in", "checks it out")):
        done = await client.do("POST", f"{path}/{command}")
        assert instead in (await refusal(client, identifier, done["commit"]))[2]


async def test_act_undo_of_what_was_agreed_on_says_what_to_do_instead(client: Any) -> None:
    identifier = await client.record(**DEADLINE)
    path = f"{PATH}/{identifier}"
    for method, command, body, instead in (  # each by Anna, who is responsible, but for what only others do
        ("POST", "delegation", {"to": BEN}, "takes the offer back"),
        ("POST", "delegation/answer", {"answer": "withdrawn"}, "offer it again"),
        ("PUT", "reviewer", {"user": BEN}, "change by hand"),
        ("DELETE", "reviewer", None, "ask for it again"),
        ("PUT", "recurrence", {"rule": "FREQ=YEARLY"}, "set the former one again"),
        ("DELETE", "recurrence", None, "set the recurrence again"),
        ("PUT", "recurrence", {"rule": "FREQ=YEARLY"}, "or stop it"),
        ("POST", "complete", {}, "the next one was opened with it"),
    ):
        by = "ben" if method == "DELETE" and command == "reviewer" else "anna"
        done = await client.do(method, f"{path}/{command}", body, by=by)
        assert instead in (await refusal(client, identifier, done["commit"]))[2], command
