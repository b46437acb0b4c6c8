"""Contacts over HTTP: both ways, job change, corrections, warnings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dossier.contracts.addresses import PersonUnlinked
from dossier.days import OFFICE, today
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends
NAMES = ("last_name", "first_name", "supplement")


async def created(service: ServiceUnderTest, path: str, **body: Any) -> str:
    return (await service.call("POST", path, body, expect=201)).json()["id"]


async def stands(service: ServiceUnderTest, path: str, **expected: Any) -> None:
    found = (await service.call("GET", path, expect=200)).json()
    assert {field: found[field] for field in expected} == expected


async def test_con_02_a_standalone_contact_has_typed_names(addresses: ServiceUnderTest) -> None:
    company = await created(addresses, "/v1/companies", name="Acme AG")
    contact = await created(addresses, "/v1/contacts", company=company, last_name="Muster", first_name="Eva")
    await stands(addresses, f"/v1/contacts/{contact}", company=company, person=None, last_name="Muster")


async def test_con_03_and_09_a_linked_contact_shows_the_persons_present_name(addresses: ServiceUnderTest) -> None:
    company = await created(addresses, "/v1/companies", name="Acme AG")
    person = await created(addresses, "/v1/persons", last_name="Muster", first_name="Eva")
    contact = await created(addresses, "/v1/contacts", company=company, person=person, function="CFO")
    await stands(addresses, f"/v1/contacts/{contact}", last_name="Muster", first_name="Eva", function="CFO")
    await addresses.call("PUT", f"/v1/persons/{person}/name", {"last_name": "Huber", "first_name": "Eva"}, expect=200)
    await stands(addresses, f"/v1/contacts/{contact}", last_name="Huber")


async def test_con_03_and_09_a_list_has_the_names_that_the_contact_itself_has(addresses: ServiceUnderTest) -> None:
    company = await created(addresses, "/v1/companies", name="Acme AG")
    person = await created(addresses, "/v1/persons", last_name="Muster", first_name="Eva")
    linked = await created(addresses, "/v1/contacts", company=company, person=person, supplement="Sales")
    await created(addresses, "/v1/contacts", company=company, last_name="Meier", first_name="Max")
    await addresses.call("PUT", f"/v1/persons/{person}/name", {"last_name": "Huber", "first_name": "Eva"}, expect=200)
    await apply_all(addresses.store, addresses.roles.app.state.book)
    rows = (await addresses.call("GET", f"/v1/contacts?company={company}", expect=200)).json()["items"]
    assert [(row["last_name"], row["first_name"]) for row in rows] == [("Huber", "Eva"), ("Meier", "Max")]
    await stands(addresses, f"/v1/contacts/{linked}", **{name: rows[0][name] for name in NAMES})


async def test_con_08_a_contact_is_identified_by_its_supplement(addresses: ServiceUnderTest) -> None:
    company = await created(addresses, "/v1/companies", name="Acme AG")
    await created(addresses, "/v1/contacts", company=company, supplement="Accounts payable")
    refused = await addresses.call("POST", "/v1/contacts", {"company": company, "supplement": " "}, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("CON-08", "last_name")


@pytest.mark.parametrize(("field", "rule"), [("company", "CON-01"), ("person", "CON-03")])
async def test_a_contact_refers_to_what_exists(addresses: ServiceUnderTest, field: str, rule: str) -> None:
    company = await created(addresses, "/v1/companies", name="Acme AG")
    body = {"company": company, "supplement": "Reception", field: new_id()}
    refused = await addresses.call("POST", "/v1/contacts", body, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == (rule, field)
    assert await addresses.store.commits.count_documents({}) == 1


async def test_con_04_unlinking_keeps_the_persons_last_name_as_text(addresses: ServiceUnderTest) -> None:
    company = await created(addresses, "/v1/companies", name="Acme AG")
    person = await created(addresses, "/v1/persons", last_name="Muster", first_name="Eva")
    contact = await created(addresses, "/v1/contacts", company=company, last_name="E. Muster")
    await addresses.call("POST", f"/v1/contacts/{contact}/link-person", {"person": person}, expect=200)
    await stands(addresses, f"/v1/contacts/{contact}", person=person, last_name="Muster")
    await addresses.call("POST", f"/v1/contacts/{contact}/unlink-person", {"unlinked_on": "2024-03-31"}, expect=200)
    await stands(addresses, f"/v1/contacts/{contact}", person=None, last_name="Muster", first_name="Eva")
    # Without a word the day is tomorrow; what is unlinked stays so.
    again = await addresses.call("POST", f"/v1/contacts/{contact}/unlink-person", expect=200)
    assert again.json()["version"] == 3


async def test_con_04_what_happened_on_the_day_of_the_unlinking_stays_with_the_person(
    addresses: ServiceUnderTest,
) -> None:
    company = await created(addresses, "/v1/companies", name="Acme AG")
    person = await created(addresses, "/v1/persons", last_name="Muster")
    contact = await created(addresses, "/v1/contacts", company=company, person=person)
    path, day = f"/v1/contacts/{contact}/unlink-person", today(OFFICE)
    far = {"unlinked_on": (day + timedelta(days=2)).isoformat()}
    refused = (await addresses.call("POST", path, far, expect=422)).json()
    assert (refused["rule"], refused["field"]) == ("CON-04", "unlinked_on")
    await addresses.call("POST", path, {}, expect=200)
    unlinked = (await addresses.store.read(f"contact-{contact}"))[-1].event()
    assert isinstance(unlinked, PersonUnlinked)
    assert unlinked.unlinked_on == day + timedelta(days=1)


async def test_con_04_a_wrong_link_is_corrected(addresses: ServiceUnderTest) -> None:
    company = await created(addresses, "/v1/companies", name="Acme AG")
    eva = await created(addresses, "/v1/persons", last_name="Muster", first_name="Eva")
    max_ = await created(addresses, "/v1/persons", last_name="Meier", first_name="Max")
    contact = await created(addresses, "/v1/contacts", company=company, person=eva)
    path = f"/v1/contacts/{contact}"
    await addresses.call("POST", f"{path}/correct-person", {"person": max_, "reason": "mixed up"}, expect=200)
    await stands(addresses, path, person=max_, last_name="Meier")
    await addresses.call("POST", f"{path}/correct-person", {"person": None, "last_name": "Frei"}, expect=200)
    await stands(addresses, path, person=None, last_name="Frei", first_name="")


async def test_con_10_one_command_changes_the_job(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme AG")
    beta = await created(addresses, "/v1/companies", name="Beta AG")
    person = await created(addresses, "/v1/persons", last_name="Muster", first_name="Eva")
    old = await created(addresses, "/v1/contacts", company=acme, person=person, valid_from="2020-01-01")
    body = {"company": beta, "starts_on": "2024-04-01", "function": "COO"}
    changed = await addresses.call("POST", f"/v1/contacts/{old}/job-change", body, expect=201)
    ended, begun = changed.json()["ended"], changed.json()["begun"]
    assert ended["id"] == old
    assert changed.headers["Location"] == f"/v1/contacts/{begun['id']}"
    await stands(
        addresses, f"/v1/contacts/{old}", company=acme, valid_to="2024-03-31", successor=begun["id"], is_current=False
    )
    await stands(
        addresses,
        f"/v1/contacts/{begun['id']}",
        company=beta,
        person=person,
        function="COO",
        valid_from="2024-04-01",
        predecessor=old,
        is_current=True,
    )


async def test_con_10_a_job_change_that_is_refused_changes_neither_contact(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme AG")
    beta = await created(addresses, "/v1/companies", name="Beta AG")
    old = await created(addresses, "/v1/contacts", company=acme, last_name="Muster", valid_from="2024-01-01")
    written = await addresses.store.commits.count_documents({})
    for body, rule in [
        ({"company": acme, "starts_on": "2024-04-01"}, "CON-10"),
        ({"company": beta, "starts_on": "2023-12-01"}, "CON-10"),
        ({"company": beta, "starts_on": "0001-01-01"}, "CON-10"),
        ({"company": new_id(), "starts_on": "2024-04-01"}, "CON-01"),
        ({"company": beta, "starts_on": "2024-04-01", "id": old}, "ADR-01"),
    ]:
        refused = await addresses.call("POST", f"/v1/contacts/{old}/job-change", body, expect=422)
        assert refused.json()["rule"] == rule
    await addresses.call(
        "POST", f"/v1/contacts/{new_id()}/job-change", {"company": beta, "starts_on": "2024-04-01"}, expect=404
    )
    assert await addresses.store.commits.count_documents({}) == written


async def test_a_job_change_is_repeated_with_its_key_and_with_its_own_id(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme AG")
    beta = await created(addresses, "/v1/companies", name="Beta AG")
    old = await created(addresses, "/v1/contacts", company=acme, last_name="Muster")
    path, body = f"/v1/contacts/{old}/job-change", {"company": beta, "starts_on": "2024-04-01"}
    key = {"Idempotency-Key": "change-1"}
    first = (await addresses.call("POST", path, body, headers=key, expect=201)).json()
    second = (await addresses.call("POST", path, body, headers=key, expect=201)).json()
    assert second["begun"]["id"] == first["begun"]["id"]
    assert (first["ended"]["replayed"], second["ended"]["replayed"]) == (False, True)
    named = {**body, "id": first["begun"]["id"]}
    third = (await addresses.call("POST", path, named, expect=201)).json()
    assert third["begun"]["commit"] == first["begun"]["commit"]
    other = await addresses.call("POST", path, body, expect=422)
    assert other.json()["rule"] == "CON-10"


async def test_a_job_change_is_refused_when_the_contact_changed_since_it_was_read(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme AG")
    beta = await created(addresses, "/v1/companies", name="Beta AG")
    old = await created(addresses, "/v1/contacts", company=acme, last_name="Muster")
    await addresses.call("PUT", f"/v1/contacts/{old}/position", {"function": "CFO"}, expect=200)
    body = {"company": beta, "starts_on": "2024-04-01"}
    stale = await addresses.call(
        "POST", f"/v1/contacts/{old}/job-change", body, headers={"If-Match": '"1"'}, expect=409
    )
    (between,) = stale.json()["changes"]
    assert between["type"] == "crm.addresses.contact-position-changed"
    assert between["actor"] == f"user:{addresses.tokens.user_id('anna')}"
    assert between["fields"] == ["function"]


async def test_con_10_end_and_corrections(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme AG")
    beta = await created(addresses, "/v1/companies", name="Beta AG")
    contact = await created(addresses, "/v1/contacts", company=acme, last_name="Muster")
    path = f"/v1/contacts/{contact}"
    await addresses.call("POST", f"{path}/end", {"valid_to": "2024-03-31"}, expect=200)
    twice = await addresses.call("POST", f"{path}/end", {"valid_to": "2024-05-31"}, expect=422)
    assert (twice.json()["rule"], twice.json()["field"]) == ("CON-10", "valid_to")
    dates = {"valid_from": "2020-01-01", "valid_to": "2024-05-31", "reason": "typed wrongly"}
    await addresses.call("POST", f"{path}/correct-dates", dates, expect=200)
    await addresses.call("POST", f"{path}/correct-company", {"company": beta}, expect=200)
    await stands(addresses, path, company=beta, valid_from="2020-01-01", valid_to="2024-05-31")


async def test_con_07_two_contacts_of_one_person_in_one_company_at_one_time_are_warned_of(
    addresses: ServiceUnderTest,
) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme AG")
    person = await created(addresses, "/v1/persons", last_name="Muster")
    first = await created(addresses, "/v1/contacts", company=acme, person=person, valid_to="2023-12-31")
    await apply_all(addresses.store, addresses.roles.app.state.book)
    body = {"company": acme, "person": person, "valid_from": "2023-12-31"}
    warned = (await addresses.call("POST", "/v1/contacts", body, expect=201)).json()
    assert [(warning["rule"], warning["contacts"]) for warning in warned["warnings"]] == [("CON-07", [first])]
    later = {**body, "valid_from": "2024-01-01"}
    assert (await addresses.call("POST", "/v1/contacts", later, expect=201)).json()["warnings"] == []


async def test_con_10_a_job_change_of_an_ended_contact_is_refused_at_a_field_that_it_has(
    addresses: ServiceUnderTest,
) -> None:
    acme, beta = [await created(addresses, "/v1/companies", name=name) for name in ("Acme AG", "Beta AG")]
    old = await created(addresses, "/v1/contacts", company=acme, last_name="Muster", valid_from="2020-01-01")
    path = f"/v1/contacts/{old}/job-change"
    early = await addresses.call("POST", path, {"company": beta, "starts_on": "2019-04-01"}, expect=422)
    await addresses.call("POST", f"/v1/contacts/{old}/end", {"valid_to": "2023-12-31"}, expect=200)
    late = await addresses.call("POST", path, {"company": beta, "starts_on": "2024-04-01"}, expect=422)
    assert [(each.json()["rule"], each.json()["field"]) for each in (early, late)] == [("CON-10", "starts_on")] * 2


async def test_con_01_a_new_contact_of_an_inactive_company_is_told_of(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme AG")
    told = list[list[str]]()
    for name in ("Muster", "Beispiel"):
        body = {"company": acme, "last_name": name}
        made = (await addresses.call("POST", "/v1/contacts", body, expect=201)).json()
        told.append([each["rule"] for each in made["warnings"]])
        await addresses.call("POST", f"/v1/companies/{acme}/deactivate", expect=200)
    assert told == [[], ["CON-01"]]
