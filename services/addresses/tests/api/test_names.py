"""Wherever an answer gives the id of something that a person decides by, it says what that is called."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts.base import REDACTED
from dossier.contracts.directory import UserAdded, UserChanged, UserDeactivated
from dossier.ids import new_id
from dossier.projections.model import Span
from dossier.testing.recorded import recorded
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends


async def created(service: ServiceUnderTest, path: str, token: str | None = None, **body: Any) -> str:
    return (await service.call("POST", path, body, token=token, expect=201)).json()["id"]


async def employed(service: ServiceUnderTest, user: str, name: str) -> str:
    """A user of the directory, as its events reach this service."""
    id = service.tokens.user_id(user)
    await service.roles.app.state.known.apply([Span(f"user-{id}", recorded(f"user-{id}", UserAdded(name=name)))])
    return id


async def shown(service: ServiceUnderTest, path: str, token: str | None = None) -> Any:
    """What is answered once the own views know everything."""
    state = service.roles.app.state
    await apply_all(service.store, state.book, state.catalogue)
    return (await service.call("GET", path, token=token, expect=200)).json()


async def acme_with_eva(service: ServiceUnderTest) -> tuple[str, str, str]:
    acme = await created(service, "/v1/companies", name="Acme AG")
    eva = await created(service, "/v1/persons", last_name="Muster", first_name="Eva")
    return acme, eva, await created(service, "/v1/contacts", company=acme, person=eva)


async def test_a_single_address_names_all_it_refers_to(addresses: ServiceUnderTest) -> None:
    anna = await employed(addresses, "anna", "Anna Huber")
    acme, _, contact = await acme_with_eva(addresses)
    beta = await created(addresses, "/v1/companies", name="Beta AG", parent=acme, account_manager=anna)
    body = {"company": beta, "starts_on": "2024-01-01"}
    moved = (await addresses.call("POST", f"/v1/contacts/{contact}/job-change", body, expect=201)).json()
    new = moved["begun"]["id"]
    await addresses.call("PUT", f"/v1/companies/{beta}/primary-contact", {"contact": new}, expect=200)
    company = await shown(addresses, f"/v1/companies/{beta}")
    assert company["parent_alias"] == "Acme AG"
    assert company["primary_contact_alias"] == "Beta AG, Muster Eva"
    assert company["account_manager_name"] == "Anna Huber"
    read = await shown(addresses, f"/v1/contacts/{new}")
    assert (read["company_alias"], read["person_alias"]) == ("Beta AG", "Muster Eva")
    assert (read["predecessor_alias"], read["successor_alias"]) == ("Acme AG, Muster Eva", None)
    former = await shown(addresses, f"/v1/contacts/{contact}")
    assert former["successor_alias"] == "Beta AG, Muster Eva"
    (below,) = (await shown(addresses, f"/v1/companies?parent={acme}"))["items"]
    assert below["parent_alias"] == "Acme AG"
    (listed,) = (await shown(addresses, f"/v1/contacts?company={beta}"))["items"]
    assert (listed["alias"], listed["company_alias"]) == ("Beta AG, Muster Eva", "Beta AG")


async def test_pages_and_searches_name_people_and_companies(addresses: ServiceUnderTest) -> None:
    await addresses.roles.app.state.book.prepare()
    anna = await employed(addresses, "anna", "Anna Huber")
    acme, _, contact = await acme_with_eva(addresses)
    await addresses.call("PUT", f"/v1/contacts/{contact}/account-manager", {"user": anna}, expect=200)
    channel = {"kind": "E", "value": "office@acme.example"}
    await addresses.call("POST", f"/v1/companies/{acme}/channels", channel, expect=201)
    page = await shown(addresses, f"/v1/addresses/contact-{contact}")
    assert [page[f"{name}_name"] for name in ("account_manager", "created_by", "changed_by")] == ["Anna Huber"] * 3
    assert page["channels"][0]["lives_on"] == {"type": "company", "id": acme, "alias": "Acme AG"}
    (alone,) = (await shown(addresses, f"/v1/addresses/contact-{contact}/channels"))["items"]
    assert alone["lives_on"]["alias"] == "Acme AG"
    found = await shown(addresses, "/v1/addresses?type=contact")
    listed = await shown(addresses, f"/v1/addresses/company-{acme}/contacts")
    below = (await shown(addresses, f"/v1/addresses/company-{acme}"))["contacts"]
    managed = await shown(addresses, f"/v1/managed-addresses?user={anna}")
    for (row,) in (found["items"], listed["items"], below["items"], managed["items"]):
        assert (row["company_alias"], row["account_manager_name"]) == ("Acme AG", "Anna Huber")


async def test_fol_01_entries_of_folders_and_keywords_have_the_alias(addresses: ServiceUnderTest) -> None:
    acme, eva, _ = await acme_with_eva(addresses)
    admin = addresses.tokens.administrator()
    folder = await created(addresses, "/v1/folders", admin, name="Event", types=["person"])
    inner = await created(addresses, "/v1/folders", admin, name="Guests", types=["person"], parent=folder)
    await addresses.call("PUT", f"/v1/folders/{folder}/entries/person-{eva}", expect=200)
    (entry,) = (await shown(addresses, f"/v1/folders/{folder}/entries"))["items"]
    assert entry["entry"] == {"type": "person", "id": eva, "alias": "Muster Eva"}
    assert (await shown(addresses, f"/v1/folders/{inner}"))["parent_name"] == "Event"
    (below,) = (await shown(addresses, f"/v1/folders?parent={folder}"))["items"]
    assert below["parent_name"] == "Event"
    group = await created(addresses, "/v1/keyword-groups", admin, name="Industry", types=["company"])
    path = f"/v1/keyword-groups/{group}/keywords"
    made = await addresses.call("POST", path, {"name": "Chemistry"}, token=admin, expect=201)
    await addresses.call("PUT", f"{made.headers['Location']}/entries/company-{acme}", expect=200)
    (entry,) = (await shown(addresses, f"{made.headers['Location']}/entries"))["items"]
    assert entry["entry"] == {"type": "company", "id": acme, "alias": "Acme AG"}


async def test_a_shared_search_says_whose_it_is(addresses: ServiceUnderTest) -> None:
    await employed(addresses, "anna", "Anna Huber")
    body = {"name": "Suppliers", "of": "addresses", "parameters": {"q": "mus"}, "is_shared": True}
    path = f"/v1/saved-searches/{await created(addresses, '/v1/saved-searches', **body)}"
    bruno = addresses.tokens.user("bruno")
    assert (await shown(addresses, path, bruno))["owner_name"] == "Anna Huber"
    (listed,) = (await shown(addresses, "/v1/saved-searches", bruno))["items"]
    assert listed["owner_name"] == "Anna Huber"


async def test_the_change_log_names_who_and_what_was_referred_to(addresses: ServiceUnderTest) -> None:
    anna = await employed(addresses, "anna", "Anna Huber")
    acme, eva, contact = await acme_with_eva(addresses)
    beta = await created(addresses, "/v1/companies", name="Beta AG")
    path = f"/v1/contacts/{contact}"
    await addresses.call("POST", f"{path}/correct-company", {"company": beta}, expect=200)
    await addresses.call("PUT", f"{path}/account-manager", {"user": anna}, expect=200)
    managed, corrected, begun = (await shown(addresses, f"{path}/changes"))["items"]
    assert {change["actor_name"] for change in (managed, corrected, begun)} == {"Anna Huber"}
    assert managed["names"] == {anna: "Anna Huber"}
    assert corrected["names"] == {acme: "Acme AG", beta: "Beta AG"}
    assert begun["names"] == {acme: "Acme AG", eva: "Muster Eva"}
    half = {"person": eva}
    couple = await created(addresses, "/v1/couples", a=half, b={"last_name": "Beispiel", "first_name": "Bert"})
    (entered,) = (await shown(addresses, f"/v1/couples/{couple}/changes"))["items"]
    assert entered["names"] == {eva: "Muster Eva"}


async def test_key_06_the_change_log_names_keywords_to_those_who_may_see_them(addresses: ServiceUnderTest) -> None:
    acme, bruno = await created(addresses, "/v1/companies", name="Acme"), addresses.tokens.user("bruno")
    group = await created(addresses, "/v1/keyword-groups", bruno, name="Mine", types=["company"], personal=True)
    body = {"name": "Difficult"}
    made = await addresses.call("POST", f"/v1/keyword-groups/{group}/keywords", body, token=bruno, expect=201)
    id, path = made.headers["Location"].split("/")[-1], f"/v1/companies/{acme}"
    await addresses.call("PUT", f"{path}/keywords/{id}", token=bruno, expect=200)
    newest = (await shown(addresses, f"{path}/changes", bruno))["items"][0]
    assert newest["names"] == {id: "Difficult"}
    anna = await addresses.call("GET", f"{path}/changes", expect=200)
    assert "Difficult" not in anna.text
    assert id not in anna.text


async def test_a_conflict_names_who_was_faster(addresses: ServiceUnderTest) -> None:
    await employed(addresses, "bruno", "Bruno Keller")
    acme, bruno = await created(addresses, "/v1/companies", name="Acme"), addresses.tokens.user("bruno")
    group = await created(addresses, "/v1/keyword-groups", bruno, name="Mine", types=["company"], personal=True)
    for path, body, token in [
        (f"/v1/companies/{acme}/name", {"name": "Acme AG"}, bruno),
        (f"/v1/keyword-groups/{group}", {"name": "Ours"}, bruno),
    ]:
        method = "PUT" if path.endswith("name") else "PATCH"
        await addresses.call(method, path, body, token=token, expect=200)
        stale = {"If-Match": '"1"'}
        refused = await addresses.call(method, path, {"name": "B"}, token=token, headers=stale, expect=409)
        assert [change["actor_name"] for change in refused.json()["changes"]] == ["Bruno Keller"]


async def test_del_03_a_refused_deletion_names_what_refers_to_the_address(addresses: ServiceUnderTest) -> None:
    acme, eva, contact = await acme_with_eva(addresses)
    admin = addresses.tokens.administrator()
    below = await created(addresses, "/v1/companies", name="Below AG", parent=acme)
    folder = await created(addresses, "/v1/folders", admin, name="Event", types=["company"])
    await addresses.call("PUT", f"/v1/folders/{folder}/entries/company-{acme}", expect=200)
    ends = {"one": {"label": "sits on the board of", "types": ["person"]}}
    ends["other"] = {"label": "board member", "types": ["company"]}
    of = await created(addresses, "/v1/link-types", admin, **ends)
    one, other = {"type": "person", "id": eva}, {"type": "company", "id": acme}
    link = await created(addresses, "/v1/links", link_type=of, one=one, other=other)
    state = addresses.roles.app.state
    await apply_all(addresses.store, state.book, state.referring)
    refused = (await addresses.call("DELETE", f"/v1/companies/{acme}", expect=409)).json()
    assert {each["type"]: each["names"] for each in refused["references"]} == {
        "contact": {contact: "Acme AG, Muster Eva"},
        "folder": {folder: "Event"},
        "link": {link: "Muster Eva sits on the board of Acme AG"},
        "subsidiary": {below: "Below AG"},
    }


async def test_a_link_names_both_addresses(addresses: ServiceUnderTest) -> None:
    acme, eva, _ = await acme_with_eva(addresses)
    ends = {"one": {"label": "advises", "types": ["person"]}, "other": {"label": "adviser", "types": ["company"]}}
    of = await created(addresses, "/v1/link-types", addresses.tokens.administrator(), **ends)
    one, other = {"type": "person", "id": eva}, {"type": "company", "id": acme}
    link = await created(addresses, "/v1/links", link_type=of, one=one, other=other)
    read = await shown(addresses, f"/v1/links/{link}")
    assert (read["one"], read["other"]) == ({**one, "alias": "Muster Eva"}, {**other, "alias": "Acme AG"})
    (on_eva,) = (await shown(addresses, f"/v1/persons/{eva}/links"))["items"]
    assert on_eva["address"] == {**other, "alias": "Acme AG"}


async def test_con_07_the_warning_names_the_other_contact(addresses: ServiceUnderTest) -> None:
    acme, eva, contact = await acme_with_eva(addresses)
    await apply_all(addresses.store, addresses.roles.app.state.book)
    again = await addresses.call("POST", "/v1/contacts", {"company": acme, "person": eva}, expect=201)
    (warning,) = [each for each in again.json()["warnings"] if each["rule"] == "CON-07"]
    assert (warning["contacts"], warning["names"]) == ([contact], {contact: "Acme AG, Muster Eva"})


async def test_a_user_is_called_by_the_present_name_until_it_is_erased(addresses: ServiceUnderTest) -> None:
    view, user = addresses.roles.app.state.known, f"user-{new_id()}"
    names: list[str | None] = []
    for event in (
        UserAdded(name="Anna"),
        UserChanged(name="Anna Huber"),
        UserDeactivated(),
        UserChanged(name=REDACTED),
    ):
        (version,) = [(await view.positions([user])).get(user, 0)]
        await view.apply([Span(user, recorded(user, event, after=version))])
        names.append(await view.name_of(user))
    assert names == ["Anna", "Anna Huber", "Anna Huber", None]
    assert await view.exists(user)
