"""The page of an address: what is joined, by reference, and what it keeps from those who may not see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from addresses.api.reading_models import AddressPage, ChannelList, ContactList
from dossier.clock import system_clock
from dossier.contracts import addresses as adr
from dossier.contracts.common import AddressRef
from dossier.days import OFFICE, today
from dossier.ids import new_id, stream_id
from oracle.book_present import Present, channel, postal

pytestmark = pytest.mark.backends

SWITCHBOARD = "+41446681800"


async def page(present: Present, kind: str, identifier: str, query: str = "", **options: Any) -> dict[str, Any]:
    shown = await present.get(f"/v1/addresses/{kind}-{identifier}{query}", **options)
    AddressPage.model_validate(shown)
    return shown


def defaults(shown: dict[str, Any]) -> dict[str, str]:
    """The value in use for each kind."""
    return {each["kind"]: each["value"] for each in shown["channels"] if each["is_default"]}


async def joined(present: Present) -> tuple[str, str, str]:
    """A company, a person, and the person as contact of the company."""
    acme = await present.company("Acme AG", channel("T", "044 668 18 00", SWITCHBOARD), postal("Zürich"))
    eva = await present.person(
        "Muster",
        "Eva",
        channel("E", "eva@club.example"),
        channel("M", "079 123 45 67", "+41791234567", private=True),
        postal("Gstaad", "private"),
    )
    contact = await present.add("contact", adr.ContactRegistered(company=acme, person=eva, function="CFO"))
    return acme, eva, contact


async def test_com_06_com_07_channels_are_inherited_by_reference(present: Present) -> None:
    acme, eva, contact = await joined(present)
    shown = await page(present, "contact", contact)
    assert [(each["value"], each["lives_on"]["id"], each["is_own"]) for each in shown["channels"]] == [
        ("044 668 18 00", acme, False),
        ("eva@club.example", eva, False),
    ]
    changed = adr.ChannelChanged(
        channel_id=shown["channels"][0]["id"], label="", value="044 1", normalised="+41441", valid_from=None
    )
    await present.happen(stream_id("company", acme), changed)
    assert defaults(await page(present, "contact", contact)) == {"T": "044 1", "E": "eva@club.example"}
    listed = await present.get(f"/v1/addresses/contact-{contact}/channels")
    ChannelList.model_validate(listed)
    assert [each["value"] for each in listed["items"]] == ["044 1", "eva@club.example"]


async def test_com_06_a_couple_shows_its_own_channels_and_those_of_both_persons(present: Present) -> None:
    eva = await present.person("Muster", "Eva", channel("E", "eva@club.example"))
    bert = await present.person("Beispiel", "Bert", channel("E", "bert@club.example"))
    couple = await present.add("couple", adr.CoupleRegistered(a=adr.Half(person=eva), b=adr.Half(person=bert)))
    await present.happen(stream_id("couple", couple), channel("T", "044 668 18 00", SWITCHBOARD))
    shown = await page(present, "couple", couple)
    assert [each["value"] for each in shown["channels"]] == ["044 668 18 00", "eva@club.example", "bert@club.example"]
    assert [half["person"]["alias"] for half in shown["halves"]] == ["Muster Eva", "Beispiel Bert"]


async def test_com_08_an_own_channel_is_the_default_and_leaves_company_and_person_as_they_are(present: Present) -> None:
    acme, eva, contact = await joined(present)
    before = [await page(present, "company", acme), await page(present, "person", eva)]
    await present.happen(stream_id("contact", contact), channel("E", "eva@acme.example"))
    shown = await page(present, "contact", contact)
    assert defaults(shown) == {"T": "044 668 18 00", "E": "eva@acme.example"}
    assert [each["value"] for each in shown["channels"] if each["is_own"]] == ["eva@acme.example"]
    after = [await page(present, "company", acme), await page(present, "person", eva)]
    assert [each["channels"] for each in after] == [each["channels"] for each in before]


async def test_com_09_com_10_the_default_falls_back_from_own_to_company_to_person(present: Present) -> None:
    acme, _, contact = await joined(present)
    own, of_company = channel("E", "eva@acme.example"), channel("E", "office@acme.example")
    await present.happen(stream_id("company", acme), of_company)
    await present.happen(stream_id("contact", contact), own)
    assert defaults(await page(present, "contact", contact))["E"] == "eva@acme.example"
    bounced = adr.ChannelBounced(channel_id=own.channel_id, bounce="hard", at=system_clock())
    await present.happen(stream_id("contact", contact), bounced)
    assert defaults(await page(present, "contact", contact))["E"] == "office@acme.example"
    forbidden = adr.ChannelContactForbidden(channel_id=of_company.channel_id)
    await present.happen(stream_id("company", acme), forbidden)
    shown = await page(present, "contact", contact)
    assert defaults(shown)["E"] == "eva@club.example"
    assert [(each["value"], each["usable"]) for each in shown["channels"] if each["kind"] == "E"] == [
        ("eva@acme.example", False),
        ("office@acme.example", False),
        ("eva@club.example", True),
    ]
    await present.happen(stream_id("contact", contact), adr.ChannelReached(channel_id=own.channel_id))
    assert defaults(await page(present, "contact", contact))["E"] == "eva@acme.example"


async def test_com_10_a_channel_outside_its_validity_is_listed_but_no_default(present: Present) -> None:
    yesterday, tomorrow = today(OFFICE) - timedelta(days=1), today(OFFICE) + timedelta(days=1)
    acme = await present.company(
        "Acme",
        channel("E", "old@acme.example", valid_to=yesterday),
        channel("E", "new@acme.example", is_default=False, valid_from=tomorrow),
        channel("E", "now@acme.example", is_default=False, valid_from=today(OFFICE), valid_to=today(OFFICE)),
    )
    shown = await page(present, "company", acme)
    assert len(shown["channels"]) == 3
    assert defaults(shown) == {"E": "now@acme.example"}


async def test_com_03_letters_of_ones_own_have_no_default(present: Present) -> None:
    acme = await present.company("Acme", channel("X", "044 668 18 00", SWITCHBOARD))
    shown = await page(present, "company", acme)
    assert defaults(shown) == {}
    assert len(shown["channels"]) == 1


async def test_com_10_private_channels_of_the_person_only_with_the_right_and_when_asked_for(present: Present) -> None:
    _, eva, contact = await joined(present)
    assert "M" not in defaults(await page(present, "contact", contact))
    assert "M" not in defaults(await page(present, "contact", contact, private=True))
    asked = await page(present, "contact", contact, "?include=private", private=True)
    assert defaults(asked)["M"] == "079 123 45 67"
    refused = await present.get(f"/v1/addresses/contact-{contact}?include=private", expect=403)
    assert refused["rule"] == "capability:private"
    assert defaults(await page(present, "person", eva)) == {"E": "eva@club.example"}
    assert "M" in defaults(await page(present, "person", eva, private=True))


async def test_pos_03_a_contact_uses_its_own_postal_address_else_the_companys_never_the_persons(
    present: Present,
) -> None:
    acme, eva, contact = await joined(present)
    for options in ({}, {"private": True}):
        used = (await page(present, "contact", contact, **options))["postal_address"]
        assert (used["city"], used["lives_on"]["id"], used["is_own"]) == ("Zürich", acme, False)
    await present.happen(stream_id("contact", contact), postal("Basel"))
    used = (await page(present, "contact", contact))["postal_address"]
    assert (used["city"], used["is_own"]) == ("Basel", True)
    assert (await page(present, "person", eva))["postal_address"] is None
    assert (await page(present, "person", eva, private=True))["postal_address"]["city"] == "Gstaad"
    alone = await present.add("contact", adr.ContactRegistered(company=await present.company("Bare"), person=eva))
    assert (await page(present, "contact", alone, "?include=private", private=True))["postal_address"] is None


async def test_private_facts_are_shown_to_those_who_may_see_them_only(present: Present) -> None:
    facts = adr.AddressFactsChanged(
        title="Dr.",
        private_remarks="likes chess",
        date_of_birth=today(OFFICE),
        bank_account=adr.BankAccount(iban="CH00"),
    )
    eva = await present.person("Muster", "Eva", facts)
    assert (await page(present, "person", eva))["facts"] == {"title": "Dr."}
    assert "private" not in await page(present, "person", eva)
    private = (await page(present, "person", eva, private=True))["private"]
    assert private.keys() == {"private_remarks", "date_of_birth", "bank_account"}
    await present.happen(stream_id("person", eva), adr.AddressFactsChanged(title=None, gender="female"))
    assert (await page(present, "person", eva))["facts"] == {"gender": "female"}


async def test_con_03_con_07_a_page_shows_the_companies_of_a_person_and_the_person_of_a_contact(
    present: Present,
) -> None:
    acme, eva, contact = await joined(present)
    other = await present.company("Zenith")
    await present.add(
        "contact", adr.ContactRegistered(company=other, person=eva, valid_to=today(OFFICE) - timedelta(days=1))
    )
    shown = await page(present, "person", eva)
    assert [(each["alias"], each["is_current"]) for each in shown["companies"]["items"]] == [
        ("Acme AG, Muster Eva", True),
        ("Zenith, Muster Eva", False),
    ]
    of_contact = await page(present, "contact", contact)
    assert (of_contact["company"]["id"], of_contact["person"]["alias"]) == (acme, "Muster Eva")
    assert of_contact["name"] == "Muster Eva"


async def test_adr_04_parent_and_subsidiaries_show_on_both_sides(present: Present) -> None:
    parent = await present.company("Holding")
    child = await present.company("Child", adr.CompanyParentSet(parent=parent))
    assert (await page(present, "company", child))["parent"] == {"type": "company", "id": parent, "alias": "Holding"}
    assert [each["id"] for each in (await page(present, "company", parent))["subsidiaries"]["items"]] == [child]


async def test_rol_08_a_link_shows_on_both_addresses_with_the_label_of_that_side(present: Present) -> None:
    acme, eva, _ = await joined(present)
    board = await present.add(
        "link-type",
        adr.LinkTypeDefined(
            one=adr.LinkEnd(label="sits on the board of", types=("person",)),
            other=adr.LinkEnd(label="board member", types=("company",)),
        ),
    )
    linked = adr.AddressesLinked(
        link_type=board,
        one=AddressRef(type="person", id=eva),
        other=AddressRef(type="company", id=acme),
        valid_to=today(OFFICE),
    )
    link = await present.add("link", linked)
    for kind, identifier, label, other in (
        ("person", eva, "sits on the board of", "Acme AG"),
        ("company", acme, "board member", "Muster Eva"),
    ):
        (shown,) = (await page(present, kind, identifier))["links"]["items"]
        assert (shown["label"], shown["to"]["alias"], shown["is_current"]) == (label, other, True)
    await present.happen(stream_id("link", link), adr.LinkRemoved())
    assert (await page(present, "person", eva))["links"]["items"] == []


async def test_contacts_of_a_company_come_active_first_page_by_page(present: Present) -> None:
    acme = await present.company()
    for number in range(7):
        valid_to = today(OFFICE) - timedelta(days=1) if number % 2 else None
        new = adr.ContactRegistered(company=acme, last_name=f"Nr {number}", function="Clerk", valid_to=valid_to)
        contact = await present.add("contact", new)
    await present.happen(stream_id("company", acme), adr.PrimaryContactSet(contact=contact))
    expected = [f"Nr {number}" for number in (0, 2, 4, 6, 1, 3, 5)]
    first = await page(present, "company", acme)
    assert [each["name"] for each in first["contacts"]["items"]] == expected
    assert [each["name"] for each in first["contacts"]["items"] if each["is_primary"]] == ["Nr 6"]
    assert first["primary_contact"]["alias"] == "Acme AG, Nr 6"
    walked: list[str] = []
    cursor = ""
    while True:
        answer = await present.get(f"/v1/addresses/company-{acme}/contacts?limit=2{cursor}")
        ContactList.model_validate(answer)
        walked += [each["name"] for each in answer["items"]]
        if not answer["next"]:
            break
        cursor = f"&cursor={answer['next']}"
    assert walked == expected


async def test_what_has_no_contacts_shows_none(present: Present) -> None:
    eva = await present.person()
    assert (await present.get(f"/v1/addresses/person-{eva}/contacts"))["items"] == []


async def test_a_page_tells_former_names_alias_and_who_changed_what_when(present: Present) -> None:
    acme = await present.company("Acme", adr.CompanyRenamed(name="Zenith"), adr.AliasSet(alias="Zed"))
    shown = await page(present, "company", acme)
    assert (shown["alias"], shown["computed_alias"], shown["alias_is_manual"]) == ("Zed", "Zenith", True)
    assert shown["former_names"] == ["Acme"]
    assert shown["created_by"] == shown["changed_by"] == "rule:test"


async def test_a_deleted_address_is_gone_and_what_never_was_is_not_found(present: Present) -> None:
    acme = await present.company("Acme", adr.AddressDeleted())
    for identifier, status in ((acme, 410), (new_id(), 404)):
        for part in ("", "/contacts", "/channels"):
            await present.get(f"/v1/addresses/company-{identifier}{part}", expect=status)
    await present.get("/v1/addresses/project-0", expect=422)
