"""Duplicates over HTTP: warned of while typing and on save, never refused, dismissed for good, nothing private told."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.groups import CONSULTANTS, PARTNERS
from dossier.contracts.addresses import AddressSettingsChanged, CoupleRegistered, Half
from dossier.contracts.base import Event
from dossier.ids import new_id
from dossier.store import Metadata, NewCommit
from dossier.testing.services import ServiceUnderTest, apply_all

pytestmark = pytest.mark.backends

Hits = list[tuple[str, str]]


async def created(service: ServiceUnderTest, path: str, **body: Any) -> str:
    return (await service.call("POST", path, body, expect=201)).json()["id"]


async def person(service: ServiceUnderTest, last: str, first: str) -> str:
    return await created(service, "/v1/persons", last_name=last, first_name=first)


async def channel(service: ServiceUnderTest, collection: str, id: str, kind: str, value: str, **more: Any) -> None:
    partner = service.tokens.user("clara", (PARTNERS, CONSULTANTS))
    body = {"kind": kind, "value": value, **more}
    await service.call("POST", f"/v1/{collection}/{id}/channels", body, token=partner, expect=201)


async def written(service: ServiceUnderTest, stream: str, *events: Event) -> None:
    metadata = Metadata(actor="rule:test", channel="rule", correlation_id=stream, command_id=new_id())
    await service.store.append(NewCommit(stream, await service.store.head(stream), events, metadata))


async def found(service: ServiceUnderTest, token: str | None = None, **typed: Any) -> Hits:
    await apply_all(service.store, service.roles.app.state.likeness)
    answer = await service.call("POST", "/v1/duplicates", typed, token=token, expect=200)
    return [(item["rule"], item["id"]) for item in answer.json()["items"]]


async def test_dup_04_a_company_is_compared_with_all_companies(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme Müller Holding AG")
    await created(addresses, "/v1/companies", name="Beta")
    await person(addresses, "Acme", "Anna")
    for typed in ("acme", "MÜLLER", "mueller hold", "ing ag", "Acme Müller Holding AG"):
        assert await found(addresses, type="company", name=typed) == [("DUP-04", acme)], typed
    for typed in ("", " ", ".", "Acme Meier"):
        assert await found(addresses, type="company", name=typed) == []


async def test_dup_05_a_person_needs_both_names_and_is_found_by_parts_of_them(addresses: ServiceUnderTest) -> None:
    hans = await person(addresses, "Müller", "Hans Peter")
    await person(addresses, "Müller", "Eva")
    for last, first in [("müller", "hans"), ("Mueller", "HANS"), ("ller", "peter"), ("m", "hans p"), ("MULLER", "n")]:
        assert await found(addresses, type="person", last_name=last, first_name=first) == [("DUP-04", hans)]
    for last, first in [("Müller", ""), ("", "Hans"), ("Müller", " "), ("Meier", "Hans")]:
        assert await found(addresses, type="person", last_name=last, first_name=first) == []


async def test_dup_04_a_contact_is_compared_within_its_companys_hierarchy(addresses: ServiceUnderTest) -> None:
    top = await created(addresses, "/v1/companies", name="Top")
    sister, own = [await created(addresses, "/v1/companies", name=name, parent=top) for name in ("Sister", "Own")]
    below = await created(addresses, "/v1/companies", name="Below", parent=own)
    stranger = await created(addresses, "/v1/companies", name="Stranger")
    inside = [
        await created(addresses, "/v1/contacts", company=company, last_name="Müller", first_name="Hans")
        for company in (top, sister, own, below)
    ]
    await created(addresses, "/v1/contacts", company=stranger, last_name="Müller", first_name="Hans")
    hits = await found(addresses, type="contact", company=own, last_name="müller", first_name="hans")
    assert sorted(hits) == sorted(("DUP-04", contact) for contact in inside)
    assert await found(addresses, type="contact", last_name="müller", first_name="hans") == []
    # A linked person's name is the contact's.
    eva = await person(addresses, "Huber", "Eva")
    linked = await created(addresses, "/v1/contacts", company=sister, person=eva)
    hits = await found(addresses, type="contact", company=own, last_name="hub", first_name="eva")
    assert ("DUP-04", linked) in hits


async def test_dup_07_and_beyond_the_word_for_and_counts_for_nothing(addresses: ServiceUnderTest) -> None:
    ways = ("Müller & Söhne AG", "Müller und Söhne AG", "Mueller and Soehne AG", "Müller + Söhne AG", "Müller&Söhne AG")
    there = {await created(addresses, "/v1/companies", name=name) for name in (*ways, "Müller Söhne AG")}
    for typed in ways:
        assert {id for _, id in await found(addresses, type="company", name=typed)} == there, typed
    assert len(await found(addresses, type="company", name="Müller und")) == 1


async def test_dup_04_and_09_swapped_names_count(addresses: ServiceUnderTest) -> None:
    acme, beta = [await created(addresses, "/v1/companies", name=name) for name in ("Acme", "Beta")]
    hans = await person(addresses, "Hans", "Müller")
    of_acme = await created(addresses, "/v1/contacts", company=acme, last_name="Hans", first_name="Mueller")
    names = {"last_name": "Müller", "first_name": "Hans"}
    both = {("DUP-04", hans), ("DUP-09", of_acme)}
    assert set(await found(addresses, type="person", **names)) == both
    by_company = {acme: {("DUP-04", of_acme), ("DUP-09", hans)}, beta: {("DUP-09", hans)}}
    for company, hits in by_company.items():
        assert set(await found(addresses, type="contact", company=company, **names)) == hits
    assert await found(addresses, type="person", last_name="Müll", first_name="Hans") == []
    answer = await addresses.call("POST", "/v1/duplicates", {"type": "person", **names}, expect=200)
    assert {item["why"] for item in answer.json()["items"]} == {"has these two names the other way round"}
    twice = await person(addresses, "Thomas", "Thomas")
    assert await found(addresses, type="person", last_name="thomas", first_name="thomas") == [("DUP-04", twice)]


async def test_dup_03_a_hit_tells_all_reasons(addresses: ServiceUnderTest) -> None:
    number, mail = {"kind": "M", "value": "079 123 45 67"}, {"kind": "E", "value": "eva@acme.example"}
    names = {"last_name": "Muster", "first_name": "Eva"}
    eva = await created(addresses, "/v1/persons", **names, channels=[number, mail])
    otto = await created(addresses, "/v1/persons", last_name="Beispiel", first_name="Otto", channels=[number])
    await apply_all(addresses.store, addresses.roles.app.state.likeness)
    saved = await addresses.call("POST", "/v1/persons", {**names, "channels": [mail, number]}, expect=201)
    likely = {each["id"]: each for warning in saved.json()["warnings"] for each in warning["addresses"]}
    reasons = {id: {(why["rule"], why["field"]) for why in each["reasons"]} for id, each in likely.items()}
    by_number = ("DUP-08", "channels.1.value")
    assert reasons == {eva: {("DUP-04", "last_name"), ("DUP-08", "channels.0.value"), by_number}, otto: {by_number}}
    for each in likely.values():
        first = each["reasons"][0]
        assert {name: each[name] for name in first} == first


async def test_dup_06_a_couple_is_compared_exactly(addresses: ServiceUnderTest) -> None:
    eva, other = await person(addresses, "Muster", "Eva"), await person(addresses, "Muster", "Otto")
    couple = new_id()
    typed = Half(last_name="Beispiel", first_name="Bert")
    await written(addresses, f"couple-{couple}", CoupleRegistered(a=Half(person=eva), b=typed))
    bert, eva_typed = {"last_name": "Beispiel", "first_name": "Bert"}, {"last_name": "Muster", "first_name": "Eva"}
    hit = [("DUP-06", couple)]
    for a, b in [({"person": eva}, bert), (bert, {"person": eva}), (eva_typed, bert)]:
        assert await found(addresses, type="couple", a=a, b=b) == hit
    for a, b in [
        ({"person": other}, bert),
        ({"last_name": "muster", "first_name": "eva"}, bert),
        ({"person": eva}, {"last_name": "Beispiel", "first_name": ""}),
        ({"person": eva}, None),
    ]:
        assert await found(addresses, type="couple", a=a, b=b) == []


async def test_dup_08_the_same_mail_or_number_is_told_over_all_types(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme")
    eva = await person(addresses, "Muster", "Eva")
    await channel(addresses, "companies", acme, "T", "044 668 18 00")
    await channel(addresses, "persons", eva, "E", "Eva@Office.Example")
    await channel(addresses, "persons", eva, "H", "https://acme.example")
    assert await found(addresses, type="person", channels=[{"kind": "E", "value": "eva@office.example"}]) == [
        ("DUP-08", eva)
    ]
    assert await found(addresses, type="person", channels=[{"kind": "M", "value": "+41 44 668 18 00"}]) == [
        ("DUP-08", acme)
    ]
    for kind, value in [("T", "044"), ("E", "eva@"), ("H", "https://acme.example")]:
        assert await found(addresses, type="person", channels=[{"kind": kind, "value": value}]) == []


async def test_dup_08_what_is_inherited_or_shared_by_halves_makes_no_duplicate(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme")
    eva, otto = await person(addresses, "Muster", "Eva"), await person(addresses, "Muster", "Otto")
    contact = await created(addresses, "/v1/contacts", company=acme, person=eva)
    couple = new_id()
    await written(addresses, f"couple-{couple}", CoupleRegistered(a=Half(person=eva), b=Half(person=otto)))
    number = {"kind": "T", "value": "044 668 18 00"}
    for collection, id in [("companies", acme), ("persons", eva), ("persons", otto)]:
        await channel(addresses, collection, id, **number)
    # The contact has no channel of its own, whatever it inherits.
    assert {id for _, id in await found(addresses, type="company", channels=[number])} == {acme, eva, otto}
    assert await found(addresses, type="person", id=eva, channels=[number]) == [("DUP-08", acme)]
    assert await found(addresses, type="contact", id=contact, company=acme, person=eva, channels=[number]) == []


async def test_dup_08_a_private_value_is_told_with_the_capability_only(addresses: ServiceUnderTest) -> None:
    eva = await person(addresses, "Muster", "Eva")
    await channel(addresses, "persons", eva, "E", "eva@home.example", private=True)
    typed = {"type": "person", "channels": [{"kind": "E", "value": "eva@home.example"}]}
    partner = addresses.tokens.user("clara", (PARTNERS,))
    assert await found(addresses, **typed) == []
    assert await found(addresses, token=partner, **typed) == [("DUP-08", eva)]
    told = await addresses.call("POST", "/v1/duplicates", typed, token=partner, expect=200)
    assert "home.example" not in told.text
    assert told.json()["items"][0]["field"] == "channels.0.value"


async def test_dup_09_the_same_human_as_person_and_as_typed_contact(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme")
    contact = await created(addresses, "/v1/contacts", company=acme, last_name="Müller", first_name="Zoé")
    assert await found(addresses, type="person", last_name="Mueller", first_name="Zoe") == [("DUP-09", contact)]
    zoe = await person(addresses, "Mueller", "Zoe")
    beta = await created(addresses, "/v1/companies", name="Beta")
    assert await found(addresses, type="contact", company=beta, last_name="Müller", first_name="Zoé") == [
        ("DUP-09", zoe)
    ]
    await addresses.call("POST", f"/v1/contacts/{contact}/link-person", {"person": zoe}, expect=200)
    assert await found(addresses, type="person", id=zoe, last_name="Mueller", first_name="Zoe") == []


async def test_beyond_dup_04_former_names_are_found_and_said_to_be_such(addresses: ServiceUnderTest) -> None:
    acme = await created(addresses, "/v1/companies", name="Acme")
    await addresses.call("PUT", f"/v1/companies/{acme}/name", {"name": "Zenith"}, expect=200)
    eva = await person(addresses, "Muster", "Eva")
    await addresses.call("PUT", f"/v1/persons/{eva}/name", {"last_name": "Huber", "first_name": "Eva"}, expect=200)
    assert await found(addresses, type="company", name="acme") == [("DUP-04", acme)]
    (item,) = (await addresses.call("POST", "/v1/duplicates", {"type": "company", "name": "Acme"})).json()["items"]
    assert (item["label"], item["why"]) == ("Zenith", "had a name like this")
    assert await found(addresses, type="person", last_name="Muster", first_name="Eva") == [("DUP-04", eva)]


async def test_dup_02_03_on_save_it_warns_and_does_not_block(addresses: ServiceUnderTest) -> None:
    first = await created(addresses, "/v1/companies", name="Acme")
    eva = await person(addresses, "Muster", "Eva")
    contact = await created(addresses, "/v1/contacts", company=first, last_name="Frei", first_name="Max")
    await apply_all(addresses.store, addresses.roles.app.state.likeness)
    for path, body, rule, hit in [
        ("/v1/companies", {"name": "ACME"}, "DUP-04", first),
        ("/v1/persons", {"last_name": "Muster", "first_name": "Eva"}, "DUP-04", eva),
        ("/v1/contacts", {"company": first, "last_name": "Frei", "first_name": "Max"}, "DUP-04", contact),
    ]:
        saved = await addresses.call("POST", path, body, expect=201)
        (warning,) = saved.json()["warnings"]
        assert (warning["rule"], [item["id"] for item in warning["addresses"]]) == (rule, [hit])
        batch = {"Dossier-Batch": new_id()}
        assert (await addresses.call("POST", path, body, headers=batch, expect=201)).json()["warnings"] == []
    other = await created(addresses, "/v1/companies", name="Beta")
    renamed = await addresses.call("PUT", f"/v1/companies/{other}/name", {"name": "Acme"}, expect=200)
    assert renamed.json()["warnings"][0]["addresses"][0]["id"] == first


async def test_dup_06_08_couples_and_channels_are_looked_at_on_save(addresses: ServiceUnderTest) -> None:
    number = {"kind": "M", "value": "079 123 45 67"}
    eva = await created(addresses, "/v1/persons", last_name="Muster", first_name="Eva", channels=[number])
    halves = {"a": {"person": eva}, "b": {"last_name": "Beispiel", "first_name": "Bert"}}
    couple = await created(addresses, "/v1/couples", **halves)
    await apply_all(addresses.store, addresses.roles.app.state.likeness)
    saved = await addresses.call("POST", "/v1/couples", halves, expect=201)
    assert [(each["rule"], each["addresses"][0]["id"]) for each in saved.json()["warnings"]] == [("DUP-06", couple)]
    typed = {"last_name": "Frei", "channels": [number]}
    entered = await addresses.call("POST", "/v1/persons", typed, expect=201)
    (warning,) = entered.json()["warnings"]
    assert (warning["rule"], warning["addresses"][0]["id"]) == ("DUP-08", eva)
    assert warning["addresses"][0]["field"] == "channels.0.value"
    other = await created(addresses, "/v1/companies", name="Acme")
    added = await addresses.call("POST", f"/v1/companies/{other}/channels", number, expect=201)
    assert [each["rule"] for each in added.json()["warnings"]] == ["DUP-08"]
    # What is the couple's own is not its half's duplicate.
    own = await addresses.call("POST", f"/v1/couples/{couple}/channels", number, expect=201)
    assert own.json()["warnings"] == []


async def test_dup_08_a_repeated_entry_tells_nothing_of_private_channels(addresses: ServiceUnderTest) -> None:
    number = {"kind": "M", "value": "079 123 45 67"}
    acme = await created(addresses, "/v1/companies", name="Acme", channels=[number])
    body = {"id": new_id(), "last_name": "Muster", "first_name": "Eva"}
    await created(addresses, "/v1/persons", **body)
    await channel(addresses, "persons", body["id"], **number, private=True)
    await apply_all(addresses.store, addresses.roles.app.state.likeness)
    assert (await addresses.call("POST", "/v1/persons", body, expect=201)).json()["warnings"] == []
    partner = addresses.tokens.user("clara", (PARTNERS, CONSULTANTS))
    (warning,) = (await addresses.call("POST", "/v1/persons", body, token=partner, expect=201)).json()["warnings"]
    assert (warning["rule"], warning["addresses"][0]["id"]) == ("DUP-08", acme)


async def test_dup_01_the_check_can_be_switched_off(addresses: ServiceUnderTest) -> None:
    await created(addresses, "/v1/companies", name="Acme")
    settings = f"address-settings-{new_id()}"
    await written(addresses, settings, AddressSettingsChanged(duplicate_check=False))
    assert await found(addresses, type="company", name="acme") == []
    await written(addresses, settings, AddressSettingsChanged(alias_with_city=True))
    assert await found(addresses, type="company", name="acme") == []
    await written(addresses, settings, AddressSettingsChanged(duplicate_check=True))
    assert len(await found(addresses, type="company", name="acme")) == 1


async def test_dup_03_what_was_found_to_be_no_duplicate_is_not_proposed_again(addresses: ServiceUnderTest) -> None:
    one, other, third = [await created(addresses, "/v1/companies", name="Acme") for _ in range(3)]
    for path in (f"{one}/no-duplicates/companies/{other}", f"{other}/no-duplicates/companies/{one}"):
        await addresses.call("PUT", f"/v1/companies/{path}", expect=200)
    assert await addresses.store.commits.count_documents({"stream": {"$regex": "^no-duplicate-"}}) == 1
    for own, left in [(one, [third]), (other, [third])]:
        assert [hit for _, hit in await found(addresses, type="company", id=own, name="Acme")] == left
    assert len(await found(addresses, type="company", name="Acme")) == 3
    await addresses.call("DELETE", f"/v1/companies/{other}/no-duplicates/companies/{one}", expect=200)
    assert len(await found(addresses, type="company", id=one, name="Acme")) == 2
    refused = await addresses.call("PUT", f"/v1/companies/{one}/no-duplicates/companies/{one}", expect=422)
    assert refused.json()["rule"] == "DUP-03"
    await addresses.call("PUT", f"/v1/companies/{one}/no-duplicates/persons/{new_id()}", expect=404)
    await addresses.call("DELETE", f"/v1/companies/{one}/no-duplicates/persons/{new_id()}", expect=404)
    token = addresses.tokens.administrator()
    await addresses.call("DELETE", f"/v1/companies/{other}", token=token, expect=200)
    await addresses.call("PUT", f"/v1/companies/{one}/no-duplicates/companies/{other}", expect=410)


@pytest.mark.parametrize(
    ("typed", "rule", "field"),
    [
        ({"type": "person", "name": "Meier"}, "ADR-01", "name"),
        ({"type": "company", "last_name": "Meier"}, "ADR-01", "last_name"),
        ({"type": "couple", "a": {}, "b": {}, "company": new_id()}, "ADR-01", "company"),
        ({"type": "company"}, "DUP-04", "name"),
        ({"type": "couple", "channels": []}, "DUP-04", "a"),
    ],
)
async def test_dup_04_what_the_type_does_not_have_is_refused_instead_of_finding_nothing(
    addresses: ServiceUnderTest, typed: Any, rule: str, field: str
) -> None:
    refused = (await addresses.call("POST", "/v1/duplicates", typed, expect=422)).json()
    assert (refused["rule"], refused["field"]) == (rule, field)
