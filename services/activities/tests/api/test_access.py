"""What a second principal finds out about activities that are not for it: nothing."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from activities.views.world import WorldView
from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.contracts.addresses import CoupleRegistered, Half
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, Principals
from dossier.contracts.engagements import (
    EngagementOpened,
    EngagementRestricted,
    InvoiceChanged,
    InvoiceRegistered,
    OpportunityOpened,
    PhaseAdded,
    ProjectRegistered,
)
from dossier.ids import new_id
from dossier.projections import tokens
from dossier.projections.model import Span
from dossier.projections.parking import holds_of
from dossier.store import CommitStore, Head, Metadata, NewCommit
from dossier.testing.activities import ACME, ANNA, ATLAS, BEN, CARA, MEYER, SECRET, TEAM
from dossier.testing.recorded import recorded

PATH = "/v1/activities"
CLIENT = AddressRef(type="company", id=ACME)
HIDDEN: dict[str, Any] = {"visibility": "granted"}
COMMANDS: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("GET", "/text", None),
    ("POST", "/corrections", {"changes": {"title": "Mine"}}),
    ("POST", "/links", {"object": {"type": "contact", "id": MEYER}}),
    ("POST", "/unlinks", {"object": {"type": "contact", "id": MEYER}}),
    ("POST", "/complete", {}),
    ("POST", "/reopen", None),
    ("PUT", "/due", {"on": "2026-05-04"}),
    ("POST", "/responsible", {"user": CARA}),
    ("DELETE", f"/responsible/{CARA}", None),
    ("PUT", f"/responsible/{CARA}/follow-up", {"on": "2026-05-04"}),
    ("PUT", "/visibility", {"visibility": "everyone"}),
    ("POST", "/grants", {"grants": [{"to": "user", "id": CARA}]}),
    ("POST", "/grants/revoke", {"grants": [{"to": "user", "id": CARA}]}),
    ("POST", "/delegation", {"to": CARA}),
    ("POST", "/delegation/answer", {"answer": "accepted"}),
    ("POST", "/early-deadlines", {}),
    ("PUT", "/reviewer", {"user": CARA}),
    ("DELETE", "/reviewer", None),
    ("POST", "/review", {"approved": True}),
    ("PUT", "/recurrence", {"rule": "FREQ=DAILY"}),
    ("DELETE", "/recurrence", None),
]


@pytest.mark.parametrize(("method", "part", "body"), COMMANDS)
async def test_what_is_hidden_answers_like_what_does_not_exist(client: Any, method: str, part: str, body: Any) -> None:
    hidden, missing = await client.record(**HIDDEN), new_id()
    for headers in ({}, {"If_Match": '"9"'}):
        seen = [
            await client.send(method, f"{PATH}/{identifier}{part}", body, by="cara", Correlation_Id=new_id(), **headers)
            for identifier in (hidden, missing)
        ]
        assert [answer.status_code for answer in seen] == [404, 404]
        told = [{k: v for k, v in answer.json().items() if k != "correlation_id"} for answer in seen]
        assert told[0] == told[1]
    assert (await client.read(hidden))["version"] == 1


async def test_rgt_10_author_responsible_participants_and_granted_see_it(client: Any) -> None:
    for fields in (
        {"responsible": {"user": BEN}},
        {"further_responsible": [{"user": BEN}]},
        {"participants": [BEN]},
        {"grants": [{"to": "user", "id": BEN}]},
    ):
        identifier = await client.record(**HIDDEN, **fields)
        assert [await client.sees(identifier, name) for name in ("anna", "ben", "cara")] == [True, True, False]


async def test_rgt_10_administrators_do_not_see_it_by_being_administrators(client: Any) -> None:
    identifier = await client.record(**HIDDEN)
    own = {"Authorization": f"Bearer {client.tokens.administrator()}"}
    assert (await client.http.get(f"{PATH}/{identifier}", headers=own)).status_code == 404


async def test_rgt_10_a_restricted_project_takes_both_rights(client: Any, world: WorldView) -> None:
    open_one, granted = await client.record(project=ATLAS), await client.record(project=ATLAS, **HIDDEN)
    history = recorded(
        f"project-{ATLAS}",
        ProjectRegistered(code="A", title="Atlas"),
        EngagementRestricted(to=Principals(users=(BEN,))),
        EngagementOpened(),
    )
    await world.apply([Span(f"project-{ATLAS}", history[:2])])
    for identifier, readers in ((open_one, [False, True]), (granted, [False, False])):
        assert [await client.sees(identifier, name) for name in ("anna", "ben")] == readers
    assert (await client.send("PUT", f"{PATH}/{open_one}/due", {"on": "2026-05-04"})).status_code == 404
    await world.apply([Span(f"project-{ATLAS}", history)])
    assert [await client.sees(granted, name) for name in ("anna", "ben")] == [True, False]


@pytest.mark.parametrize("part", ["", "/text", "/changes", "/readers", "/documents"])
async def test_rgt_10_who_knows_of_a_restriction_waits_until_it_is_known_here(
    client: Any, world: WorldView, part: str
) -> None:
    path = f"{PATH}/{await client.record(project=ATLAS)}{part}"
    stream, restricted = f"project-{ATLAS}", EngagementRestricted(to=Principals(users=(BEN,)))
    token = tokens.issue(client.app.state.service.token_key, {stream: 2})
    impatient = await client.send("GET", path, Dossier_After=token)
    assert (impatient.status_code, impatient.headers["Dossier-Lacks"]) == (200, f"{stream}:2")
    asked = asyncio.create_task(client.send("GET", path, Dossier_After=token, Prefer="wait=10"))
    await asyncio.sleep(0.2)
    assert not asked.done()
    history = recorded(stream, ProjectRegistered(code="A", title="Atlas"), restricted)
    await world.apply([Span(stream, history)])
    assert (await asked).status_code == 404


async def test_rgt_10_who_is_made_responsible_for_what_is_kept_from_them_is_named_in_a_warning(
    client: Any, world: WorldView
) -> None:
    history = recorded(
        f"project-{ATLAS}",
        ProjectRegistered(code="A", title="Atlas"),
        EngagementRestricted(to=Principals(users=(ANNA, BEN))),
        EngagementRestricted(to=Principals(users=(ANNA,), groups=(TEAM,))),
    )

    async def warned(further: dict[str, Any]) -> list[tuple[str, list[str], dict[str, str]]]:
        body = {"kind": "note", "title": "x", "responsible": {"user": BEN}, "further_responsible": [further]}
        recorded_one = await client.do("POST", PATH, {**body, **HIDDEN, "project": ATLAS}, expect=201)
        path = f"{PATH}/{recorded_one['id']}"
        assigned = await client.do("POST", f"{path}/responsible", further | {"main": False})
        assert assigned["warnings"] == recorded_one["warnings"]
        noted = {**body, **HIDDEN, "project": ATLAS, "id": new_id(), "occurred_on": "2026-05-04"}
        (draft,) = (await client.do("POST", f"{PATH}/drafts", {"drafts": [noted]}))["drafts"]
        assert draft["answer"]["warnings"] == recorded_one["warnings"]
        return [(each["rule"], each["users"], each["names"]) for each in assigned["warnings"]]

    assert await warned({"user": CARA}) == []
    await world.apply([Span(f"project-{ATLAS}", history[:2])])
    assert await warned({"user": CARA}) == [("RGT-10", [CARA], {CARA: "Cara Graf"})]
    assert await warned({"user": ANNA}) == []
    await world.apply([Span(f"project-{ATLAS}", history)])
    assert await warned({"user": CARA}) == [], "who is in a group is not known here"


async def test_rgt_10_who_is_asked_for_what_is_kept_from_them_is_named_in_a_warning(
    client: Any, world: WorldView
) -> None:
    restricted = EngagementRestricted(to=Principals(users=(ANNA,)))
    history = recorded(f"project-{ATLAS}", ProjectRegistered(code="A", title="Atlas"), restricted)
    await world.apply([Span(f"project-{ATLAS}", history)])
    deadline = {"activity_type": "deadline", "due_on": "2026-06-30", "responsible": {"user": ANNA}}
    path = f"{PATH}/{await client.record(project=ATLAS, **deadline)}"
    for method, part, asked in (("POST", "delegation", {"to": BEN}), ("PUT", "reviewer", {"user": BEN})):
        (warning,) = (await client.do(method, f"{path}/{part}", asked))["warnings"]
        assert (warning["rule"], warning["users"]) == ("RGT-10", [BEN])


async def test_rgt_10_a_project_one_may_not_see_is_like_one_that_does_not_exist(client: Any) -> None:
    told = []
    for project in (SECRET, new_id()):
        answer = await client.send("POST", PATH, {"kind": "note", "title": "x", "project": project})
        told.append((answer.status_code, answer.json()["rule"], answer.json()["detail"], answer.json()["field"]))
    assert told[0] == told[1] == (422, "REF-01", told[0][2], "project")
    identifier = await client.record()
    answer = await client.send("POST", f"{PATH}/{identifier}/links", {"object": {"type": "project", "id": SECRET}})
    assert (answer.status_code, answer.json()["field"]) == (422, "object")
    assert await client.record(by="ben", project=SECRET)


async def test_an_engagement_not_known_yet_hides_from_all_but_author_and_responsible(
    client: Any, world: WorldView
) -> None:
    identifier = await client.record(project=ATLAS, responsible={"user": BEN})
    await world.documents.delete_one({"_id": f"project-{ATLAS}"})
    assert [await client.sees(identifier, name) for name in ("anna", "ben", "cara")] == [True, True, False]


async def test_rgt_10_what_is_linked_to_an_engagement_that_is_set_aside_is_for_author_and_responsible(
    client: Any, world: WorldView
) -> None:
    phase = f"phase-{new_id()}"
    await world.apply([Span(phase, recorded(phase, PhaseAdded(project=ATLAS, title="Concept")))])
    linked = [
        await client.record(responsible={"user": BEN}, **{kind: identifier})
        for kind, identifier in (("project", ATLAS), ("phase", phase[-36:]))
    ]
    assert [await client.sees(each, "cara") for each in linked] == [True, True]
    await holds_of(world).set_aside(f"project-{ATLAS}", "engagements", 2, ValueError("unreadable"))
    for each in linked:
        assert [await client.sees(each, name) for name in ("anna", "ben", "cara")] == [True, True, False]
    plain = await client.record()
    link = {"object": {"type": "project", "id": ATLAS}}
    assert await client.refused("POST", f"{PATH}/{plain}/links", link) == ("REF-01", "object")


def invoice(project: str | None) -> InvoiceRegistered:
    return InvoiceRegistered(
        number="R-1", project=project, recipient=CLIENT, issued_on=date(2026, 5, 4), amount=Decimal(100), currency="CHF"
    )


def opportunity() -> OpportunityOpened:
    return OpportunityOpened(
        title="Chance", address=CLIENT, entered_on=date(2026, 5, 4), status=new_id(), probability=50
    )


async def test_act_10_it_is_recorded_with_and_linked_to_every_kind_of_object_its_owner_knows(
    client: Any, owners: CommitStore
) -> None:
    objects: dict[str, Event] = {
        "phase": PhaseAdded(project=ATLAS, title="Concept"),
        "opportunity": opportunity(),
        "invoice": invoice(None),
        "couple": CoupleRegistered(a=Half(last_name="Muster"), b=Half(last_name="Beispiel")),
    }
    made = {kind: new_id() for kind in objects}
    identifier = await client.record()
    for kind, event in objects.items():
        linked = {"object": {"type": kind, "id": made[kind]}}
        path = f"{PATH}/{identifier}/links"
        answer = await client.send("POST", path, linked)
        assert (answer.status_code, answer.json()["rule"], answer.json()["field"]) == (422, "REF-01", "object")
        stream = f"{kind}-{made[kind]}"
        metadata = Metadata(actor="test", channel="api", correlation_id=new_id(), command_id=new_id())
        await owners.append(NewCommit(stream, Head(stream), [event], metadata))
        assert (await client.send("POST", path, linked)).status_code == 200
    engagements = {kind: made[kind] for kind in ("phase", "opportunity", "invoice")}
    couple = {"type": "couple", "id": made["couple"]}
    at_once = await client.record(address=couple, **engagements)
    for one in (identifier, at_once):
        after = await client.read(one)
        assert after["address"] == couple
        assert {kind: after[kind] for kind in engagements} == engagements


@pytest.mark.parametrize("kind", ["phase", "invoice"])
async def test_rgt_10_phase_and_invoice_take_the_right_to_their_project(
    client: Any, world: WorldView, kind: str
) -> None:
    made = {project: new_id() for project in (ATLAS, SECRET)}
    for project, identifier in made.items():
        event = PhaseAdded(project=project, title="Concept") if kind == "phase" else invoice(project)
        await world.apply([Span(f"{kind}-{identifier}", recorded(f"{kind}-{identifier}", event))])
    refused = await client.send("POST", PATH, {"kind": "note", "title": "x", kind: made[SECRET]})
    assert (refused.status_code, refused.json()["rule"], refused.json()["field"]) == (422, "REF-01", kind)
    secret = await client.record(by="ben", **{kind: made[SECRET]})
    public = await client.record(**{kind: made[ATLAS]})
    assert [await client.sees(secret, name) for name in ("anna", "ben")] == [False, True]
    assert await client.sees(public, "cara")
    await world.documents.delete_one({"_id": f"project-{ATLAS}"})
    assert [await client.sees(public, name) for name in ("anna", "cara")] == [True, False]


async def test_rgt_10_an_invoice_moves_from_the_right_to_one_project_to_that_of_another(
    client: Any, world: WorldView
) -> None:
    stream = f"invoice-{new_id()}"
    changes = (InvoiceChanged(project=SECRET), InvoiceChanged(number="R-2"), InvoiceChanged(project=None))
    history = recorded(stream, invoice(ATLAS), *changes)
    await world.apply([Span(stream, history[:1])])
    identifier = await client.record(invoice=stream[-36:])
    for until, seen in ((1, True), (2, False), (3, False), (4, True)):
        await world.apply([Span(stream, history[:until])])
        assert await client.sees(identifier, "cara") is seen


async def test_rgt_10_an_opportunity_has_its_own_readers_and_not_those_of_its_project(
    client: Any, world: WorldView
) -> None:
    stream = f"opportunity-{new_id()}"
    opened = opportunity().model_copy(update={"project": SECRET})
    history = recorded(stream, opened, EngagementRestricted(to=Principals(users=(CARA,))))
    await world.apply([Span(stream, history[:1])])
    identifier = await client.record(by="cara", opportunity=stream[-36:])
    assert await client.sees(identifier, "ben")
    await world.apply([Span(stream, history)])
    assert [await client.sees(identifier, name) for name in ("anna", "ben", "cara")] == [False, False, True]


async def test_rgt_05_nobody_hides_from_oneself_what_others_wrote(client: Any) -> None:
    identifier = await client.record()
    path = f"{PATH}/{identifier}/visibility"
    assert await client.refused("PUT", path, HIDDEN, by="ben") == ("RGT-05", "visibility")
    assert await client.sees(identifier, "ben")
    await client.do("POST", f"{PATH}/{identifier}/grants", {"grants": [{"to": "user", "id": BEN}]}, by="ben")
    await client.do("PUT", path, HIDDEN, by="ben")
    assert [await client.sees(identifier, name) for name in ("anna", "ben", "cara")] == [True, True, False]


def office(kind: str) -> dict[str, Any]:
    return {"to": "group", "id": CONSULTANTS, "origin": {"kind": kind, "id": "box"}}


async def test_rgt_05_nobody_takes_the_last_right_to_what_has_no_author(client: Any) -> None:
    mail = await client.record(by="service:email-ingest", **HIDDEN, grants=[office("channel")])
    path = f"{PATH}/{mail}"
    revoke = {"grants": [office("channel")]}
    assert await client.refused("POST", f"{path}/grants/revoke", revoke, by="ben") == ("RGT-05", "grants")
    await client.do("POST", f"{path}/grants", {"grants": [{"to": "user", "id": CARA}]})
    assert await client.refused("POST", f"{path}/grants/revoke", revoke, by="ben") == ("RGT-05", "grants")
    await client.do("POST", f"{path}/grants/revoke", revoke, by="cara")
    assert [await client.sees(mail, name) for name in ("anna", "ben", "cara")] == [False, False, True]
    await client.do("POST", f"{path}/responsible", {"user": BEN}, by="cara")
    await client.do("DELETE", f"{path}/responsible/{BEN}", by="ben")
    assert [await client.sees(mail, name) for name in ("ben", "cara")] == [False, True]


async def test_rgt_05_nobody_leaves_what_then_nobody_sees(client: Any) -> None:
    mail = await client.record(by="service:email-ingest", **HIDDEN, responsible={"user": BEN})
    path = f"{PATH}/{mail}"
    assert await client.refused("DELETE", f"{path}/responsible/{BEN}", by="ben") == ("RGT-05", None)
    await client.do("POST", f"{path}/corrections", {"changes": {"participants": [BEN]}}, by="ben")
    await client.do("DELETE", f"{path}/responsible/{BEN}", by="ben")
    correction = {"changes": {"participants": []}}
    assert await client.refused("POST", f"{path}/corrections", correction, by="ben") == ("RGT-05", None)


async def test_rgt_05_whoever_is_left_may_see_what_it_is_linked_to(client: Any, world: WorldView) -> None:
    history = recorded(
        f"project-{ATLAS}",
        ProjectRegistered(code="A", title="Atlas"),
        EngagementRestricted(to=Principals(users=(BEN,))),
        EngagementRestricted(to=Principals(users=(BEN, CARA))),
    )
    await world.apply([Span(f"project-{ATLAS}", history[:2])])
    mail = await client.record(by="service:email-ingest", **HIDDEN, grants=[office("channel")])
    path = f"{PATH}/{mail}"
    await client.do("POST", f"{path}/responsible", {"user": BEN}, by="ben")
    await client.do("POST", f"{path}/links", {"object": {"type": "project", "id": ATLAS}}, by="ben")
    own = client.tokens.headers("ben", groups=(PARTNERS,))
    refused = await client.http.delete(f"{path}/responsible/{BEN}", headers=own)
    assert (refused.status_code, refused.json()["rule"]) == (422, "RGT-05")
    await world.apply([Span(f"project-{ATLAS}", history)])
    assert (await client.http.delete(f"{path}/responsible/{BEN}", headers=own)).status_code == 200
    assert await client.sees(mail, "cara")


async def test_rgt_05_completing_ends_no_offer_by_which_alone_somebody_saw_it(client: Any, world: WorldView) -> None:
    mail = await client.record(by="service:email-ingest", **HIDDEN, responsible={"user": BEN}, project=ATLAS)
    path = f"{PATH}/{mail}"
    await client.do("POST", f"{path}/delegation", {"to": CARA}, by="ben")
    restricted = EngagementRestricted(to=Principals(users=(CARA,)))
    await world.apply(
        [Span(f"project-{ATLAS}", recorded(f"project-{ATLAS}", ProjectRegistered(code="A", title="Atlas"), restricted))]
    )
    assert await client.refused("POST", f"{path}/complete", {}, by="cara") == ("RGT-05", None)


async def test_rgt_05_nobody_undoes_what_lets_oneself_see_it(client: Any) -> None:
    mail = await client.record(by="service:email-ingest", **HIDDEN, grants=[office("channel")])
    shown = await client.do("PUT", f"{PATH}/{mail}/visibility", {"visibility": "everyone"})
    headers = client.tokens.headers("emil", groups=(PARTNERS,)) | {"If-Match": f'"{shown["commit"]}"'}
    answer = await client.http.post(f"{PATH}/{mail}/undo", json={}, headers=headers)
    assert (answer.status_code, answer.json()["rule"]) == (422, "RGT-05")
    assert (await client.send("POST", f"{PATH}/{mail}/undo", {}, If_Match=headers["If-Match"])).status_code == 200


async def test_a_conflict_tells_nothing_to_who_may_not_see(client: Any) -> None:
    identifier = await client.record(**HIDDEN)
    answer = await client.send("PUT", f"{PATH}/{identifier}/due", {"on": "2026-05-04"}, by="cara", If_Match='"0"')
    assert answer.status_code == 404
    assert ANNA not in answer.text


async def test_rgt_02_capabilities_are_asked_for(client: Any) -> None:
    reader = {"Authorization": f"Bearer {client.tokens.user('anna', groups=())}"}
    identifier = await client.record()
    assert (await client.http.get(f"{PATH}/{identifier}", headers=reader)).status_code == 200
    refused = await client.http.post(PATH, json={"kind": "note", "title": "x"}, headers=reader)
    assert (refused.status_code, refused.json()["rule"]) == (403, "capability:create")
    assert (await client.http.post(f"{PATH}/{identifier}/reopen", headers=reader)).status_code == 403
    assert (await client.http.get(f"{PATH}/{identifier}")).status_code == 401
