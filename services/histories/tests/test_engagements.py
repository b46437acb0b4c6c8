"""Opportunities, phases and invoices on pages: where they belong, what moves with a correction, and their rights."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.contracts.common import Principals
from dossier.ids import new_id
from dossier.testing.activities import BEN
from dossier.testing.services import ServiceUnderTest
from oracle.recording import Present
from oracle.telling import company, ids, invoiced, made, opened, page, person, project, recorded, ref, said

pytestmark = pytest.mark.backends

SECRET = eng.EngagementRestricted(to=Principals(users=(BEN,)))


async def customer_of(present: Present, mandate: str, address: str) -> None:
    role = eng.RoleAssigned(role_id=new_id(), role="customer", address=ref("company", address))
    await present.happen(f"project-{mandate}", role)


async def test_a_contacts_opportunity_reaches_the_contacts_company_and_person_and_says_why(
    api: ServiceUnderTest, present: Present
) -> None:
    acme, eva = await company(present, "Acme AG"), await person(present, "Muster", "Eva")
    contact = await made(present, "contact", adr.ContactRegistered(company=acme, person=eva))
    chance = await made(present, "opportunity", opened(ref("contact", contact)))
    activity = await recorded(present, opportunity=chance)
    for path in (f"opportunities/{chance}", f"contacts/{contact}", f"companies/{acme}", f"persons/{eva}"):
        assert await ids(api, f"/v1/{path}/history") == [activity]
        touched = await api.call("GET", f"/v1/{path}/touchpoints", expect=200)
        assert [point["activity"]["id"] for point in touched.json()["items"]] == [activity]
    assert await said(api, f"/v1/companies/{acme}/history") == [
        [
            "recorded with New roof; New roof is an opportunity of Acme AG, Muster Eva; "
            "Acme AG, Muster Eva is a contact of Acme AG"
        ]
    ]


async def test_an_opportunity_of_another_address_moves_and_why_tells_where_it_was(
    api: ServiceUnderTest, present: Present
) -> None:
    wrong, right = await company(present, "Wrong AG"), await company(present, "Right AG")
    chance = await made(present, "opportunity", opened(ref("company", wrong)))
    activity = await recorded(present, opportunity=chance)
    await present.happen(f"opportunity-{chance}", eng.OpportunityChanged(title="Whole roof"))
    await present.happen(f"opportunity-{chance}", eng.OpportunityChanged(address=ref("company", right)))
    assert await ids(api, f"/v1/companies/{wrong}/history") == []
    assert await said(api, f"/v1/companies/{right}/history") == [
        ["recorded with Whole roof; Whole roof is an opportunity of Right AG"]
    ]
    entry = (await api.call("GET", f"/v1/activities/{activity}", expect=200)).json()
    told = {why["hops"][-1]["to"]["id"]: (why["until"] is None, why["hops"][-1]["events"]) for why in entry["why"]}
    assert told[wrong] == (False, [f"opportunity-{chance}:1"])
    assert told[right] == (True, [f"opportunity-{chance}:3"])


async def test_phase_and_invoice_are_part_of_their_project_and_reach_its_customer(
    api: ServiceUnderTest, present: Present
) -> None:
    acme, other = await company(present, "Acme AG"), await company(present, "Other AG")
    mandate = await project(present, "P1", "Move")
    await customer_of(present, mandate, acme)
    phase = await made(present, "phase", eng.PhaseAdded(project=mandate, code="2", title="Design"))
    invoice = await made(present, "invoice", invoiced(ref("company", other), project=mandate, title="First part"))
    on_phase, on_invoice = await recorded(present, phase=phase), await recorded(present, invoice=invoice)
    assert await ids(api, f"/v1/projects/{mandate}/history") == [on_invoice, on_phase]
    assert await ids(api, f"/v1/companies/{other}/history") == []
    assert await said(api, f"/v1/companies/{acme}/history") == [
        [
            "recorded with R-7 First part; R-7 First part is part of P1 Move; Acme AG is a customer of P1 Move",
        ],
        ["recorded with P1 Move, 2 Design; P1 Move, 2 Design is part of P1 Move; Acme AG is a customer of P1 Move"],
    ]
    assert (await page(api, f"/v1/phases/{phase}/history"))["of"]["name"] == "P1 Move, 2 Design"


async def test_an_invoice_belongs_to_its_recipient_only_while_it_has_no_project(
    api: ServiceUnderTest, present: Present
) -> None:
    acme, other = await company(present, "Acme AG"), await company(present, "Other AG")
    mandate = await project(present, "P1", "Move")
    invoice = await made(present, "invoice", invoiced(ref("company", acme)))
    activity = await recorded(present, invoice=invoice)
    stream = f"invoice-{invoice}"

    async def shown() -> list[bool]:
        paths = (f"companies/{acme}", f"companies/{other}", f"projects/{mandate}")
        return [activity in await ids(api, f"/v1/{path}/history") for path in paths]

    assert await shown() == [True, False, False]
    assert await said(api, f"/v1/companies/{acme}/history") == [["recorded with R-7; Acme AG is the recipient of R-7"]]
    await present.happen(stream, eng.InvoiceChanged(project=mandate))
    assert await shown() == [False, False, True]
    await present.happen(stream, eng.InvoiceChanged(recipient=ref("company", other)), eng.InvoiceChanged(state="paid"))
    assert await shown() == [False, False, True]
    await present.happen(stream, eng.InvoiceChanged(project=None))
    assert await shown() == [False, True, False]
    (row,) = (await page(api, f"/v1/companies/{other}/history"))["items"]
    assert row["why"][0]["hops"][-1]["events"] == [f"{stream}:3", f"{stream}:5"]


@pytest.mark.parametrize("kind", ["phase", "invoice"])
async def test_phase_and_invoice_follow_the_restriction_of_their_project(
    api: ServiceUnderTest, present: Present, kind: str
) -> None:
    acme = await company(present, "Acme AG")
    mandate = await project(present, "P9", "Merger", SECRET)
    part: Any = eng.PhaseAdded(project=mandate, title="Hush")
    if kind == "invoice":
        part = invoiced(ref("company", acme), project=mandate, title="Hush")
    identifier = await made(present, kind, part)
    activity = await recorded(present, address=ref("company", acme), **{kind: identifier})
    hidden = (f"{kind}s/{identifier}/history", f"{kind}s/{identifier}/touchpoints", f"activities/{activity}")
    for path in hidden:
        await api.call("GET", f"/v1/{path}", token=api.tokens.user("ben"), expect=200)
        await api.call("GET", f"/v1/{path}", token=api.tokens.user("cara"), expect=404)
    readers = [await ids(api, f"/v1/companies/{acme}/history", reader) for reader in ("ben", "cara")]
    assert readers == [[activity], []]
    await present.happen(f"project-{mandate}", eng.EngagementOpened())
    assert await ids(api, f"/v1/{kind}s/{identifier}/history", "cara") == [activity]


@pytest.mark.parametrize("kind", ["phase", "invoice"])
async def test_while_the_project_is_not_known_phase_and_invoice_are_for_insiders_and_have_no_page(
    api: ServiceUnderTest, present: Present, kind: str
) -> None:
    acme, mandate = await company(present, "Acme AG"), new_id()
    part: Any = eng.PhaseAdded(project=mandate, title="Hush")
    if kind == "invoice":
        part = invoiced(ref("company", acme), project=mandate, title="Hush")
    identifier = await made(present, kind, part)
    activity = await recorded(present, address=ref("company", acme), **{kind: identifier})
    path = f"/v1/companies/{acme}/history"
    assert [await ids(api, path, reader) for reader in ("anna", "cara")] == [[activity], []]
    assert "Hush" not in (await api.call("GET", path, token=api.tokens.user("anna"))).text
    await api.call("GET", f"/v1/{kind}s/{identifier}/history", token=api.tokens.user("anna"), expect=404)
    await present.happen(f"project-{mandate}", eng.ProjectRegistered(code="P1", title="Move"))
    assert await ids(api, path, "cara") == [activity]
    assert await ids(api, f"/v1/{kind}s/{identifier}/history", "cara") == [activity]


async def test_what_is_linked_to_a_phase_that_is_not_known_yet_is_for_insiders(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    activity = await recorded(present, address=ref("company", acme), phase=new_id())
    path = f"/v1/companies/{acme}/history"
    assert [await ids(api, path, reader) for reader in ("anna", "cara")] == [[activity], []]


async def test_an_opportunity_has_its_own_readers_and_not_those_of_its_project(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    mandate = await project(present, "P9", "Merger", SECRET)
    chance = await made(present, "opportunity", opened(ref("company", acme), project=mandate))
    activity = await recorded(present, opportunity=chance)
    path = f"/v1/companies/{acme}/history"
    assert await ids(api, path, "cara") == [activity]
    await present.happen(f"opportunity-{chance}", SECRET)
    assert [await ids(api, path, reader) for reader in ("ben", "cara")] == [[activity], []]
    await api.call("GET", f"/v1/opportunities/{chance}/history", token=api.tokens.user("cara"), expect=404)


async def test_a_former_place_in_a_restricted_project_is_no_reason_for_those_who_may_not_know_of_it(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    secret, public = await project(present, "P9", "Merger", SECRET), await project(present, "P1", "Move")
    invoice = await made(present, "invoice", invoiced(ref("company", acme), project=secret))
    activity = await recorded(present, invoice=invoice)
    await present.happen(f"invoice-{invoice}", eng.InvoiceChanged(project=public))
    told = await api.call("GET", f"/v1/activities/{activity}", token=api.tokens.user("ben"), expect=200)
    hidden = await api.call("GET", f"/v1/activities/{activity}", token=api.tokens.user("cara"), expect=200)
    assert "Merger" in told.text
    assert secret not in hidden.text
    assert "Merger" not in hidden.text


@pytest.mark.parametrize("kind", ["phase", "invoice"])
async def test_while_phase_invoice_or_project_is_parked_what_hangs_on_it_is_for_insiders(
    api: ServiceUnderTest, present: Present, parked: set[str], kind: str
) -> None:
    acme = await company(present, "Acme AG")
    mandate = await project(present, "P1", "Move")
    part: Any = eng.PhaseAdded(project=mandate, title="Soon secret")
    if kind == "invoice":
        part = invoiced(ref("company", acme), project=mandate, title="Soon secret")
    identifier = await made(present, kind, part)
    activity = await recorded(present, address=ref("company", acme), **{kind: identifier})
    path = f"/v1/companies/{acme}/history"
    for stream in (f"{kind}-{identifier}", f"project-{mandate}"):
        parked.clear()
        assert await ids(api, path, "cara") == [activity]
        parked.add(stream)
        assert [await ids(api, path, reader) for reader in ("anna", "cara")] == [[activity], []]
        assert "Soon secret" not in (await api.call("GET", path, token=api.tokens.user("anna"))).text


async def test_an_activity_names_no_page_without_the_reason_that_leads_there(
    api: ServiceUnderTest, present: Present
) -> None:
    """While nobody has told of an invoice's project, the invoice is kept back: so is what only it leads to."""
    acme, author = await company(present, "Acme AG"), api.tokens.user_id("anna")
    bill = await made(present, "invoice", invoiced(ref("company", acme), project=(unheard := new_id())))
    activity = await recorded(present, invoice=bill, address=ref("company", acme), entered_by=author)
    before = (await api.call("GET", f"/v1/activities/{activity}", expect=200)).json()
    assert [each["id"] for each in before["shown_on"]] == [acme]
    assert [[hop["code"] for hop in why["hops"]] for why in before["why"]] == [["direct"]]
    await present.happen(f"project-{unheard}", eng.ProjectRegistered(code="P1", title="Move"))
    after = (await api.call("GET", f"/v1/activities/{activity}", expect=200)).json()
    assert sorted(each["type"] for each in after["shown_on"]) == ["company", "invoice", "project"]
    assert {why["hops"][-1]["to"]["id"] for why in after["why"]} == {acme, bill, unheard}
