"""Phases and invoices over HTTP: they are there for those who see their project (RGT-05)."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def project(service: ServiceUnderTest) -> str:
    body = {"code": "24-017", "title": "Relaunch"}
    return (await service.call("POST", "/v1/projects", body, expect=201)).json()["id"]


def invoice(recipient: str, **more: Any) -> dict[str, Any]:
    facts = {"number": "R-1", "issued_on": "2026-05-04", "amount": "1080", "currency": "CHF"}
    return {**facts, "recipient": {"type": "contact", "id": recipient}, **more}


async def test_a_project_has_phases_that_are_added_changed_and_ended(
    engagements: ServiceUnderTest, caught_up: Any
) -> None:
    id, other = await project(engagements), await project(engagements)
    body = {"code": "1", "title": "Concept", "position": 1}
    path = (await engagements.call("POST", f"/v1/projects/{id}/phases", body, expect=201)).headers["Location"]
    await engagements.call("PATCH", path, {"title": "Rough concept"}, expect=200)
    await engagements.call("POST", f"{path}/deactivate", expect=200)
    shown = (await engagements.call("GET", path, expect=200)).json()
    assert shown == {
        "type": "phase",
        "id": path.rpartition("/")[2],
        "project": id,
        "project_name": "24-017 Relaunch",
        "code": "1",
        "title": "Rough concept",
        "position": 1,
        "is_active": False,
        "source": None,
    }
    await engagements.call("POST", f"{path}/reactivate", expect=200)
    log = (await engagements.call("GET", f"{path}/changes", expect=200)).json()["items"]
    assert [field["field"] for field in log[-2]["fields"]] == ["title"]
    await caught_up()
    lists = [(await engagements.call("GET", f"/v1/projects/{p}/phases", expect=200)).json() for p in (id, other)]
    assert [[item["title"] for item in each["items"]] for each in lists] == [["Rough concept"], []]
    await engagements.call("POST", f"/v1/projects/{new_id()}/phases", body, expect=404)


async def test_inv_01_an_invoice_is_made_known_changed_and_found(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    id, contact = await project(engagements), await owner.contact(await owner.company())
    made = await engagements.call("POST", "/v1/invoices", invoice(contact, project=id), expect=201)
    path = made.headers["Location"]
    await engagements.call("PATCH", path, {"state": "paid", "amount": "-10.5"}, expect=200)
    shown = (await engagements.call("GET", path, expect=200)).json()
    assert (shown["state"], shown["amount"], shown["project"]) == ("paid", "-10.50", id)
    begun = (await engagements.call("GET", f"{path}/changes", expect=200)).json()["items"][-1]
    (amount,) = [each for each in begun["fields"] if each["field"] == "amount"]
    assert (amount["before"], amount["after"]) == (None, "1080.00")
    await caught_up()
    for query in (f"project={id}", f"recipient=contact-{contact}", "state=paid", f"state=paid&project={id}"):
        found = (await engagements.call("GET", f"/v1/invoices?{query}", expect=200)).json()["items"]
        assert [item["id"] for item in found] == [shown["id"]], query
    for query in (f"project={new_id()}", "state=open"):
        assert (await engagements.call("GET", f"/v1/invoices?{query}", expect=200)).json()["items"] == []
    unknown = (await engagements.call("GET", "/v1/invoices?state=late", expect=422)).json()
    assert (unknown["rule"], unknown["field"]) == ("one-of", "state")
    for body, rule, field in (
        (invoice(new_id()), "REF-01", "recipient"),
        (invoice(contact, project=new_id()), "REF-01", "project"),
        (invoice(contact, amount=10), "type", "amount"),
        (invoice(contact, number=" "), "STA-03", "number"),
    ):
        refused = (await engagements.call("POST", "/v1/invoices", body, expect=422)).json()
        assert (refused["rule"], refused["field"]) == (rule, field)
    number = (await engagements.call("POST", "/v1/invoices", invoice(contact, amount=25000), expect=422)).json()
    assert '"25000.00"' in number["detail"]


async def test_rgt_05_phases_and_invoices_of_a_restricted_project_are_not_there_for_others(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    id, contact = await project(engagements), await owner.contact(await owner.company())
    (anna,) = await owner.users(["anna"])
    phase = await engagements.call("POST", f"/v1/projects/{id}/phases", {"title": "Concept"}, expect=201)
    bill = await engagements.call("POST", "/v1/invoices", invoice(contact, project=id), expect=201)
    free = await engagements.call("POST", "/v1/invoices", invoice(contact), expect=201)
    await caught_up()
    await engagements.call("PUT", f"/v1/projects/{id}/restriction", {"users": [anna]}, expect=200)
    bruno, named = engagements.tokens.user("bruno"), engagements.tokens.user("anna")
    for made, change in ((phase, {"title": " "}), (bill, {"number": " "})):
        path, own = made.headers["Location"], made.json()["id"]
        for method, url, body in (
            ("GET", path, None),
            ("GET", f"{path}/changes", None),
            ("PATCH", path, change),
        ):
            for stale in ({}, {"If-Match": '"9"'}):
                hidden = await engagements.call(method, url, body, token=bruno, headers=stale, expect=404)
                absent = url.replace(own, new_id())
                nothing = await engagements.call(method, absent, body, token=bruno, headers=stale, expect=404)
                assert hidden.json() | {"correlation_id": ""} == nothing.json() | {"correlation_id": ""}, url
        await engagements.call("GET", path, token=named, expect=200)
    again = {"id": bill.json()["id"], **invoice(contact)}
    await engagements.call("POST", "/v1/invoices", again, token=bruno, expect=404)
    lists = [
        (await engagements.call("GET", "/v1/invoices", token=t, expect=200)).json()["items"] for t in (bruno, named)
    ]
    assert [[item["id"] for item in items] for items in lists] == [
        [free.json()["id"]],
        [bill.json()["id"], free.json()["id"]],
    ]
    moved = await engagements.call("PATCH", free.headers["Location"], {"project": id}, token=bruno, expect=422)
    assert (moved.json()["rule"], moved.json()["field"]) == ("REF-01", "project")
    # An invoice that once belonged to the project does not tell which one it was.
    await engagements.call("PATCH", bill.headers["Location"], {"project": None}, token=named, expect=200)
    log = await engagements.call("GET", f"{bill.headers['Location']}/changes", token=bruno, expect=200)
    assert id not in log.text


async def test_rgt_05_a_conflict_tells_of_a_hidden_project_of_an_invoice_only_who_and_when(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    id, (anna,) = await project(engagements), await owner.users(["anna"])
    await engagements.call("PUT", f"/v1/projects/{id}/restriction", {"users": [anna]}, expect=200)
    bill = await engagements.call(
        "POST", "/v1/invoices", invoice(await owner.contact(await owner.company())), expect=201
    )
    path, named = bill.headers["Location"], engagements.tokens.user("anna")
    for facts in ({"project": id}, {"project": None}, {"number": "R-2"}):
        await engagements.call("PATCH", path, facts, token=named, expect=200)
    of_project, of_number = [("crm.engagements.invoice-changed", [field]) for field in ("project", "number")]
    for token, hidden in ((named, of_project), (engagements.tokens.user("bruno"), (None, None))):
        conflict = await engagements.call(
            "PATCH", path, {"number": "X"}, token=token, headers={"If-Match": '"1"'}, expect=409
        )
        told = [(change.get("type"), change.get("fields")) for change in conflict.json()["changes"]]
        assert told == [hidden, hidden, of_number]
