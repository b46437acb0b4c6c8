"""Searches of addresses that were saved, run again (domain.md 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts import addresses as adr
from dossier.ids import new_id, stream_id
from oracle.book_present import Present, postal

pytestmark = pytest.mark.backends

BERN = {"q": "mus", "city": "Bern", "type": "company"}


async def saved(present: Present, expect: int = 201, **more: Any) -> dict[str, Any]:
    body = {"name": "Mus in Bern", "of": "addresses", "parameters": BERN, **more}
    return (await present.service.call("POST", "/v1/saved-searches", body, expect=expect)).json()


async def found(present: Present, search: str, more: str = "", user: str = "anna") -> list[str]:
    page = await present.get(f"/v1/saved-searches/{search}/results?{more}", user=user)
    return [row["alias"] for row in page["items"]]


async def three_companies(present: Present) -> None:
    for name, city in (("Muster AG", "Bern"), ("Musterli AG", "Bern"), ("Musik AG", "Thun")):
        await present.company(name, postal(city))


async def test_a_saved_search_is_run_and_its_parameters_are_filled_in(present: Present) -> None:
    await three_companies(present)
    search = (await saved(present))["id"]
    assert await found(present, search) == ["Muster AG", "Musterli AG"]
    assert await found(present, search, "q=musterli") == ["Musterli AG"]
    assert await found(present, search, "city=Thun") == ["Musik AG"]
    assert await found(present, search, "type=person") == []


async def test_a_saved_search_is_read_page_by_page(present: Present) -> None:
    await three_companies(present)
    path = f"/v1/saved-searches/{(await saved(present))['id']}/results?limit=1"
    first = await present.get(path)
    rest = await present.get(f"{path}&cursor={first['next']}")
    assert [row["alias"] for row in first["items"] + rest["items"]] == ["Muster AG", "Musterli AG"]
    assert rest["next"] is None


async def test_a_shared_search_of_mine_means_whoever_asks(present: Present) -> None:
    anna = present.service.tokens.user_id("anna")
    acme = await present.company("Acme AG", adr.AccountManagerSet(user=anna))
    search = (await saved(present, parameters={"account_manager": "me"}, is_shared=True))["id"]
    assert await found(present, search) == ["Acme AG"]
    assert await found(present, search, user="bruno") == []
    bruno = present.service.tokens.user_id("bruno")
    await present.happen(stream_id("company", acme), adr.AccountManagerSet(user=bruno))
    assert await found(present, search, user="bruno") == ["Acme AG"]


async def test_a_search_of_somebody_else_does_not_exist(present: Present) -> None:
    search = (await saved(present))["id"]
    hidden = await present.get(f"/v1/saved-searches/{search}/results", user="bruno", expect=404)
    absent = await present.get(f"/v1/saved-searches/{new_id()}/results", user="bruno", expect=404)
    assert hidden.keys() == absent.keys()


async def test_a_search_of_activities_is_not_run_here(present: Present) -> None:
    search = (await saved(present, of="activities", parameters={}))["id"]
    refused = await present.get(f"/v1/saved-searches/{search}/results", expect=422)
    assert (refused["rule"], refused["field"]) == ("FOL-01", "id")


@pytest.mark.parametrize(
    ("of", "parameters", "field", "rule"),
    [
        ("addresses", {"colour": "red"}, "parameters.colour", "known-parameter"),
        ("addresses", {"limit": 5}, "parameters.limit", "known-parameter"),
        ("addresses", {"type": "dog"}, "parameters.type.0", "one-of"),
        ("addresses", {"city": 5}, "parameters.city", "type"),
        ("addresses", {"keyword": "none"}, "parameters.keyword.0", None),
        ("activities", {"city": "Bern"}, "parameters.city", "known-parameter"),
        ("activities", {"sender": "acme.example"}, "parameters.sender", "known-parameter"),
        ("activities", {"kind": ["call", "dance"]}, "parameters.kind.1", "one-of"),
        ("activities", {"medium": "pigeon"}, "parameters.medium.0", "one-of"),
        ("activities", {"from": "2026-02-30"}, "parameters.from", None),
        ("mails", {"from": "2026-02-02", "to": "2026-02-01"}, "parameters.from", "date-order"),
        ("mails", {"kind": "call"}, "parameters.kind", "kind"),
        ("mails", {"fold": "days"}, "parameters.fold", "one-of"),
        ("mails", {"sender": "foo bar"}, "parameters.sender", "mail-address"),
        ("activities", {"q": "miet*"}, "parameters.q", "SRC-05"),
        ("mails", {"q": '" -'}, "parameters.q", "SRC-05"),
    ],
)
async def test_fol_01_what_could_never_be_asked_is_not_kept(
    present: Present, of: str, parameters: dict[str, Any], field: str, rule: str | None
) -> None:
    good = (await saved(present, of=of, parameters={}))["id"]
    for method, path, body in (
        ("POST", "/v1/saved-searches", {"name": "X", "of": of, "parameters": parameters}),
        ("PATCH", f"/v1/saved-searches/{good}", {"parameters": parameters}),
    ):
        refused = (await present.service.call(method, path, body, expect=422)).json()
        assert (refused["field"], refused["rule"]) == (field, rule or refused["rule"])


async def test_a_kept_keyword_that_is_gone_is_told_when_the_search_is_run(present: Present) -> None:
    search = (await saved(present, parameters={"keyword": new_id()}))["id"]
    refused = await present.get(f"/v1/saved-searches/{search}/results", expect=422)
    assert (refused["field"], refused["rule"]) == ("keyword", "KEY-06")


@pytest.mark.parametrize(
    ("of", "parameters"),
    [
        (
            "activities",
            {"kind": "call", "type": ["offer"], "from": "2026-01-01", "responsible": "me", "completed": False},
        ),
        ("mails", {"sender": "acme.example", "kind": ["email", "call"], "at": "2026-01-01", "fold": "conversations"}),
    ],
)
async def test_fol_01_what_activities_and_mails_can_be_asked_is_kept(
    present: Present, of: str, parameters: dict[str, Any]
) -> None:
    search = (await saved(present, of=of, parameters=parameters))["id"]
    assert (await present.get(f"/v1/saved-searches/{search}"))["parameters"] == parameters
