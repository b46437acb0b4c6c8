"""Rows of the feature table: an address book that stays clean, without losing anything."""

from __future__ import annotations

import pytest

from e2e.entering import aliases, company, contact, entered, found, history, page, path, person, record, word
from e2e.people import User
from e2e.stack import Stack

pytestmark = [pytest.mark.backends, pytest.mark.slow]


def test_row_18_dup_02_03_04_05_06_07_09_likely_duplicates_are_told_and_nothing_is_blocked(anna: User) -> None:
    one = word()
    top, stranger = company(anna, f"Top {one}"), company(anna, f"Stranger {one}")
    own, below = (company(anna, f"{name} {one}", parent=top) for name in ("Own", "Below"))
    hans, other = (contact(anna, of, last_name=f"Müller {one}", first_name="Hans") for of in (below, stranger))
    typed = {"type": "contact", "company": own, "last_name": f"müller {one}", "first_name": "hans"}
    assert anna.compares(typed) == [("DUP-04", hans)]
    for last_name, first_name, hits in [
        (f"MUELLER {one}", "HAN", [("DUP-04", hans)]),
        (f"Muller {one}", "Hans", [("DUP-04", hans)]),
        (f"müller {one}", "", []),
        (f"Meier {one}", "Hans", []),
    ]:
        assert anna.compares({**typed, "last_name": last_name, "first_name": first_name}) == hits
    saved = anna.writes("addresses", "/v1/contacts", {each: typed[each] for each in typed.keys() - {"type"}})
    ((warning,), new) = saved["warnings"], saved["id"]
    assert (warning["rule"], [each["id"] for each in warning["addresses"]]) == ("DUP-04", [hans])
    assert page(anna, "contact", new)["name"] == f"müller {one} hans"
    human = {"type": "person", "last_name": f"Müller {one}", "first_name": "Hans"}
    assert sorted(anna.compares(human)) == sorted(("DUP-09", each) for each in (hans, other, new))
    anna.writes("addresses", f"{path('contact', new)}/no-duplicates/contacts/{hans}", method="PUT")
    assert anna.compares({**typed, "id": new}) == []
    eva = person(anna, f"Muster{one}", "Eva")
    bert = {"last_name": "Beispiel", "first_name": "Bert"}
    couple = entered(anna, "couple", a={"person": eva}, b=bert)
    halves = {"type": "couple", "a": bert, "b": {"last_name": f"Muster{one}", "first_name": "Eva"}}
    assert anna.compares(halves) == [("DUP-06", couple)]
    assert anna.compares({**halves, "b": {"last_name": f"muster{one}", "first_name": "Eva"}}) == []
    assert anna.compares({**halves, "a": {"last_name": "Beispiel"}}) == []


def test_row_19_sta_01_02_del_01_02_03_what_is_inactive_stays_and_what_is_used_is_not_deleted(
    stack: Stack, anna: User
) -> None:
    one = word()
    acme = company(anna, f"Acme {one}")
    post, unused = (contact(anna, acme, last_name=name) for name in (f"Muster{one}", f"Unused{one}"))
    call = record(anna, "our last call", "contact", post)
    at, emil = path("contact", post), User(stack, "emil")
    for method, command in (("POST", f"{at}/deactivate"), ("DELETE", at)):
        emil.is_refused("addresses", command, None, (403, "capability:deactivate", None), method)
    anna.writes("addresses", f"{at}/deactivate")
    assert found(anna, f"q=Muster{one}") == []
    assert found(anna, f"q=Muster{one}&inactive=true") == [f"Acme {one}, Muster{one}"]
    listed = anna.asks("addresses", f"/v1/contacts?company={acme}")["items"]
    assert [row["id"] for row in listed] == [unused]
    rows = page(anna, "company", acme)["contacts"]["items"]
    assert [(row["id"], row["is_current"]) for row in rows] == [(unused, True), (post, False)]
    calls = {"our last call": ["direct", "contact-of-company"]}
    assert (history(anna, "company", acme), history(anna, "contact", post)) == (calls, {"our last call": ["direct"]})
    kept = (409, "DEL-03", "id")
    of_contact, of_company = (
        anna.is_refused("addresses", path(kind, id), None, kept, "DELETE")
        for kind, id in (("contact", post), ("company", acme))
    )
    (calling,) = of_contact["references"]
    assert (calling["type"], calling["ids"], of_contact["others"]) == ("activity", [call], False)
    (contacts,) = of_company["references"]
    assert (contacts["type"], sorted(contacts["ids"])) == ("contact", sorted([post, unused]))
    assert history(anna, "company", acme) == calls
    anna.writes("addresses", path("contact", unused), method="DELETE")
    anna.asks("addresses", f"/v1/addresses/contact-{unused}", 410)
    assert found(anna, f"q=Unused{one}&inactive=true") == []
    assert aliases(page(anna, "company", acme)["contacts"]["items"]) == [f"Acme {one}, Muster{one}"]
    anna.writes("addresses", f"{at}/reactivate")
    assert found(anna, f"q=Muster{one}") == [f"Acme {one}, Muster{one}"]
