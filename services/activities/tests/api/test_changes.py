"""The change log: who changed what, when, from what to what, for whoever may see the activity (AUD-01, AUD-04)."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts.redaction import redacted
from dossier.ids import new_id
from dossier.store import CommitStore
from dossier.testing.activities import ANNA, BEN, MEYER, SECRET

PATH = "/v1/activities"


async def log(client: Any, identifier: str, by: str = "anna", **query: Any) -> dict[str, Any]:
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    answer = await client.send("GET", f"{PATH}/{identifier}/changes?{parameters}", by=by)
    assert answer.status_code == 200, answer.text
    return answer.json()


def fields(change: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {field["field"]: (field["before"], field["after"]) for field in change["fields"]}


async def test_aud_01_each_change_is_told_with_values_newest_first(client: Any) -> None:
    identifier = await client.record(due_on="2026-06-30")
    path = f"{PATH}/{identifier}"
    correction = {"changes": {"title": "Contract", "all_day": True}, "reason": "typo"}
    await client.send("POST", f"{path}/corrections", correction, by="ben")
    await client.send("PUT", f"{path}/due", {"on": None})
    await client.send("POST", f"{path}/pin", {"object": {"type": "contact", "id": MEYER}})
    await client.send("POST", f"{path}/withdraw", {"reason": "entered twice"})
    withdrawn, pinned, moved, corrected, recorded = (await log(client, identifier))["items"]
    assert (corrected["actor"], corrected["reason"]) == (f"user:{BEN}", "typo")
    assert fields(corrected) == {"title": ("Offer", "Contract"), "all_day": (None, True)}
    assert fields(moved) == {"due_on": ("2026-06-30", None)}
    assert fields(pinned) == {"pinned_on": (None, [{"type": "contact", "id": MEYER}])}
    assert (withdrawn["reason"], fields(withdrawn)) == ("entered twice", {"withdrawn": (None, True)})
    assert recorded["event"] == "crm.activities.activity-recorded"
    assert fields(recorded)["entered_by"] == (None, ANNA)
    assert "all_day" not in fields(recorded)


async def test_aud_01_it_says_who_it_was_and_what_users_are_called(client: Any) -> None:
    identifier = await client.record()
    await client.do("POST", f"{PATH}/{identifier}/responsible", {"user": BEN})
    newest, first = (await client.do("GET", f"{PATH}/{identifier}/changes"))["items"]
    assert (newest["actor_name"], newest["names"]) == ("Anna Muster", {BEN: "Ben Frei"})
    assert (first["actor_name"], first["names"]) == ("Anna Muster", {ANNA: "Anna Muster"})


async def test_aud_01_it_is_read_page_by_page(client: Any) -> None:
    identifier = await client.record()
    for day in range(1, 6):
        await client.send("PUT", f"{PATH}/{identifier}/due", {"on": f"2026-06-0{day}"})
    first = await log(client, identifier, limit=4)
    second = await log(client, identifier, limit=4, cursor=first["next"])
    assert [len(first["items"]), len(second["items"]), second["next"]] == [4, 2, None]


async def test_aud_04_it_is_for_those_who_see_the_activity_now(client: Any) -> None:
    identifier = await client.record(visibility="granted")
    assert (await client.send("GET", f"{PATH}/{identifier}/changes", by="ben")).status_code == 404
    assert (await client.send("GET", f"{PATH}/{new_id()}/changes")).status_code == 404
    await client.send("PUT", f"{PATH}/{identifier}/visibility", {"visibility": "everyone"})
    assert len((await log(client, identifier, by="ben"))["items"]) == 2
    await client.send("PUT", f"{PATH}/{identifier}/visibility", {"visibility": "granted"})
    assert (await client.send("GET", f"{PATH}/{identifier}/changes", by="ben")).status_code == 404


async def test_aud_04_an_engagement_that_one_may_not_see_leaves_no_trace(client: Any) -> None:
    identifier = await client.record(by="ben", project=SECRET)
    path, secret = f"{PATH}/{identifier}", {"object": {"type": "project", "id": SECRET}}
    for command in ("unlinks", "links", "pin", "hide", "unlinks"):
        assert (await client.send("POST", f"{path}/{command}", secret, by="ben")).status_code == 200
    assert len((await log(client, identifier, by="ben"))["items"]) == 6
    told = await log(client, identifier)
    assert [change["event"] for change in told["items"]] == ["crm.activities.activity-recorded"]
    assert SECRET not in str(told)


async def test_aud_01_the_task_side_is_told_and_other_activities_only_to_who_sees_them(client: Any) -> None:
    deadline = {"activity_type": "deadline", "due_on": "2026-06-30", "responsible": {"user": ANNA}}
    hidden = await client.record(visibility="granted")
    identifier = await client.record(follow_up_of=hidden, **deadline)
    path, early = f"{PATH}/{identifier}", new_id()
    await client.do("POST", f"{path}/delegation", {"to": BEN})
    await client.do("POST", f"{path}/early-deadlines", {"early": [{"id": early, "days_before": 7}]}, expect=201)
    await client.do("PUT", f"{PATH}/{early}/visibility", {"visibility": "granted"})
    own, others = await log(client, identifier), await log(client, identifier, by="cara")
    assert [set(fields(change)) for change in own["items"][:2]] == [{"early_deadlines"}, {"delegation"}]
    assert [set(fields(change)) for change in others["items"][:1]] == [{"delegation"}]
    for other in (early, hidden):
        assert (other in str(own), other in str(others)) == (True, False)


async def test_aud_01_documents_are_told_each_by_its_id(client: Any) -> None:
    identifier = await client.record()
    named = client.tokens.headers("anna") | {"Content-Disposition": 'attachment; filename="Offer.pdf"'}
    path = f"{PATH}/{identifier}/documents"
    answer = await client.http.post(path, content=b"%PDF-1.7 offer", headers=named)
    assert answer.status_code == 201, answer.text
    (attached, _) = (await log(client, identifier))["items"]
    assert {field["item"] for field in attached["fields"]} == {answer.json()["document"]}
    assert fields(attached) == {"documents.name": (None, "Offer.pdf"), "documents.version": (None, 1)}


async def test_aud_04_a_conflict_leaves_out_a_hidden_project_as_the_change_log_does(client: Any) -> None:
    identifier = await client.record(by="ben", due_on="2026-06-30")
    path, secret = f"{PATH}/{identifier}", {"object": {"type": "project", "id": SECRET}}
    for command in ("links", "unlinks"):
        await client.send("POST", f"{path}/{command}", secret, by="ben")
    await client.send("PUT", f"{path}/due", {"on": "2026-07-01"}, by="ben")
    for by, told in (("ben", [["project"], ["project"], ["due_on"]]), ("anna", [["due_on"]])):
        late = await client.send("POST", f"{path}/complete", {}, by=by, If_Match='"1"')
        assert late.status_code == 409
        assert [change.get("fields") for change in late.json()["changes"]] == told


async def test_aud_01_what_was_erased_stays_redacted(client: Any, store: CommitStore) -> None:
    identifier = await client.record(title="About Eva", text="Born in May.")
    correction = {"changes": {"title": "About Eva Muster", "priority": "high"}, "reason": "her name"}
    await client.send("POST", f"{PATH}/{identifier}/corrections", correction)
    for recorded in await store.read(f"activity-{identifier}"):
        data = redacted(recorded.event()).model_dump_json(exclude_unset=True)
        key = f"activity-{identifier}:{recorded.commitsequence:010}"
        await store.commits.update_one({"_id": key}, {"$set": {"events.0.data": data}, "$unset": {"salt": ""}})
    told = await log(client, identifier)
    assert not any(word in str(told) for word in ("Eva", "May", "her name"))
    corrected, begun = told["items"]
    assert corrected["reason"] == "redacted"
    assert fields(begun)["title"] == (None, "redacted")
    assert fields(corrected) == {"priority": ("normal", "high")}


async def hide_after(client: Any, store: CommitStore, monkeypatch: pytest.MonkeyPatch, read: str) -> str:
    """An activity that Ben hides from all others and changes as soon as it was read in this way; its path."""
    path, original = f"{PATH}/{await client.record(by='ben')}", getattr(store, read)

    async def hidden_then(stream: str) -> Any:
        answer = await original(stream)
        monkeypatch.setattr(store, read, original)
        await client.do("PUT", f"{path}/visibility", {"visibility": "granted"}, by="ben")
        await client.do("POST", f"{path}/corrections", {"changes": {"title": "Merger"}}, by="ben")
        return answer

    monkeypatch.setattr(store, read, hidden_then)
    return path


@pytest.mark.parametrize(
    ("read", "method", "part", "body"),
    [
        ("noted", "GET", "/changes", None),
        ("noted", "POST", "/reopen", None),
        ("history", "PUT", "/due", {"on": "2026-05-04"}),
    ],
)
async def test_aud_04_what_is_hidden_while_it_is_asked_for_is_not_told(
    client: Any, store: CommitStore, monkeypatch: pytest.MonkeyPatch, read: str, method: str, part: str, body: Any
) -> None:
    path = await hide_after(client, store, monkeypatch, read)
    answer = await client.send(method, f"{path}{part}", body, by="cara", If_Match='"1"')
    assert answer.status_code == 404, answer.text


async def test_aud_04_the_change_log_tells_what_it_was_judged_by(
    client: Any, store: CommitStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await hide_after(client, store, monkeypatch, "history")
    told = await client.do("GET", f"{path}/changes", by="cara")
    assert (len(told["items"]), "Merger" in str(told)) == (1, False)
