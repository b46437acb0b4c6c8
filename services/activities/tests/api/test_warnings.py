"""What an answer points out without refusing: no page that shows it, two projects at once, what stays as it was."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from activities.views.world import WorldView
from dossier.auth.groups import ASSISTANTS, CONSULTANTS
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, Principals
from dossier.contracts.directory import GroupCreated, MemberAdded, MemberRemoved
from dossier.contracts.engagements import EngagementRestricted, InvoiceRegistered, PhaseAdded, ProjectRegistered
from dossier.ids import derived_id, new_id
from dossier.projections.model import Span
from dossier.testing.activities import ACME, ANNA, ATLAS, BEN, CARA, DORA, MEYER
from dossier.testing.recorded import recorded

PATH = "/v1/activities"
NOTE = {"kind": "note", "title": "Offer", "occurred_on": "2026-05-04"}
ASTRA = derived_id("project", "astra")
INVOICE: dict[str, Any] = {
    "number": "R-1",
    "project": ASTRA,
    "recipient": AddressRef(type="company", id=ACME),
    "issued_on": date(2026, 5, 4),
    "amount": Decimal(100),
    "currency": "CHF",
}
PARTS = {"phase": derived_id("phase", "one"), "invoice": derived_id("invoice", "one")}


def told(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(warning["rule"], warning["detail"]) for warning in answer["warnings"]]


async def warned(client: Any, **fields: Any) -> list[tuple[str, str]]:
    """What recording this warns of, alone and as a draft."""
    alone = told(await client.do("POST", PATH, NOTE | fields, expect=201))
    (draft,) = (await client.do("POST", f"{PATH}/drafts", {"drafts": [NOTE | fields | {"id": new_id()}]}))["drafts"]
    assert told(draft["answer"]) == alone
    return alone


@pytest.fixture
async def two_projects(world: WorldView) -> None:
    """Astra beside Atlas, with a phase and an invoice."""
    events = {
        f"project-{ASTRA}": [ProjectRegistered(code="B", title="Astra")],
        f"phase-{PARTS['phase']}": [PhaseAdded(project=ASTRA, title="One")],
        f"invoice-{PARTS['invoice']}": [InvoiceRegistered(**INVOICE)],
    }
    await world.apply([Span(stream, recorded(stream, *history)) for stream, history in events.items()])


async def test_act_01_what_is_on_no_page_is_pointed_out(client: Any) -> None:
    ((rule, detail),) = await warned(client)
    assert (rule, detail.startswith("It is on no page: ")) == ("ACT-01", True)
    ((rule, detail),) = await warned(client, due_on="2060-06-30")
    assert (rule, detail.endswith("only the work list of nobody shows it")) == ("ACT-19", True)
    for shown in (
        {"address": {"type": "contact", "id": MEYER}},
        {"project": ATLAS},
        {"responsible": {"user": BEN}},
        {"starts_at": "2026-05-04T10:00:00+02:00"},
        {"kind": "email"},
    ):
        assert await warned(client, **shown) == []


@pytest.mark.parametrize(
    ("facts", "method", "command", "body"),
    [
        ({"project": ATLAS}, "POST", "unlinks", {"object": {"type": "project", "id": ATLAS}}),
        (
            {"address": {"type": "contact", "id": MEYER}},
            "POST",
            "unlinks",
            {"object": {"type": "contact", "id": MEYER}},
        ),
        ({"responsible": {"user": BEN}}, "DELETE", f"responsible/{BEN}", None),
    ],
)
async def test_act_01_what_is_taken_off_its_last_page_is_pointed_out(
    client: Any, facts: dict[str, Any], method: str, command: str, body: Any
) -> None:
    path = f"{PATH}/{await client.record(**facts)}/{command}"
    ((rule, detail),) = told(await client.do(method, path, body))
    assert (rule, detail.startswith("It is on no page: ")) == ("ACT-01", True)
    assert told(await client.do(method, path, body)) == []
    elsewhere = f"{PATH}/{await client.record(**facts | {'starts_at': '2026-05-04T10:00:00+02:00'})}/{command}"
    assert told(await client.do(method, elsewhere, body)) == []


async def test_act_19_what_is_due_and_taken_off_its_last_page_is_told_where_it_is_shown(client: Any) -> None:
    links = [{"type": "contact", "id": MEYER}, {"type": "project", "id": ATLAS}]
    id = await client.record(address=links[0], project=ATLAS, due_on="2060-06-30")
    answers = [await client.do("POST", f"{PATH}/{id}/unlinks", {"object": each}) for each in links]
    assert [[rule for rule, _ in told(each)] for each in answers] == [[], ["ACT-19"]]


async def test_act_01_undoing_the_only_link_is_pointed_out(client: Any) -> None:
    path = f"{PATH}/{await client.record()}"
    commit = (await client.do("POST", f"{path}/links", {"object": {"type": "project", "id": ATLAS}}))["commit"]
    undone = (await client.send("POST", f"{path}/undo", {}, If_Match=f'"{commit}"')).json()
    assert [rule for rule, _ in told(undone)] == ["ACT-01"]
    again = (await client.send("POST", f"{path}/undo", {}, If_Match=f'"{commit + 1}"')).json()
    assert told(again) == []


@pytest.mark.parametrize("kind", PARTS)
async def test_act_10_a_phase_or_invoice_of_another_project_is_pointed_out(
    client: Any, kind: str, two_projects: None
) -> None:
    astray = [("ACT-10", f"the {kind} is of another project than this one")]
    replaced = ("ACT-10", "it no longer belongs to the former project: an activity has one")
    assert await warned(client, **{kind: PARTS[kind], "project": ATLAS}) == astray
    assert await warned(client, **{kind: PARTS[kind], "project": ASTRA}) == []
    assert await warned(client, **{kind: PARTS[kind]}) == []
    path = f"{PATH}/{await client.record(project=ATLAS)}/links"
    assert told(await client.do("POST", path, {"object": {"type": "company", "id": ACME}})) == []
    assert told(await client.do("POST", path, {"object": {"type": kind, "id": PARTS[kind]}})) == astray
    assert told(await client.do("POST", path, {"object": {"type": "project", "id": ASTRA}})) == [replaced]
    assert told(await client.do("POST", path, {"object": {"type": "project", "id": ATLAS}})) == [replaced, *astray]


async def test_act_10_nothing_is_told_of_a_project_that_the_caller_may_not_see(
    client: Any, world: WorldView, two_projects: None
) -> None:
    identifier = await client.record(phase=PARTS["phase"])
    restricted = EngagementRestricted(to=Principals(users=(BEN,)))
    stream = f"project-{ASTRA}"
    history = recorded(stream, ProjectRegistered(code="B", title="Astra"), restricted)
    await world.apply([Span(stream, history)])
    linked = {"object": {"type": "project", "id": ATLAS}}
    await client.do("POST", f"{PATH}/{identifier}/links", linked, expect=404)
    (warning,) = told(await client.do("POST", f"{PATH}/{identifier}/links", linked, by="ben"))
    assert warning[0] == "ACT-10"


async def test_dln_04_early_deadlines_that_stay_visible_are_counted(client: Any) -> None:
    deadline = {"activity_type": "deadline", "due_on": "2026-06-30", "responsible": {"user": ANNA}}
    path = f"{PATH}/{await client.record(**deadline)}"
    one, other, gone = new_id(), new_id(), new_id()
    await client.do(
        "POST", f"{path}/early-deadlines", {"early": [{"id": each} for each in (one, other, gone)]}, expect=201
    )
    await client.do("POST", f"{PATH}/{gone}/withdraw", {})

    async def restricted() -> list[tuple[str, str]]:
        return told(await client.do("PUT", f"{path}/visibility", {"visibility": "granted"}))

    ((rule, detail),) = await restricted()
    assert (rule, detail.split(" of ")[0], "everybody" in detail) == ("DLN-04", "2", True)
    await client.do("PUT", f"{PATH}/{one}/visibility", {"visibility": "granted"})
    ((_, detail),) = await restricted()
    assert detail.split(" of ")[0] == "1"
    await client.do("PUT", f"{PATH}/{other}/visibility", {"visibility": "granted"})
    assert await restricted() == []
    ((_, detail),) = told(await client.do("PUT", f"{path}/visibility", {"visibility": "everyone"}))
    assert detail.split(" of ")[0] == "2"


async def test_act_10_who_links_another_one_is_told_that_it_takes_the_place_of_the_former(
    client: Any, two_projects: None
) -> None:
    path = f"{PATH}/{await client.record()}/links"
    first, second = ({"object": {"type": "project", "id": each}} for each in (ATLAS, ASTRA))
    assert told(await client.do("POST", path, first)) == []
    assert told(await client.do("POST", path, first)) == []
    once = {"Idempotency_Key": new_id()}
    for _ in range(2):
        (warning,) = told((await client.send("POST", path, second, **once)).json())
        assert warning == ("ACT-10", "it no longer belongs to the former project: an activity has one")


async def test_rgt_10_who_takes_back_what_is_not_there_or_not_theirs_is_told(client: Any) -> None:
    path = f"{PATH}/{await client.record(visibility='granted', grants=[{'to': 'user', 'id': BEN}])}/grants"
    of_anna = {"kind": "person", "id": ANNA}
    to_ben, to_cara = ({"to": "user", "id": each} for each in (BEN, CARA))
    await client.do("POST", path, {"grants": [to_cara]})
    kept = ("RGT-10", "1 of these are granted by somebody or something else, and stay: name that origin")
    absent = ("RGT-10", "1 of these are not granted")
    both = {"grants": [to_ben, {"to": "user", "id": DORA}]}
    assert told(await client.do("POST", f"{path}/revoke", both, by="ben")) == [kept, absent]
    by_name = {"grants": [to_ben | {"origin": of_anna}]}
    once = {"Idempotency_Key": new_id()}
    for _ in range(2):
        assert told((await client.send("POST", f"{path}/revoke", by_name, by="cara", **once)).json()) == []
    assert told(await client.do("POST", f"{path}/revoke", by_name, by="cara")) == [absent]


async def test_dln_03_an_early_deadline_that_is_due_after_its_deadline_is_pointed_out(client: Any) -> None:
    deadline = {"activity_type": "deadline", "due_on": "2060-06-30", "responsible": {"user": ANNA}}
    id = await client.record(**deadline)
    (early,) = (await client.do("POST", f"{PATH}/{id}/early-deadlines", {}, expect=201))["made"]

    async def moved(day: str | None, by: str = "anna") -> list[str]:
        return [rule for rule, _ in told(await client.do("PUT", f"{PATH}/{early}/due", {"on": day}, by=by))]

    assert [await moved(day) for day in ("2060-06-30", "2060-07-01", None)] == [[], ["DLN-03"], []]
    await client.do("PUT", f"{PATH}/{id}/visibility", {"visibility": "granted"})
    assert [await moved("2060-07-01", by) for by in ("ben", "anna")] == [[], ["DLN-03"]]


async def test_act_withdrawn_what_follows_up_what_was_withdrawn_is_pointed_out(client: Any) -> None:
    task = {"responsible": {"user": ANNA}}
    earlier = await client.record(**task)
    assert await warned(client, **task, follow_up_of=earlier) == []
    await client.do("POST", f"{PATH}/{earlier}/withdraw", {})
    ((rule, _),) = await warned(client, **task, follow_up_of=earlier)
    assert rule == "ACT-WITHDRAWN"


async def test_act_02_dlg_02_who_yields_and_whose_offer_lapses_is_pointed_out(client: Any) -> None:
    path = f"{PATH}/{await client.record(responsible={'user': ANNA})}"

    async def warned_of(user: str, **more: Any) -> list[tuple[str, list[str]]]:
        answer = await client.do("POST", f"{path}/responsible", {"user": user, **more})
        return [(each["rule"], each["users"]) for each in answer["warnings"]]

    assert await warned_of(DORA, main=False) == []
    await client.do("POST", f"{path}/delegation", {"to": BEN})
    assert await warned_of(CARA) == [("ACT-02", [ANNA]), ("DLG-02", [BEN])]
    assert await warned_of(CARA) == []
    assert await warned_of(DORA) == [("ACT-02", [CARA])]
    await client.do("DELETE", f"{path}/responsible/{DORA}")
    assert await warned_of(ANNA) == []


async def test_act_01_act_02_dlg_02_a_repeated_request_is_told_what_it_was_told_whatever_came_since(
    client: Any,
) -> None:
    path = f"{PATH}/{await client.record(responsible={'user': ANNA})}"
    await client.do("POST", f"{path}/delegation", {"to": BEN})
    taking, leaving = {"Idempotency_Key": new_id()}, {"Idempotency_Key": new_id()}

    async def taken_over() -> list[tuple[str, list[str]]]:
        answer = await client.send("POST", f"{path}/responsible", {"user": CARA}, **taking)
        return [(each["rule"], each["users"]) for each in answer.json()["warnings"]]

    async def left() -> list[str]:
        answer = await client.send("DELETE", f"{path}/responsible/{DORA}", **leaving)
        return [rule for rule, _ in told(answer.json())]

    first = [("ACT-02", [ANNA]), ("DLG-02", [BEN])]
    assert [await taken_over(), await taken_over()] == [first, first]
    await client.do("POST", f"{path}/responsible", {"user": DORA})
    assert [await left(), await left()] == [["ACT-01"], ["ACT-01"]]
    await client.do("POST", f"{path}/responsible", {"user": CARA})
    assert [await left(), await taken_over()] == [["ACT-01"], first]


async def told_twice(client: Any, method: str, path: str, body: Any, *since: tuple[str, str, Any]) -> list[list[str]]:
    """The rules that a command is warned of, and those when it is sent again after these came since."""
    once, answers = {"Idempotency_Key": new_id()}, list[dict[str, Any]]()
    for more in ((), since):
        for then in more:
            await client.do(*then)
        answers.append((await client.send(method, path, body, **once)).json())
    first, again = (answer.get("items", [{"answer": answer}])[0]["answer"] for answer in answers)
    assert (first["replayed"], again["replayed"]) == (False, True)
    return [[rule for rule, _ in told(each)] for each in (first, again)]


DONE = ("complete", {})
TO_BEN, NOT_BEN = ("responsible", {"user": BEN}), (f"responsible/{BEN}", None)
INVOICED = {"object": {"type": "invoice", "id": PARTS["invoice"]}}
IN_ASTRA = {"object": {"type": "project", "id": ASTRA}}
FOR_NOBODY = {"due_on": "2060-06-30"}


@pytest.mark.parametrize(
    ("facts", "command", "since", "rules"),
    [
        (FOR_NOBODY, ("PUT", "due", {"on": "2026-05-04"}), [TO_BEN, DONE], ["ACT-19", "ACT-02"]),
        (FOR_NOBODY, ("PUT", "due", {"on": "2060-07-04"}), [("withdraw", {})], ["ACT-19"]),
        ({"responsible": {"user": BEN}}, ("PUT", "due", {"on": "2060-07-04"}), [NOT_BEN], []),
        ({}, ("POST", *DONE), [TO_BEN], ["ACT-02"]),
        ({"responsible": {"user": BEN}}, ("POST", *DONE), [NOT_BEN], []),
        ({"project": ATLAS}, ("POST", "links", INVOICED), [("links", IN_ASTRA)], ["ACT-10"]),
    ],
)
async def test_act_02_act_10_act_19_a_repeated_command_is_warned_as_the_first_time(
    client: Any, two_projects: None, facts: dict[str, Any], command: Any, since: Any, rules: list[str]
) -> None:
    path = f"{PATH}/{await client.record(**facts)}"
    method, below, body = command
    later = [("POST" if more is not None else "DELETE", f"{path}/{then}", more) for then, more in since]
    assert await told_twice(client, method, f"{path}/{below}", body, *later) == [rules, rules]


async def test_act_19_dates_that_are_shifted_again_are_warned_as_the_first_time(client: Any) -> None:
    id = await client.record(**FOR_NOBODY)
    shifted = {"activities": [id], "date": "due", "days": 1}
    done = ("POST", f"{PATH}/{id}/complete", {})
    assert await told_twice(client, "POST", f"{PATH}/bulk/shift", shifted, done) == [["ACT-19"], ["ACT-19"]]


async def test_dln_03_dln_04_a_repeated_command_on_deadlines_is_warned_as_the_first_time(client: Any) -> None:
    facts = {"activity_type": "deadline", "due_on": "2060-06-30", "responsible": {"user": ANNA}}
    deadline = f"{PATH}/{await client.record(**facts)}"
    one, other = new_id(), new_id()
    early = {"early": [{"id": one, "days_before": 7}, {"id": other, "days_before": 7}]}
    apart, after = ("PUT", f"{PATH}/{one}/due", {"on": "2060-06-01"}), {"on": "2060-07-01"}
    made = await told_twice(client, "POST", f"{deadline}/early-deadlines", early, apart)
    later = ("PUT", f"{deadline}/due", {"on": "2060-08-30"})
    moved = await told_twice(client, "PUT", f"{PATH}/{other}/due", after, later)
    granted = {"visibility": "granted"}
    hidden = [("PUT", f"{PATH}/{each}/visibility", granted) for each in (one, other)]
    seen = await told_twice(client, "PUT", f"{deadline}/visibility", granted, *hidden)
    assert [made, moved, seen] == [[["DLN-03"]] * 2, [["DLN-03"]] * 2, [["DLN-04"]] * 2]


async def test_act_withdrawn_who_records_a_follow_up_again_is_warned_as_the_first_time(client: Any) -> None:
    earlier = await client.record()
    task = NOTE | {"id": new_id(), "responsible": {"user": ANNA}, "follow_up_of": earlier}
    withdrawn = ("POST", f"{PATH}/{earlier}/withdraw", {})
    assert await told_twice(client, "POST", PATH, task, withdrawn) == [[], []]


async def test_act_01_of_two_at_once_the_one_that_takes_it_off_its_last_page_is_told(client: Any) -> None:
    links = {"project": {"type": "project", "id": ATLAS}, "address": {"type": "contact", "id": MEYER}}
    for _ in range(10):
        named = {"project": ATLAS, "address": links["address"]}
        path = f"{PATH}/{await client.record(**named)}/unlinks"
        answers = await asyncio.gather(*(client.do("POST", path, {"object": each}) for each in links.values()))
        last = max(answers, key=lambda each: each["commit"])
        assert [[rule for rule, _ in told(each)] for each in answers] == [
            ["ACT-01"] if each is last else [] for each in answers
        ]


async def test_rgt_01_who_may_only_read_is_handed_a_task_with_a_warning(client: Any, world: WorldView) -> None:
    deadline = {"activity_type": "deadline", "due_on": "2026-06-30", "responsible": {"user": ANNA}}
    path = f"{PATH}/{await client.record(**deadline)}"

    async def joined(group: str, *events: Event) -> None:
        stream = f"group-{group}"
        await world.apply([Span(stream, recorded(stream, GroupCreated(name="Group"), *events))])

    async def warned_of() -> list[list[tuple[str, list[str]]]]:
        answers = [
            await client.do("POST", f"{path}/responsible", {"user": CARA, "main": False}),
            await client.do("PUT", f"{path}/reviewer", {"user": CARA}),
            await client.do("POST", f"{path}/delegation", {"to": BEN}),
        ]
        return [[(each["rule"], each["users"]) for each in answer["warnings"]] for answer in answers]

    assert await warned_of() == [[], [], []]  # nothing is known of either
    await joined(ASSISTANTS, MemberAdded(user=CARA), MemberAdded(user=BEN), MemberAdded(user=ANNA))
    assert await warned_of() == [[("RGT-01", [CARA])], [("RGT-01", [CARA])], [("RGT-01", [BEN])]]
    await joined(CONSULTANTS, MemberAdded(user=CARA), MemberAdded(user=BEN), MemberRemoved(user=BEN))
    assert await warned_of() == [[], [], [("RGT-01", [BEN])]]
    assert told(await client.do("POST", f"{path}/responsible", {"user": ANNA})) == []  # the caller writes
