"""Who took which dossier along is noted, and told to administrators and to who looks after the address (AUD)."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.clock import parse_rfc3339
from dossier.ids import new_id
from exports.world import World

pytestmark = pytest.mark.backends


async def company(office: World, **body: Any) -> str:
    made = await office.makes("addresses", "/v1/companies", name="Acme AG", **body)
    await office.settle()
    return made


async def told(office: World, path: str, token: str = "") -> list[dict[str, Any]]:
    return (await office.asks(path, token or office.dora())).json()["items"]


async def test_aud_01_each_export_is_noted_with_who_what_and_when(office: World) -> None:
    acme, other = await company(office), await company(office)
    await office.records(f"companies/{acme}", query="?from=2026-01-01&to=2026-02-01")
    await office.records(f"companies/{other}")
    await office.archive(f"companies/{acme}", office.dora())
    zipped, records = await told(office, f"/v1/companies/{acme}/exports")
    moments = [parse_rfc3339(each.pop("begun_at")) for each in (records, zipped)]
    assert moments == sorted(moments)
    assert records == {
        "id": records["id"],
        "of": {"type": "company", "id": acme, "name": "Acme AG"},
        "by": {"type": "user", "id": office.tokens.user_id("clara"), "name": "Clara Keller"},
        "format": "ndjson",
        "first_day": "2026-01-01",
        "last_day": "2026-02-01",
    }
    assert (zipped["by"]["id"], zipped["format"]) == (office.tokens.user_id("dora"), "zip")
    assert (zipped["first_day"], zipped["last_day"]) == (None, None)
    everything = (await told(office, "/v1/exports?limit=3"))[:3]
    assert [each["of"]["id"] for each in everything] == [acme, other, acme]


async def test_aud_01_exports_are_told_page_by_page(office: World) -> None:
    acme = await company(office)
    for _ in range(3):
        await office.records(f"companies/{acme}")
    path, following, read = f"/v1/companies/{acme}/exports?limit=2", "", list[str]()
    while following is not None:
        page = (await office.asks(path + (f"&cursor={following}" if following else ""), office.dora())).json()
        read += [each["id"] for each in page["items"]]
        following = page["next"]
    assert read == sorted(set(read), reverse=True)
    assert len(read) == 3


async def test_aud_01_what_was_refused_left_no_note(office: World) -> None:
    acme = await company(office)
    anna = office.tokens.user("anna", (CONSULTANTS,))
    await office.asks(f"/v1/companies/{acme}/dossier.ndjson", anna, 403)
    await office.asks(f"/v1/companies/{acme}/dossier.zip?from=2026-02-02&to=2026-02-01", status=422)
    async with office.away("engagements"):
        await office.asks(f"/v1/companies/{acme}/dossier.ndjson", status=503)
    assert await told(office, f"/v1/companies/{acme}/exports") == []


async def test_aud_04_adr_10_administrators_and_the_account_manager_see_it_and_nobody_else(office: World) -> None:
    anna, clara = office.tokens.user_id("anna"), office.tokens.user_id("clara")
    await office.does("directory", "/v1/users", {"id": anna, "name": "Anna Arm"}, token=office.dora())
    acme = await company(office)
    await office.does("addresses", f"/v1/companies/{acme}/account-manager", {"user": anna}, "PUT")
    await office.settle()
    await office.records(f"companies/{acme}")
    path = f"/v1/companies/{acme}/exports"
    seeing = office.tokens.user("anna", (CONSULTANTS,))
    assert [each["by"]["id"] for each in await told(office, path, seeing)] == [clara]
    for token in (office.clara(), office.tokens.user("ben", (CONSULTANTS, PARTNERS))):
        refused = await office.asks(path, token, 403)
        assert refused.json()["rule"] == "AUD-04"
    assert (await office.asks("/v1/exports", seeing, 403)).json()["rule"] == "capability:administer"
    await office.asks(f"/v1/companies/{new_id()}/exports", office.dora(), 404)


async def test_aud_01_an_export_that_cannot_be_noted_is_not_begun(office: World) -> None:
    acme = await company(office)
    database = office.services["histories"].roles.app.state.service.database
    await database.command({"collMod": "exports", "validator": {"nothing": "of the kind"}})
    try:
        answer = await office.http.get(
            f"{office.urls['histories']}/v1/companies/{acme}/dossier.ndjson",
            headers={"Authorization": f"Bearer {office.clara()}"},
        )
    finally:
        await database.command({"collMod": "exports", "validator": {}})
    assert answer.status_code >= 500
    assert "Acme" not in answer.text
