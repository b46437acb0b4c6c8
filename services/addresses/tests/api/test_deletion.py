"""Deletion over HTTP: only of what nothing refers to, in no list afterwards, and never under a reference."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dossier.auth.groups import ASSISTANTS
from dossier.contracts import AddressRef
from dossier.contracts.activities import (
    ActivityLinked,
    ActivityRecorded,
    ActivityRestored,
    ActivityUnlinked,
    ActivityWithdrawn,
    VisibilityChanged,
)
from dossier.contracts.addresses import (
    AddressesLinked,
    CoupleRegistered,
    FolderCreated,
    FolderEntryAdded,
    FolderEntryRemoved,
    Half,
    LinkRemoved,
)
from dossier.contracts.base import Event
from dossier.contracts.common import Principals, Reference, ReferenceToAny
from dossier.contracts.engagements import (
    EngagementOpened,
    EngagementRestricted,
    InvoiceRegistered,
    OpportunityChanged,
    OpportunityOpened,
    PhaseAdded,
    RoleAssigned,
    RoleRemoved,
)
from dossier.ids import new_id
from dossier.projections.model import Span
from dossier.store import Metadata, NewCommit
from dossier.testing.recorded import recorded
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends


async def created(service: ServiceUnderTest, path: str, **body: Any) -> str:
    return (await service.call("POST", path, body, expect=201)).json()["id"]


async def company(service: ServiceUnderTest, name: str = "Acme", **more: Any) -> str:
    return await created(service, "/v1/companies", name=name, **more)


async def written(service: ServiceUnderTest, stream: str, *events: Event) -> None:
    metadata = Metadata(actor="rule:test", channel="rule", correlation_id=stream, command_id=new_id())
    await service.store.append(NewCommit(stream, await service.store.head(stream), events, metadata))
    await apply_all(service.store, service.roles.app.state.referring)


async def elsewhere(service: ServiceUnderTest, stream: str, *events: Event) -> None:
    """Events of another service, as they reach the view. Given anew each time, from the first on."""
    view = service.roles.app.state.referring
    (known,) = [(await view.positions([stream])).get(stream, 0)]
    await view.apply([Span(stream, recorded(stream, *events, after=known))])


async def refused(service: ServiceUnderTest, path: str, token: str | None = None) -> tuple[dict[str, list[str]], bool]:
    problem = (await service.call("DELETE", path, token=token, expect=409)).json()
    assert (problem["rule"], problem["field"]) == ("DEL-03", "id")
    assert all(each["count"] == len(each["ids"]) for each in problem["references"])
    return {each["type"]: each["ids"] for each in problem["references"]}, problem["others"]


async def test_del_01_a_deleted_address_is_gone_but_stays_known(addresses: ServiceUnderTest) -> None:
    id = await company(addresses)
    path = f"/v1/companies/{id}"
    reader = addresses.tokens.user("emil", (ASSISTANTS,))
    assert (await addresses.call("DELETE", path, token=reader, expect=403)).json()["rule"] == "capability:deactivate"
    await addresses.call("DELETE", path, expect=200)
    for method, sub, body in [
        ("GET", "", None),
        ("PUT", "/name", {"name": "Beta"}),
        ("PUT", "/parent", {"parent": None}),
        ("POST", "/reactivate", None),
        ("POST", "/channels", {"kind": "T", "value": "044 668 18 00"}),
        ("DELETE", "", None),
    ]:
        gone = await addresses.call(method, path + sub, body, expect=410)
        assert (gone.json()["type"], gone.json()["rule"]) == ("urn:problem-type:dossier:deleted", "DEL-01")
    await addresses.call("POST", "/v1/companies", {"id": id, "name": "Acme"}, expect=410)
    refer = await addresses.call("POST", "/v1/contacts", {"company": id, "supplement": "Reception"}, expect=422)
    assert refer.json()["rule"] == "CON-01"
    await apply_all(addresses.store, addresses.roles.app.state.book, addresses.roles.app.state.likeness)
    assert (await addresses.call("GET", "/v1/companies", expect=200)).json()["items"] == []
    found = await addresses.call("POST", "/v1/duplicates", {"type": "company", "name": "Acme"}, expect=200)
    assert found.json()["items"] == []
    service = addresses.tokens.service("activities")
    told = (await addresses.call("GET", f"/v1/references/company-{id}", token=service, expect=200)).json()
    assert (told["exists"], told["deleted"]) == (True, True)
    log = (await addresses.call("GET", f"{path}/changes", expect=200)).json()["items"]
    assert log[0]["event"] == "crm.addresses.address-deleted"


async def test_del_01_what_does_not_exist_cannot_be_deleted(addresses: ServiceUnderTest) -> None:
    await addresses.call("DELETE", f"/v1/persons/{new_id()}", expect=404)
    assert await addresses.store.commits.count_documents({}) == 0


async def test_del_02_unlinking_is_not_deleting(addresses: ServiceUnderTest) -> None:
    acme, eva = await company(addresses), await created(addresses, "/v1/persons", last_name="Muster")
    contact = await created(addresses, "/v1/contacts", company=acme, person=eva)
    await addresses.call("POST", f"/v1/contacts/{contact}/unlink-person", {}, expect=200)
    await addresses.call("GET", f"/v1/persons/{eva}", expect=200)
    await addresses.call("GET", f"/v1/contacts/{contact}", expect=200)


@pytest.mark.parametrize("view_knows", [True, False])
async def test_del_03_contacts_and_subsidiaries_keep_an_address(addresses: ServiceUnderTest, view_knows: bool) -> None:
    top, eva = await company(addresses), await created(addresses, "/v1/persons", last_name="Muster")
    branch = await company(addresses, parent=top)
    contact = await created(addresses, "/v1/contacts", company=top, person=eva)
    if view_knows:
        await apply_all(addresses.store, addresses.roles.app.state.referring)
    assert await refused(addresses, f"/v1/companies/{top}") == ({"contact": [contact], "subsidiary": [branch]}, False)
    assert await refused(addresses, f"/v1/persons/{eva}") == ({"contact": [contact]}, False)
    await addresses.call("PUT", f"/v1/companies/{branch}/parent", {"parent": None}, expect=200)
    await addresses.call("DELETE", f"/v1/contacts/{contact}", expect=200)
    for path in (f"/v1/companies/{top}", f"/v1/persons/{eva}", f"/v1/companies/{branch}"):
        await addresses.call("DELETE", path, expect=200)


async def test_del_03_couples_links_and_folders_keep_an_address(addresses: ServiceUnderTest) -> None:
    eva = await created(addresses, "/v1/persons", last_name="Muster")
    couple, link, shared, personal = (new_id() for _ in range(4))
    ref, entry = AddressRef(type="person", id=eva), ReferenceToAny(type="person", id=eva)
    other = AddressRef(type="company", id=await company(addresses))
    path = f"/v1/persons/{eva}"
    await written(addresses, f"link-{link}", AddressesLinked(link_type=new_id(), one=ref, other=other))
    assert await refused(addresses, path) == ({"link": [link]}, False)
    await written(addresses, f"link-{link}", LinkRemoved())
    half = Half(last_name="Beispiel", first_name="Bert")
    await written(addresses, f"couple-{couple}", CoupleRegistered(a=Half(person=eva), b=half))
    assert await refused(addresses, path) == ({"couple": [couple]}, False)
    bruno = addresses.tokens.user_id("bruno")
    await written(addresses, f"folder-{shared}", FolderCreated(name="Event", types=("person",)))
    await written(addresses, f"folder-{personal}", FolderCreated(name="Own", types=("person",), owner=bruno))
    entries = {folder: f"folder-entry-{new_id()}" for folder in (shared, personal)}
    for folder, stream in entries.items():
        await written(addresses, stream, FolderEntryAdded(folder=folder, entry=entry))
    assert await refused(addresses, path) == ({"couple": [couple], "folder": [shared]}, True)
    told, others = await refused(addresses, path, addresses.tokens.user("bruno"))
    assert (sorted(told["folder"]), others) == (sorted([shared, personal]), False)
    await written(addresses, entries[personal], FolderEntryRemoved())
    assert await refused(addresses, path) == ({"couple": [couple], "folder": [shared]}, False)


async def test_del_03_roles_opportunities_and_invoices_keep_an_address(addresses: ServiceUnderTest) -> None:
    acme = await company(addresses)
    ref, path = AddressRef(type="company", id=acme), f"/v1/companies/{acme}"
    project, opportunity, invoice, role = (new_id() for _ in range(4))
    await elsewhere(addresses, f"project-{project}", RoleAssigned(role_id=role, role="customer", address=ref))
    await elsewhere(
        addresses,
        f"opportunity-{opportunity}",
        OpportunityOpened(title="Shop", address=ref, entered_on="2026-05-04", status=new_id(), probability=10),  # type: ignore[arg-type]
    )
    await elsewhere(
        addresses,
        f"invoice-{invoice}",
        InvoiceRegistered(
            number="1",
            project=project,
            recipient=ref,
            issued_on="2026-05-04",
            amount="1.00",
            currency="CHF",  # type: ignore[arg-type]
        ),
    )
    everything = {"project": [project], "opportunity": [opportunity], "invoice": [invoice]}
    assert await refused(addresses, path) == (everything, False)
    other = AddressRef(type="person", id=new_id())
    await elsewhere(addresses, f"opportunity-{opportunity}", OpportunityChanged(address=other))
    anna = addresses.tokens.user_id("anna")
    await elsewhere(addresses, f"project-{project}", EngagementRestricted(to=Principals(users=(anna,))))
    assert await refused(addresses, path) == ({"project": [project], "invoice": [invoice]}, False)
    assert await refused(addresses, path, addresses.tokens.user("bruno")) == ({}, True)
    await elsewhere(addresses, f"project-{project}", EngagementOpened(), RoleRemoved(role_id=role))
    assert await refused(addresses, path) == ({"invoice": [invoice]}, False)


def note(of: AddressRef, **more: Any) -> ActivityRecorded:
    facts = {"kind": "note", "medium": "note", "title": "Call", "occurred_on": "2026-05-04", "entered_by": None}
    return ActivityRecorded.model_validate({**facts, "address": of, **more})


async def test_del_03_an_activity_keeps_an_address_until_it_is_unlinked_or_withdrawn(
    addresses: ServiceUnderTest,
) -> None:
    acme, id = await company(addresses), new_id()
    path, stream = f"/v1/companies/{acme}", f"activity-{id}"
    linked = Reference(type="company", id=acme)
    for events in [
        (note(AddressRef(type="company", id=acme)),),
        (ActivityUnlinked(object=linked), ActivityLinked(object=linked)),
        (ActivityWithdrawn(), ActivityRestored()),
    ]:
        await elsewhere(addresses, stream, *events)
        assert await refused(addresses, path) == ({"activity": [id]}, False)
    await elsewhere(addresses, stream, ActivityWithdrawn())
    await addresses.call("DELETE", path, expect=200)


async def test_del_03_rgt_05_an_activity_is_told_of_to_those_who_may_see_it(addresses: ServiceUnderTest) -> None:
    acme, activity, project, phase = await company(addresses), new_id(), new_id(), new_id()
    ref, path, stream = AddressRef(type="company", id=acme), f"/v1/companies/{acme}", f"activity-{activity}"
    anna, bruno = addresses.tokens.user_id("anna"), addresses.tokens.user("bruno")
    told, hidden = ({"activity": [activity]}, False), ({}, True)
    await elsewhere(addresses, stream, note(ref, entered_by=anna, visibility="granted"))
    assert (await refused(addresses, path), await refused(addresses, path, bruno)) == (told, hidden)
    await elsewhere(addresses, stream, VisibilityChanged(visibility="everyone"))
    assert await refused(addresses, path, bruno) == told
    await elsewhere(addresses, stream, ActivityLinked(object=Reference(type="phase", id=phase)))
    assert await refused(addresses, path) == hidden  # the phase may be a restricted project's
    await elsewhere(addresses, f"phase-{phase}", PhaseAdded(project=project, title="Concept"))
    await elsewhere(addresses, f"project-{project}", EngagementRestricted(to=Principals(users=(anna,))))
    assert (await refused(addresses, path), await refused(addresses, path, bruno)) == (told, hidden)
    await elsewhere(addresses, stream, ActivityUnlinked(object=Reference(type="phase", id=phase)))
    assert await refused(addresses, path, bruno) == told


async def test_del_03_nothing_is_deleted_under_a_reference_of_the_same_moment(addresses: ServiceUnderTest) -> None:
    outcomes: set[tuple[bool, bool]] = set()
    for _ in range(12):
        acme, other = await company(addresses), await company(addresses, "Other")
        eva, otto = [await created(addresses, "/v1/persons", last_name="Muster") for _ in range(2)]
        for target, method, path, body in [
            (f"/v1/companies/{acme}", "POST", "/v1/contacts", {"company": acme, "supplement": "Reception"}),
            (f"/v1/companies/{acme}", "PUT", f"/v1/companies/{other}/parent", {"parent": acme}),
            (f"/v1/persons/{eva}", "POST", "/v1/contacts", {"company": other, "person": eva}),
            (f"/v1/persons/{otto}", "POST", "/v1/couples", {"a": {"person": otto}, "b": {"last_name": "Frei"}}),
        ]:
            if (await addresses.call("GET", target)).status_code == 410:
                continue
            made, deleted = await asyncio.gather(addresses.call(method, path, body), addresses.call("DELETE", target))
            assert made.status_code in (200, 201, 422), made.text
            assert deleted.status_code in (200, 409), deleted.text
            outcomes.add((made.is_success, deleted.is_success))
            assert made.is_success != deleted.is_success
    assert outcomes
