"""Corrections over HTTP: withdraw and restore, move, pin and hide, and taking back the last change."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts.addresses import AddressDeleted
from dossier.ids import new_id
from dossier.projections.model import Span
from dossier.store import CommitStore
from dossier.testing.activities import ACME, ANNA, ATLAS, BEN, CARA, MEYER, NOVA, SECRET, TEAM
from dossier.testing.recorded import recorded

PATH = "/v1/activities"
MEYER_REF, NOVA_REF, ACME_REF = (
    {"type": "contact", "id": MEYER},
    {"type": "company", "id": NOVA},
    {"type": "company", "id": ACME},
)
ATLAS_REF, SECRET_REF = {"type": "project", "id": ATLAS}, {"type": "project", "id": SECRET}


async def refused(client: Any, path: str, body: Any, rule: str, field: str | None = None, **options: str) -> None:
    answer = await client.send("POST", path, body, **options)
    problem = answer.json()
    assert (answer.status_code, problem["rule"], problem.get("field")) == (422, rule, field), answer.text


async def test_act_withdrawn_it_is_read_marked_refuses_commands_and_is_restored(client: Any) -> None:
    identifier = await client.record(address=MEYER_REF)
    path = f"{PATH}/{identifier}"
    for _ in range(2):
        answer = await client.send("POST", f"{path}/withdraw", {"reason": "entered twice"})
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert (await client.read(identifier, by="ben"))["withdrawn"] is True
    await refused(client, f"{path}/complete", {}, "ACT-WITHDRAWN", "withdrawn")
    await refused(client, f"{path}/corrections", {"changes": {"title": "Contract"}}, "ACT-WITHDRAWN", "withdrawn")
    await refused(client, f"{path}/links", {"object": NOVA_REF}, "ACT-WITHDRAWN", "withdrawn")
    await refused(client, f"{path}/pin", {"object": NOVA_REF}, "ACT-WITHDRAWN", "withdrawn")
    await refused(client, f"{path}/move", {"former": MEYER_REF, "to": NOVA_REF}, "ACT-WITHDRAWN", "withdrawn")
    await client.do("POST", f"{path}/hide", {"object": NOVA_REF, "reason": "not theirs"})
    shown = await client.send("POST", f"{path}/show", {"object": NOVA_REF})
    assert (await client.send("POST", f"{path}/undo", {}, If_Match=shown.headers["ETag"])).status_code == 200
    named = client.tokens.headers("anna") | {"Content-Disposition": 'attachment; filename="Offer.pdf"'}
    attached = await client.http.post(f"{path}/documents", content=b"%PDF-1.7 offer", headers=named)
    assert (attached.status_code, attached.json()["rule"]) == (422, "ACT-WITHDRAWN")
    assert (await client.send("POST", f"{path}/restore", {})).json()["version"] == 6
    assert (await client.send("POST", f"{path}/complete", {})).status_code == 200
    after = await client.read(identifier)
    assert (after["withdrawn"], after["hidden_on"]) == (False, [NOVA_REF])


async def test_act_withdrawn_only_those_who_see_it_withdraw_it_or_read_it_afterwards(client: Any) -> None:
    identifier = await client.record(visibility="granted")
    path = f"{PATH}/{identifier}"
    assert (await client.send("POST", f"{path}/withdraw", {}, by="ben")).status_code == 404
    await client.send("POST", f"{path}/withdraw", {})
    assert (await client.send("POST", f"{path}/restore", {}, by="ben")).status_code == 404
    assert not await client.sees(identifier, "ben")


async def test_act_withdrawn_deliveries_and_links_by_rule_of_a_withdrawn_mail_are_kept(client: Any) -> None:
    gateway = "service:email-ingest"
    mail = {"kind": "email", "title": "Offer", "mail": {"message": new_id(), "sender": "eva@example.com"}}
    channel = {"kind": "channel", "id": "info@example.com"}
    mail["grants"] = [{"to": "user", "id": BEN, "origin": channel}]
    identifier = (await client.send("POST", PATH, mail, by=gateway)).json()["id"]
    path = f"{PATH}/{identifier}"
    assert (await client.send("POST", f"{path}/withdraw", {}, by="ben")).status_code == 200
    sighting = {"delivery": new_id(), "source": "smtp"}
    body = {"sighting": sighting, "grants": [{"to": "user", "id": CARA, "origin": channel}]}
    assert (await client.send("POST", f"{path}/sightings", body, by=gateway)).status_code == 200
    late = {"object": MEYER_REF, "origin": "rule"}
    assert (await client.send("POST", f"{path}/links", late, by=gateway)).status_code == 200
    await client.send("POST", f"{path}/restore", {}, by="cara")
    after = await client.read(identifier, by="cara")
    assert (after["withdrawn"], after["address"], after["sightings"]) == (False, MEYER_REF, [sighting])


async def test_act_withdrawn_recording_it_again_brings_nothing_back(client: Any) -> None:
    fields = {"id": new_id(), "occurred_on": "2026-05-04"}
    identifier = await client.record(**fields)
    await client.send("POST", f"{PATH}/{identifier}/withdraw", {})
    await client.record(**fields)
    assert (await client.read(identifier))["withdrawn"] is True


async def test_act_move_it_is_one_commit_with_its_reason(client: Any, store: CommitStore) -> None:
    identifier = await client.record(address=MEYER_REF, further_addresses=[ACME_REF])
    path = f"{PATH}/{identifier}"
    body = {"former": MEYER_REF, "to": NOVA_REF, "reason": "wrong company"}
    answer = await client.send("POST", f"{path}/move", body)
    assert (answer.json()["commit"], answer.json()["version"]) == (2, 3)
    after = await client.read(identifier)
    assert (after["address"], after["further_addresses"]) == (NOVA_REF, [ACME_REF])
    assert [each.event().reason for each in (await store.read(f"activity-{identifier}"))[1:]] == ["wrong company"] * 2
    told = (await client.do("GET", f"{path}/changes", None))["items"]
    assert [each["reason"] for each in told] == ["wrong company", "wrong company", None]
    assert (await client.send("POST", f"{path}/move", body)).json()["version"] == 3
    unknown = {"former": NOVA_REF, "to": {"type": "company", "id": new_id()}}
    await refused(client, f"{path}/move", unknown, "REF-01", "to")


async def test_act_pin_and_act_hide_are_noted_per_object(client: Any) -> None:
    identifier = await client.record(address=MEYER_REF)
    path = f"{PATH}/{identifier}"
    assert (await client.send("POST", f"{path}/pin", {"object": MEYER_REF})).status_code == 200
    assert (await client.send("POST", f"{path}/pin", {"object": ACME_REF})).status_code == 200
    assert (await client.send("POST", f"{path}/hide", {"object": NOVA_REF, "reason": "private"})).status_code == 200
    after = await client.read(identifier)
    assert (after["pinned_on"], after["hidden_on"]) == ([MEYER_REF, ACME_REF], [NOVA_REF])
    await client.send("POST", f"{path}/unpin", {"object": MEYER_REF})
    await client.send("POST", f"{path}/show", {"object": NOVA_REF})
    after = await client.read(identifier)
    assert (after["pinned_on"], after["hidden_on"]) == ([ACME_REF], [])


@pytest.mark.parametrize(("command", "opposite"), [("pin", "unpin"), ("hide", "show")])
async def test_act_pin_ends_nothing_where_one_sees_nothing_and_tells_nothing_of_it(
    client: Any, command: str, opposite: str
) -> None:
    identifier = await client.record()
    path = f"{PATH}/{identifier}"
    await client.send("POST", f"{path}/{command}", {"object": SECRET_REF}, by="ben")
    unknown = {"type": SECRET_REF["type"], "id": new_id()}
    one, other = [await client.send("POST", f"{path}/{opposite}", {"object": each}) for each in (SECRET_REF, unknown)]
    assert (one.status_code, one.json()) == (other.status_code, other.json())
    there = await client.read(identifier, by="ben")
    assert SECRET_REF in (*there["pinned_on"], *there["hidden_on"])
    await client.send("POST", f"{path}/{opposite}", {"object": SECRET_REF}, by="ben")
    there = await client.read(identifier, by="ben")
    assert (there["pinned_on"], there["hidden_on"]) == ([], [])


@pytest.mark.parametrize("command", ["pin", "hide"])
async def test_act_pin_needs_the_right_to_the_object(client: Any, command: str) -> None:
    identifier = await client.record()
    path = f"{PATH}/{identifier}/{command}"
    await refused(client, path, {"object": SECRET_REF}, "REF-01", "object")
    answer = await client.send("POST", path, {"object": SECRET_REF}, by="ben")
    assert answer.status_code == 200
    assert (await client.send("POST", path, {"object": {"type": "activity", "id": new_id()}})).status_code == 422


async def test_act_pin_on_what_one_may_not_see_is_not_told(client: Any) -> None:
    identifier = await client.record()
    for command in ("pin", "hide"):
        await client.send("POST", f"{PATH}/{identifier}/{command}", {"object": SECRET_REF}, by="ben")
    there = await client.read(identifier, by="ben")
    assert (there["pinned_on"], there["hidden_on"]) == ([SECRET_REF], [SECRET_REF])
    for other in (await client.read(identifier), await client.read(identifier, by="dora")):
        assert (other["pinned_on"], other["hidden_on"]) == ([], [])


async def test_act_undo_each_kind_of_change_is_taken_back(client: Any) -> None:
    identifier = await client.record(address=MEYER_REF, project=ATLAS, responsible={"user": BEN}, due_on="2026-06-30")
    path = f"{PATH}/{identifier}"
    before = await client.read(identifier)
    changes: list[tuple[str, str, Any]] = [
        ("POST", "corrections", {"changes": {"title": "Contract", "occurred_on": "2026-01-01"}}),
        ("POST", "links", {"object": NOVA_REF, "primary": True}),
        ("POST", "unlinks", {"object": ATLAS_REF}),
        ("POST", "move", {"former": MEYER_REF, "to": NOVA_REF}),
        ("PUT", "due", {"on": None}),
        ("PUT", f"responsible/{BEN}/follow-up", {"on": "2026-06-01"}),
        ("POST", "responsible", {"user": CARA}),
        ("POST", "complete", {}),
        ("PUT", "visibility", {"visibility": "granted"}),
        ("POST", "grants", {"grants": [{"to": "group", "id": TEAM}]}),
        ("POST", "pin", {"object": MEYER_REF}),
        ("POST", "hide", {"object": MEYER_REF}),
        ("POST", "withdraw", {"reason": "entered twice"}),
    ]
    for method, command, body in changes:
        done = await client.send(method, f"{path}/{command}", body)
        assert done.status_code == 200, (command, done.text)
        undone = await client.send("POST", f"{path}/undo", {"reason": "a slip"}, If_Match=done.headers["ETag"])
        assert undone.status_code == 200, (command, undone.text)
        after = await client.read(identifier)
        assert after["commit"] == done.json()["commit"] + 1
        for version in ("commit", "version"):
            after[version] = before[version]
        assert after == before, command


async def test_act_undo_is_refused_where_there_is_no_opposite_or_something_came_since(client: Any) -> None:
    identifier = await client.record(due_on="2026-06-30")
    path = f"{PATH}/{identifier}"
    await refused(client, f"{path}/undo", {}, "ACT-UNDO", "If-Match")
    await refused(client, f"{path}/undo", {}, "ACT-UNDO", "If-Match", If_Match='"1"')
    moved = await client.send("PUT", f"{path}/due", {"on": "2026-07-01"})
    await client.send("POST", f"{path}/complete", {}, by="ben")
    late = await client.send("POST", f"{path}/undo", {}, If_Match=moved.headers["ETag"])
    assert (late.status_code, late.json()["rule"]) == (409, "current-version")
    assert [change["type"] for change in late.json()["changes"]] == ["crm.activities.activity-completed"]
    assert (await client.read(identifier))["due_on"] == "2026-07-01"


async def test_what_asks_for_no_word_takes_no_body(client: Any) -> None:
    identifier = await client.record(
        due_on="2026-06-30", activity_type="deadline", responsible={"user": ANNA}, visibility="granted"
    )
    path = f"{PATH}/{identifier}"
    for command in ("withdraw", "restore"):
        assert (await client.send("POST", f"{path}/{command}")).status_code == 200
    assert len((await client.do("POST", f"{path}/early-deadlines", expect=201))["made"]) == 1
    told = await client.do("POST", f"{path}/undo", expect=422)
    assert (told["field"], "ETag" in told["detail"]) == ("If-Match", True)
    moved = await client.send("POST", f"{path}/corrections", {"changes": {"title": "Appeal"}})
    assert (await client.send("POST", f"{path}/undo", If_Match=moved.headers["ETag"])).status_code == 200


async def test_act_undo_sent_twice_under_one_key_undoes_once(client: Any) -> None:
    identifier = await client.record()
    path = f"{PATH}/{identifier}"
    done = await client.send("POST", f"{path}/complete", {})
    headers = {"If_Match": done.headers["ETag"], "Idempotency_Key": "undo-1"}
    first, again = [await client.send("POST", f"{path}/undo", {}, **headers) for _ in range(2)]
    assert (first.json()["version"], again.json()["version"], again.json()["replayed"]) == (3, 3, True)
    assert (await client.read(identifier))["completed_on"] is None


async def test_act_undo_brings_back_no_link_that_the_caller_could_not_make(client: Any) -> None:
    identifier = await client.record(by="ben", project=SECRET)
    path = f"{PATH}/{identifier}"
    gone = await client.send("POST", f"{path}/unlinks", {"object": SECRET_REF}, by="ben")
    version = {"If_Match": gone.headers["ETag"]}
    await refused(client, f"{path}/undo", {}, "ACT-UNDO", "If-Match", **version)
    assert (await client.send("POST", f"{path}/undo", {}, by="ben", **version)).status_code == 200


async def test_act_undo_links_no_address_that_was_deleted_since_and_unpin_works_there(client: Any, world: Any) -> None:
    identifier = await client.record(address=NOVA_REF)
    path = f"{PATH}/{identifier}"
    await client.send("POST", f"{path}/pin", {"object": NOVA_REF})
    gone = await client.send("POST", f"{path}/unlinks", {"object": NOVA_REF})
    await world.apply([Span(f"company-{NOVA}", recorded(f"company-{NOVA}", AddressDeleted(), after=1))])
    await refused(client, f"{path}/undo", {}, "REF-01", "object", If_Match=gone.headers["ETag"])
    await refused(client, f"{path}/pin", {"object": NOVA_REF}, "REF-01", "object")
    assert (await client.send("POST", f"{path}/unpin", {"object": NOVA_REF})).status_code == 200
    assert (await client.read(identifier))["pinned_on"] == []
