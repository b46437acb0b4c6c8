"""Rows of the feature table: the four address types, how they hang together, and what they are called."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossier.auth.demo import BY_LOGIN
from dossier.days import OFFICE, today
from e2e.entering import (
    activity,
    aliases,
    changes,
    company,
    contact,
    entered,
    found,
    history,
    keywords,
    opportunity,
    page,
    path,
    person,
    record,
    values,
    word,
)
from e2e.people import User

pytestmark = [pytest.mark.backends, pytest.mark.slow]
ANNA = BY_LOGIN["anna"].id
DIRECT, OPPORTUNITY = ["direct"], ["direct", "opportunity-of-address"]
OF_CONTACT, OF_PERSON = ["direct", "contact-of-company"], ["direct", "capacity-of-person"]


def test_row_01_adr_01_02_09_what_one_type_can_do_all_four_can(anna: User) -> None:
    one, lead = word(), keywords(anna, "Account type")["Lead"]
    acme = company(anna, f"{one} AG")
    half = {"a": {"last_name": one, "first_name": "Eva"}, "b": {"last_name": "Beispiel", "first_name": "Bert"}}
    ids = {
        "company": acme,
        "person": person(anna, one, "Eva"),
        "contact": contact(anna, acme, last_name="Muster"),
        "couple": entered(anna, "couple", **half),
    }
    for kind, id in ids.items():
        at = path(kind, id)
        anna.writes("addresses", f"{at}/keywords/{lead}", method="PUT")
        anna.writes("addresses", f"{at}/channels", {"kind": "E", "value": f"{kind}@{one}.example"})
        anna.writes("addresses", f"{at}/account-manager", {"user": ANNA}, "PUT")
        record(anna, f"call with the {kind}", kind, id)
        activity(anna, f"offer to the {kind}", opportunity=opportunity(anna, "Succession", kind, id))
    for kind, id in ids.items():
        shown = page(anna, kind, id)
        assert f"{kind}@{one}.example" in values(shown)
        assert ([each["name"] for each in shown["keywords"]], shown["account_manager"]) == (["Lead"], ANNA)
        seen = history(anna, kind, id)
        assert (seen.pop(f"call with the {kind}"), seen.pop(f"offer to the {kind}")) == (DIRECT, OPPORTUNITY)
        of_contact = {"call with the contact": OF_CONTACT, "offer to the contact": [*OPPORTUNITY, OF_CONTACT[1]]}
        assert seen == (of_contact if kind == "company" else {})
        (chance,) = anna.asks("engagements", f"/v1/opportunities?address={kind}-{id}")["items"]
        assert (chance["address"]["type"], chance["address"]["id"]) == (kind, id)
        for other in ids.keys() - {kind}:
            anna.asks("addresses", f"/v1/addresses/{other}-{id}", 404)
    named_alike = [f"{one} AG", f"{one} AG, Muster", f"{one} Eva", f"{one} Eva, Beispiel Bert"]
    assert sorted(found(anna, f"q={one}&group=lead&account_manager={ANNA}")) == named_alike


def test_row_02_adr_03_04_05_one_parent_shown_on_both_sides_and_no_circle(anna: User) -> None:
    one = word()
    first, second, child = (company(anna, f"{name} {one}") for name in ("First", "Second", "Child"))
    for parent in (first, second):
        anna.writes("addresses", f"{path('company', child)}/parent", {"parent": parent}, "PUT")
    circle = (422, "ADR-05", "parent")
    for parent in (child, second):
        anna.is_refused("addresses", f"{path('company', second)}/parent", {"parent": parent}, circle, "PUT")
    shown = page(anna, "company", child)
    assert (shown["parent"], shown["subsidiaries"]["items"]) == (
        {"type": "company", "id": second, "alias": f"Second {one}"},
        [],
    )
    above = page(anna, "company", second)
    assert (aliases(above["subsidiaries"]["items"]), above["parent"]) == ([f"Child {one}"], None)
    former = page(anna, "company", first)
    assert (former["subsidiaries"]["items"], former["parent"]) == ([], None)
    record(anna, "with the child", "company", child)
    assert history(anna, "company", second) == {}
    assert history(anna, "company", second, "?include=subsidiaries") == {
        "with the child": ["direct", "subsidiary-of-company"]
    }
    assert history(anna, "company", first, "?include=subsidiaries") == {}


def test_row_03_con_01_02_a_standalone_contact_is_typed_into_its_company(anna: User) -> None:
    one = word()
    acme, other = company(anna, f"Acme {one}"), company(anna, f"Other {one}")
    eva = contact(anna, acme, last_name="Muster", first_name="Eva", function="CFO")
    (row,) = page(anna, "company", acme)["contacts"]["items"]
    assert (row["id"], row["alias"], row["name"], row["function"]) == (
        eva,
        f"Acme {one}, Muster Eva",
        "Muster Eva",
        "CFO",
    )
    anna.writes("addresses", f"{path('contact', eva)}/name", {"last_name": "Huber", "first_name": "Eva"}, "PUT")
    shown = page(anna, "contact", eva)
    assert (shown["name"], shown["company"]["id"], shown["person"]) == ("Huber Eva", acme, None)
    assert found(anna, f"q={one} huber") == [f"Acme {one}, Huber Eva"]
    assert found(anna, f"type=person&q={one}") == page(anna, "company", other)["contacts"]["items"] == []
    nowhere = {"last_name": "Muster"}
    anna.is_refused("addresses", "/v1/contacts", nowhere, (422, "required", "company"))


def test_row_04_con_03_04_09_promotion_keeps_the_history_and_the_name_is_the_persons(anna: User) -> None:
    one = word()
    acme = company(anna, f"Acme {one}")
    post = contact(anna, acme, last_name="Muster", first_name="E.")
    record(anna, "before the link", "contact", post, occurred_on=str(today(OFFICE) - timedelta(days=30)))
    eva = person(anna, f"Eva{one}", "Eva")
    at = path("contact", post)
    anna.writes("addresses", f"{at}/link-person", {"person": eva})
    anna.writes("addresses", f"{path('person', eva)}/name", {"last_name": f"Huber{one}", "first_name": "Eva"}, "PUT")
    shown = page(anna, "contact", post)
    assert (shown["name"], shown["alias"]) == (f"Huber{one} Eva", f"Acme {one}, Huber{one} Eva")
    assert shown["person"] == {"type": "person", "id": eva, "alias": f"Huber{one} Eva"}
    assert aliases(page(anna, "person", eva)["companies"]["items"]) == [shown["alias"]]
    typed = {"last_name": "Typed"}
    anna.is_refused("addresses", f"{at}/name", typed, (422, "CON-04", "last_name"), "PUT")
    assert page(anna, "contact", post) == shown
    assert history(anna, "company", acme) == {"before the link": OF_CONTACT}
    assert history(anna, "person", eva) == {"before the link": OF_PERSON}
    anna.writes("addresses", f"{at}/unlink-person", {"unlinked_on": str(today(OFFICE))})
    record(anna, "after the link", "contact", post)
    anna.writes("addresses", f"{path('person', eva)}/name", {"last_name": f"Frei{one}"}, "PUT")
    shown = page(anna, "contact", post)
    assert (shown["name"], shown["person"]) == (f"Huber{one} Eva", None)
    assert page(anna, "person", eva)["companies"]["items"] == []
    assert history(anna, "company", acme) == {"before the link": OF_CONTACT, "after the link": OF_CONTACT}
    assert history(anna, "person", eva) == {"before the link": OF_PERSON}


def test_row_05_con_08_a_contact_without_a_name_is_its_supplement(anna: User) -> None:
    one = word()
    acme = company(anna, f"Acme {one}")
    post = contact(anna, acme, supplement="Accounts")
    assert aliases(page(anna, "company", acme)["contacts"]["items"]) == [f"Acme {one}, Accounts"]
    assert found(anna, f"q={one} acc") == [f"Acme {one}, Accounts"]
    anna.is_refused("addresses", "/v1/contacts", {"company": acme, "supplement": " "}, (422, "CON-08", "last_name"))
    anna.writes("addresses", f"{path('contact', post)}/name", {"last_name": "Muster", "supplement": "Accounts"}, "PUT")
    assert page(anna, "contact", post)["alias"] == f"Acme {one}, Muster"
    assert len(page(anna, "company", acme)["contacts"]["items"]) == 1


def test_row_06_adr_06_con_07_one_person_in_several_companies(anna: User) -> None:
    one = word()
    acme, beta = company(anna, f"Acme {one}"), company(anna, f"Beta {one}")
    eva = person(anna, f"Muster{one}", "Eva")
    at_acme, at_beta = (contact(anna, of, person=eva) for of in (acme, beta))
    record(anna, "at Acme", "contact", at_acme)
    record(anna, "at Beta", "contact", at_beta)
    record(anna, "at home", "person", eva)
    before = page(anna, "contact", at_beta), changes(anna, "contact", at_beta)
    anna.writes("addresses", f"{path('contact', at_acme)}/deactivate")
    assert (page(anna, "contact", at_beta), changes(anna, "contact", at_beta)) == before
    posts = page(anna, "person", eva)["companies"]["items"]
    assert [(row["id"], row["is_current"]) for row in posts] == [(at_beta, True), (at_acme, False)]
    assert found(anna, f"type=contact&q=Muster{one}") == [f"Beta {one}, Muster{one} Eva"]
    assert history(anna, "company", acme) == {"at Acme": OF_CONTACT}
    assert history(anna, "company", beta) == {"at Beta": OF_CONTACT}
    assert history(anna, "person", eva) == {"at Acme": OF_PERSON, "at Beta": OF_PERSON, "at home": DIRECT}


def test_row_08_con_11_each_half_of_a_couple_is_linked_or_typed(anna: User) -> None:
    one = word()
    eva = person(anna, one, "Anna", channels=[{"kind": "E", "value": f"anna@{one}.example"}])
    typed = {"last_name": "Beispiel", "first_name": "Bert"}
    couple = entered(anna, "couple", a={"person": eva}, b=typed)
    assert page(anna, "couple", couple)["alias"] == f"{one} Anna, Beispiel Bert"
    anna.writes("addresses", f"{path('person', eva)}/name", {"last_name": f"Huber{one}", "first_name": "Anna"}, "PUT")
    shown = page(anna, "couple", couple)
    assert shown["alias"] == f"Huber{one} Anna, Beispiel Bert"
    assert [half["person"] and half["person"]["id"] for half in shown["halves"]] == [eva, None]
    assert values(shown) == [f"anna@{one}.example"]
    assert aliases(page(anna, "person", eva)["couples"]["items"]) == [shown["alias"]]
    record(anna, "with both", "couple", couple)
    record(anna, "with her", "person", eva)
    assert history(anna, "couple", couple) == {"with both": DIRECT}
    assert history(anna, "person", eva) == {"with both": ["direct", "member-of-couple"], "with her": DIRECT}
    linked = {"last_name": "Other"}
    anna.is_refused("addresses", f"{path('couple', couple)}/halves/a/name", linked, (422, "CON-11", "last_name"), "PUT")
    twice = {"a": {"person": eva}, "b": {"person": eva}}
    anna.is_refused("addresses", "/v1/couples", twice, (422, "CON-11", "b.person"))


def test_row_13_ali_01_02_03_04_a_typed_alias_stands_until_it_is_given_up(anna: User) -> None:
    one = word()
    at_bern = {"city": "Bern", "country": "CH"}
    acme = company(anna, f"Acme {one}", postal_addresses=[at_bern])
    eva, max_ = (contact(anna, acme, last_name=name) for name in ("Eva", "Max"))
    for kind, id, alias in (("company", acme, f"Typed {one}"), ("contact", max_, f"Mäx {one}")):
        anna.writes("addresses", f"{path(kind, id)}/alias", {"alias": alias}, "PUT")
    assert page(anna, "contact", eva)["alias"] == f"Typed {one}, Eva"
    (bern,) = page(anna, "company", acme)["postal_addresses"]
    moved = {"city": "Chur", "country": "CH"}
    anna.writes("addresses", f"{path('company', acme)}/postal-addresses/{bern['id']}", moved, "PATCH")
    assert page(anna, "company", acme)["alias"] == f"Typed {one}"
    at, renamed = f"{path('company', acme)}/name", {"name": f"Zenith {one}"}
    anna.is_refused("addresses", at, renamed, (422, "ALI-02", "alias"), "PUT")
    assert page(anna, "company", acme)["name"] == f"Acme {one}"
    anna.writes("addresses", at, {**renamed, "alias": "recompute"}, "PUT")
    assert sorted(found(anna, f"q={one}")) == [f"Mäx {one}", f"Zenith {one}", f"Zenith {one}, Eva"]
    assert found(anna, f"q=typed {one}") == []
    assert found(anna, f"type=company&q=acme {one}") == [f"Zenith {one}"]
    outdated = anna.asks("addresses", "/v1/aliases/manual?outdated=true&limit=200")["items"]
    left = {row["id"]: (row["alias"], row["computed"]) for row in outdated}
    assert left[max_] == (f"Mäx {one}", f"Zenith {one}, Max")
    assert left.keys().isdisjoint({acme, eva})
    anna.writes("addresses", f"{path('contact', max_)}/alias", method="DELETE")
    assert page(anna, "contact", max_)["alias"] == f"Zenith {one}, Max"
    still = anna.asks("addresses", "/v1/aliases/manual?limit=200")["items"]
    assert max_ not in [row["id"] for row in still]


def test_row_17_rol_07_08_a_link_reads_by_its_own_label_on_either_side(anna: User, dora: User) -> None:
    one = word()
    audit = {"one": {"label": "audits", "types": ["person"]}, "other": {"label": "auditor", "types": ["company"]}}
    anna.is_refused("addresses", "/v1/link-types", audit, (403, "capability:administer", None))
    own = dora.writes("addresses", "/v1/link-types", audit)["id"]
    anna.knows_what(dora)
    types = {type["one"]["label"]: type["id"] for type in anna.asks("addresses", "/v1/link-types")}
    acme, other, eva = company(anna, f"Acme {one}"), company(anna, f"Other {one}"), person(anna, one, "Eva")
    ends = {"one": {"type": "person", "id": eva}, "other": {"type": "company", "id": acme}}
    seat, _ = (
        anna.writes("addresses", "/v1/links", {"link_type": type, **ends})["id"]
        for type in (types["sits on the board of"], own)
    )

    def links(kind: str, id: str) -> set[tuple[str, str]]:
        return {(link["label"], link["to"]["alias"]) for link in page(anna, kind, id)["links"]["items"]}

    firm, human = f"Acme {one}", f"{one} Eva"
    assert links("person", eva) == {("sits on the board of", firm), ("audits", firm)}
    assert links("company", acme) == {("board member", human), ("auditor", human)}
    assert links("company", other) == set()
    wrong = {"link_type": own, "one": ends["other"], "other": {"type": "company", "id": other}}
    anna.is_refused("addresses", "/v1/links", wrong, (422, "ROL-07", "one"))
    anna.writes("addresses", f"/v1/links/{seat}", method="DELETE")
    assert (links("person", eva), links("company", acme)) == ({("audits", firm)}, {("auditor", human)})
