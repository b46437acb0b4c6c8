"""Rows of the feature table: whom addresses belong to, by account manager and by keyword."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.demo import BY_LOGIN
from e2e.entering import changes, company, contact, entered, found, keywords, page, path, person, word
from e2e.people import User

pytestmark = [pytest.mark.backends, pytest.mark.slow]
ANNA, BRUNO = BY_LOGIN["anna"].id, BY_LOGIN["bruno"].id
GROUPS = "/v1/keyword-groups"


def give(user: User, keyword: str, kind: str, id: str) -> None:
    user.writes("addresses", f"{path(kind, id)}/keywords/{keyword}", method="PUT")


def has(user: User, kind: str, id: str) -> list[str]:
    """The keywords on a page."""
    return [each["name"] for each in page(user, kind, id)["keywords"]]


def offered(user: User, query: str = "") -> dict[str, list[str]]:
    """The keywords that can be chosen, by group."""
    groups = user.asks("addresses", f"{GROUPS}?limit=200{query}")["items"]
    return {group["name"]: [each["name"] for each in group["keywords"]] for group in groups}


def group(user: User, name: str, *names: str, **more: Any) -> tuple[str, list[str]]:
    """A group of keywords: its id and theirs."""
    body = {"name": name, "types": ["company", "person", "contact", "couple", "project"], **more}
    id = user.writes("addresses", GROUPS, body)["id"]
    for each in names:
        user.writes("addresses", f"{GROUPS}/{id}/keywords", {"name": each})
    shown = user.asks("addresses", f"{GROUPS}/{id}")
    return id, [each["id"] for each in shown["keywords"]]


def test_row_14_adr_10_an_address_is_among_those_its_manager_looks_after(anna: User, bruno: User) -> None:
    one = word()
    acme, eva = company(anna, f"Acme {one}", account_manager=ANNA), person(anna, f"Muster{one}", account_manager=ANNA)
    bruno.knows_what(anna)

    def managed(user: User, query: str = "") -> list[str]:
        rows = user.asks("addresses", f"/v1/managed-addresses?limit=200{query}")["items"]
        return [row["alias"] for row in rows if one in row["alias"]]

    assert (managed(anna), managed(bruno)) == ([f"Acme {one}", f"Muster{one}"], [])
    anna.writes("addresses", f"{path('company', acme)}/account-manager", {"user": BRUNO}, "PUT")
    bruno.knows_what(anna)
    assert (managed(anna), managed(bruno)) == ([f"Muster{one}"], [f"Acme {one}"])
    assert managed(anna, f"&user={BRUNO}") == found(anna, f"account_manager={BRUNO}&q={one}") == [f"Acme {one}"]
    assert page(anna, "company", acme)["account_manager"] == BRUNO
    anna.writes("addresses", f"{path('company', acme)}/account-manager", {"user": None}, "PUT")
    anna.writes("addresses", f"{path('person', eva)}/deactivate")
    bruno.knows_what(anna)
    assert (managed(anna), managed(bruno)) == ([], [])
    assert managed(anna, "&inactive=true") == [f"Muster{one}"]


def test_row_15_adr_08_11_customers_prospects_staff_and_suppliers_in_one_place(anna: User) -> None:
    one, types = word(), keywords(anna, "Account type")
    both = company(anna, f"Both {one}")
    eva, emil = person(anna, f"Prospect {one}"), contact(anna, both, last_name=f"Emil{one}")
    couple = entered(anna, "couple", a={"last_name": f"Staff {one}"}, b={"last_name": "Beispiel"})
    for kind, id, *given in [
        ("company", both, "Customer", "Supplier"),
        ("person", eva, "Lead"),
        ("contact", emil, "Supplier"),
        ("couple", couple, "Employee"),
    ]:
        for keyword in given:
            give(anna, types[keyword], kind, id)
    lists = {name: found(anna, f"group={name}&q={one}") for name in ("customer", "supplier", "lead", "employee")}
    assert lists == {
        "customer": [f"Both {one}"],
        "supplier": [f"Both {one}", f"Both {one}, Emil{one}"],
        "lead": [f"Prospect {one}"],
        "employee": [f"Staff {one}, Beispiel"],
    }
    assert found(anna, f"group=others&q={one}") == []
    assert has(anna, "company", both) == ["Customer", "Supplier"]
    at = f"{path('company', both)}/keywords/{types['Customer']}"
    anna.writes("addresses", at, method="DELETE")
    assert found(anna, f"group=customer&q={one}") == []
    assert has(anna, "company", both) == ["Supplier"]


def test_row_45_key_04_a_second_industry_replaces_the_first_and_two_categories_stay(anna: User, dora: User) -> None:
    one, industries = word(), keywords(anna, "Industry")
    acme, beta = company(anna, f"Acme {one}"), company(anna, f"Beta {one}")
    post = contact(anna, acme, last_name="Muster")
    for industry in ("Health", "Public"):
        give(anna, industries[industry], "company", acme)
    give(anna, industries["Health"], "company", beta)
    for category in ("Category 1", "Category 2"):
        give(anna, keywords(anna, "Contacts by category")[category], "contact", post)
    assert (has(anna, "company", acme), has(anna, "company", beta)) == (["Public"], ["Health"])
    assert has(anna, "contact", post) == ["Category 1", "Category 2"]
    assert found(anna, f"keyword={industries['Health']}&q={one}") == [f"Beta {one}"]
    anna.is_refused(
        "addresses",
        f"{path('contact', post)}/keywords/{industries['Health']}",
        None,
        (422, "KEY-01", "keyword"),
        "PUT",
    )
    regions, (north, _) = group(dora, f"Region {one}", "North", "South")
    anna.knows_what(dora)
    give(anna, north, "company", acme)
    give(anna, north, "company", beta)
    industry = anna.asks("addresses", f"/v1/keywords/{industries['Health']}")["group"]
    counted = anna.asks("addresses", f"/v1/evaluation/keywords?group={industry}&by={regions}")["items"]
    crossed = {(row["keyword"]["name"], row["by"]["name"]): row["count"] for row in counted if row["by"]}
    assert crossed == {("Health", "North"): 1, ("Public", "North"): 1}


def test_row_46_mai_01_02_key_02_03_a_mailing_list_of_ones_own_renamed_everywhere(anna: User, dora: User) -> None:
    one = word()
    lists = next(each for each in anna.asks("addresses", GROUPS)["items"] if each["name"] == "Mailing list")
    at = f"{GROUPS}/{lists['id']}/keywords"
    anna.is_refused("addresses", at, {"name": f"Event {one}"}, (403, "capability:administer", None))
    dora.writes("addresses", at, {"name": f"Event {one}"})
    anna.knows_what(dora)
    event = keywords(anna, "Mailing list")[f"Event {one}"]
    eva = person(anna, f"Muster{one}")
    post = contact(anna, company(anna, f"Acme {one}"), last_name="Muster")
    give(anna, event, "person", eva)
    anna.writes("addresses", f"{at}/{event}/entries/contact-{post}", method="PUT")
    members = {("person", eva), ("contact", post)}

    def entries() -> set[tuple[str, str]]:
        items = anna.asks("addresses", f"{at}/{event}/entries")["items"]
        return {(each["entry"]["type"], each["entry"]["id"]) for each in items}

    assert entries() == members
    dora.writes("addresses", f"{at}/{event}", {"name": f"Fair {one}"}, "PATCH")
    anna.knows_what(dora)
    assert has(anna, "person", eva) == has(anna, "contact", post) == [f"Fair {one}"]
    assert found(anna, f"group=Fair {one}") == [f"Acme {one}, Muster", f"Muster{one}"]
    refused = anna.asks("addresses", f"/v1/addresses?group=Event {one}", 422)
    assert (refused["rule"], refused["field"]) == ("KEY-06", "group")
    assert (entries(), f"Event {one}" in offered(anna)["Mailing list"]) == (members, False)
    anna.writes("addresses", f"{at}/{event}/entries/person-{eva}", method="DELETE")
    assert (has(anna, "person", eva), entries()) == ([], {("contact", post)})


def test_row_47_key_05_06_07_inactive_keywords_stay_and_personal_ones_are_their_owners(
    anna: User, bruno: User, dora: User
) -> None:
    one = word()
    shared, (alpha, beta) = group(dora, f"Shared {one}", "Alpha", "Beta")
    anna.knows_what(dora)
    acme, other = company(anna, f"Acme {one}"), company(anna, f"Other {one}")
    give(anna, alpha, "company", acme)
    dora.writes("addresses", f"{GROUPS}/{shared}/keywords/{alpha}", {"is_active": False}, "PATCH")
    anna.writes("addresses", f"{path('company', other)}/keywords/{beta}", method="PUT")
    anna.is_refused("addresses", f"{path('company', other)}/keywords/{alpha}", None, (422, "KEY-05", "keyword"), "PUT")
    assert offered(anna)[f"Shared {one}"] == ["Beta"]
    assert offered(anna, "&inactive=true")[f"Shared {one}"] == ["Alpha", "Beta"]
    assert (has(anna, "company", acme), has(anna, "company", other)) == (["Alpha"], ["Beta"])
    mine, (golf,) = group(anna, f"Mine {one}", "Golf", personal=True)
    body = {"code": one[:20], "title": f"Project {one}"}
    project = f"/v1/projects/{anna.writes('engagements', '/v1/projects', body)['id']}"
    anna.writes("engagements", f"{project}/keywords/{golf}", method="PUT")
    give(anna, golf, "company", acme)
    assert (has(anna, "company", acme), found(anna, f"keyword={golf}")) == (["Golf", "Alpha"], [f"Acme {one}"])
    assert anna.asks("engagements", project)["keywords"] == [golf]
    assert len(anna.asks("engagements", f"/v1/projects?keyword={golf}")["items"]) == 1
    for user in (bruno, dora):
        user.knows_what(anna)
        assert has(user, "company", acme) == ["Alpha"]
        assert f"Mine {one}" not in offered(user, "&inactive=true")
        assert user.asks("addresses", f"/v1/addresses?keyword={golf}", 422)["rule"] == "KEY-06"
        user.asks("addresses", f"{GROUPS}/{mine}", 404)
        user.asks("addresses", f"/v1/keywords/{golf}", 404)
        assert golf not in str(changes(user, "company", acme))
        assert user.asks("engagements", project)["keywords"] == []
        assert user.asks("engagements", f"/v1/projects?keyword={golf}")["items"] == []
        hidden = f"{path('company', other)}/keywords/{golf}"
        user.is_refused("addresses", hidden, None, (404, "exists", "keyword"), "PUT")
    assert golf in str(changes(anna, "company", acme))
