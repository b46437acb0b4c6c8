"""Activities over HTTP, end to end on the real store."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from activities.api.activities import LARGEST
from activities.views.world import WorldView
from dossier.auth.guard import assert_every_route_has_a_rule
from dossier.contracts.activities import TEXT_LIMIT
from dossier.contracts.addresses import AddressDeleted, CompanyRegistered
from dossier.ids import new_id
from dossier.projections.model import Span
from dossier.store import CommitStore, Head, Metadata, NewCommit
from dossier.testing.activities import ACME, ANNA, ATLAS, BEN, CARA, DORA, MEYER, NOVA, TEAM
from dossier.testing.recorded import recorded
from dossier.testing.store_behaviour import company, metadata

PATH = "/v1/activities"
MAIL = {"message": new_id(), "sender": "eva@example.com"}
CHANNEL = {"kind": "channel", "id": "info@example.com"}


async def test_act_02_a_task_is_recorded_changed_and_done(client: Any) -> None:
    identifier = await client.record(
        kind="call",
        direction="in",
        address={"type": "contact", "id": MEYER},
        further_addresses=[{"type": "company", "id": NOVA}],
        project=ATLAS,
        responsible={"user": BEN, "follow_up_on": "2026-06-01"},
        due_on="2026-06-30",
        occurred_on="2026-05-04",
    )
    path = f"{PATH}/{identifier}"
    assert (await client.send("PUT", f"{path}/due", {"on": "2026-07-01"})).status_code == 200
    assert (await client.send("POST", f"{path}/responsible", {"user": CARA, "main": False})).status_code == 200
    moved = await client.send("PUT", f"{path}/responsible/{CARA}/follow-up", {"on": "2026-06-15"})
    assert moved.status_code == 200
    assert (await client.send("DELETE", f"{path}/responsible/{BEN}")).status_code == 200
    assert (await client.send("POST", f"{path}/complete")).status_code == 200
    after = await client.read(identifier)
    assert after["medium"] == "phone"
    assert after["entered_by"] == ANNA
    assert after["responsible"] is None
    assert after["further_responsible"] == [{"user": CARA, "follow_up_on": "2026-06-15"}]
    assert after["due_on"] == "2026-07-01"
    assert after["completed_on"] is not None
    assert (after["version"], after["commit"]) == (6, 6)
    await client.send("POST", f"{path}/reopen")
    assert (await client.read(identifier))["completed_on"] is None


async def test_act_09_act_10_links_change_and_the_primary_address_moves(client: Any) -> None:
    identifier = await client.record()
    path = f"{PATH}/{identifier}"
    meyer, nova = {"type": "contact", "id": MEYER}, {"type": "company", "id": NOVA}
    await client.send("POST", f"{path}/links", {"object": meyer})
    await client.send("POST", f"{path}/links", {"object": nova, "primary": True})
    await client.send("POST", f"{path}/links", {"object": {"type": "project", "id": ATLAS}})
    after = await client.read(identifier)
    assert (after["address"], after["further_addresses"], after["project"]) == (nova, [meyer], ATLAS)
    await client.send("POST", f"{path}/unlinks", {"object": nova})
    await client.send("POST", f"{path}/unlinks", {"object": {"type": "project", "id": ATLAS}})
    after = await client.read(identifier)
    assert (after["address"], after["further_addresses"], after["project"]) == (meyer, [], None)


async def test_a_rule_never_undoes_a_persons_unlink(client: Any) -> None:
    meyer = {"type": "contact", "id": MEYER}
    identifier = await client.record(address=meyer)
    await client.send("POST", f"{PATH}/{identifier}/unlinks", {"object": meyer})
    late = {"object": meyer, "origin": "rule"}
    answer = await client.send("POST", f"{PATH}/{identifier}/links", late, by="service:email-ingest")
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert (await client.read(identifier))["address"] is None
    assert (await client.send("POST", f"{PATH}/{identifier}/links", late)).status_code == 422


async def test_own_fields_are_put_right_and_emptied(client: Any) -> None:
    identifier = await client.record(starts_at="2026-05-04T09:00:00+02:00", ends_at="2026-05-04T10:00:00+02:00")
    changes = {"title": "Contract", "starts_at": None, "ends_at": None, "participants": [BEN]}
    answer = await client.send("POST", f"{PATH}/{identifier}/corrections", {"changes": changes, "reason": "typo"})
    assert answer.status_code == 200
    after = await client.read(identifier)
    assert (after["title"], after["starts_at"], after["participants"]) == ("Contract", None, [BEN])
    again = await client.send("POST", f"{PATH}/{identifier}/corrections", {"changes": changes})
    assert again.json()["version"] == answer.json()["version"]


async def test_act_text_a_long_text_is_cut_flagged_and_kept_whole(client: Any) -> None:
    long = "Grüezi 🙂 " * (TEXT_LIMIT // 9 + 1)
    identifier = await client.record(text=long)
    after = await client.read(identifier)
    assert (after["text"], after["text_cut"]) == (long[:TEXT_LIMIT], True)
    assert (await client.send("GET", f"{PATH}/{identifier}/text")).text == long
    await client.send("POST", f"{PATH}/{identifier}/corrections", {"changes": {"text": "short"}})
    after = await client.read(identifier)
    assert (after["text"], after["text_cut"], after["text_object"]) == ("short", False, None)
    assert (await client.send("GET", f"{PATH}/{identifier}/text")).text == "short"


async def test_act_title_a_person_is_told_and_a_mail_is_cut(client: Any) -> None:
    answer = await client.send("POST", PATH, {"kind": "note", "title": "x" * 256})
    assert (answer.status_code, answer.json()["rule"], answer.json()["field"]) == (422, "ACT-TITLE", "title")
    mail = {"kind": "email", "title": "x" * 300, "mail": MAIL}
    answer = await client.send("POST", PATH, mail, by="service:email-ingest", Dossier_Channel="mail")
    assert (await client.read(answer.json()["id"], by="service:email-ingest"))["title"] == "x" * 255


async def test_act_mail_one_mail_by_two_roads_is_one_activity_with_both_readers(client: Any) -> None:
    first, second = ({"delivery": new_id(), "source": source} for source in ("lmtp", "smtp"))
    mail = {
        "id": new_id(),
        "kind": "email",
        "medium": "email",
        "title": "Offer",
        "mail": MAIL,
        "sighting": first,
        "visibility": "granted",
        "grants": [{"to": "user", "id": BEN, "origin": CHANNEL}],
    }
    headers = {"by": "service:email-ingest", "Dossier_Channel": "mail", "Idempotency_Key": "message-1"}
    made = [await client.send("POST", PATH, mail, **headers) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert [answer.json()["replayed"] for answer in made] == [False, True]
    path = f"{PATH}/{mail['id']}"
    sighting = {"sighting": second, "grants": [{"to": "user", "id": CARA, "origin": CHANNEL}]}
    for _ in range(2):
        answer = await client.send("POST", f"{path}/sightings", sighting, by="service:email-ingest")
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
    after = await client.read(mail["id"], by="ben")
    assert after["sightings"] == [first, second]
    assert after["entered_by"] is None
    assert await client.sees(mail["id"], "cara")
    assert not await client.sees(mail["id"], "anna")
    assert (await client.send("POST", f"{path}/sightings", {"sighting": second}, by="ben")).status_code == 422


async def test_rgt_10_grants_come_and_go_with_their_origin(client: Any) -> None:
    identifier = await client.record(visibility="granted")
    path = f"{PATH}/{identifier}"
    assert not await client.sees(identifier, "ben")
    assert (await client.send("POST", f"{path}/grants", {"grants": [{"to": "user", "id": BEN}]})).status_code == 200
    assert await client.sees(identifier, "ben")
    assert (await client.send("POST", f"{path}/grants/revoke", {"grants": [{"to": "user", "id": BEN}]})).is_success
    assert not await client.sees(identifier, "ben")
    assert (await client.send("PUT", f"{path}/visibility", {"visibility": "everyone"})).is_success
    assert await client.sees(identifier, "ben")
    foreign = {"grants": [{"to": "group", "id": TEAM, "origin": CHANNEL}]}
    refused = await client.send("POST", f"{path}/grants", foreign)
    assert (refused.status_code, refused.json()["field"]) == (422, "grants.0.origin")


async def test_eml_20_a_mail_without_a_word_about_readers_is_for_its_readers_only(client: Any) -> None:
    mails = [await client.record(kind="email", **facts) for facts in ({"mail": MAIL}, {})]
    others = [await client.record(), await client.record(kind="email", visibility="everyone")]
    assert [await client.sees(identifier, "ben") for identifier in (*mails, *others)] == [False, False, True, True]


async def test_eml_20_a_typed_mail_is_for_its_author_and_those_it_names(client: Any) -> None:
    mail = await client.record(
        kind="email", responsible={"user": BEN}, participants=[CARA], grants=[{"to": "user", "id": DORA}]
    )
    assert [await client.sees(mail, login) for login in ("anna", "ben", "cara", "dora", "eve")] == [True] * 4 + [False]


async def test_the_date_is_today_where_the_user_is(client: Any, world: WorldView) -> None:
    written = (await client.read(await client.record()))["occurred_on"]
    assert abs((date.fromisoformat(written) - date.today()).days) <= 1  # noqa: DTZ011


async def test_ref_01_what_the_own_view_does_not_know_its_owner_is_asked(client: Any, owners: CommitStore) -> None:
    new, stream = new_id(), f"company-{new_id()}"
    metadata = Metadata(actor="service:tests", channel="api", correlation_id="", command_id=new)
    await owners.append(NewCommit(stream, Head(stream), [CompanyRegistered(name="New")], metadata))
    assert await client.record(address={"type": "company", "id": stream[-36:]})


async def test_ref_01_a_reference_is_taken_while_its_owner_is_away(client: Any, service: Any) -> None:
    service.http._transport = httpx.AsyncHTTPTransport()  # nobody listens at the owners' addresses
    assert await client.record(address={"type": "company", "id": new_id()})
    (noted,) = await service.database["unverified_references"].find().to_list(None)
    assert noted["state"] == "unverified"


async def test_recording_with_an_own_id_can_be_repeated(client: Any, store: CommitStore) -> None:
    body = {"id": new_id(), "kind": "note", "title": "Offer", "occurred_on": "2026-05-04"}
    answers = [await client.send("POST", PATH, body) for _ in range(2)]
    assert [(answer.status_code, answer.json()["version"]) for answer in answers] == [(201, 1), (201, 1)]
    other = await client.send("POST", PATH, body | {"title": "Other"})
    assert (other.status_code, other.json()["rule"]) == (422, "ACT-ID")
    assert (await store.head(f"activity-{body['id']}")).version == 1


async def test_a_key_gives_the_first_answer_and_is_good_for_one_request(client: Any) -> None:
    body = {"kind": "note", "title": "Offer"}
    first, again = [await client.send("POST", PATH, body, Idempotency_Key="one") for _ in range(2)]
    assert again.json() == first.json() | {"replayed": True}
    other = await client.send("POST", PATH, body | {"title": "Other"}, Idempotency_Key="one")
    assert (other.status_code, other.json()["type"]) == (422, "urn:problem-type:dossier:key-reused")
    assert (await client.send("POST", PATH, body, Idempotency_Key="one", by="ben")).json()["id"] != first.json()["id"]


@pytest.mark.parametrize("is_known", [True, False], ids=["known here", "known to the owner"])
async def test_ref_01_nothing_new_is_said_with_an_address_that_was_deleted(
    client: Any, world: WorldView, owners: CommitStore, is_known: bool
) -> None:
    gone = company()
    events = [CompanyRegistered(name="Gone"), AddressDeleted()]
    await owners.append(NewCommit(gone, await owners.head(gone), events, metadata()))
    if is_known:
        await world.apply([Span(gone, recorded(gone, *events))])
    address = {"type": "company", "id": gone.removeprefix("company-")}
    refused = await client.send("POST", PATH, {"kind": "note", "title": "Offer", "address": address})
    assert (refused.status_code, problem_of(refused.json())) == (422, ("address", "REF-01"))


async def test_a_stale_version_is_told_what_changed(client: Any) -> None:
    identifier = await client.record()
    path = f"{PATH}/{identifier}/due"
    tag = (await client.send("GET", f"{PATH}/{identifier}")).headers["etag"]
    assert (await client.send("PUT", path, {"on": "2026-07-01"}, If_Match=tag)).status_code == 200
    stale = await client.send("PUT", path, {"on": "2026-08-01"}, If_Match=tag)
    assert stale.status_code == 409
    assert [change["fields"] for change in stale.json()["changes"]] == [["due_on"]]
    assert (await client.read(identifier))["due_on"] == "2026-07-01"


def problem_of(body: Any) -> tuple[str, str]:
    errors = body.get("errors") or [body]
    return errors[0]["field"], errors[0]["rule"]


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"colour": "red"}, "colour", "known-field"),
        ({"kind": "fax"}, "kind", None),
        ({"title": 7}, "title", None),
        ({"title": None}, "title", None),
        ({"occurred_on": "yesterday"}, "occurred_on", None),
        ({"id": "A-1"}, "id", None),
        ({"starts_at": "2026-05-04T09:00:00"}, "starts_at", None),
        ({"starts_at": "0001-01-01T09:00:00+14:00"}, "starts_at", "calendar"),
        ({"starts_at": "9999-12-31T23:00:00-12:00"}, "starts_at", "calendar"),
        ({"ends_at": "2026-05-04T09:00:00Z"}, "starts_at", "CAL-01"),
        ({"duration_minutes": 2**63}, "duration_minutes", "maximum"),
        ({"duration_minutes": 0}, "duration_minutes", "minimum"),
        ({"duration_minutes": -5}, "duration_minutes", "minimum"),
        ({"title": " "}, "title", "ACT-TITLE"),
        ({"address": {"type": "company", "id": new_id()}}, "address", "REF-01"),
        ({"address": {"type": "company", "id": MEYER}}, "address", "REF-01"),
        ({"address": {"type": "project", "id": ATLAS}}, "address.type", None),
        ({"further_addresses": [{"type": "company", "id": ACME}]}, "address", "ACT-09"),
        ({"project": new_id()}, "project", "REF-01"),
        ({"responsible": {"user": new_id()}}, "responsible.user", "REF-01"),
        ({"responsible": {"user": BEN, "follow_up_on": 5}}, "responsible.follow_up_on", None),
        ({"participants": [BEN, new_id()]}, "participants.1", "REF-01"),
        ({"grants": [{"to": "group", "id": new_id()}]}, "grants.0.id", "REF-01"),
        ({"grants": [{"to": "everyone", "id": TEAM}]}, "grants.0.to", None),
        ({"follow_up_of": new_id()}, "follow_up_of", "REF-01"),
        ({"entered_by": BEN}, "entered_by", "ACT-08"),
        ({"sighting": {"delivery": new_id(), "source": "x"}}, "sighting", "ACT-MAIL"),
        ({"participants": [BEN] * 201}, "participants", None),
    ],
)
async def test_bad_input_is_named_and_nothing_is_written(
    client: Any, store: CommitStore, fields: dict[str, Any], field: str, rule: str | None
) -> None:
    answer = await client.send("POST", PATH, {"kind": "note", "title": "Offer", **fields})
    assert answer.status_code == 422, answer.text
    named, broken = problem_of(answer.json())
    assert named == field
    assert rule in (None, broken)
    assert await store.commits.count_documents({}) == 0


@pytest.mark.parametrize(
    ("method", "part", "body"),
    [
        ("POST", "links", {"object": {"type": "company", "id": new_id()}}),
        ("POST", "links", {"object": {"type": "project", "id": ATLAS}, "primary": True}),
        (
            "POST",
            "unlinks",
            {"object": {"type": "contact", "id": MEYER}, "new_primary": {"type": "company", "id": NOVA}},
        ),
        ("POST", "responsible", {"user": new_id()}),
        ("PUT", f"responsible/{BEN}/follow-up", {"on": "2026-05-04"}),
        ("PUT", "due", {"on": "soon"}),
        ("PUT", "due", {}),
        ("PUT", "visibility", {"visibility": "nobody"}),
        ("POST", "grants", {"grants": []}),
        ("POST", "corrections", {"changes": {"title": None}}),
        ("POST", "corrections", {"changes": {"kind": "call"}}),
        ("POST", "corrections", {"changes": {}, "reason": "x" * 1001}),
        ("POST", "complete", {"completed_on": "2026-13-01"}),
    ],
)
async def test_bad_commands_change_nothing(client: Any, method: str, part: str, body: Any) -> None:
    identifier = await client.record(address={"type": "contact", "id": MEYER})
    answer = await client.send(method, f"{PATH}/{identifier}/{part}", body)
    assert answer.status_code == 422, answer.text
    assert (await client.read(identifier))["version"] == 1


async def test_a_body_beyond_the_limit_is_refused(client: Any) -> None:
    for size, status in ((LARGEST // 2, 201), (LARGEST, 413)):
        answer = await client.send("POST", PATH, {"kind": "note", "title": "x", "text": "x" * size})
        assert answer.status_code == status


def test_every_route_has_a_rule(client: Any) -> None:
    assert_every_route_has_a_rule(client.app)


async def test_what_a_client_makes_does_not_have_the_nil_uuid(client: Any) -> None:
    nil, note = "00000000-0000-0000-0000-000000000000", {"kind": "note", "title": "Offer"}
    deadline = {"activity_type": "deadline", "due_on": "2026-06-30", "responsible": {"user": ANNA}}
    path = f"{PATH}/{await client.record(**deadline)}"
    assert await client.refused("POST", PATH, note | {"id": nil}) == ("own-id", "id")
    assert await client.refused("POST", f"{path}/early-deadlines", {"early": [{"id": nil}]}) == ("own-id", "early.0.id")
    assert await client.refused("POST", f"{path}/documents?document={nil}", {}) == ("own-id", "document")
