"""What is done all the same, with a word about it."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def sent(service: ServiceUnderTest, method: str, path: str, body: Any, name: str = "bruno") -> Any:
    answer = await service.call(method, path, body, token=service.tokens.user(name))
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def told(answer: Any) -> list[tuple[str, list[str]]]:
    return [(each["rule"], [other["name"] for other in each["engagements"]]) for each in answer["warnings"]]


async def test_a_project_with_the_code_of_another_one_is_told_of_it(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    (anna,) = await owner.users(["anna"])
    first = await sent(engagements, "POST", "/v1/projects", {"code": "P-17", "title": "Relaunch"})
    hidden = await sent(engagements, "POST", "/v1/projects", {"code": "X-1", "title": "Secret"}, "anna")
    assert told(first) == told(hidden) == []
    await engagements.call("PUT", f"/v1/projects/{hidden['id']}/restriction", {"users": [anna]}, expect=200)
    await caught_up()
    second = await sent(engagements, "POST", "/v1/projects", {"code": "p-17 ", "title": "Again"})
    assert told(second) == [("unique-code", ["P-17 Relaunch"])]
    path = f"/v1/projects/{second['id']}"
    assert told(await sent(engagements, "PATCH", path, {"code": "X-1"})) == []
    assert told(await sent(engagements, "PATCH", path, {"code": "X-1"}, "anna")) == [("unique-code", ["X-1 Secret"])]
    assert told(await sent(engagements, "PATCH", path, {"title": "Other"})) == []
    assert told(await sent(engagements, "PATCH", f"/v1/projects/{first['id']}", {"code": "P-18"})) == []


async def test_a_phase_is_told_of_another_one_of_its_project_with_the_code(
    engagements: ServiceUnderTest, caught_up: Any
) -> None:
    one, other = [await sent(engagements, "POST", "/v1/projects", {"code": c, "title": "T"}) for c in ("1", "2")]
    phases = f"/v1/projects/{one['id']}/phases"
    await sent(engagements, "POST", phases, {"code": "A", "title": "Concept"})
    await sent(engagements, "POST", phases, {"title": "Without code"})
    await caught_up()
    again = await sent(engagements, "POST", phases, {"code": "a", "title": "Design"})
    assert told(again) == [("unique-code", ["A Concept"])]
    assert told(await sent(engagements, "POST", phases, {"title": "Without one too"})) == []
    elsewhere = await sent(engagements, "POST", f"/v1/projects/{other['id']}/phases", {"code": "A", "title": "C"})
    assert told(elsewhere) == []
    changed = await sent(engagements, "PATCH", f"/v1/phases/{again['id']}", {"code": "B"})
    assert told(changed) == []


async def test_inv_01_an_invoice_is_told_of_another_one_with_its_number(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    invoice = {"recipient": {"type": "company", "id": await owner.company()}, "issued_on": "2026-03-01"}
    invoice |= {"amount": "1", "currency": "CHF"}
    await sent(engagements, "POST", "/v1/invoices", {**invoice, "number": "R-1", "title": "Fee"})
    other = await sent(engagements, "POST", "/v1/invoices", {**invoice, "number": "R-2"})
    await caught_up()
    again = await sent(engagements, "POST", "/v1/invoices", {**invoice, "number": "r-1"})
    assert told(again) == [("unique-number", ["R-1 Fee"])]
    changed = await sent(engagements, "PATCH", f"/v1/invoices/{other['id']}", {"number": "R-1"})
    assert told(changed) == [("unique-number", ["R-1 Fee"])]


async def test_rol_01_the_same_role_of_an_address_on_the_same_days_is_told_of(
    engagements: ServiceUnderTest, owner: Any
) -> None:
    project = await sent(engagements, "POST", "/v1/projects", {"code": "1", "title": "T"})
    path = f"/v1/projects/{project['id']}/roles"
    role = {"role": "witness", "address": {"type": "company", "id": await owner.company()}}
    first = await sent(engagements, "POST", path, {**role, "valid_to": "2026-03-31"})
    after = await sent(engagements, "POST", path, {**role, "valid_from": "2026-04-01"})
    other = await sent(engagements, "POST", path, {**role, "role": "consultant"})
    assert told(first) == told(after) == told(other) == []
    dates = {"valid_from": "2026-03-31", "valid_to": None}
    assert told(await sent(engagements, "PATCH", f"{path}/{after['part']}", dates)) == [("ROL-01", [])]
    body, key = {**role, "valid_from": "2027-01-01"}, {"Idempotency-Key": "k"}
    answers = [(await engagements.call("POST", path, body, headers=key, expect=201)).json() for _ in range(2)]
    assert [told(answer) for answer in answers] == [[("ROL-01", [])]] * 2
    await engagements.call("DELETE", f"{path}/{after['part']}", expect=200)
    assert told((await engagements.call("POST", path, body, headers=key, expect=201)).json()) == []


@pytest.mark.parametrize("order", [("customer", "counterparty"), ("counterparty", "customer")])
async def test_rol_09_an_address_on_both_sides_of_a_project_is_told_of(
    engagements: ServiceUnderTest, owner: Any, order: tuple[str, str]
) -> None:
    address = {"type": "company", "id": await owner.company()}
    project = await sent(engagements, "POST", "/v1/projects", {"code": "1", "title": "T"})
    roles = f"/v1/projects/{project['id']}/roles"
    first, second = [await sent(engagements, "POST", roles, {"role": role, "address": address}) for role in order]
    assert (told(first), told(second)) == ([], [("ROL-09", [])])
    witness = await sent(engagements, "POST", roles, {"role": "witness", "address": address})
    assert told(witness) == []
    other = {"type": "company", "id": await owner.company()}
    assert told(await sent(engagements, "POST", roles, {"role": order[1], "address": other})) == []
