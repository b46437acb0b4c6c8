"""Keywords of projects and opportunities over HTTP (KEY-01, KEY-04 to KEY-07); the groups are the address book's."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts.addresses import KeywordAdded, KeywordChanged, KeywordGroupChanged, KeywordGroupCreated
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def project(service: ServiceUnderTest) -> str:
    body = {"code": "24-017", "title": "Relaunch"}
    return (await service.call("POST", "/v1/projects", body, expect=201)).headers["Location"]


async def keywords(service: ServiceUnderTest, path: str, name: str = "anna") -> list[str]:
    return (await service.call("GET", path, token=service.tokens.user(name), expect=200)).json()["keywords"]


async def test_key_07_projects_and_opportunities_have_keywords_and_are_found_by_them(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    one, two = await owner.keywords("Strategic", "Pilot")
    body = {"title": "Succession", "address": {"type": "company", "id": await owner.company()}}
    opportunity = (await engagements.call("POST", "/v1/opportunities", body, expect=201)).headers["Location"]
    path, other = await project(engagements), await project(engagements)
    await caught_up()
    for each in (path, opportunity):
        await engagements.call("PUT", f"{each}/keywords/{one}", expect=200)
        await engagements.call("PUT", f"{each}/keywords/{two}", expect=200)
        assert await keywords(engagements, each) == [one, two]
    await engagements.call("DELETE", f"{path}/keywords/{two}", expect=200)
    await engagements.call("DELETE", f"{path}/keywords/{two}", expect=404)
    await caught_up()
    for collection, keyword, expected in (("projects", one, 1), ("projects", two, 0), ("opportunities", two, 1)):
        url = f"/v1/{collection}?keyword={keyword}"
        assert len((await engagements.call("GET", url, expect=200)).json()["items"]) == expected, url
    assert await keywords(engagements, other) == []


async def test_key_04_a_second_keyword_of_an_exclusive_group_replaces_the_first(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    (one, two), path = await owner.keywords("Small", "Large", exclusive=True), await project(engagements)
    await caught_up()
    for keyword in (one, two):
        await engagements.call("PUT", f"{path}/keywords/{keyword}", expect=200)
    assert await keywords(engagements, path) == [two]


async def test_key_05_an_inactive_keyword_is_refused_and_stays_where_it_was(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    keyword, path, later = new_id(), await project(engagements), await project(engagements)
    created = KeywordGroupCreated(name="Size", is_exclusive=False, types=("project",))
    group = await owner.record("keyword-group", created, KeywordAdded(keyword=keyword, name="Small"))
    await caught_up()
    await engagements.call("PUT", f"{path}/keywords/{keyword}", expect=200)
    await owner.more("keyword-group", group, KeywordChanged(keyword=keyword, is_active=False))
    await caught_up()
    refused = await engagements.call("PUT", f"{later}/keywords/{keyword}", expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("KEY-05", "keyword")
    assert await keywords(engagements, path) == [keyword]
    await owner.more("keyword-group", group, KeywordChanged(keyword=keyword, is_active=True))
    await owner.more("keyword-group", group, KeywordGroupChanged(types=("company",)))
    await caught_up()
    refused = await engagements.call("PUT", f"{later}/keywords/{keyword}", expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("KEY-01", "keyword")


async def test_key_06_a_personal_keyword_is_its_owners_alone(
    engagements: ServiceUnderTest, owner: Any, caught_up: Any
) -> None:
    path, (anna,) = await project(engagements), await owner.users(["anna"])
    (own,) = await owner.keywords("To watch", owner=anna)
    await caught_up()
    named, bruno = engagements.tokens.user("anna"), engagements.tokens.user("bruno")
    refused = await engagements.call("PUT", f"{path}/keywords/{own}", token=bruno, expect=422)
    unknown = await engagements.call("PUT", f"{path}/keywords/{new_id()}", token=bruno, expect=422)
    assert refused.json() | {"correlation_id": ""} == unknown.json() | {"correlation_id": ""}
    await engagements.call("PUT", f"{path}/keywords/{own}", token=named, expect=200)
    await caught_up()
    assert (await keywords(engagements, path, "anna"), await keywords(engagements, path, "bruno")) == ([own], [])
    await engagements.call("DELETE", f"{path}/keywords/{own}", token=bruno, expect=404)
    for token, seen in ((named, 1), (bruno, 0)):
        listed = await engagements.call("GET", f"/v1/projects?keyword={own}", token=token, expect=200)
        assert len(listed.json()["items"]) == seen
        log = await engagements.call("GET", f"{path}/changes", token=token, expect=200)
        assert (own in log.text) == bool(seen)
        assert len(log.json()["items"]) == 1 + seen
    stale = {"If-Match": '"1"'}
    conflict = await engagements.call("PATCH", path, {"title": "X"}, token=bruno, headers=stale, expect=409)
    (change,) = conflict.json()["changes"]
    assert set(change) == {"actor", "actor_name", "recorded_at", "commit"}
    refused = await engagements.call("PUT", f"{path}/keywords/{own}", token=bruno, expect=422)
    assert refused.json() | {"correlation_id": ""} == unknown.json() | {"correlation_id": ""}
