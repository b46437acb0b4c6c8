"""Rows of the feature table: how an address is reached, by channel and by letter, and what of it is private."""

from __future__ import annotations

from typing import Any

import pytest

from e2e.entering import changes, company, contact, defaults, entered, found, page, path, person, values, word
from e2e.people import User

pytestmark = [pytest.mark.backends, pytest.mark.slow]


def letter(user: User, kind: str, id: str) -> dict[str, Any]:
    return user.asks("addresses", f"{path(kind, id)}/letter")


def channel(user: User, at: str, kind: str, value: str, **more: Any) -> str:
    """An own channel of an address; its id."""
    user.writes("addresses", f"{at}/channels", {"kind": kind, "value": value, **more})
    return next(each["id"] for each in user.asks("addresses", at)["channels"] if each["value"] == value)


def test_row_07_con_05_06_com_08_10_what_is_private_stays_private(anna: User, clara: User) -> None:
    one = word()
    acme = company(clara, f"Acme {one}", channels=[{"kind": "E", "value": f"office@{one}.example"}])
    home = {"kind": "E", "value": f"home@{one}.example", "private": True}
    place = {"kind": "private", "city": f"Thun{one}", "country": "CH"}
    birth = {"date_of_birth": "1980-05-04", "private_remarks": f"Remark{one}"}
    eva = person(clara, f"Muster{one}", "Eva", channels=[home], postal_addresses=[place], facts=birth)
    post = contact(clara, acme, person=eva)
    anna.knows_what(clara)
    assert defaults(page(anna, "contact", post)) == {"E": f"office@{one}.example"}
    before = page(anna, "company", acme)["channels"], page(anna, "person", eva)
    channel(anna, path("contact", post), "E", f"eva@{one}.example")
    shown = page(anna, "contact", post)
    assert defaults(shown) == {"E": f"eva@{one}.example"}
    assert [(each["value"], each["is_own"]) for each in shown["channels"]] == [
        (f"eva@{one}.example", True),
        (f"office@{one}.example", False),
    ]
    assert (page(anna, "company", acme)["channels"], page(anna, "person", eva)) == before
    human, secrets = path("person", eva), {f"home@{one}.example", f"Thun{one}", "1980-05-04", f"Remark{one}"}

    def told(user: User) -> set[str]:
        shown = [page(user, "person", eva), user.asks("addresses", human), changes(user, "person", eva)]
        return {each for each in secrets if each in str([*shown, page(user, "contact", post)])}

    assert told(anna) == set()
    assert found(anna, f"channel=home@{one}.example") == found(anna, f"city=Thun{one}") == []
    assert found(anna, f"q=home@{one}.example") == []
    typed = {"type": "person", "channels": [{"kind": "E", "value": f"home@{one}.example"}]}
    assert anna.compares(typed) == []
    anna.asks("addresses", f"/v1/addresses/contact-{post}?include=private", 403)
    anna.is_refused("addresses", f"{human}/channels", home, (403, "capability:private", "private"))
    clara.knows_what(anna)
    assert told(clara) == secrets
    assert found(clara, f"channel=home@{one}.example") == found(clara, f"city=Thun{one}") == [f"Muster{one} Eva"]
    assert found(clara, f"q=home@{one}.example") == [f"Muster{one} Eva"]
    assert clara.compares(typed) == [("DUP-08", eva)]
    assert defaults(page(clara, "person", eva)) == {"E": f"home@{one}.example"}
    assert f"home@{one}.example" not in values(page(clara, "contact", post))
    assert values(page(clara, "contact", post, "?include=private"))[-1] == f"home@{one}.example"


def test_row_09_com_01_02_03_04_one_default_for_each_letter(anna: User, dora: User) -> None:
    one = word()
    acme = path("company", company(anna, f"Acme {one}"))
    id = acme.rpartition("/")[2]
    channel(anna, acme, "E", f"first@{one}.example")
    second = channel(anna, acme, "E", f"second@{one}.example")
    assert defaults(page(anna, "company", id)) == {"E": f"first@{one}.example"}
    anna.writes("addresses", f"{acme}/channels/{second}/make-default")
    assert defaults(page(anna, "company", id)) == {"E": f"second@{one}.example"}
    board, signal = (
        dora.writes("addresses", "/v1/channel-types", {"label": f"{label} {one}", "kind": letter})["id"]
        for label, letter in (("Switchboard", "T"), ("Signal", "S"))
    )
    direct = channel(anna, acme, "T", "044 668 18 01")
    anna.knows_what(dora)
    common = {"value": "044 668 18 00", "channel_type": board, "is_default": True}
    anna.writes("addresses", f"{acme}/channels", common)
    anna.writes("addresses", f"{acme}/channels", {"value": f"{one}.01", "channel_type": signal})
    shown = page(anna, "company", id)
    assert defaults(shown) == {"E": f"second@{one}.example", "T": "044 668 18 00"}
    assert [(each["type_label"], each["is_default"]) for each in shown["channels"][-3:]] == [
        (None, False),
        (f"Switchboard {one}", True),
        (f"Signal {one}", False),
    ]
    anna.writes("addresses", f"{acme}/channels/{direct}/make-default")
    assert defaults(page(anna, "company", id))["T"] == "044 668 18 01"
    assert len(page(anna, "company", id)["channels"]) == 5


def test_row_10_com_06_07_what_is_inherited_changes_with_no_event_of_the_contact(anna: User) -> None:
    one = word()
    acme, other = company(anna, f"Acme {one}"), company(anna, f"Other {one}")
    eva = person(anna, f"Muster{one}", channels=[{"kind": "E", "value": f"eva@{one}.example"}])
    post, elsewhere = contact(anna, acme, person=eva), contact(anna, other, person=eva)
    phone = channel(anna, path("company", acme), "T", "044 668 18 00")
    own = anna.asks("addresses", path("contact", post)), changes(anna, "contact", post)
    assert defaults(page(anna, "contact", post)) == {"T": "044 668 18 00", "E": f"eva@{one}.example"}
    at = f"{path('company', acme)}/channels/{phone}"
    anna.writes("addresses", at, {"value": "044 668 18 99"}, "PATCH")
    shown = page(anna, "contact", post)
    assert values(shown) == ["044 668 18 99", f"eva@{one}.example"]
    assert [each["lives_on"]["id"] for each in shown["channels"]] == [acme, eva]
    assert found(anna, f"channel=044 668 18 99&q={one}") == [f"Acme {one}"]
    assert found(anna, f"channel=044 668 18 00&q={one}") == []
    assert values(page(anna, "contact", elsewhere)) == [f"eva@{one}.example"]
    anna.is_refused(
        "addresses",
        f"{path('contact', post)}/channels/{phone}",
        {"value": "044 1"},
        (404, "exists", "channel"),
        "PATCH",
    )
    anna.writes("addresses", at, method="DELETE")
    assert defaults(page(anna, "contact", post)) == {"E": f"eva@{one}.example"}
    assert (anna.asks("addresses", path("contact", post)), changes(anna, "contact", post)) == own


def test_row_11_pos_01_03_the_default_address_is_printed(anna: User, clara: User) -> None:
    one = word()
    office = {"street": "Seestrasse 1", "postal_code": "8002", "city": "Zürich", "country": "CH"}
    warehouse = {"label": "Warehouse", "street": "Hafen 2", "postal_code": "4057", "city": "Basel", "country": "CH"}
    acme = company(clara, f"Acme {one}", postal_addresses=[office])
    home = {"kind": "private", "street": "Weg 3", "city": "Thun", "country": "CH"}
    eva = person(clara, one, "Eva", postal_addresses=[home])
    post = contact(clara, acme, person=eva)
    at = f"{path('company', acme)}/postal-addresses"
    clara.writes("addresses", at, warehouse)
    shown = page(clara, "company", acme)
    assert [each["city"] for each in shown["postal_addresses"]] == ["Zürich", "Basel"]
    assert letter(clara, "company", acme)["lines"] == [f"Acme {one}", "Seestrasse 1", "8002 Zürich"]
    basel = shown["postal_addresses"][1]["id"]
    clara.writes("addresses", f"{at}/{basel}/make-default")
    assert letter(clara, "company", acme)["lines"][1:] == ["Hafen 2", "4057 Basel"]
    for user in (clara, anna):
        user.knows_what(clara)
        assert letter(user, "contact", post)["lines"] == [f"Acme {one}", f"Eva {one}", "Hafen 2", "4057 Basel"]
        assert page(user, "contact", post)["postal_address"]["lives_on"] == {
            "type": "company",
            "id": acme,
            "alias": f"Acme {one}",
        }
    assert letter(clara, "person", eva)["lines"] == [f"Eva {one}", "Weg 3", "Thun"]
    assert letter(anna, "person", eva)["lines"] == [f"Eva {one}"]
    assert page(anna, "person", eva)["postal_addresses"] == []


def test_row_12_lay_06_gen_01_02_a_letter_assumes_no_gender(anna: User) -> None:
    kim = path("person", person(anna, "Keller", "Kim"))
    id = kim.rpartition("/")[2]
    neutral = {
        "en": "Dear Kim Keller",
        "de": "Guten Tag Kim Keller",
        "fr": "Bonjour Kim Keller",
        "it": "Buongiorno Kim Keller",
    }
    for gender in (None, "diverse", "unspecified"):
        for language, salutation in neutral.items():
            facts = {"correspondence_language": language} | ({"gender": gender} if gender else {})
            anna.writes("addresses", f"{kim}/facts", facts, "PATCH")
            shown = letter(anna, "person", id)
            assert (shown["language"], shown["salutation"], shown["form_of_address"]) == (language, salutation, "")
    anna.writes("addresses", f"{kim}/facts", {"gender": "female", "correspondence_language": "de"}, "PATCH")
    assert letter(anna, "person", id)["salutation"] == "Sehr geehrte Frau Keller"
    both = {"a": {"person": id}, "b": {"last_name": "Beispiel", "first_name": "Alex"}}
    couple = entered(anna, "couple", **both, facts={"correspondence_language": "de"})
    assert letter(anna, "couple", couple)["salutation"] == "Sehr geehrte Frau Keller, guten Tag Alex Beispiel"
    unknown = {"gender": "mannlich"}
    anna.is_refused("addresses", f"{kim}/facts", unknown, (422, "GEN-02", "gender"), "PATCH")
