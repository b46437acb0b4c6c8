"""What pages show, over HTTP: rows with reasons, newest first, with filters, pages, and the names of today."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from dossier.auth.guard import assert_every_route_has_a_rule
from dossier.contracts import AddressRef, Reference
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import directory as dire
from dossier.contracts import engagements as eng
from dossier.ids import new_id, stream_id
from dossier.projections import tokens
from dossier.testing.activities import ANNA, note
from dossier.testing.services import ServiceUnderTest
from histories.api.models import Entry, HistoryPage, Touchpoints
from oracle.recording import Present

pytestmark = pytest.mark.backends

ACME, BETA = new_id(), new_id()
EVA = new_id()


async def company(present: Present, identifier: str, name: str) -> None:
    await present.happen(stream_id("company", identifier), adr.CompanyRegistered(name=name))


async def contact(present: Present, company: str, **facts: Any) -> str:
    identifier = new_id()
    await present.happen(stream_id("contact", identifier), adr.ContactRegistered(company=company, **facts))
    return identifier


async def recorded(present: Present, of: str, identifier: str, **facts: Any) -> str:
    activity = new_id()
    address = {"type": of, "id": identifier}
    await present.happen(stream_id("activity", activity), note(address=address, **facts))
    return activity


async def page(api: ServiceUnderTest, path: str, **token: Any) -> dict[str, Any]:
    answer = await api.call("GET", path, expect=200, token=api.tokens.user(**token) if token else None)
    return HistoryPage.model_validate_json(answer.content).model_dump()


async def ids(api: ServiceUnderTest, path: str, **token: Any) -> list[str]:
    return [row["id"] for row in (await page(api, path, **token))["items"]]


async def test_a_day_is_in_the_order_of_its_moments_whatever_the_ids(api: ServiceUnderTest, present: Present) -> None:
    """From and to, when the mail was sent, or when it was recorded: 08:00:0x of that day."""
    await company(present, ACME, "Acme AG")
    told: dict[str, dict[str, Any]] = {
        "at three": {"kind": "meeting", "medium": "on_site", "starts_at": "2026-05-04T15:00:00+02:00"},
        "at six": {"kind": "meeting", "medium": "on_site", "starts_at": "2026-05-04T06:00:00Z"},
        "sent at noon the day before": mail_sent("2026-05-03T12:00:00Z"),
        "sent in years to come": mail_sent("2070-01-01T00:00:00Z"),
        "noted first": {},
        "noted then": {},
    }
    falling = sorted((new_id() for _ in told), reverse=True)
    streams = [stream_id("activity", each) for each in falling]
    for stream, (title, facts) in zip(streams, told.items(), strict=True):
        await present.happen(stream, note(address={"type": "company", "id": ACME}, title=title, **facts))
    path = f"/v1/companies/{ACME}/history"
    in_order = [
        "at three",
        "noted then",
        "noted first",
        "sent in years to come",
        "at six",
        "sent at noon the day before",
    ]
    assert await titles(api, path) == in_order
    assert await titles(api, f"{path}?limit=2") == in_order[:2]
    earlier = act.ActivityChanges.model_validate({"starts_at": "2026-05-04T05:00:00Z"})
    await present.happen(streams[0], act.ActivityCorrected(changes=earlier))
    assert await titles(api, path) == [*in_order[1:5], "at three", in_order[5]]
    answer = await api.call("GET", path.replace("history", "touchpoints"), expect=200)
    touched = Touchpoints.model_validate_json(answer.content).items
    assert [each.activity.title for each in touched] == ["noted then", "sent in years to come", "at six"]


def mail_sent(at: str) -> dict[str, Any]:
    mail = {"message": new_id(), "sender": "eva@acme.example", "sent_at": at}
    return {"kind": "email", "medium": "email", "mail": mail}


async def titles(api: ServiceUnderTest, path: str) -> list[str]:
    return [row["title"] for row in (await page(api, path))["items"]]


async def test_rup_01_a_contacts_activity_is_on_its_companys_page_and_says_why(
    api: ServiceUnderTest, present: Present
) -> None:
    await company(present, ACME, "Acme AG")
    eva = await contact(present, ACME, last_name="Muster", first_name="Eva")
    await present.happen(stream_id("user", ANNA), dire.UserAdded(name="Anna Ammann"))
    activity = await recorded(present, "contact", eva, title="Offer", text="Long talk. " * 100)
    found = await page(api, f"/v1/companies/{ACME}/history")
    (row,) = found["items"]
    (why,) = row["why"]
    assert found["of"] == {"type": "company", "id": ACME, "name": "Acme AG", "deleted": False}
    assert (row["id"], row["title"], row["entered_by"]["name"]) == (activity, "Offer", "Anna Ammann")
    assert len(row["excerpt"]) == 300
    assert why["says"] == "recorded with Acme AG, Muster Eva; Acme AG, Muster Eva is a contact of Acme AG"
    assert [hop["code"] for hop in why["hops"]] == ["direct", "contact-of-company"]
    assert [hop["events"] for hop in why["hops"]] == [[f"activity-{activity}:1"], [f"contact-{eva}:1"]]


async def test_rup_01_an_activity_with_the_company_and_two_contacts_is_one_row_with_three_reasons(
    api: ServiceUnderTest, present: Present
) -> None:
    await company(present, ACME, "Acme AG")
    contacts = [await contact(present, ACME, last_name=name) for name in ("Muster", "Moser")]
    further = [AddressRef(type="contact", id=identifier) for identifier in contacts]
    activity = await recorded(present, "company", ACME, further_addresses=further)
    (row,) = (await page(api, f"/v1/companies/{ACME}/history"))["items"]
    assert row["id"] == activity
    assert len(row["why"]) == 3


async def test_rup_02_and_07_2_what_was_done_with_a_contact_or_person_is_not_on_the_persons_other_company(
    api: ServiceUnderTest, present: Present
) -> None:
    await company(present, ACME, "Acme AG")
    await company(present, BETA, "Beta AG")
    await present.happen(stream_id("person", EVA), adr.PersonRegistered(last_name="Muster"))
    at_acme, _ = await contact(present, ACME, person=EVA), await contact(present, BETA, person=EVA)
    with_contact = await recorded(present, "contact", at_acme)
    private = await recorded(present, "person", EVA)
    assert await ids(api, f"/v1/companies/{ACME}/history") == [with_contact]
    assert await ids(api, f"/v1/companies/{BETA}/history") == []
    assert await ids(api, f"/v1/persons/{EVA}/history") == [private, with_contact]


async def test_con_10_after_a_job_change_the_former_company_keeps_its_history(
    api: ServiceUnderTest, present: Present
) -> None:
    await company(present, ACME, "Acme AG")
    await company(present, BETA, "Beta AG")
    former = await contact(present, ACME, last_name="Muster")
    before = await recorded(present, "contact", former)
    successor = await contact(present, BETA, last_name="Muster", predecessor=former)
    ended = adr.AffiliationEnded(valid_to=date(2026, 3, 31), successor=successor)
    await present.happen(stream_id("contact", former), ended)
    after = await recorded(present, "contact", successor)
    assert await ids(api, f"/v1/companies/{ACME}/history") == [before]
    assert await ids(api, f"/v1/companies/{BETA}/history") == [after]


async def test_a_corrected_affiliation_moves_the_whole_history_and_why_tells_where_it_was(
    api: ServiceUnderTest, present: Present
) -> None:
    await company(present, ACME, "Acme AG")
    await company(present, BETA, "Beta AG")
    eva = await contact(present, ACME, last_name="Muster")
    activity = await recorded(present, "contact", eva)
    await present.happen(stream_id("contact", eva), adr.AffiliationCorrected(company=BETA))
    assert await ids(api, f"/v1/companies/{ACME}/history") == []
    assert await ids(api, f"/v1/companies/{BETA}/history") == [activity]
    answer = await api.call("GET", f"/v1/activities/{activity}", expect=200)
    entry = Entry.model_validate_json(answer.content)
    told = {why.hops[-1].to.id: why.until is None for why in entry.why}
    assert told == {eva: True, ACME: False, BETA: True}
    assert {reference.id for reference in entry.shown_on} == {eva, BETA}


async def test_rup_06_unlinked_on_keeps_with_the_person_what_is_dated_before(
    api: ServiceUnderTest, present: Present
) -> None:
    await company(present, ACME, "Acme AG")
    await present.happen(stream_id("person", EVA), adr.PersonRegistered(last_name="Muster"))
    eva = await contact(present, ACME, person=EVA)
    before = await recorded(present, "contact", eva, occurred_on=date(2026, 3, 31))
    await recorded(present, "contact", eva, occurred_on=date(2026, 4, 1))
    unlinked = adr.PersonUnlinked(person=EVA, unlinked_on=date(2026, 4, 1), last_name="Muster")
    await present.happen(stream_id("contact", eva), unlinked)
    assert await ids(api, f"/v1/persons/{EVA}/history") == [before]
    assert len(await ids(api, f"/v1/companies/{ACME}/history")) == 2


async def test_a_customer_sees_the_project_within_the_roles_dates(api: ServiceUnderTest, present: Present) -> None:
    await company(present, ACME, "Acme AG")
    project, role = new_id(), new_id()
    assigned = eng.RoleAssigned(
        role_id=role,
        role="customer",
        address=AddressRef(type="company", id=ACME),
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 3, 31),
    )
    await present.happen(stream_id("project", project), eng.ProjectRegistered(code="P1", title="Move"), assigned)
    inside, outside = new_id(), new_id()
    await present.happen(f"activity-{inside}", note(project=project, occurred_on=date(2026, 3, 31)))
    await present.happen(f"activity-{outside}", note(project=project, occurred_on=date(2026, 4, 1)))
    assert await ids(api, f"/v1/projects/{project}/history") == [outside, inside]
    (row,) = (await page(api, f"/v1/companies/{ACME}/history"))["items"]
    assert row["id"] == inside
    assert row["why"][0]["says"] == (
        "recorded with P1 Move; Acme AG is a customer of P1 Move (from 2026-01-01 to 2026-03-31)"
    )


async def test_con_09_and_ali_03_pages_show_the_names_of_today(api: ServiceUnderTest, present: Present) -> None:
    await company(present, ACME, "Acme AG")
    await present.happen(stream_id("person", EVA), adr.PersonRegistered(last_name="Muster"))
    eva = await contact(present, ACME, person=EVA)
    await recorded(present, "contact", eva)
    before = await present.projection.collections.entries.find_one({})
    await present.happen(stream_id("company", ACME), adr.CompanyRenamed(name="Apex AG"))
    await present.happen(stream_id("person", EVA), adr.PersonRenamed(last_name="Moser", first_name="Eva"))
    found = await page(api, f"/v1/contacts/{eva}/history")
    assert found["of"]["name"] == "Apex AG, Moser Eva"
    assert await present.projection.collections.entries.find_one({}) == before


async def test_con_08_a_contact_without_a_name_goes_by_its_supplement(api: ServiceUnderTest, present: Present) -> None:
    await company(present, ACME, "Acme AG")
    accounts = await contact(present, ACME, supplement="Accounts payable")
    assert (await page(api, f"/v1/contacts/{accounts}/history"))["of"]["name"] == "Acme AG, Accounts payable"


async def test_pages_follow_each_other_newest_first_without_gap_or_repeat(
    api: ServiceUnderTest, present: Present
) -> None:
    await company(present, ACME, "Acme AG")
    days = [date(2026, 1, 1) + timedelta(days=number % 7) for number in range(23)]
    made = [(day, await recorded(present, "company", ACME, occurred_on=day)) for day in days]
    seen: list[str] = []
    path = f"/v1/companies/{ACME}/history?limit=5"
    following = ""
    while following is not None:
        found = await page(api, path + (f"&cursor={following}" if following else ""))
        seen += [row["id"] for row in found["items"]]
        following = found["next"]
    assert seen == [activity for _, activity in sorted(made, reverse=True)]


async def test_a_cursor_is_good_for_its_own_list_only(api: ServiceUnderTest, present: Present) -> None:
    await company(present, ACME, "Acme AG")
    for _ in range(3):
        await recorded(present, "company", ACME)
    cursor = (await page(api, f"/v1/companies/{ACME}/history?limit=1"))["next"]
    await api.call("GET", f"/v1/companies/{ACME}/history?limit=1&kind=call&cursor={cursor}", expect=400)
    await api.call("GET", f"/v1/companies/{ACME}/history?limit=201", expect=422)


async def test_kinds_and_period_narrow_a_page(api: ServiceUnderTest, present: Present) -> None:
    await company(present, ACME, "Acme AG")
    kinds = ("call", "meeting", "note", "call")
    made = [
        await recorded(present, "company", ACME, kind=kind, occurred_on=date(2026, 1, 1 + number))
        for number, kind in enumerate(kinds)
    ]
    path = f"/v1/companies/{ACME}/history"
    assert await ids(api, f"{path}?kind=call") == [made[3], made[0]]
    assert await ids(api, f"{path}?kind=call&kind=meeting") == [made[3], made[1], made[0]]
    assert await ids(api, f"{path}?from=2026-01-02&to=2026-01-03") == [made[2], made[1]]
    assert await ids(api, f"{path}?to=9999-12-31&kind=note") == [made[2]]
    backwards = await api.call("GET", f"{path}?from=2026-01-03&to=2026-01-02", expect=422)
    assert (backwards.json()["rule"], backwards.json()["field"]) == ("date-order", "from")
    misspelt = await api.call("GET", f"{path}?kinds=call", expect=422)
    assert (misspelt.json()["rule"], misspelt.json()["field"]) == ("known-parameter", "kinds")


async def test_last_touchpoints_are_one_per_medium_and_none_of_the_future(
    api: ServiceUnderTest, present: Present
) -> None:
    await company(present, ACME, "Acme AG")
    await recorded(present, "company", ACME, medium="phone", occurred_on=date(2026, 1, 1))
    call = await recorded(present, "company", ACME, medium="phone", occurred_on=date(2026, 2, 1))
    mail = await recorded(present, "company", ACME, medium="email", occurred_on=date(2026, 3, 1))
    await recorded(present, "company", ACME, medium="on_site", occurred_on=date(2999, 1, 1))
    answer = await api.call("GET", f"/v1/companies/{ACME}/touchpoints", expect=200)
    found = Touchpoints.model_validate_json(answer.content)
    assert [(point.medium, point.activity.id) for point in found.items] == [("email", mail), ("phone", call)]
    assert found.items[0].by is not None
    assert found.items[0].by.id == ANNA


async def test_a_mail_that_is_on_no_address_is_unassigned_until_it_is_linked(
    api: ServiceUnderTest, present: Present
) -> None:
    await company(present, ACME, "Acme AG")
    activity = new_id()
    await present.happen(f"activity-{activity}", note(kind="email", medium="email"))
    await present.happen(f"activity-{new_id()}", note())
    found = await page(api, "/v1/unassigned")
    assert [row["id"] for row in found["items"]] == [activity]
    linked = act.ActivityLinked(object=Reference(type="company", id=ACME), origin="rule")
    await present.happen(f"activity-{activity}", linked)
    assert await ids(api, "/v1/unassigned") == []
    assert await ids(api, f"/v1/companies/{ACME}/history") == [activity]


async def test_unknown_objects_and_words_are_refused(api: ServiceUnderTest) -> None:
    await api.call("GET", f"/v1/companies/{new_id()}/history", expect=404)
    await api.call("GET", f"/v1/activities/{new_id()}", expect=404)
    await api.call("GET", "/v1/companies/no-id/history", expect=422)
    await api.call("GET", f"/v1/invoices/{new_id()}/history", expect=404)
    await api.call("GET", f"/v1/letters/{new_id()}/history", expect=422)
    await api.call("GET", f"/v1/companies/{new_id()}/history?kind=dance", expect=422)
    assert (await api.http.get(f"/v1/companies/{new_id()}/history")).status_code == 401


async def test_every_route_has_a_rule(api: ServiceUnderTest) -> None:
    assert_every_route_has_a_rule(api.roles.app)


async def test_a_reader_waits_for_what_was_written_and_is_told_what_lacks(
    api: ServiceUnderTest, present: Present
) -> None:
    await company(present, ACME, "Acme AG")
    key = b"development-only"
    applied = tokens.issue(key, {stream_id("company", ACME): 1})
    answer = await api.call("GET", f"/v1/companies/{ACME}/history", headers={"Dossier-After": applied}, expect=200)
    assert "Dossier-Lacks" not in answer.headers
    ahead = tokens.issue(key, {stream_id("company", ACME): 2})
    headers = {"Dossier-After": ahead, "Prefer": "wait=0"}
    answer = await api.call("GET", f"/v1/companies/{ACME}/history", headers=headers, expect=200)
    assert answer.headers["Dossier-Lacks"] == f"company-{ACME}:2"


async def test_an_entry_says_that_its_text_goes_on(api: ServiceUnderTest, present: Present) -> None:
    for cut in (False, True):
        activity = await recorded(
            present, "company", ACME, text="Talk", text_cut=cut, text_object=new_id() if cut else None
        )
        answer = await api.call("GET", f"/v1/activities/{activity}", expect=200)
        entry = Entry.model_validate_json(answer.content)
        assert (entry.text, entry.text_cut) == ("Talk", cut)
