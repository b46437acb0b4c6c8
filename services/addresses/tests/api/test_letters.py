"""Letters over HTTP: what an address of each type gets, and from where."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from addresses.shipping import ship_lists
from dossier.auth.groups import PARTNERS
from dossier.contracts.addresses import (
    AccountManagerSet,
    AddressDeleted,
    AddressFactsChanged,
    AliasSet,
    DefaultPostalAddressSet,
    LayoutChosen,
    PostalAddressAdded,
    PostalAddressChanged,
    PostalAddressRemoved,
)
from dossier.contracts.base import Event
from dossier.ids import new_id
from dossier.store import Metadata, NewCommit
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends


async def entered(service: ServiceUnderTest, collection: str, *events: Event, **body: Any) -> str:
    """An address with these further events; its path."""
    made = await service.call("POST", f"/v1/{collection}", body, expect=201)
    if events:
        head = await service.store.head(made.json()["stream"])
        metadata = Metadata(actor="rule:test", channel="rule", correlation_id="test", command_id=new_id())
        await service.store.append(NewCommit(made.json()["stream"], head, events, metadata))
    return made.headers["Location"]


def at(city: str, **more: Any) -> PostalAddressAdded:
    given = {"postal_id": new_id(), "kind": "post", "street": "Gasse 1", "country": "CH", "is_default": True, **more}
    return PostalAddressAdded(city=city, **given)


async def letter(service: ServiceUnderTest, path: str, token: str | None = None) -> dict[str, Any]:
    return (await service.call("GET", f"{path}/letter", token=token, expect=200)).json()


async def test_lay_06_a_letter_follows_language_and_gender(addresses: ServiceUnderTest) -> None:
    await ship_lists(addresses.store)
    german = AddressFactsChanged(correspondence_language="de", gender="female", title="Dr.")
    path = await entered(addresses, "persons", german, at("Bern", postal_code="3000"), last_name="Muster")
    assert await letter(addresses, path) == {
        "language": "de",
        "form_of_address": "Frau",
        "salutation": "Sehr geehrte Frau Dr. Muster",
        "lines": ["Frau", "Dr. Muster", "Gasse 1", "3000 Bern"],
        "layout": (await addresses.call("GET", "/v1/layouts?address_type=person")).json()[0]["id"],
        "warnings": [],
    }
    unspecified = await entered(addresses, "persons", last_name="Keller", first_name="Kim")
    assert (await letter(addresses, unspecified))["salutation"] == "Dear Kim Keller"


async def test_gen_01_the_default_gender_is_an_administrators_choice(addresses: ServiceUnderTest) -> None:
    path = await entered(addresses, "persons", last_name="Keller", first_name="Kim")
    change = {"default_gender": "female", "default_language": "it"}
    admin = addresses.tokens.administrator()
    await addresses.call("PATCH", "/v1/address-settings", change, token=admin, expect=200)
    assert (await letter(addresses, path))["salutation"] == "Gentile Signora Keller"


async def test_pos_03_a_contact_gets_letters_at_its_own_address_or_the_companys(addresses: ServiceUnderTest) -> None:
    facts = AddressFactsChanged(gender="male", private_remarks="likes golf", correspondence_language="de")
    home = await entered(addresses, "persons", facts, at("Thun", kind="private"), last_name="Muster", first_name="Max")
    acme = await entered(addresses, "companies", at("Bern"), name="Acme AG")
    beta = await entered(addresses, "companies", name="Beta AG")
    linked = {"person": home.rpartition("/")[2], "function": "CFO"}
    partner = addresses.tokens.user("clara", (PARTNERS,))
    at_acme = await entered(addresses, "contacts", company=acme.rpartition("/")[2], **linked)
    own = await entered(addresses, "contacts", at("Basel"), company=acme.rpartition("/")[2], **linked)
    at_beta = await entered(addresses, "contacts", company=beta.rpartition("/")[2], **linked)
    for path, lines in [
        (at_acme, ["Acme AG", "Herr Max Muster", "Gasse 1", "Bern"]),
        (own, ["Acme AG", "Herr Max Muster", "Gasse 1", "Basel"]),
        (at_beta, ["Beta AG", "Herr Max Muster"]),
    ]:
        for token in (None, partner):
            found = await letter(addresses, path, token)
            assert found["lines"] == lines
            assert found["salutation"] == "Sehr geehrter Herr Muster"


async def test_pos_03_a_private_postal_address_is_for_those_who_may_see_it(addresses: ServiceUnderTest) -> None:
    private, post = at("Thun", kind="private"), at("Bern", is_default=False)
    path = await entered(addresses, "persons", private, post, last_name="Muster")
    only = await entered(addresses, "persons", private, last_name="Huber")
    partner = addresses.tokens.user("clara", (PARTNERS,))
    assert (await letter(addresses, path))["lines"] == ["Muster", "Gasse 1", "Bern"]
    assert (await letter(addresses, path, partner))["lines"] == ["Muster", "Gasse 1", "Thun"]
    assert (await letter(addresses, only))["lines"] == ["Huber"]
    assert (await letter(addresses, only, partner))["lines"] == ["Huber", "Gasse 1", "Thun"]


async def test_pos_01_the_printed_address_is_the_default_one_that_holds_today(addresses: ServiceUnderTest) -> None:
    first, second, third = at("Bern"), at("Basel", is_default=False), at("Chur", is_default=False)
    changed = PostalAddressChanged(
        postal_id=second.postal_id,
        label="",
        street="",
        postal_code="1010",
        city="Wien",
        country="AT",
        supplement="Top 5",
        valid_to=date(2999, 1, 1),
    )
    events = [first, second, AliasSet(alias="A"), AccountManagerSet(user=None), third, changed]
    path = await entered(addresses, "companies", *events, name="Acme AG")
    assert (await letter(addresses, path))["lines"] == ["Acme AG", "Gasse 1", "Bern"]
    default = DefaultPostalAddressSet(postal_id=second.postal_id)
    path = await entered(addresses, "companies", *events, default, name="Acme AG")
    assert (await letter(addresses, path))["lines"] == ["Acme AG", "Top 5", "1010 Wien", "AUSTRIA"]
    gone = PostalAddressRemoved(postal_id=second.postal_id, new_default=third.postal_id)
    path = await entered(addresses, "companies", *events, default, gone, name="Acme AG")
    assert (await letter(addresses, path))["lines"] == ["Acme AG", "Gasse 1", "Chur"]
    over = at("Genf", valid_to=date(2001, 1, 1))
    path = await entered(addresses, "companies", at("Bern", is_default=False), over, name="Acme AG")
    assert (await letter(addresses, path))["lines"] == ["Acme AG", "Gasse 1", "Bern"]


async def test_con_10_11_pos_01_a_letter_warns_of_who_is_no_longer_there_and_of_no_address(
    addresses: ServiceUnderTest,
) -> None:
    acme = (await entered(addresses, "companies", at("Bern"), name="Acme AG")).rpartition("/")[2]
    halves = {"a": {"last_name": "Muster"}, "b": {"last_name": "Beispiel"}}
    gone, yet_to_go = {"valid_to": "2001-01-01"}, {"valid_to": "2999-01-01"}
    couple = await entered(addresses, "couples", at("Bern"), **halves)
    await addresses.call("POST", f"{couple}/separate", gone, expect=200)
    both = await entered(addresses, "couples", at("Bern"), **halves)
    await addresses.call("POST", f"{both}/separate", yet_to_go, expect=200)
    for path, rules in {
        couple: ["CON-11"],
        both: [],
        await entered(addresses, "contacts", company=acme, last_name="Muster", **gone): ["CON-10"],
        await entered(addresses, "contacts", company=acme, last_name="Muster", **yet_to_go): [],
        await entered(addresses, "persons", last_name="Muster"): ["POS-01"],
        await entered(addresses, "persons", at("Thun", kind="private"), last_name="Muster"): ["POS-01"],
        await entered(addresses, "persons", LayoutChosen(own_lines="Counter 3"), last_name="Muster"): [],
    }.items():
        assert [each["rule"] for each in (await letter(addresses, path))["warnings"]] == rules, path


async def test_lay_05_a_change_of_the_template_reaches_addresses_of_before(addresses: ServiceUnderTest) -> None:
    await ship_lists(addresses.store)
    path = await entered(addresses, "companies", at("Bern"), name="Acme AG")
    (shipped,) = (await addresses.call("GET", "/v1/layouts?address_type=company")).json()
    admin, lines = addresses.tokens.administrator(), {"lines": "To\n%company%\n%city%"}
    await addresses.call("PATCH", f"/v1/layouts/{shipped['id']}", lines, token=admin, expect=200)
    assert (await letter(addresses, path))["lines"] == ["To", "Acme AG", "Bern"]


async def test_lay_01_and_lay_04_one_address_has_another_layout_or_own_lines(addresses: ServiceUnderTest) -> None:
    await ship_lists(addresses.store)
    admin = addresses.tokens.administrator()
    acme = await entered(addresses, "companies", at("Bern"), name="Acme AG")
    beta = await entered(addresses, "companies", at("Basel"), name="Beta AG")
    body = {"name": "Short", "address_type": "company", "lines": "%company%, %city%"}
    short = (await addresses.call("POST", "/v1/layouts", body, token=admin, expect=201)).json()["id"]
    await addresses.call("PUT", f"{acme}/layout", {"layout": short}, expect=200)
    found = await letter(addresses, acme)
    assert (found["lines"], found["layout"]) == (["Acme AG, Bern"], short)
    assert (await letter(addresses, beta))["lines"] == ["Beta AG", "Gasse 1", "Basel"]
    await addresses.call("PUT", f"{acme}/layout", {"own_lines": "c/o Huber\n%city%"}, expect=200)
    found = await letter(addresses, acme)
    assert (found["lines"], found["layout"]) == (["c/o Huber", "Bern"], None)
    await addresses.call("PUT", f"{acme}/layout", {}, expect=200)
    assert (await letter(addresses, acme))["lines"] == ["Acme AG", "Gasse 1", "Bern"]
    eva = await entered(addresses, "persons", last_name="Muster")
    for path, wrong, rule, field in [
        (eva, {"layout": short}, "LAY-01", "layout"),
        (acme, {"layout": new_id()}, "LAY-01", "layout"),
        (acme, {"own_lines": "%surname%"}, "LAY-03", "own_lines"),
        (acme, {"own_lines": "x", "layout": short}, "LAY-04", "own_lines"),
    ]:
        refused = await addresses.call("PUT", f"{path}/layout", wrong, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == (rule, field)


async def test_con_08_a_contact_without_a_name_gets_letters_too(addresses: ServiceUnderTest) -> None:
    acme = await entered(addresses, "companies", at("Bern"), name="Acme AG")
    path = await entered(
        addresses, "contacts", company=acme.rpartition("/")[2], supplement="Accounts", department="Finance"
    )
    found = await letter(addresses, path)
    assert (found["salutation"], found["lines"]) == (
        "Dear Sir or Madam",
        ["Acme AG", "Finance", "Accounts", "Gasse 1", "Bern"],
    )


async def test_adr_09_a_couple_gets_letters_too(addresses: ServiceUnderTest) -> None:
    facts = AddressFactsChanged(gender="female", title="Dr.", correspondence_language="fr")
    eva = await entered(addresses, "persons", facts, at("Thun", kind="private"), last_name="Muster", first_name="Eva")
    halves = {"a": {"person": eva.rpartition("/")[2]}, "b": {"last_name": "Huber", "first_name": "Kim"}}
    path = await entered(addresses, "couples", at("Bern"), **halves)
    assert await letter(addresses, path) == {
        "language": "en",
        "form_of_address": "",
        "salutation": "Dear Dr Muster and Kim Huber",
        "lines": ["Dr. Eva Muster", "Kim Huber", "Gasse 1", "Bern"],
        "layout": None,
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("a", "b", "own", "language"),
    [("it", "it", None, "it"), ("it", "it", "fr", "fr"), ("it", "fr", None, "en"), ("it", None, None, "en")],
)
async def test_lay_06_a_couple_is_written_to_in_the_language_of_both_persons(
    addresses: ServiceUnderTest, a: str, b: str | None, own: str | None, language: str
) -> None:
    async def person(spoken: str | None) -> str:
        facts = AddressFactsChanged(correspondence_language=spoken) if spoken else AddressFactsChanged()
        return (await entered(addresses, "persons", facts, last_name="Muster")).rpartition("/")[2]

    halves = {"a": {"person": await person(a)}, "b": {"person": await person(b)}}
    said = [AddressFactsChanged(correspondence_language=own)] if own else []
    path = await entered(addresses, "couples", *said, at("Bern"), **halves)
    assert (await letter(addresses, path))["language"] == language


async def test_del_03_what_was_deleted_gets_no_letters_and_keywords(addresses: ServiceUnderTest) -> None:
    path = await entered(addresses, "persons", AddressDeleted(), last_name="Muster")
    for what in ("letter", "keywords"):
        await addresses.call("GET", f"{path}/{what}", expect=410)
    await addresses.call("PUT", f"{path}/layout", {"own_lines": "x"}, expect=410)


async def test_a_letter_to_nobody_is_not_found(addresses: ServiceUnderTest) -> None:
    for method, path in [("GET", "letter"), ("PUT", "layout")]:
        await addresses.call(method, f"/v1/companies/{new_id()}/{path}", {}, expect=404)


@pytest.mark.parametrize(
    ("language", "austria", "moldova"),
    [
        ("de", "ÖSTERREICH", "MOLDAU"),
        ("en", "AUSTRIA", "MOLDOVA"),
        ("fr", "AUTRICHE", "MOLDAVIE"),
        ("it", "AUSTRIA", "MOLDAVIA"),
    ],
)
async def test_lay_06_the_country_is_named_in_the_language_of_the_letter(
    addresses: ServiceUnderTest, language: str, austria: str, moldova: str
) -> None:
    speaks = AddressFactsChanged(correspondence_language=language)
    for country, name in (("AT", austria), ("MD", moldova), ("CH", "Gasse 1"), ("XK", "XK")):
        path = await entered(addresses, "companies", speaks, at("", country=country), name="Acme AG")
        assert (await letter(addresses, path))["lines"][-1] == name
    # A contact's letter speaks the contact's language, wherever the address is from.
    acme = await entered(addresses, "companies", at("Wien", country="AT"), name="Acme AG")
    contact = await entered(addresses, "contacts", speaks, company=acme.rpartition("/")[2], last_name="Muster")
    assert (await letter(addresses, contact))["lines"][-1] == austria
