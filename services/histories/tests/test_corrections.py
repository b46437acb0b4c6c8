"""What people corrected: withdrawn, pinned, hidden, moved, as pages, touchpoints and single entries show it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from dossier.contracts import AddressRef, Reference
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.contracts.common import Principals
from dossier.ids import new_id, stream_id
from dossier.testing.activities import ANNA, BEN, note
from dossier.testing.services import ServiceUnderTest
from histories.api.models import Entry, HistoryPage
from histories.views.pages import Pages
from histories.views.readers import Reader
from oracle.recording import Present

pytestmark = pytest.mark.backends


class Acme:
    """A company with a contact, and what happens to an activity with that contact."""

    def __init__(self, present: Present, api: ServiceUnderTest) -> None:
        self.present = present
        self.api = api
        self.company = Reference(type="company", id=new_id())
        self.contact = Reference(type="contact", id=new_id())

    async def begin(self) -> Acme:
        await self.present.happen(self.company.stream, adr.CompanyRegistered(name="Acme AG"))
        registered = adr.ContactRegistered(company=self.company.id, last_name="Muster")
        await self.present.happen(self.contact.stream, registered)
        return self

    async def talk(self, **facts: Any) -> str:
        activity = new_id()
        given = {"address": {"type": "contact", "id": self.contact.id}} | facts
        await self.present.happen(f"activity-{activity}", note(**given))
        return activity

    async def happen(self, activity: str, *events: Any) -> None:
        await self.present.happen(f"activity-{activity}", *events)

    async def page(self, path: str, by: str = "anna") -> list[tuple[str, list[str]]]:
        answer = await self.api.call("GET", path, token=self.api.tokens.user(by), expect=200)
        return [(row.id, list(row.marks)) for row in HistoryPage.model_validate_json(answer.content).items]

    async def history(self, of: Reference, by: str = "anna") -> list[tuple[str, list[str]]]:
        return await self.page(f"/v1/{PLURALS[of.type]}/{of.id}/history", by)

    async def pins(self, of: Reference) -> list[str]:
        return [activity for activity, _ in await self.page(f"/v1/{PLURALS[of.type]}/{of.id}/pinned")]

    async def touchpoints(self, of: Reference) -> list[str]:
        answer = await self.api.call("GET", f"/v1/{PLURALS[of.type]}/{of.id}/touchpoints", expect=200)
        return [item["activity"]["id"] for item in answer.json()["items"]]

    async def entry(self, activity: str) -> Entry:
        answer = await self.api.call("GET", f"/v1/activities/{activity}", expect=200)
        return Entry.model_validate_json(answer.content)


PLURALS = {"company": "companies", "contact": "contacts", "project": "projects"}


@pytest.fixture
async def acme(present: Present, api: ServiceUnderTest) -> Acme:
    return await Acme(present, api).begin()


async def test_act_withdrawn_it_may_be_hidden_before_it_is_restored(acme: Acme) -> None:
    activity = await acme.talk()
    hidden = act.EntryHidden(object=acme.company)
    await acme.happen(activity, act.ActivityWithdrawn(), hidden, act.ActivityRestored())
    assert await acme.history(acme.company) == []
    assert await acme.history(acme.contact) == [(activity, [])]


async def test_act_withdrawn_it_is_on_no_page_and_no_touchpoint_until_restored(acme: Acme) -> None:
    earlier = await acme.talk(occurred_on=date(2026, 5, 1))
    activity = await acme.talk()
    await acme.happen(activity, act.ActivityWithdrawn(reason="entered twice"))
    for place in (acme.company, acme.contact):
        assert await acme.history(place) == [(earlier, [])]
        assert await acme.touchpoints(place) == [earlier]
    entry = await acme.entry(activity)
    assert (entry.marks, entry.shown_on, entry.hidden_on) == (["withdrawn"], [], [])
    assert len(entry.why) == 2
    await acme.happen(activity, act.ActivityRestored())
    for place in (acme.company, acme.contact):
        assert await acme.history(place) == [(activity, []), (earlier, [])]
        assert await acme.touchpoints(place) == [activity]


async def test_act_withdrawn_a_mail_is_unassigned_no_more(acme: Acme) -> None:
    activity = await acme.talk(kind="email", medium="email", address=None)
    assert await acme.page("/v1/unassigned") == [(activity, [])]
    await acme.happen(activity, act.ActivityWithdrawn())
    assert await acme.page("/v1/unassigned") == []


async def test_act_pin_it_is_marked_on_the_page_of_that_object_only_and_listed_for_its_top(acme: Acme) -> None:
    pinned, other = await acme.talk(occurred_on=date(2026, 5, 1)), await acme.talk()
    await acme.happen(pinned, act.EntryPinned(object=acme.company))
    assert await acme.history(acme.company) == [(other, []), (pinned, ["pinned"])]
    assert await acme.history(acme.contact) == [(other, []), (pinned, [])]
    assert (await acme.pins(acme.company), await acme.pins(acme.contact)) == ([pinned], [])
    assert [place.id for place in (await acme.entry(pinned)).pinned_on] == [acme.company.id]
    await acme.happen(pinned, act.EntryUnpinned(object=acme.company))
    assert await acme.pins(acme.company) == []


async def test_act_pin_to_a_page_that_does_not_show_it_waits_until_it_does(acme: Acme) -> None:
    activity = await acme.talk(address=None)
    await acme.happen(activity, act.EntryPinned(object=acme.company))
    assert await acme.pins(acme.company) == []
    await acme.happen(activity, act.ActivityLinked(object=acme.contact))
    assert await acme.pins(acme.company) == [activity]


async def test_act_hide_it_is_not_on_that_page_by_whatever_path_and_the_entry_says_so(acme: Acme) -> None:
    company = AddressRef(type="company", id=acme.company.id)
    activity = await acme.talk(further_addresses=(company,))
    await acme.happen(activity, act.EntryPinned(object=acme.company), act.EntryHidden(object=acme.company))
    assert (await acme.history(acme.company), await acme.pins(acme.company)) == ([], [])
    assert await acme.touchpoints(acme.company) == []
    assert await acme.history(acme.contact) == [(activity, [])]
    entry = await acme.entry(activity)
    assert [place.name for place in entry.hidden_on] == ["Acme AG"]
    assert [place.id for place in entry.shown_on] == [acme.contact.id]
    await acme.happen(activity, act.EntryShown(object=acme.company))
    assert await acme.history(acme.company) == [(activity, ["pinned"])]


async def test_act_hide_it_stays_hidden_when_a_new_rule_leads_there(acme: Acme) -> None:
    activity = await acme.talk(address=None)
    await acme.happen(activity, act.EntryHidden(object=acme.company))
    await acme.happen(activity, act.ActivityLinked(object=acme.contact))
    assert await acme.history(acme.company) == []


async def test_act_hide_from_the_parent_it_is_not_there_by_way_of_a_subsidiary(acme: Acme) -> None:
    child = new_id()
    await acme.present.happen(stream_id("company", child), adr.CompanyRegistered(name="Sub", parent=acme.company.id))
    activity = await acme.talk(address={"type": "company", "id": child})
    family = f"/v1/companies/{acme.company.id}/history?include=subsidiaries"
    touchpoints = f"/v1/companies/{acme.company.id}/touchpoints?include=subsidiaries"
    assert await acme.page(family) == [(activity, [])]
    for hidden_from in (acme.company, Reference(type="company", id=child)):
        await acme.happen(activity, act.EntryHidden(object=hidden_from))
        assert await acme.page(family) == []
        assert (await acme.api.call("GET", touchpoints, expect=200)).json()["items"] == []
        await acme.happen(activity, act.EntryShown(object=hidden_from))
    assert await acme.page(family) == [(activity, [])]


async def test_act_hide_and_act_withdrawn_open_no_door(acme: Acme, parked: set[str]) -> None:
    """What is hidden from a restricted project is still as private as that, and in doubt with it."""
    project = Reference(type="project", id=new_id())
    restricted = eng.EngagementRestricted(to=Principals(users=(BEN,)))
    await acme.present.happen(project.stream, eng.ProjectRegistered(code="P", title="Secret"), restricted)
    activity = await acme.talk(project=project.id, entered_by=BEN)
    await acme.happen(activity, act.EntryHidden(object=project))
    assert await acme.history(acme.company, by="anna") == []
    assert await acme.history(acme.company, by="ben") == [(activity, ["restricted"])]
    await acme.present.happen(project.stream, eng.EngagementOpened())
    assert await acme.history(acme.company, by="anna") == [(activity, [])]
    parked.add(project.stream)
    assert await acme.history(acme.company, by="anna") == []
    assert await acme.history(acme.company, by="ben") == [(activity, ["parked"])]
    await acme.happen(activity, act.ActivityWithdrawn())
    await acme.api.call("GET", f"/v1/activities/{activity}", token=acme.api.tokens.user("anna"), expect=404)
    await acme.api.call("GET", f"/v1/activities/{activity}", token=acme.api.tokens.user("ben"), expect=200)


async def test_act_move_it_leaves_one_history_for_another_and_why_tells_both(acme: Acme) -> None:
    beta = Reference(type="company", id=new_id())
    await acme.present.happen(beta.stream, adr.CompanyRegistered(name="Beta AG"))
    activity = await acme.talk()
    linked = act.ActivityLinked(object=beta, primary=True)
    await acme.happen(activity, linked, act.ActivityUnlinked(object=acme.contact, reason="wrong"))
    assert (await acme.history(acme.company), await acme.history(acme.contact)) == ([], [])
    assert await acme.history(beta) == [(activity, [])]
    told = {why.hops[-1].to.id: why.until is None for why in (await acme.entry(activity)).why}
    assert told == {acme.contact.id: False, acme.company.id: False, beta.id: True}


async def test_act_pin_reading_them_costs_what_is_shown_however_long_the_history(acme: Acme) -> None:
    first = date(2020, 1, 1)
    spans = []
    for number in range(300):
        facts = note(address={"type": "company", "id": acme.company.id}, occurred_on=first + timedelta(days=number))
        pins = [act.EntryPinned(object=acme.company)] if number % 100 == 0 else []
        spans.append(acme.present.record(f"activity-{new_id()}", facts, *pins))
    await acme.present.apply(*spans)
    pages = Pages(acme.present.projection.collections, Reader([f"user:{ANNA}"]))
    plan = await pages.pins(acme.company.stream, None, 50).explain()
    assert plan["executionStats"]["nReturned"] == 3
    assert plan["executionStats"]["totalDocsExamined"] == 3


async def test_act_pin_pages_of_pins_follow_each_other(acme: Acme) -> None:
    made = [await acme.talk(occurred_on=date(2026, 5, day)) for day in (1, 2, 3)]
    for activity in made:
        await acme.happen(activity, act.EntryPinned(object=acme.contact))
    path = f"/v1/contacts/{acme.contact.id}/pinned?limit=2"
    first = (await acme.api.call("GET", path, expect=200)).json()
    rest = (await acme.api.call("GET", f"{path}&cursor={first['next']}", expect=200)).json()
    assert [row["id"] for row in (*first["items"], *rest["items"])] == made[::-1]
    await acme.api.call("GET", f"/v1/contacts/{new_id()}/pinned", expect=404)
