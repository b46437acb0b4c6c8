"""Search over all types, the lists that are searches, and what each of them must not tell."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from addresses.api.reading_models import AddressList, ManualAliases
from dossier.contracts import addresses as adr
from dossier.contracts.common import ReferenceToAny
from dossier.days import OFFICE, today
from dossier.ids import new_id, stream_id
from dossier.testing.services import apply_all
from oracle.book_present import Present, channel, postal

pytestmark = pytest.mark.backends


async def a_book(present: Present) -> dict[str, str]:
    """One of each type."""
    acme = await present.company("Müller & Söhne AG", postal("Zürich"), channel("T", "044 668 18 00", "+41446681800"))
    eva = await present.person("Çelik", "Eva", channel("E", "eva@home.example", private=True))
    linked = await present.add("contact", adr.ContactRegistered(company=acme, person=eva, function="CFO"))
    typed = await present.add("contact", adr.ContactRegistered(company=acme, last_name="Jäger", first_name="Hans"))
    pair = adr.CoupleRegistered(a=adr.Half(person=eva), b=adr.Half(last_name="Jäger", first_name="Hans"))
    couple = await present.add("couple", pair)
    return {"acme": acme, "eva": eva, "linked": linked, "typed": typed, "couple": couple}


async def test_search_finds_all_types_by_beginnings_of_several_words_folded(present: Present) -> None:
    await a_book(present)
    everything = [
        "Çelik Eva",
        "Çelik Eva, Jäger Hans",
        "Müller & Söhne AG",
        "Müller & Söhne AG, Çelik Eva",
        "Müller & Söhne AG, Jäger Hans",
    ]
    assert await present.found("") == everything
    assert await present.found("q=celik ev") == [everything[0], everything[1], everything[3]]
    assert await present.found("q=MUELLER jae") == [everything[4]]
    assert await present.found("q=zurich") == everything[2:]
    assert await present.found("q=nobody") == []
    AddressList.model_validate(await present.get("/v1/addresses?q=hans"))


async def test_search_filters_by_everything_that_is_known(present: Present) -> None:
    book = await a_book(present)
    manager = new_id()
    await present.happen(stream_id("person", book["eva"]), adr.AccountManagerSet(user=manager))
    eva, acme = "Çelik Eva", "Müller & Söhne AG"
    assert await present.found("type=person&type=company") == [eva, acme]
    assert await present.found("city=zürich&type=company") == [acme]
    assert await present.found(f"company={book['acme']}&q=jäger") == [f"{acme}, Jäger Hans"]
    assert await present.found(f"account_manager={manager}") == [eva]
    for typed in ("044 668 18 00", "%2B41 44 668 18 00", "0041446681800", "0446681800"):
        assert await present.found(f"channel={typed}") == [acme]
        assert await present.found(f"q={typed}") == [acme]
    assert await present.found("q=044 66") == [acme]
    await present.company("Web AG", channel("H", "web.example/", "https://web.example"))
    for typed in ("web.example", "https://web.example/", "WEB.example/"):
        assert await present.found(f"channel={typed}") == ["Web AG"]
    assert await present.found("q=web.ex") == ["Web AG"]
    assert await present.found("channel=044 66") == []


async def test_com_01_a_number_is_found_however_it_is_written_and_beside_words(present: Present) -> None:
    acme = "Acme AG"
    await present.company(acme, channel("T", "+41 62 777 88 99", "+41627778899"))
    await present.company("Other AG", channel("T", "+41 62 999 88 99", "+41629998899"))
    for typed in ("(062) 777 88 99", "%2B41 (0)62 777 88 99", "(0041) 62 777 88 99", "062/777-88.99"):
        assert await present.found(f"channel={typed}") == [acme], typed
        assert await present.found(f"q={typed}") == [acme], typed
    for typed in ("(062) 777", "acme 062", "0627778899 acm", "ag 4162777"):
        for order in ("alias", "relevance"):
            assert await present.found(f"q={typed}&order={order}") == [acme], typed
    assert await present.found("q=acme 062999") == []


async def test_ali_02_contacts_are_found_by_their_companys_name_whatever_its_alias(present: Present) -> None:
    acme = await present.company("Vulkanwerk AG", adr.AliasSet(alias="KURZ"))
    await present.add("contact", adr.ContactRegistered(company=acme, last_name="Vonder"))
    assert await present.found("q=vulkan vonder") == await present.found("q=kurz vonder") == ["KURZ, Vonder"]
    await present.happen(stream_id("company", acme), adr.CompanyRenamed(name="Zenith AG"))
    assert await present.found("q=zenith vonder&order=relevance") == ["KURZ, Vonder"]


async def test_adr_10_managed_addresses_move_with_the_account_manager(present: Present) -> None:
    anna, bruno = present.service.tokens.user_id("anna"), present.service.tokens.user_id("bruno")
    acme = await present.company("Acme AG", adr.AccountManagerSet(user=anna))
    managed = await present.get("/v1/managed-addresses")
    assert [item["id"] for item in managed["items"]] == [acme]
    await present.happen(stream_id("company", acme), adr.AccountManagerSet(user=bruno))
    assert (await present.get("/v1/managed-addresses"))["items"] == []
    assert [item["id"] for item in (await present.get(f"/v1/managed-addresses?user={bruno}"))["items"]] == [acme]
    await present.happen(stream_id("company", acme), adr.AccountManagerSet(user=None))
    assert (await present.get(f"/v1/managed-addresses?user={bruno}"))["items"] == []


async def test_con_10_mai_04_inactive_and_ended_ones_are_left_out_unless_asked_for(present: Present) -> None:
    acme = await present.company()
    yesterday = today(OFFICE) - timedelta(days=1)
    over = adr.ContactRegistered(company=acme, last_name="Over", valid_to=yesterday)
    last_day = adr.ContactRegistered(company=acme, last_name="Today", valid_to=yesterday + timedelta(days=1))
    await present.add("contact", over)
    await present.add("contact", last_day)
    await present.person("Gone", "", adr.AddressDeactivated())
    await present.person("Away", "", adr.AddressDeleted())
    assert await present.found("") == ["Acme AG", "Acme AG, Today"]
    assert await present.found("inactive=true") == ["Acme AG", "Acme AG, Over", "Acme AG, Today", "Gone"]


async def test_former_names_stay_searchable(present: Present) -> None:
    acme = await present.company("Acme AG", adr.CompanyRenamed(name="Zenith"))
    await present.person("Muster", "Eva", adr.PersonRenamed(last_name="Huber", first_name="Eva"))
    await present.add("contact", adr.ContactRegistered(company=acme, last_name="Keller"))
    assert await present.found("q=acme") == ["Zenith"]
    assert await present.found("q=muster") == ["Huber Eva"]
    assert await present.found("q=zenith") == ["Zenith", "Zenith, Keller"]


async def test_con_06_private_values_are_found_by_those_who_may_see_them_only(present: Present) -> None:
    await present.person(
        "Muster",
        "Eva",
        channel("E", "secret@home.example", private=True),
        channel("M", "079 123 45 67", "+41791234567", private=True),
        postal("Gstaad", "private"),
    )
    for query in ("q=secret", "q=079 123", "q=gstaad", "channel=secret@home.example", "city=Gstaad"):
        assert await present.found(query) == [], query
        assert await present.found(query, private=True) == ["Muster Eva"], query
    assert (await present.get("/v1/addresses"))["items"][0]["city"] == ""


async def test_pages_follow_one_another_in_both_orders_without_a_gap_or_a_double(present: Present) -> None:
    acme = await present.company("Muster AG")
    for number in range(5):
        await present.person(f"Muster{number}", "")
        await present.add("contact", adr.ContactRegistered(company=acme, last_name=f"Anders{number}"))
    everything = await present.found("q=muster&limit=200")
    assert len(everything) == 11
    for order in ("alias", "relevance"):
        walked: list[str] = []
        query = f"/v1/addresses?q=muster&limit=3&order={order}"
        answer = await present.get(query)
        walked += [item["alias"] for item in answer["items"]]
        while answer["next"]:
            answer = await present.get(f"{query}&cursor={answer['next']}")
            walked += [item["alias"] for item in answer["items"]]
        assert sorted(walked) == sorted(everything)
        whole = await present.found(f"q=muster&limit=200&order={order}")
        assert walked == whole
    cursor = (await present.get("/v1/addresses?q=muster&limit=3"))["next"]
    await present.get(f"/v1/addresses?q=must&limit=3&cursor={cursor}", expect=400)


async def test_by_relevance_those_come_first_whose_own_name_begins_so(present: Present) -> None:
    acme = await present.company("Aber AG")
    await present.add("contact", adr.ContactRegistered(company=acme, last_name="Muster"))
    await present.person("Meier", "Muster")
    await present.person("Muster", "Eva")
    assert await present.found("q=muster") == ["Aber AG, Muster", "Meier Muster", "Muster Eva"]
    assert await present.found("q=muster&order=relevance") == ["Aber AG, Muster", "Muster Eva", "Meier Muster"]


async def test_letters_beyond_the_usual_ones_are_not_lost_between_the_two_parts_of_relevance(present: Present) -> None:
    await present.person("Mus\U00020000", "")
    await present.person("Anna", "Mus")
    assert await present.found("q=mus&order=relevance") == ["Mus\U00020000", "Anna Mus"]


async def test_a_search_waits_for_what_its_caller_wrote(present: Present) -> None:
    written = await present.service.call("POST", "/v1/companies", {"name": "Fresh AG"}, expect=201)
    headers = {"Dossier-After": written.headers["Dossier-After"], "Prefer": "wait=0"}
    answer = await present.service.call("GET", "/v1/addresses?q=fresh", headers=headers, expect=200)
    assert answer.headers["Dossier-Lacks"] == f"company-{written.json()['id']}:1"


async def test_ali_02_ali_03_a_manual_alias_stays_and_is_listed_when_a_cascade_passes_it(present: Present) -> None:
    acme = await present.company("Acme AG")
    contact = adr.ContactRegistered(company=acme, last_name="Muster")
    await present.add("contact", contact, adr.AliasSet(alias="Our man"))
    await present.add("contact", contact)
    assert await present.found("q=our") == ["Our man"]
    listed = await present.get("/v1/aliases/manual")
    ManualAliases.model_validate(listed)
    assert [(item["alias"], item["computed"], item["is_outdated"]) for item in listed["items"]] == [
        ("Our man", "Acme AG, Muster", False)
    ]
    assert (await present.get("/v1/aliases/manual?outdated=true"))["items"] == []
    await present.happen(stream_id("company", acme), adr.CompanyRenamed(name="Zenith"))
    assert await present.found("q=muster") == ["Our man", "Zenith, Muster"]
    (outdated,) = (await present.get("/v1/aliases/manual?outdated=true"))["items"]
    assert (outdated["alias"], outdated["computed"]) == ("Our man", "Zenith, Muster")


async def test_ali_01_an_alias_that_is_given_up_is_the_computed_one_again(present: Present) -> None:
    eva = await present.person("Muster", "Eva", adr.AliasSet(alias="Evi"))
    assert await present.found("q=ev") == ["Evi"]
    await present.happen(stream_id("person", eva), adr.AliasGivenUp())
    assert await present.found("q=ev") == ["Muster Eva"]


async def test_ali_04_with_the_setting_the_city_is_in_the_alias_of_companies_and_their_contacts(
    present: Present,
) -> None:
    acme = await present.company("Acme AG", postal("Zürich"))
    await present.add("contact", adr.ContactRegistered(company=acme, supplement="Accounts"))
    assert await present.found("") == ["Acme AG", "Acme AG, Accounts"]
    await present.add("address-settings", adr.AddressSettingsChanged(alias_with_city=True))
    assert await present.found("") == ["Acme AG, Zürich", "Acme AG, Zürich, Accounts"]
    await present.happen(stream_id("company", acme), postal("Genève"))
    assert await present.found("q=gen") == ["Acme AG, Genève", "Acme AG, Genève, Accounts"]


async def test_con_08_con_11_aliases_of_nameless_contacts_and_of_couples(present: Present) -> None:
    acme = await present.company("Acme AG")
    anna = await present.person("Muster", "Anna")
    await present.add("contact", adr.ContactRegistered(company=acme, supplement="Accounts"))
    pair = adr.CoupleRegistered(a=adr.Half(person=anna), b=adr.Half(last_name="Beispiel", first_name="Bert"))
    await present.add("couple", pair)
    assert await present.found("type=contact&type=couple") == ["Acme AG, Accounts", "Muster Anna, Beispiel Bert"]


async def test_con_09_renaming_a_person_renames_contacts_and_couples_that_link_it(present: Present) -> None:
    acme = await present.company("Acme AG")
    eva = await present.person("Muster", "Eva")
    await present.add("contact", adr.ContactRegistered(company=acme, person=eva))
    await present.add("contact", adr.ContactRegistered(company=acme, last_name="Muster", first_name="Typed"))
    await present.add("couple", adr.CoupleRegistered(a=adr.Half(person=eva), b=adr.Half(last_name="Beispiel")))
    await present.happen(stream_id("person", eva), adr.PersonRenamed(last_name="Huber", first_name="Eva"))
    assert await present.found("q=huber") == ["Acme AG, Huber Eva", "Huber Eva", "Huber Eva, Beispiel"]
    assert await present.found("q=muster") == ["Acme AG, Muster Typed", "Huber Eva"]


async def test_a_couple_that_separated_counts_as_inactive_after_its_last_day(present: Present) -> None:
    pair = adr.CoupleRegistered(a=adr.Half(last_name="Muster"), b=adr.Half(last_name="Beispiel"))
    await present.add("couple", pair, adr.CoupleSeparated(valid_to=date(2020, 1, 1)))
    assert await present.found("q=muster") == []
    assert await present.found("q=muster&inactive=true") == ["Muster, Beispiel"]


async def test_fol_01_a_search_can_stay_within_a_folder(present: Present) -> None:
    book, folder = await a_book(present), new_id()
    await present.happen(f"folder-{folder}", adr.FolderCreated(name="Event", types=("person", "contact")))
    for kind, name in (("person", "eva"), ("contact", "linked"), ("contact", "typed")):
        entry = ReferenceToAny.model_validate({"type": kind, "id": book[name]})
        await present.happen(f"folder-entry-{new_id()}", adr.FolderEntryAdded(folder=folder, entry=entry))
    await apply_all(present.service.store, present.service.roles.app.state.catalogue)
    inside = ["Çelik Eva", "Müller & Söhne AG, Çelik Eva", "Müller & Söhne AG, Jäger Hans"]
    assert await present.found(f"folder={folder}") == inside
    assert await present.found(f"folder={folder}&q=eva") == inside[:2]
    assert await present.found(f"folder={folder}&type=contact") == inside[1:]
    assert await present.found(f"folder={folder}&q=müller&order=relevance") == inside[1:]
    assert await present.found(f"folder={folder}&company={book['acme']}") == inside[1:]
    first = await present.get(f"/v1/addresses?folder={folder}&limit=2")
    rest = await present.get(f"/v1/addresses?folder={folder}&limit=2&cursor={first['next']}")
    assert [row["alias"] for row in first["items"] + rest["items"]] == inside
    await present.get(f"/v1/addresses?limit=2&cursor={first['next']}", expect=400)


async def test_fol_05_nobody_searches_in_the_personal_folder_of_somebody_else(present: Present) -> None:
    folder, anna = new_id(), present.service.tokens.user_id("anna")
    await present.happen(f"folder-{folder}", adr.FolderCreated(name="Mine", types=("person",), owner=anna))
    assert await present.found(f"folder={folder}") == []
    for user, wanted in (("bruno", folder), ("anna", new_id())):
        refused = await present.get(f"/v1/addresses?folder={wanted}", user=user, expect=422)
        assert (refused["rule"], refused["field"]) == ("FOL-01", "folder")


@pytest.mark.parametrize("text", ["", "*", " * ", "**", " "])
async def test_nothing_to_look_for_and_a_star_are_everything(present: Present, text: str) -> None:
    await a_book(present)
    assert await present.found(f"q={text}") == await present.found("")
    assert sorted(await present.found(f"q={text}&order=relevance")) == sorted(await present.found(""))


@pytest.mark.parametrize(
    ("query", "rule", "field"),
    [
        ("q=!", "search-text", "q"),
        ("q=*!", "search-text", "q"),
        ("channel=E", "COM-01", "channel"),
        ("channel= ", "COM-01", "channel"),
        ("group=nobody", "KEY-06", "group"),
        (f"company={new_id()}", "REF-01", "company"),
        (f"keyword={new_id()}", "KEY-06", "keyword"),
    ],
    ids=lambda value: value.split("=")[0],
)
async def test_what_could_find_nothing_is_refused(present: Present, query: str, rule: str, field: str) -> None:
    await a_book(present)
    refused = await present.get(f"/v1/addresses?{query}", expect=422)
    assert (refused["rule"], refused["field"]) == (rule, field)
