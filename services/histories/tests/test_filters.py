"""Filters of pages, both ways through them, and folded conversations, over HTTP."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dossier.contracts import Grant
from dossier.contracts import activities as act
from dossier.contracts import activity_types as types
from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.contracts.common import GrantOrigin
from dossier.ids import derived_id, new_id
from dossier.testing.activities import BEN, CARA
from dossier.testing.services import ServiceUnderTest
from oracle.recording import Present
from oracle.telling import ROOF, company, ids, invoiced, made, mail, page, person, project, recorded, ref

pytestmark = pytest.mark.backends

URGENT, LEGAL = derived_id("keyword", "urgent"), derived_id("keyword", "legal")


async def test_act_06_and_13_a_page_is_narrowed_by_all_that_an_activity_says(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    eva = await person(present, "Muster", "Eva")
    of = {"address": ref("company", acme)}
    offer = await recorded(present, **of, activity_type="offer", medium="phone", direction="in", entered_by=BEN)
    legal = await recorded(present, **of, keywords=(URGENT, LEGAL), responsible=act.Assignment(user=CARA))
    urgent = await recorded(present, **of, keywords=(URGENT,), further_responsible=(act.Assignment(user=CARA),))
    both = await recorded(present, **of, further_addresses=(ref("person", eva),), activity_type="contract")
    path = f"/v1/companies/{acme}/history"
    expected = {
        "type=offer": [offer],
        "type=offer&type=contract": [both, offer],
        "medium=phone": [offer],
        "medium=phone&kind=call": [],
        "direction=in": [offer],
        f"entered_by={BEN}": [offer],
        f"responsible={CARA}": [urgent, legal],
        f"category={URGENT}": [urgent, legal],
        f"category={URGENT}&category={LEGAL}": [legal],
        f"person={eva}": [both],
        f"person={eva}&type=offer": [],
    }
    assert {query: await ids(api, f"{path}?{query}") for query in expected} == expected
    assert await ids(api, f"{path}?responsible=me", "cara") == [urgent, legal]
    assert await ids(api, f"{path}?entered_by=me", "ben") == [offer]


async def test_act_20_what_is_completed_is_found_as_such_and_again_as_open(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    note, task = [await recorded(present, address=ref("company", acme)) for _ in range(2)]
    path = f"/v1/companies/{acme}/history"
    for event, done, open_ in (
        (act.ActivityCompleted(completed_on=date(2026, 1, 1)), [task], [note]),
        (act.ActivityReopened(), [], [task, note]),
    ):
        await present.happen(f"activity-{task}", event)
        assert await ids(api, f"{path}?completed=true") == done
        assert await ids(api, f"{path}?completed=false") == open_
        assert await ids(api, "/v1/activities?completed=true") == done


async def test_what_follows_an_activity_up_is_listed_to_who_may_see_both(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    of = {"address": ref("company", acme)}
    call = await recorded(present, **of, kind="call")
    offers = [await recorded(present, **of, follow_up_of=call) for _ in range(3)]
    inner = await recorded(present, **of, follow_up_of=call, visibility="granted", entered_by=BEN)
    path = f"follow_up_of={call}"
    assert await ids(api, f"/v1/activities?{path}", "ben") == [inner, *offers[::-1]]
    assert await ids(api, f"/v1/companies/{acme}/history?{path}&limit=2") == offers[:0:-1]
    second = (await page(api, f"/v1/activities?{path}&limit=2"))["next"]
    assert await ids(api, f"/v1/activities?{path}&limit=2&cursor={second}") == offers[:1]
    await present.happen(f"activity-{call}", act.VisibilityChanged(visibility="granted"))
    assert await ids(api, f"/v1/activities?{path}", "cara") == []


async def test_act_withdrawn_what_was_withdrawn_is_found_by_that_alone_and_with_the_readers_rights(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    of = {"address": ref("company", acme), "entered_by": BEN, "title": "Wrong call"}
    days = [date(2026, 5, day) for day in (1, 2, 3)]
    first, second, third = [await recorded(present, **of, occurred_on=day) for day in days]
    hidden = await recorded(present, **of, visibility="granted")
    for each in (second, third, hidden):
        await present.happen(f"activity-{each}", act.ActivityWithdrawn())
    path = "/v1/activities?withdrawn=true"
    assert await ids(api, path) == [third, second]
    assert await ids(api, "/v1/activities?withdrawn=false") == await ids(api, "/v1/activities") == [first]
    assert await ids(api, f"{path}&entered_by=me", "ben") == [hidden, third, second]
    assert await ids(api, f"{path}&to=2026-05-02") == await ids(api, f"{path}&q=calls&to=2026-05-02") == [second]
    rows = (await page(api, path))["items"]
    assert [(row["marks"], row["why"][0]["hops"][0]["to"]["name"]) for row in rows] == [(["withdrawn"], "Acme AG")] * 2
    one = await page(api, f"{path}&limit=1")
    assert await ids(api, f"{path}&limit=1&cursor={one['next']}") == [second]
    refused = await api.call("GET", f"/v1/companies/{acme}/history?withdrawn=true", expect=422)
    assert refused.json()["field"] == "withdrawn"
    refused = await api.call("GET", f"{path}&person={acme}", expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("ACT-WITHDRAWN", "person")
    await present.happen(f"activity-{second}", act.ActivityRestored())
    assert await ids(api, path) == [third]
    written = await recorded(present, **mail())
    await present.happen(f"activity-{written}", act.ActivityWithdrawn())
    assert await ids(api, "/v1/mails?withdrawn=true&sender=acme.example") == [written]
    assert await ids(api, "/v1/mails") == await ids(api, "/v1/unassigned") == []


async def test_act_06_what_is_corrected_is_found_by_what_it_says_now(api: ServiceUnderTest, present: Present) -> None:
    acme = await company(present, "Acme AG")
    activity = await recorded(present, address=ref("company", acme), activity_type="offer", keywords=(URGENT,))
    changes = act.ActivityChanges(activity_type="contract", keywords=(LEGAL,))
    await present.happen(f"activity-{activity}", act.ActivityCorrected(changes=changes))
    path = f"/v1/companies/{acme}/history"
    assert await ids(api, f"{path}?type=offer") == await ids(api, f"{path}?category={URGENT}") == []
    assert await ids(api, f"{path}?type=contract&category={LEGAL}") == [activity]


async def test_phases_and_invoices_have_the_same_filters(api: ServiceUnderTest, present: Present) -> None:
    acme, mandate = await company(present, "Acme AG"), await project(present, "P1", "Move")
    phase = await made(present, "phase", eng.PhaseAdded(project=mandate, title="Concept"))
    invoice = await made(present, "invoice", invoiced(ref("company", acme)))
    call = await recorded(present, phase=phase, invoice=invoice, kind="call", medium="phone")
    note = await recorded(present, phase=phase, invoice=invoice)
    for path in (f"/v1/phases/{phase}/history", f"/v1/invoices/{invoice}/history"):
        assert await ids(api, path) == [note, call]
        assert await ids(api, f"{path}?medium=phone") == [call]
        assert await ids(api, f"{path}?person={acme}") == [note, call]
    assert await ids(api, f"/v1/projects/{mandate}/history?kind=note") == [note]


async def test_pages_lead_both_ways_and_a_day_can_be_jumped_to(api: ServiceUnderTest, present: Present) -> None:
    acme = await company(present, "Acme AG")
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(10)]
    activities = [await recorded(present, address=ref("company", acme), occurred_on=day) for day in days]
    newest_first, path = activities[::-1], f"/v1/companies/{acme}/history?limit=3"
    first = await page(api, path)
    second = await page(api, f"{path}&cursor={first['next']}")
    back = await page(api, f"{path}&cursor={second['previous']}")
    assert first["previous"] is None
    assert [row["id"] for row in second["items"]] == newest_first[3:6]
    assert (back["items"], back["previous"], back["next"]) == (first["items"], None, first["next"])
    jumped = await page(api, f"{path}&at=2026-01-05")
    newer = await page(api, f"{path}&cursor={jumped['previous']}")
    assert [row["id"] for row in jumped["items"]] == newest_first[5:8]
    assert [row["id"] for row in newer["items"]] == newest_first[2:5]
    assert (await page(api, f"{path}&cursor={newer['next']}"))["items"] == jumped["items"]
    end = await page(api, f"{path}&at=2025-12-31")
    assert (end["items"], end["next"]) == ([], None)
    assert [row["id"] for row in (await page(api, f"{path}&cursor={end['previous']}"))["items"]] == newest_first[7:]
    assert await ids(api, f"{path}&at=9999-12-31") == newest_first[:3]


async def test_a_page_says_which_days_it_shows(api: ServiceUnderTest, present: Present) -> None:
    acme = await company(present, "Acme AG")
    for day in (3, 1, 3, 2, 3):
        await recorded(present, address=ref("company", acme), occurred_on=date(2026, 1, day))
    found = await page(api, f"/v1/companies/{acme}/history?limit=4")
    assert found["days"] == [{"day": "2026-01-03", "count": 3}, {"day": "2026-01-02", "count": 1}]


async def test_a_folded_conversation_is_its_newest_mail_and_counts_what_the_reader_sees(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    of = {"address": ref("company", acme)}
    grant = Grant(to="user", id=BEN, origin=GrantOrigin(kind="channel", id="office"))
    secret = {"visibility": "granted", "grants": (grant,), "entered_by": None}
    first = await recorded(present, **of, **mail(), occurred_on=date(2026, 1, 1))
    call = await recorded(present, **of, kind="call", occurred_on=date(2026, 1, 2))
    second = await recorded(present, **of, **mail(), occurred_on=date(2026, 1, 3))
    third = await recorded(present, **of, **mail(), **secret, occurred_on=date(2026, 1, 4))
    lone = await recorded(present, **of, **mail(thread=None), occurred_on=date(2026, 1, 5))
    path = f"/v1/companies/{acme}/history?fold=conversations"

    async def rows(reader: str) -> list[tuple[str, int | None]]:
        return [(row["id"], row["conversation"]) for row in (await page(api, path, reader))["items"]]

    assert await rows("ben") == [(lone, None), (third, 3), (call, None)]
    assert await rows("cara") == [(lone, None), (second, 2), (call, None)]
    assert await ids(api, f"/v1/companies/{acme}/history?thread={ROOF}", "cara") == [second, first]
    small = await page(api, f"{path}&limit=2", "cara")
    rest = await page(api, f"{path}&limit=2&cursor={small['next']}", "cara")
    assert [row["id"] for row in rest["items"]] == [call]
    back = await page(api, f"{path}&limit=2&cursor={rest['previous']}", "cara")
    assert back["items"] == small["items"]


async def test_eml_19_a_mail_that_turns_out_to_be_of_another_conversation_is_folded_with_that_one(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    of = {"address": ref("company", acme)}
    first = await recorded(present, **of, **mail(), occurred_on=date(2026, 1, 1))
    later = await recorded(present, **of, **mail(thread=derived_id("thread", "cellar")), occurred_on=date(2026, 1, 2))
    await present.happen(f"activity-{later}", act.MailThreaded(thread=ROOF, revision=1))
    path = f"/v1/companies/{acme}/history"
    [row] = (await page(api, f"{path}?fold=conversations"))["items"]
    assert (row["id"], row["conversation"]) == (later, 2)
    assert await ids(api, f"{path}?thread={ROOF}") == [later, first]


async def test_a_reason_says_for_which_days_the_affiliation_holds(api: ServiceUnderTest, present: Present) -> None:
    acme = await company(present, "Acme AG")
    registered = adr.ContactRegistered(company=acme, last_name="Muster", valid_from=date(2020, 1, 1))
    eva = await made(present, "contact", registered, adr.AffiliationEnded(valid_to=date(2026, 3, 31)))
    await recorded(present, address=ref("contact", eva))
    (row,) = (await page(api, f"/v1/companies/{acme}/history"))["items"]
    (why,) = row["why"]
    assert why["says"].endswith("Acme AG, Muster is a contact of Acme AG (from 2020-01-01 to 2026-03-31)")
    assert [(hop["valid_from"], hop["valid_to"]) for hop in why["hops"]] == [
        (None, None),
        ("2020-01-01", "2026-03-31"),
    ]


async def test_act_21_a_type_is_asked_for_once_it_is_on_the_list(api: ServiceUnderTest, present: Present) -> None:
    path = "/v1/activities?type=survey"
    problem = (await api.call("GET", path, expect=422)).json()
    assert (problem["field"], problem["rule"]) == ("type", "ACT-21")
    assert "no type has this code" in problem["detail"]
    stream = f"activity-type-{derived_id('activity-type', 'survey')}"
    await present.happen(stream, types.ActivityTypeDefined(code="survey", label="Survey"))
    assert await ids(api, path) == []
    survey = await recorded(present, activity_type="survey")
    await present.happen(stream, types.ActivityTypeChanged(is_active=False))
    assert await ids(api, path) == [survey]


async def test_what_no_filter_knows_is_refused_with_its_name(api: ServiceUnderTest, present: Present) -> None:
    path = f"/v1/companies/{await company(present, 'Acme AG')}/history"
    refused = {
        "medium=pigeon": ("medium", "one-of"),
        "type=offer&type=pigeon": ("type", "ACT-21"),
        "category=x": ("category", "format"),
        "person=contact-1": ("person", "format"),
        f"person={new_id()}": ("person", "REF-01"),
        "responsible=anna": ("responsible", "format"),
        "fold=days": ("fold", "one-of"),
        "sender=eva@acme.example": ("sender", "known-parameter"),
        "from=2026-01-02&to=2026-01-01": ("from", "date-order"),
    }
    for query, (field, rule) in refused.items():
        problem = (await api.call("GET", f"{path}?{query}", expect=422)).json()
        assert (problem["field"], problem["rule"]) == (field, rule), query
    either = (await api.call("GET", f"{path}?responsible=anna", expect=422)).json()
    assert either["detail"] == "responsible: must be a UUID in lower case, or 'me'"
    service = api.tokens.service("activities")
    problem = (await api.call("GET", f"{path}?responsible=me", token=service, expect=422)).json()
    assert (problem["field"], problem["rule"]) == ("responsible", "ACT-08")
