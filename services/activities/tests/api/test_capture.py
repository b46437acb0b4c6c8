"""Notes taken on the go, sent in one go, perhaps twice (PHO-04)."""

from __future__ import annotations

from typing import Any

from dossier.contracts.addresses import AddressDeleted, CompanyRegistered
from dossier.ids import new_id
from dossier.store import CommitStore, Head, Metadata, NewCommit
from dossier.testing.activities import ACME, BEN, MEYER, SECRET

PATH = "/v1/activities/drafts"


def draft(**fields: Any) -> dict[str, Any]:
    return {"id": new_id(), "kind": "call", "title": "Asks for an offer", "occurred_on": "2026-05-04", **fields}


async def take(client: Any, *drafts: Any, by: str = "anna", **headers: str) -> list[dict[str, Any]]:
    answer = await client.send("POST", PATH, {"drafts": list(drafts)}, by=by, **headers)
    assert answer.status_code == 200, answer.text
    taken = answer.json()["drafts"]
    assert len(taken) == len(drafts)
    return taken


async def test_pho_01_a_call_note_and_a_meeting_note_are_recorded_with_all_that_was_noted(client: Any) -> None:
    call = draft(
        address={"type": "contact", "id": MEYER},
        activity_type="offer",
        medium="online",
        text="Wants it by Friday.",
        responsible={"user": BEN},
        due_on="2026-05-08",
    )
    meeting = draft(kind="meeting", address={"type": "company", "id": ACME})
    taken = await take(client, call, meeting)
    assert [(one["outcome"], one["id"], one["status"]) for one in taken] == [
        ("recorded", call["id"], 201),
        ("recorded", meeting["id"], 201),
    ]
    there = await client.read(call["id"])
    assert {name: there[name] for name in call if name != "responsible"} == {
        name: value for name, value in call.items() if name != "responsible"
    }
    assert there["responsible"]["user"] == BEN
    assert (await client.read(meeting["id"]))["medium"] == "on_site"


async def test_pho_04_the_nil_uuid_is_no_id_of_a_drafts_own(client: Any) -> None:
    (taken,) = await take(client, draft(id="00000000-0000-0000-0000-000000000000"))
    assert (taken["outcome"], taken["status"]) == ("refused", 422)
    assert (taken["problem"]["rule"], taken["problem"]["field"]) == ("own-id", "id")


async def test_pho_04_sent_twice_is_one_activity_whatever_was_done_since(client: Any, store: CommitStore) -> None:
    drafts = [draft(), draft(text="long " * 20_000), draft()]
    assert [one["outcome"] for one in await take(client, *drafts)] == ["recorded"] * 3
    await client.send("POST", f"/v1/activities/{drafts[0]['id']}/corrections", {"changes": {"title": "Changed"}})
    await client.send("POST", f"/v1/activities/{drafts[2]['id']}/withdraw", {})
    again = await take(client, *drafts, draft())
    assert [one["outcome"] for one in again] == ["already-there"] * 3 + ["recorded"]
    assert [one["answer"]["commit"] for one in again] == [2, 1, 2, 1]
    assert (await client.read(drafts[0]["id"]))["title"] == "Changed"
    assert [len(await store.read(f"activity-{one['id']}")) for one in drafts] == [2, 1, 2]


async def test_pho_04_sent_twice_is_one_activity_whatever_became_of_what_it_refers_to(
    client: Any, owners: CommitStore, store: CommitStore
) -> None:
    company, earlier = new_id(), await client.record(visibility="granted", grants=[{"to": "user", "id": BEN}])
    metadata = Metadata(actor="test", channel="api", correlation_id=new_id(), command_id=new_id())
    head = Head(f"company-{company}")
    there = await owners.append(NewCommit(head.stream, head, [CompanyRegistered(name="Nova")], metadata))
    typed, addressed, following = (
        draft(activity_type="advice"),
        draft(address={"type": "company", "id": company}),
        draft(follow_up_of=earlier),
    )
    drafts = [typed, addressed, following]
    assert [one["outcome"] for one in await take(client, *drafts, by="ben")] == ["recorded"] * 3
    types = await client.do("GET", "/v1/activity-types")
    (advice,) = (each["id"] for each in types if each["code"] == "advice")
    await client.do("PATCH", f"/v1/activity-types/{advice}", {"is_active": False}, by="admin:dora")
    await owners.append(NewCommit(head.stream, there.head, [AddressDeleted()], metadata))
    await client.do("POST", f"{PATH[:-7]}/{earlier}/grants/revoke", {"grants": [{"to": "user", "id": BEN}]})
    assert [one["outcome"] for one in await take(client, *drafts, by="ben")] == ["already-there"] * 3
    for one in drafts:
        await client.do("POST", "/v1/activities", one, by="ben", expect=201)
        assert len(await store.read(f"activity-{one['id']}")) == 1
    new = [one | {"id": new_id()} for one in drafts]
    refused = [one["problem"]["rule"] for one in await take(client, *new, by="ben")]
    assert refused == ["ACT-21", "REF-01", "REF-01"]


async def test_pho_04_twice_in_one_batch_is_one_activity(client: Any, store: CommitStore) -> None:
    one = draft()
    taken = await take(client, one, one)
    assert sorted(each["outcome"] for each in taken) == ["already-there", "recorded"]
    assert len(await store.read(f"activity-{one['id']}")) == 1


async def test_pho_04_with_a_key_the_first_answer_is_given_again(client: Any) -> None:
    one = draft()
    first = await take(client, one, Idempotency_Key="phone-1")
    again = await take(client, one, Idempotency_Key="phone-1")
    assert (first[0]["outcome"], again[0]["outcome"]) == ("recorded", "already-there")
    assert again[0]["answer"]["replayed"] is True
    reused = await take(client, draft(), Idempotency_Key="phone-1")
    assert (reused[0]["status"], reused[0]["problem"]["rule"]) == (422, "one-key-one-request")


async def test_pho_04_another_activity_under_the_id_is_shown_as_a_conflict(client: Any) -> None:
    there = draft()
    await take(client, there)
    changed = there | {"title": "Asks for two offers", "text": "Two!"}
    (taken,) = await take(client, changed)
    assert (taken["outcome"], taken["differs"], taken["commit"]) == ("conflict", ["title", "text"], 1)
    assert taken["problem"]["rule"] == "ACT-ID"
    (taken,) = await take(client, there, by="ben")
    assert (taken["outcome"], taken["differs"]) == ("conflict", ["entered_by"])


async def test_pho_04_of_what_one_may_not_see_a_conflict_tells_nothing(client: Any) -> None:
    there = draft(visibility="granted", title="Secret")
    await take(client, there)
    (taken,) = await take(client, there, by="ben")
    assert (taken["outcome"], taken["status"]) == ("conflict", 404)
    assert (taken.get("differs"), taken.get("commit")) == (None, None)
    assert "Secret" not in str(taken)


async def test_pho_04_a_bad_draft_keeps_no_other_back(client: Any) -> None:
    bad: list[tuple[Any, str, str | None]] = [
        ("no draft", "type", "body"),
        (draft(id="no id"), "format", "id"),
        (draft(occurred_on="yesterday"), "format", "occurred_on"),
        (draft(occurred_on=None), "PHO-04", "occurred_on"),
        ({"kind": "call", "title": "Offer", "occurred_on": "2026-05-04"}, "PHO-04", "id"),
        (draft(title="x" * 256), "ACT-TITLE", "title"),
        (draft(colour="red"), "known-field", "colour"),
        (draft(address={"type": "contact", "id": new_id()}), "REF-01", "address"),
        (draft(project=SECRET), "REF-01", "project"),
        (draft(entered_by=BEN), "ACT-08", "entered_by"),
    ]
    good = [draft() for _ in bad]
    mixed = [each for pair in zip((one for one, _, _ in bad), good, strict=True) for each in pair]
    taken = await take(client, *mixed)
    assert [one["outcome"] for one in taken[1::2]] == ["recorded"] * len(bad)
    told = [(one["outcome"], one["problem"]["rule"], one["problem"].get("field")) for one in taken[::2]]
    assert told == [("refused", rule, field) for _, rule, field in bad]


async def test_pho_04_a_draft_may_follow_another_one_of_the_batch(client: Any) -> None:
    first = draft()
    following = draft(follow_up_of=first["id"])
    last = draft(follow_up_of=following["id"])
    taken = await take(client, last, following, first)
    assert [one["outcome"] for one in taken] == ["recorded"] * 3
    ring, other = draft(), draft()
    ring["follow_up_of"], other["follow_up_of"] = other["id"], ring["id"]
    assert [one["problem"]["field"] for one in await take(client, ring, other)] == ["follow_up_of"] * 2


async def test_pho_04_200_drafts_at_most_and_in_few_commits_of_the_database(client: Any, store: CommitStore) -> None:
    drafts = [draft() for _ in range(200)]
    assert {one["outcome"] for one in await take(client, *drafts)} == {"recorded"}
    too_many = await client.send("POST", PATH, {"drafts": [*drafts, draft()]})
    assert (too_many.status_code, too_many.json()["rule"]) == (422, "max-items")
    assert (await client.send("POST", PATH, {"drafts": []})).status_code == 422


async def test_pho_04_needs_the_right_to_create(client: Any) -> None:
    reader = client.tokens.headers("emil", groups=())
    answer = await client.http.post(PATH, json={"drafts": [draft()]}, headers=reader)
    assert answer.status_code == 403
