"""Documents that were taken off their activity, and came back."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.ids import new_id
from dossier.testing.activities import ANNA, BEN
from dossier.testing.documents import NEWER, Desk


@pytest.fixture
async def desk(client: Any) -> Desk:
    return Desk(client, await client.record())


async def test_act_16_who_works_on_a_document_does_so_after_it_was_removed_and_restored(desk: Desk) -> None:
    document = await desk.attach()
    for by in ("anna", "ben"):
        await desk.call("POST", f"/{document}/check-out", by=by)
    before = await desk.shown(document)
    for step in ("remove", "restore"):
        assert (await desk.call("POST", f"/{document}/{step}")).status_code == 200
    assert await desk.shown(document) == before
    (head,) = (await desk.call("GET", "")).json()
    assert head["checked_out_by"] == [ANNA, BEN]
    told = (await desk.client.do("GET", f"/v1/activities/{desk.activity}/changes"))["items"][:2]
    assert [[each["field"] for each in change["fields"]] for change in told] == [["documents.removed"]] * 2
    warned = await desk.call("POST", f"/{document}/versions?based_on=1&check_in=true", NEWER, by="ben")
    assert [each["by"] for each in warned.json()["warnings"]] == [f"user:{ANNA}"]
    assert [each["by"] for each in (await desk.shown(document))["checked_out"]] == [f"user:{ANNA}"]


async def test_act_15_removed_documents_are_listed_for_whoever_sees_the_activity(desk: Desk) -> None:
    kept, removed = await desk.attach(), await desk.attach(NEWER, "Draft.pdf")
    assert (await desk.call("GET", "?removed=true")).json() == []
    await desk.call("POST", f"/{removed}/remove", {"reason": "wrong file"})
    listed = [(await desk.call("GET", query)).json() for query in ("", "?removed=true")]
    assert [[(each["id"], each["name"]) for each in some] for some in listed] == [
        [(kept, "Offer.pdf")],
        [(removed, "Draft.pdf")],
    ]
    await desk.client.do("PUT", f"/v1/activities/{desk.activity}/visibility", {"visibility": "granted"})
    assert (await desk.call("GET", "?removed=true", by="cara")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("GET", "", None),
        ("GET", "/content", None),
        ("POST", "/versions?based_on=1", NEWER),
        ("PUT", "/name", {"name": "Quote.pdf"}),
        ("POST", "/check-out", None),
        ("POST", "/check-in", None),
    ],
)
async def test_act_15_who_means_a_removed_document_is_told_so_and_nobody_else(
    desk: Desk, method: str, path: str, content: Any
) -> None:
    document = await desk.attach()
    await desk.call("POST", f"/{document}/remove")
    told = (await desk.call(method, f"/{document}{path}", content)).json()
    assert (told["status"], told["rule"], told["field"]) == (404, "restored", "document")
    assert told["detail"] == "It was removed. Restore it first."
    await desk.client.do("PUT", f"/v1/activities/{desk.activity}/visibility", {"visibility": "granted"})
    for meant in (document, new_id()):
        hidden = (await desk.call(method, f"/{meant}{path}", content, by="cara")).json()
        assert (hidden["rule"], hidden["detail"]) == ("exists", "There is nothing here that you may see.")


async def test_act_15_restoring_says_why_and_nothing_else(desk: Desk) -> None:
    document = await desk.attach()
    await desk.call("POST", f"/{document}/remove")
    refused = await desk.call("POST", f"/{document}/restore", {"why": "was right"})
    assert (refused.status_code, refused.json()["field"]) == (422, "why")
    assert (await desk.call("POST", f"/{document}/restore", {"reason": "was right"})).status_code == 200
    told = (await desk.client.do("GET", f"/v1/activities/{desk.activity}/changes"))["items"]
    assert told[0]["reason"] == "was right"
