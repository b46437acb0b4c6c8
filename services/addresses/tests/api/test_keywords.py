"""Keywords and their groups over HTTP: who may, what is offered, how they are assigned."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from dossier.auth.groups import ASSISTANTS
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends

ALL = ["company", "person", "contact"]


async def group(service: ServiceUnderTest, name: str, *keywords: str, token: str | None = None, **more: Any) -> str:
    """A group with keywords; shared unless `personal`."""
    body = {"name": name, "types": ALL, **more}
    token = token or service.tokens.administrator()
    id = (await service.call("POST", "/v1/keyword-groups", body, token=token, expect=201)).json()["id"]
    for keyword in keywords:
        await service.call("POST", f"/v1/keyword-groups/{id}/keywords", {"name": keyword}, token=token, expect=201)
    return id


async def keyword_ids(service: ServiceUnderTest, group_id: str, token: str | None = None) -> dict[str, str]:
    found = await service.call("GET", f"/v1/keyword-groups/{group_id}", token=token, expect=200)
    return {keyword["name"]: keyword["id"] for keyword in found.json()["keywords"]}


async def company(service: ServiceUnderTest, name: str = "Acme AG") -> str:
    return (await service.call("POST", "/v1/companies", {"name": name}, expect=201)).headers["Location"]


async def names_on(service: ServiceUnderTest, path: str, token: str | None = None) -> list[str]:
    found = await service.call("GET", f"{path}/keywords", token=token, expect=200)
    return [keyword["name"] for keyword in found.json()]


async def test_key_01_a_group_is_read_as_it_was_made(addresses: ServiceUnderTest) -> None:
    id = await group(addresses, "Industry", "Trade", "Chemistry", is_exclusive=True, types=["company"], position=2)
    found = (await addresses.call("GET", f"/v1/keyword-groups/{id}", expect=200)).json()
    assert (found["name"], found["is_exclusive"], found["types"]) == ("Industry", True, ["company"])
    assert [keyword["name"] for keyword in found["keywords"]] == ["Chemistry", "Trade"]
    (chemistry, trade) = (keyword["id"] for keyword in found["keywords"])
    admin = addresses.tokens.administrator()
    path = f"/v1/keyword-groups/{id}/keywords/{trade}"
    await addresses.call("PATCH", path, {"position": -1}, token=admin, expect=200)
    assert list((await keyword_ids(addresses, id)).values()) == [trade, chemistry]


async def test_key_01_names_of_groups_are_unique_and_free_again_after_a_renaming(addresses: ServiceUnderTest) -> None:
    admin = addresses.tokens.administrator()
    industry = await group(addresses, "Industry")
    taken = await addresses.call(
        "POST", "/v1/keyword-groups", {"name": " INDUSTRY ", "types": ALL}, token=admin, expect=409
    )
    assert (taken.json()["rule"], taken.json()["field"]) == ("unique", "name")
    other = await group(addresses, "Branch")
    path = f"/v1/keyword-groups/{industry}"
    await addresses.call("PATCH", path, {"name": "branch"}, token=admin, expect=409)
    await addresses.call("PATCH", path, {"name": "industry"}, token=admin, expect=200)
    await addresses.call("PATCH", path, {"name": "Sector"}, token=admin, expect=200)
    await addresses.call("PATCH", f"/v1/keyword-groups/{other}", {"name": "Industry"}, token=admin, expect=200)
    assert (await addresses.call("GET", path)).json()["name"] == "Sector"


async def test_key_01_of_many_who_choose_a_name_at_once_one_gets_it(addresses: ServiceUnderTest) -> None:
    admin = addresses.tokens.administrator()
    bodies = [{"name": name, "types": ALL} for name in ("Event", "event", " EVENT", "Event ", "eVent")]
    answers = await asyncio.gather(
        *(addresses.call("POST", "/v1/keyword-groups", body, token=admin) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_key_01_a_keyword_belongs_to_one_group(addresses: ServiceUnderTest) -> None:
    admin, id = addresses.tokens.administrator(), new_id()
    one, other = await group(addresses, "One"), await group(addresses, "Other")
    body = {"id": id, "name": "Chemistry"}
    for _ in range(2):
        made = await addresses.call("POST", f"/v1/keyword-groups/{one}/keywords", body, token=admin, expect=201)
        assert made.headers["Location"] == f"/v1/keyword-groups/{one}/keywords/{id}"
    taken = await addresses.call("POST", f"/v1/keyword-groups/{other}/keywords", body, token=admin, expect=409)
    assert (taken.json()["rule"], taken.json()["field"]) == ("unique", "id")
    double = {"name": "CHEMISTRY"}
    refused = await addresses.call("POST", f"/v1/keyword-groups/{one}/keywords", double, token=admin, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("KEY-01", "name")


async def test_key_08_shared_groups_are_administered(addresses: ServiceUnderTest) -> None:
    industry = await group(addresses, "Industry", "Trade")
    (trade,) = (await keyword_ids(addresses, industry)).values()
    path = f"/v1/keyword-groups/{industry}"
    for method, where, body in [
        ("POST", "/v1/keyword-groups", {"name": "Other", "types": ALL}),
        ("PATCH", path, {"name": "Other"}),
        ("POST", f"{path}/keywords", {"name": "Chemistry"}),
        ("PATCH", f"{path}/keywords/{trade}", {"name": "Commerce"}),
    ]:
        refused = await addresses.call(method, where, body, expect=403)
        assert refused.json()["rule"] == "capability:administer"
    reader = addresses.tokens.user("emil", (ASSISTANTS,))
    own = {"name": "Mine", "types": ALL, "personal": True}
    await addresses.call("POST", "/v1/keyword-groups", own, token=reader, expect=403)


async def test_key_06_a_personal_group_does_not_exist_for_others(addresses: ServiceUnderTest) -> None:
    bruno = addresses.tokens.user("bruno")
    mine = await group(addresses, "Golf", "Partners", token=bruno, personal=True)
    (partners,) = (await keyword_ids(addresses, mine, bruno)).values()
    acme = await company(addresses)
    await addresses.call("PUT", f"{acme}/keywords/{partners}", token=bruno, expect=200)
    assert await names_on(addresses, acme, bruno) == ["Partners"]
    await apply_all(addresses.store, addresses.roles.app.state.catalogue)
    path = f"/v1/keyword-groups/{mine}"
    for token in (addresses.tokens.user("anna"), addresses.tokens.administrator()):
        assert await names_on(addresses, acme, token) == []
        listed = await addresses.call("GET", "/v1/keyword-groups", token=token, expect=200)
        assert listed.json()["items"] == []
        for method, where, body in [
            ("GET", path, None),
            ("PATCH", path, {"name": "Tennis"}),
            ("POST", f"{path}/keywords", {"name": "More"}),
            ("PATCH", f"{path}/keywords/{partners}", {"name": "More"}),
            ("GET", f"/v1/keywords/{partners}", None),
            ("PUT", f"{acme}/keywords/{partners}", None),
            ("DELETE", f"{acme}/keywords/{partners}", None),
            ("GET", f"{path}/keywords/{partners}/entries", None),
            ("PUT", f"{path}/keywords/{partners}/entries/company-{new_id()}", None),
        ]:
            hidden = await addresses.call(method, where, body, token=token, headers={"If-Match": '"1"'})
            assert (hidden.status_code, hidden.json()["rule"]) == (404, "exists"), f"{method} {where}"
    listed = await addresses.call("GET", "/v1/keyword-groups", token=bruno, expect=200)
    assert [item["id"] for item in listed.json()["items"]] == [mine]


async def test_key_06_everybody_may_have_groups_of_the_same_name(addresses: ServiceUnderTest) -> None:
    await group(addresses, "Golf")
    for name in ("anna", "bruno"):
        token = addresses.tokens.user(name)
        await group(addresses, "Golf", token=token, personal=True)
        own = {"name": "golf", "types": ALL, "personal": True}
        await addresses.call("POST", "/v1/keyword-groups", own, token=token, expect=409)


async def test_key_06_a_conflict_does_not_tell_of_a_keyword(addresses: ServiceUnderTest) -> None:
    bruno = addresses.tokens.user("bruno")
    mine = await group(addresses, "Golf", "Partners", token=bruno, personal=True)
    (partners,) = (await keyword_ids(addresses, mine, bruno)).values()
    acme = await company(addresses)
    await addresses.call("PUT", f"{acme}/keywords/{partners}", token=bruno, expect=200)
    renaming = {"name": "Acme Holding"}
    conflict = await addresses.call("PUT", f"{acme}/name", renaming, headers={"If-Match": '"1"'}, expect=409)
    (change,) = conflict.json()["changes"]
    assert sorted(change) == ["actor", "commit", "recorded_at"]


async def test_key_04_a_second_keyword_of_an_exclusive_group_replaces_the_first(addresses: ServiceUnderTest) -> None:
    industry = await group(addresses, "Industry", "Chemistry", "Trade", is_exclusive=True)
    category = await group(addresses, "Category", "One", "Two")
    ids = {**await keyword_ids(addresses, industry), **await keyword_ids(addresses, category)}
    acme = await company(addresses)
    for name in ("Chemistry", "One", "Two", "Trade", "Trade"):
        await addresses.call("PUT", f"{acme}/keywords/{ids[name]}", expect=200)
    assert await names_on(addresses, acme) == ["One", "Two", "Trade"]
    commits = await addresses.store.commits.count_documents({"stream": {"$regex": "^company-"}})
    assert commits == 5
    for _ in range(2):
        await addresses.call("DELETE", f"{acme}/keywords/{ids['One']}", expect=200)
    assert await names_on(addresses, acme) == ["Two", "Trade"]


async def test_key_03_a_renamed_keyword_is_renamed_everywhere_at_once(addresses: ServiceUnderTest) -> None:
    event = await group(addresses, "Mailing list", "Event 2025")
    (id,) = (await keyword_ids(addresses, event)).values()
    person = (await addresses.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)).headers["Location"]
    acme = await company(addresses)
    body = {"company": acme.rpartition("/")[2], "last_name": "Huber"}
    contact = (await addresses.call("POST", "/v1/contacts", body, expect=201)).headers["Location"]
    for path in (person, acme, contact):
        await addresses.call("PUT", f"{path}/keywords/{id}", expect=200)
    admin = addresses.tokens.administrator()
    renamed = {"name": "Event 2026"}
    await addresses.call("PATCH", f"/v1/keyword-groups/{event}/keywords/{id}", renamed, token=admin, expect=200)
    assert [await names_on(addresses, path) for path in (person, acme, contact)] == [["Event 2026"]] * 3


async def test_key_05_an_inactive_keyword_is_no_longer_offered_and_stays(addresses: ServiceUnderTest) -> None:
    admin = addresses.tokens.administrator()
    industry = await group(addresses, "Industry", "Chemistry", "Trade")
    ids = await keyword_ids(addresses, industry)
    acme, beta = await company(addresses), await company(addresses, "Beta AG")
    await addresses.call("PUT", f"{acme}/keywords/{ids['Trade']}", expect=200)
    path = f"/v1/keyword-groups/{industry}"
    off = {"is_active": False}
    await addresses.call("PATCH", f"{path}/keywords/{ids['Trade']}", off, token=admin, expect=200)
    await apply_all(addresses.store, addresses.roles.app.state.catalogue)
    for query, offered in [("", ["Chemistry"]), ("?inactive=true", ["Chemistry", "Trade"])]:
        (listed,) = (await addresses.call("GET", f"/v1/keyword-groups{query}", expect=200)).json()["items"]
        assert [keyword["name"] for keyword in listed["keywords"]] == offered
    refused = await addresses.call("PUT", f"{beta}/keywords/{ids['Trade']}", expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("KEY-05", "keyword")
    assert await names_on(addresses, acme) == ["Trade"]
    assert not (await addresses.call("GET", f"/v1/keywords/{ids['Trade']}", expect=200)).json()["is_active"]
    await addresses.call("PATCH", path, off, token=admin, expect=200)
    await apply_all(addresses.store, addresses.roles.app.state.catalogue)
    assert (await addresses.call("GET", "/v1/keyword-groups", expect=200)).json()["items"] == []
    assert len((await addresses.call("GET", "/v1/keyword-groups?inactive=true")).json()["items"]) == 1


async def test_key_02_a_keyword_and_its_folder_are_one_thing(addresses: ServiceUnderTest) -> None:
    lists = await group(addresses, "Mailing list", "Newsletter", "Christmas card")
    ids = await keyword_ids(addresses, lists)
    acme, beta = await company(addresses), await company(addresses, "Beta AG")
    folder = f"/v1/keyword-groups/{lists}/keywords/{ids['Newsletter']}/entries"
    entries = [f"company-{path.rpartition('/')[2]}" for path in (acme, beta)]
    await addresses.call("PUT", f"{folder}/{entries[0]}", expect=200)
    await addresses.call("PUT", f"{beta}/keywords/{ids['Newsletter']}", expect=200)
    await addresses.call("PUT", f"{beta}/keywords/{ids['Christmas card']}", expect=200)
    assert await names_on(addresses, acme) == ["Newsletter"]
    await apply_all(addresses.store, addresses.roles.app.state.catalogue)
    assert await inside(addresses, folder) == sorted(entries)
    await addresses.call("DELETE", f"{folder}/{entries[1]}", expect=200)
    assert await names_on(addresses, beta) == ["Christmas card"]
    await apply_all(addresses.store, addresses.roles.app.state.catalogue)
    assert await inside(addresses, folder) == entries[:1]


async def inside(service: ServiceUnderTest, folder: str) -> list[str]:
    """All entries, read by pages of one."""
    found, cursor = list[str](), ""
    while cursor is not None:
        page = await service.call("GET", f"{folder}?limit=1" + (f"&cursor={cursor}" if cursor else ""), expect=200)
        found += [f"{item['entry']['type']}-{item['entry']['id']}" for item in page.json()["items"]]
        cursor = page.json()["next"]
    return found


async def test_key_07_other_services_learn_what_assigning_a_keyword_needs(addresses: ServiceUnderTest) -> None:
    bruno = addresses.tokens.user("bruno")
    mine = await group(addresses, "Golf", "Hole", token=bruno, personal=True, types=["project", "activity"])
    (hole,) = (await keyword_ids(addresses, mine, bruno)).values()
    service = addresses.tokens.service("engagements")
    found = (await addresses.call("GET", f"/v1/keywords/{hole}", token=service, expect=200)).json()
    assert found == {
        "id": hole,
        "name": "Hole",
        "group": mine,
        "group_name": "Golf",
        "is_exclusive": False,
        "types": ["project", "activity"],
        "owner": addresses.tokens.user_id("bruno"),
        "is_active": True,
    }
    entry = f"/v1/keyword-groups/{mine}/keywords/{hole}/entries/project-{new_id()}"
    refused = await addresses.call("PUT", entry, token=bruno, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("KEY-07", "entry")


async def test_key_01_a_group_refuses_types_it_does_not_admit(addresses: ServiceUnderTest) -> None:
    persons = await group(addresses, "Persons by category", "One", types=["person"])
    (one,) = (await keyword_ids(addresses, persons)).values()
    acme = await company(addresses)
    refused = await addresses.call("PUT", f"{acme}/keywords/{one}", expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("KEY-01", "keyword")
    for path in (f"{acme}/keywords/{new_id()}", f"/v1/companies/{new_id()}/keywords/{one}"):
        assert (await addresses.call("PUT", path, expect=404)).json()["rule"] == "exists"


async def test_key_04_many_writers_leave_one_keyword_of_an_exclusive_group(addresses: ServiceUnderTest) -> None:
    chance = random.Random(4)
    industry = await group(addresses, "Industry", "A", "B", "C", is_exclusive=True)
    category = await group(addresses, "Category", "One", "Two")
    exclusive = list((await keyword_ids(addresses, industry)).values())
    ids = exclusive + list((await keyword_ids(addresses, category)).values())
    paths = [await company(addresses, f"Company {number}") for number in range(4)]

    async def write() -> int:
        method = chance.choice(["PUT", "PUT", "DELETE"])
        return (await addresses.call(method, f"{chance.choice(paths)}/keywords/{chance.choice(ids)}")).status_code

    assert {await answer for answer in asyncio.as_completed([write() for _ in range(64)])} <= {200, 409}
    assigned = 0
    for path in paths:
        found = (await addresses.call("GET", f"{path}/keywords", expect=200)).json()
        assert sum(keyword["group"] == industry for keyword in found) <= 1
        assert len({keyword["id"] for keyword in found}) == len(found)
        assigned += len(found)
    assert assigned > 0


async def test_a_repeated_keyword_with_its_key_is_found_where_the_first_one_is(addresses: ServiceUnderTest) -> None:
    admin, key = addresses.tokens.administrator(), {"Idempotency-Key": "keyword-1"}
    path = f"/v1/keyword-groups/{await group(addresses, 'Industry')}/keywords"
    answers = [
        await addresses.call("POST", path, {"name": "Trade"}, token=admin, headers=key, expect=201) for _ in range(2)
    ]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert answers[1].json()["replayed"]
