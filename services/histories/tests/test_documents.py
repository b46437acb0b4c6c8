"""Documents in histories: a page shows what was exchanged, to those who see the activity (ACT-12)."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts import AddressRef, Event
from dossier.contracts import attachments as att
from dossier.contracts import engagements as eng
from dossier.ids import new_id, stream_id
from dossier.testing.services import ServiceUnderTest
from oracle.recording import Present
from oracle.telling import company, ids, page, project, recorded

pytestmark = pytest.mark.backends


def file(name: str, size: int = 7) -> att.StoredFile:
    return att.StoredFile(stored_object=name, name=name, media_type="application/pdf", size=size, sha256="0" * 64)


async def exchanged(present: Present, activity: str, *events: Event) -> None:
    await present.happen(stream_id("activity", activity), *events)


async def test_act_12_a_projects_page_and_its_customers_show_the_documents(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    customer = eng.RoleAssigned(role_id=new_id(), role="customer", address=AddressRef(type="company", id=acme))
    atlas = await project(present, "A", "Atlas", customer)
    activity = await recorded(present, project=atlas)
    offer, plan = new_id(), new_id()
    await exchanged(
        present,
        activity,
        att.DocumentAttached(document=offer, file=file("Offer.pdf")),
        att.DocumentAttached(document=plan, file=file("Plan.pdf")),
        att.DocumentVersionAdded(document=offer, number=2, based_on=1, file=file("Offer 2.pdf", 9)),
        att.DocumentRenamed(document=plan, name="Ground plan.pdf"),
    )
    shown: list[dict[str, Any]] = [
        {"id": offer, "name": "Offer 2.pdf", "media_type": "application/pdf", "size": 9, "version": 2},
        {"id": plan, "name": "Ground plan.pdf", "media_type": "application/pdf", "size": 7, "version": 1},
    ]
    for path in (f"/v1/projects/{atlas}/history", f"/v1/companies/{acme}/history"):
        (row,) = (await page(api, path))["items"]
        assert row["documents"] == shown
    assert (await api.call("GET", f"/v1/activities/{activity}", expect=200)).json()["documents"] == shown


async def test_act_12_a_removed_document_is_on_no_page(api: ServiceUnderTest, present: Present) -> None:
    atlas = await project(present, "A", "Atlas")
    activity, offer = await recorded(present, project=atlas), new_id()
    await exchanged(present, activity, att.DocumentAttached(document=offer, file=file("Offer.pdf")))
    await exchanged(present, activity, att.DocumentRemoved(document=offer, reason="wrong"))
    (row,) = (await page(api, f"/v1/projects/{atlas}/history"))["items"]
    assert row["documents"] == []
    back = att.DocumentRestored(document=offer, name="Quote.pdf", number=1, file=file("Offer.pdf"))
    await exchanged(present, activity, back)
    (row,) = (await page(api, f"/v1/projects/{atlas}/history"))["items"]
    assert [(each["id"], each["name"]) for each in row["documents"]] == [(offer, "Quote.pdf")]


async def test_act_12_documents_are_hidden_with_their_activity(api: ServiceUnderTest, present: Present) -> None:
    acme = await company(present, "Acme AG")
    activity = await recorded(present, address=AddressRef(type="company", id=acme), visibility="granted")
    await exchanged(present, activity, att.DocumentAttached(document=new_id(), file=file("Secret.pdf")))
    assert await ids(api, f"/v1/companies/{acme}/history", "anna") == [activity]
    assert await ids(api, f"/v1/companies/{acme}/history", "ben") == []
    answer = await api.call("GET", f"/v1/activities/{activity}", token=api.tokens.user("ben"))
    assert (answer.status_code, "Secret" in answer.text) == (404, False)
