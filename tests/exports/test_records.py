"""The dossier as records: everything that the pages show this reader, once, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from dossier.auth.groups import CONSULTANTS
from dossier.ids import new_id
from dossier.testing.tokens import bearer
from exports.world import World
from histories.export import dossier

pytestmark = pytest.mark.backends

Records = list[dict[str, Any]]


def named(records: Records, name: str) -> Records:
    """The records of this name."""
    return [record for record in records if record["record"] == name]


def titles(records: Records) -> set[str]:
    return {record["title"] for record in named(records, "activity")}


async def acme(office: World) -> str:
    return await office.makes("addresses", "/v1/companies", name="Acme AG")


async def note(office: World, of: str, identifier: str, title: str = "Talk", **fields: Any) -> str:
    body = {"kind": "note", "title": title, "address": {"type": of, "id": identifier}} | fields
    return await office.makes("activities", "/v1/activities", **body)


async def test_rgt_07_a_dossier_has_everything_of_the_page_once_and_with_the_same_reasons(office: World) -> None:
    company = await acme(office)
    contact = await office.makes("addresses", "/v1/contacts", company=company, last_name="Muster")
    for number in range(65):
        day = f"2026-0{1 + number % 5}-0{1 + number % 7}"
        await note(office, "company", company, f"Talk {number}", occurred_on=day)
        await note(office, "contact", contact, f"Call {number}", occurred_on=day)
    await office.settle()
    records, rows = await office.records(f"companies/{company}"), await office.walked(f"companies/{company}")
    activities = named(records, "activity")
    assert len(rows) == 130
    assert [(each["id"], each["why"]) for each in activities] == [(row["id"], row["why"]) for row in rows]
    shared = set(rows[0]) & set(activities[0])
    assert {*rows[0]} - shared == {"excerpt", "conversation", "hits"}
    assert all(
        each[name] == row[name] for each, row in zip(activities, rows, strict=True) for name in shared - {"mail"}
    )
    assert records[-1] == {
        "record": "complete",
        "counts": {"header": 1, "address": 1, "contact": 1, "activity": 130},
    }


async def test_a_dossier_says_first_of_whom_it_is_and_for_whom(office: World) -> None:
    company = await acme(office)
    clara = office.tokens.user_id("clara")
    await office.settle()
    header, address, *_ = await office.records(f"companies/{company}", query="?from=2026-01-01")
    moment = header.pop("exported_at")
    assert header == {
        "record": "header",
        "format": "dossier/1",
        "of": {"type": "company", "id": company, "name": "Acme AG"},
        "exported_by": {"type": "user", "id": clara, "name": "Clara Keller"},
        "from": "2026-01-01",
        "to": None,
    }
    assert moment[-6:] in ("+01:00", "+02:00")  # where Clara is
    assert (address["record"], address["alias"]) == ("address", "Acme AG")


async def test_all_that_an_address_has_to_do_with_is_told_as_its_own_service_tells_it(office: World) -> None:
    company = await acme(office)
    base = f"/v1/companies/{company}"
    await office.does("addresses", f"{base}/channels", {"kind": "E", "value": "info@acme.example"})
    postal = {"kind": "visit", "street": "Hauptstr. 1", "postal_code": "8000", "city": "Zürich", "country": "CH"}
    await office.does("addresses", f"{base}/postal-addresses", postal)
    other = await office.makes("addresses", "/v1/companies", name="Beta AG", parent=company)
    types = (await office.http.get(f"{office.urls['addresses']}/v1/link-types", headers=bearer(office.clara()))).json()
    kind = next(each for each in types if "company" in each["one"]["types"] and "company" in each["other"]["types"])
    ends = {name: {"type": "company", "id": each} for name, each in (("one", company), ("other", other))}
    await office.makes("addresses", "/v1/links", link_type=kind["id"], **ends)
    project = await office.makes("engagements", "/v1/projects", code="26-1", title="Relaunch")
    role = {"role": "customer", "address": {"type": "company", "id": company}}
    await office.does("engagements", f"/v1/projects/{project}/roles", role)
    of = {"address": {"type": "company", "id": company}}
    await office.makes("engagements", "/v1/opportunities", title="New roof", **of)
    bill = {"issued_on": "2026-03-01", "amount": "1080.00", "currency": "CHF", "recipient": of["address"]}
    await office.makes("engagements", "/v1/invoices", number="2026-1", **bill)
    await office.settle()
    records = await office.records(f"companies/{company}")
    told = {record["record"]: record for record in records}
    assert told["channel"]["value"] == "info@acme.example"
    assert told["postal_address"]["city"] == "Zürich"
    assert told["subsidiary"]["name"] == "Beta AG"
    assert told["link"]["address"]["alias"] == "Beta AG"
    assert [each["role"] for each in told["role"]["roles"]] == ["customer"]
    assert told["opportunity"]["title"] == "New roof"
    assert told["invoice"]["amount"] == "1080.00"


@pytest.mark.parametrize("kind", ["person", "contact", "couple"])
async def test_every_type_of_address_has_a_dossier(office: World, kind: str) -> None:
    company = await acme(office)
    person = await office.makes("addresses", "/v1/persons", last_name="Muster")
    contact = await office.makes("addresses", "/v1/contacts", company=company, person=person)
    couple = await office.makes("addresses", "/v1/couples", a={"person": person}, b={"last_name": "Frei"})
    identifier = {"person": person, "contact": contact, "couple": couple}[kind]
    collection = {"person": "persons", "contact": "contacts", "couple": "couples"}[kind]
    await note(office, kind, identifier, "Talk")
    await office.settle()
    records = await office.records(f"{collection}/{identifier}")
    assert titles(records) == {"Talk"}
    told = {"contact", "couple"} if kind == "person" else set[str]()
    assert {record["record"] for record in records} == {"header", "address", "activity", "complete"} | told


async def restricted(office: World, title: str, code: str) -> str:
    """A project for Clara alone."""
    project = await office.makes("engagements", "/v1/projects", code=code, title=title)
    to = {"users": [office.tokens.user_id("clara")]}
    await office.does("engagements", f"/v1/projects/{project}/restriction", to, "PUT")
    return project


async def test_rgt_05_nobody_exports_what_the_page_does_not_show(office: World) -> None:
    company = await acme(office)
    of = {"type": "company", "id": company}
    project = await restricted(office, "Secret", "S-1")
    await office.does("engagements", f"/v1/projects/{project}/roles", {"role": "customer", "address": of})
    await note(office, "company", company, "Open")
    hidden = await note(office, "company", company, "Granted", visibility="granted")
    await office.attaches(hidden, "Secret.pdf")
    await note(office, "company", company, "Mandate", project=project)
    await office.settle()
    clara = await office.records(f"companies/{company}")
    assert titles(clara) == {"Open", "Granted", "Mandate"}
    assert (len(named(clara, "role")), len(named(clara, "document"))) == (1, 1)
    dora = await office.records(f"companies/{company}", office.dora())
    assert (
        titles(dora) == {"Open"} == {row["title"] for row in await office.walked(f"companies/{company}", office.dora())}
    )
    assert "Secret" not in json.dumps(dora)


async def test_con_10_a_company_has_the_opportunities_of_its_contacts_with_the_reason(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossier, "CONTACTS_AT_ONCE", 2)
    company, other = await acme(office), await acme(office)
    names = ("Alt", "Bader", "Cerny")
    contacts = [await office.makes("addresses", "/v1/contacts", company=company, last_name=name) for name in names]
    elsewhere = await office.makes("addresses", "/v1/contacts", company=other, last_name="Dorn")
    for number, contact in enumerate([*contacts, elsewhere]):
        of = {"type": "contact", "id": contact}
        opportunity = await office.makes("engagements", "/v1/opportunities", title=f"Roof {number}", address=of)
    path = f"/v1/opportunities/{opportunity}"
    await office.does("engagements", path, {"address": {"type": "contact", "id": contacts[0]}}, "PATCH")
    to = {"users": [office.tokens.user_id("clara")]}
    await office.does("engagements", f"{path}/restriction", to, "PUT")
    await office.makes("engagements", "/v1/opportunities", title="Own", address={"type": "company", "id": company})
    await office.settle()
    records = await office.records(f"companies/{company}")
    clara = {each["title"]: each["why"] for each in named(records, "opportunity")}
    assert clara.keys() == {"Own", "Roof 0", "Roof 1", "Roof 2", "Roof 3"}
    assert clara["Own"] == [{"says": "Own is an opportunity of Acme AG"}]
    of_bader = "Roof 1 is an opportunity of Acme AG, Bader; Acme AG, Bader is a contact of Acme AG"
    assert clara["Roof 1"] == [{"says": of_bader}]
    dora = named(await office.records(f"companies/{company}", office.dora()), "opportunity")
    assert {each["title"] for each in dora} == {"Own", "Roof 0", "Roof 1", "Roof 2"}
    assert of_bader in (await office.archive(f"companies/{company}")).read("index.html").decode()


async def test_private_data_is_for_those_who_may_see_it(office: World) -> None:
    person = await office.makes("addresses", "/v1/persons", last_name="Muster")
    await office.does("addresses", f"/v1/persons/{person}/facts", {"date_of_birth": "1980-01-31"}, "PATCH")
    private = {"kind": "T", "value": "+41 79 000 00 00", "private": True}
    await office.does("addresses", f"/v1/persons/{person}/channels", private)
    await office.settle()
    clara, dora = await office.records(f"persons/{person}"), await office.records(f"persons/{person}", office.dora())
    assert "1980-01-31" in json.dumps(clara)
    assert len(named(clara, "channel")) == 1
    assert "1980" not in json.dumps(dora)
    assert named(dora, "channel") == []


async def test_key_06_a_personal_keyword_is_exported_by_its_owner_only(office: World) -> None:
    company = await acme(office)
    group = await office.makes("addresses", "/v1/keyword-groups", name=company, types=["company"], personal=True)
    keyword = {"id": new_id(), "name": "Difficult"}
    await office.does("addresses", f"/v1/keyword-groups/{group}/keywords", keyword)
    await office.does("addresses", f"/v1/companies/{company}/keywords/{keyword['id']}", None, "PUT")
    await office.settle()
    own, other = (
        await office.records(f"companies/{company}"),
        await office.records(f"companies/{company}", office.dora()),
    )
    assert [each["name"] for each in named(own, "keyword")] == ["Difficult"]
    assert named(other, "keyword") == []


async def test_a_long_text_is_whole(office: World) -> None:
    company = await acme(office)
    await note(office, "company", company, text="Ä long talk. " * 10_000)
    await office.settle()
    (told,) = named(await office.records(f"companies/{company}"), "activity")
    assert (told["text"], told["text_cut"]) == ("Ä long talk. " * 10_000, False)


async def test_a_dossier_may_be_of_some_days(office: World) -> None:
    company = await acme(office)
    for day in ("2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01"):
        await note(office, "company", company, day, occurred_on=day)
    await office.settle()
    records = await office.records(f"companies/{company}", query="?from=2026-02-01&to=2026-02-28")
    assert titles(records) == {"2026-02-01", "2026-02-28"}


async def refused(office: World, path: str, status: int, token: str = "") -> tuple[str, str | None]:
    """The rule and the field of the refusal."""
    answer = await office.asks(path, token, status)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["rule"], answer.json().get("field")


@pytest.mark.parametrize("ending", ["ndjson", "zip"])
async def test_rgt_07_exporting_is_a_right_of_its_own(office: World, ending: str) -> None:
    company = await acme(office)
    await office.settle()
    anna = office.tokens.user("anna", (CONSULTANTS,))
    path = f"/v1/companies/{company}/dossier.{ending}"
    assert await refused(office, path, 403, anna) == ("capability:export", None)
    assert await refused(office, f"/v1/companies/{new_id()}/dossier.{ending}", 404) == ("exists", "id")
    assert await refused(office, f"{path}?from=2026-02-02&to=2026-02-01", 422) == ("date-order", "from")
    assert await refused(office, f"{path}?kind=note", 422) == ("known-parameter", "kind")
    assert await refused(office, f"/v1/projects/{new_id()}/dossier.{ending}", 422) == ("one-of", "addresses")
    await office.does("addresses", f"/v1/companies/{company}", None, "DELETE", office.dora())
    await office.settle()
    assert await refused(office, path, 410) == ("DEL-01", "id")


async def test_before_anything_is_sent_it_is_said_that_a_service_is_away(office: World) -> None:
    company = await acme(office)
    await office.settle()
    async with office.away("engagements"):
        answer = await office.asks(f"/v1/companies/{company}/dossier.ndjson", status=503)
        assert answer.json()["type"].endswith(":owner-away")
        assert answer.headers["retry-after"]
    await office.records(f"companies/{company}")


async def test_what_breaks_off_is_not_taken_for_all(office: World) -> None:
    company = await acme(office)
    for part in range(5):
        contacts = [{"company": company, "last_name": f"Muster {part} {number}"} for number in range(50)]
        await office.does("addresses", "/v1/addresses/bulk", {"contacts": contacts})
    await office.settle()
    assert len(named(await office.records(f"companies/{company}"), "contact")) == 250
    with office.broken("addresses", lambda scope: b"cursor=" in scope["query_string"]):
        assert len(named(await cut_short(office, f"companies/{company}"), "contact")) == 200


async def gathered(answer: httpx.Response, records: Records) -> None:
    async for line in answer.aiter_lines():
        records.append(json.loads(line))


async def cut_short(office: World, of: str) -> Records:
    """The records of a dossier that breaks off; none says that these are all."""
    records: Records = []
    async with office.streamed(of, "ndjson") as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await gathered(answer, records)
    assert named(records, "complete") == []
    return records
