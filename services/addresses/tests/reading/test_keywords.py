"""Keywords where addresses are read: by reference, counted, and personal ones their owner's alone."""

from __future__ import annotations

import pytest

from addresses.api.reading_models import KeywordEvaluation
from dossier.contracts import addresses as adr
from dossier.ids import new_id, stream_id
from oracle.book_present import Present

pytestmark = pytest.mark.backends


async def group(present: Present, name: str, *keywords: str, owner: str | None = None) -> tuple[str, dict[str, str]]:
    """A group with its keywords; ids by name."""
    ids = {keyword: new_id() for keyword in keywords}
    types = ("company", "person", "contact", "couple")
    created = adr.KeywordGroupCreated(name=name, is_exclusive=False, types=types, owner=owner)
    added = [adr.KeywordAdded(keyword=ids[keyword], name=keyword, position=n) for n, keyword in enumerate(keywords)]
    return await present.add("keyword-group", created, *added), ids


async def test_key_03_a_keyword_is_renamed_everywhere_at_once(present: Present) -> None:
    of, ids = await group(present, "Mailing", "Event 2025")
    acme = await present.company("Acme", adr.KeywordAssigned(keyword=ids["Event 2025"], group=of))
    eva = await present.person("Muster", "", adr.KeywordAssigned(keyword=ids["Event 2025"], group=of))
    renamed = adr.KeywordChanged(keyword=ids["Event 2025"], name="Event 2026")
    await present.happen(stream_id("keyword-group", of), renamed)
    for address in (f"company-{acme}", f"person-{eva}"):
        (shown,) = (await present.get(f"/v1/addresses/{address}"))["keywords"]
        assert (shown["name"], shown["group"]["name"]) == ("Event 2026", "Mailing")


async def test_adr_08_adr_11_customers_and_suppliers_are_found_by_group_and_one_may_be_both(present: Present) -> None:
    of, ids = await group(present, "Account type", "Customer", "Supplier")
    both = [adr.KeywordAssigned(keyword=each, group=of) for each in ids.values()]
    await present.company("Both AG", *both)
    await present.person("Muster", "", both[0])
    assert await present.found("group=customer") == ["Both AG", "Muster"]
    assert await present.found("group=supplier") == ["Both AG"]
    assert await present.found(f"keyword={ids['Customer']}&keyword={ids['Supplier']}") == ["Both AG"]
    assert await present.found(f"keyword_group={of}") == ["Both AG", "Muster"]
    unknown = await present.get("/v1/addresses?group=nothing of the kind", expect=422)
    assert (unknown["rule"], unknown["field"]) == ("KEY-06", "group")


async def test_key_06_personal_keywords_are_their_owners_alone(present: Present) -> None:
    anna = present.service.tokens.user_id("anna")
    of, ids = await group(present, "Mine", "Golf", owner=anna)
    acme = await present.company("Acme", adr.KeywordAssigned(keyword=ids["Golf"], group=of))
    queries = (f"/v1/addresses?keyword={ids['Golf']}", f"/v1/addresses?keyword_group={of}")
    for path in (*queries, f"/v1/evaluation/keywords?group={of}"):
        assert (await present.get(path))["items"]
        refused = await present.get(path, user="bruno", expect=422)
        assert refused["rule"] == "KEY-06"
    assert len((await present.get(f"/v1/addresses/company-{acme}"))["keywords"]) == 1
    assert (await present.get(f"/v1/addresses/company-{acme}", user="bruno"))["keywords"] == []
    await present.get("/v1/addresses?group=golf", expect=422, user="bruno")


async def test_counts_by_keyword_and_by_two_groups_crossed(present: Present) -> None:
    industry, of = await group(present, "Industry", "Banks", "Law", "Trade")
    kinds, ids = await group(present, "Account type", "Customer", "Lead")
    bank = adr.KeywordAssigned(keyword=of["Banks"], group=industry)
    law = adr.KeywordAssigned(keyword=of["Law"], group=industry)
    customer = adr.KeywordAssigned(keyword=ids["Customer"], group=kinds)
    lead = adr.KeywordAssigned(keyword=ids["Lead"], group=kinds)
    await present.company("One", bank, customer)
    await present.company("Two", bank, customer, lead)
    await present.company("Three", bank)
    await present.company("Four", law, customer, adr.AddressDeactivated())
    await present.company("Five", law, customer, adr.AddressDeleted())
    counted = await present.get(f"/v1/evaluation/keywords?group={industry}")
    KeywordEvaluation.model_validate(counted)
    assert [(each["keyword"]["name"], each["count"]) for each in counted["items"]] == [
        ("Banks", 3),
        ("Law", 0),
        ("Trade", 0),
    ]
    counted = await present.get(f"/v1/evaluation/keywords?group={industry}&inactive=true")
    assert [each["count"] for each in counted["items"]] == [3, 1, 0]
    crossed = await present.get(f"/v1/evaluation/keywords?group={industry}&by={kinds}")
    KeywordEvaluation.model_validate(crossed)
    shown = [(each["keyword"]["name"], each["by"] and each["by"]["name"], each["count"]) for each in crossed["items"]]
    assert shown == [("Banks", "Customer", 2), ("Banks", "Lead", 1), ("Banks", None, 1)]
