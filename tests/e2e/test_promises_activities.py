"""Rows of the feature table: whatever was said, written or agreed is found in every place where it belongs, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dossier.auth.demo import BY_LOGIN
from dossier.days import OFFICE, today
from e2e.entering import (
    activity,
    changes,
    company,
    contact,
    history,
    opportunity,
    path,
    person,
    project,
    record,
    shows_to,
    word,
)
from e2e.people import User

pytestmark = [pytest.mark.backends, pytest.mark.slow]
ANNA, BRUNO, CLARA = (BY_LOGIN[login].id for login in ("anna", "bruno", "clara"))


def test_row_22_act_06_13_every_kind_and_filters_by_type_and_by_medium(anna: User) -> None:
    acme = company(anna, f"Acme {word()}")
    kinds = ["appointment", "meeting", "call", "email", "document", "note"]
    of: dict[str, Any] = {"address": {"type": "company", "id": acme}}
    for kind in kinds:
        activity(anna, kind, kind=kind, **of)
    activity(anna, "offer by phone", activity_type="offer", **of)
    activity(anna, "offer by post", kind="document", activity_type="offer", medium="written", **of)
    assert set(history(anna, "company", acme)) == {*kinds, "offer by phone", "offer by post"}
    assert set(history(anna, "company", acme, "?type=offer")) == {"offer by phone", "offer by post"}
    assert set(history(anna, "company", acme, "?medium=phone")) == {"call", "offer by phone"}
    assert set(history(anna, "company", acme, "?medium=phone&type=offer")) == {"offer by phone"}
    assert set(history(anna, "company", acme, "?kind=document")) == {"document", "offer by post"}


def test_row_23_act_09_10_one_activity_is_once_on_all_that_it_belongs_to(anna: User) -> None:
    acme = company(anna, f"Acme {word()}")
    eva, other = contact(anna, acme, last_name="Muster"), person(anna, word())
    roof = opportunity(anna, "Roof", "contact", eva)
    house = project(anna, "House")
    phase = anna.writes("engagements", f"/v1/projects/{house}/phases", {"title": "Concept"})["id"]
    bill = {
        "number": word()[:20],
        "project": house,
        "issued_on": str(today(OFFICE)),
        "amount": "10.00",
        "currency": "CHF",
    }
    bill["recipient"] = {"type": "company", "id": acme}
    invoice = anna.writes("engagements", "/v1/invoices", bill)["id"]
    further = [{"type": "person", "id": other}]
    links = {"opportunity": roof, "project": house, "phase": phase, "invoice": invoice, "further_addresses": further}
    talk = record(anna, "Talk", "contact", eva, **links)
    pages = [path("contact", eva), path("company", acme), path("person", other), f"/v1/opportunities/{roof}"]
    pages += [f"/v1/projects/{house}", f"/v1/phases/{phase}", f"/v1/invoices/{invoice}"]
    for at in pages:
        assert [row["id"] for row in anna.asks("histories", f"{at}/history")["items"]] == [talk], at
    assert anna.asks("histories", f"/v1/activities/{talk}")["primary_address"]["id"] == eva


def test_row_24_rup_01_02_03_act_11_a_contacts_activity_is_on_its_company_once_and_on_no_other(anna: User) -> None:
    acme, other = company(anna, f"Acme {word()}"), company(anna, f"Other {word()}")
    eva = person(anna, word(), "Eva")
    post, elsewhere = contact(anna, acme, person=eva), contact(anna, other, person=eva)
    colleague = contact(anna, acme, last_name="Beispiel")
    further = [{"type": "company", "id": acme}, {"type": "contact", "id": colleague}]
    talk = record(anna, "Talk", "contact", post, further_addresses=further)
    shown = anna.asks("histories", f"{path('company', acme)}/history")["items"]
    assert [row["id"] for row in shown] == [talk]
    assert len(shown[0]["why"]) == 3
    assert history(anna, "company", other) == history(anna, "contact", elsewhere) == {}
    assert history(anna, "person", eva) == {"Talk": ["direct", "capacity-of-person"]}
    anna.writes("addresses", f"{path('contact', colleague)}/deactivate")
    record(anna, "After", "contact", colleague)
    assert list(history(anna, "company", acme)) == ["After", "Talk"]


def test_row_25_act_12_15_documents_of_a_project_are_for_its_readers(anna: User, bruno: User, clara: User) -> None:
    house, pdf = project(anna, "House", leader=ANNA), b"%PDF-1.7\nThe plan\n"
    plan = activity(anna, "Our plan", kind="document", project=house)
    document = anna.attaches(plan, "Plan.pdf", "application/pdf", pdf)

    def seen(user: User) -> list[str]:
        user.knows_what(anna)
        rows = user.asks("histories", f"/v1/projects/{house}/history?kind=document")["items"]
        return [each["name"] for row in rows for each in row["documents"]]

    for user in (anna, bruno):
        assert seen(user) == ["Plan.pdf"]
        assert user.downloads("activities", f"{document}/content") == pdf
    shows_to(anna, "projects", house, ANNA, CLARA)
    assert seen(clara) == ["Plan.pdf"]
    assert clara.downloads("activities", f"{document}/content") == pdf
    bruno.knows_what(anna)
    bruno.asks("histories", f"/v1/projects/{house}/history", 404)
    for at in (document, f"{document}/content"):
        bruno.asks("activities", at, 404)


def test_row_26_the_last_touchpoints_by_medium_and_the_newest_first(anna: User) -> None:
    acme = company(anna, f"Acme {word()}")
    eva = contact(anna, acme, last_name="Muster")
    for days, title, more in (
        (30, "first call", {}),
        (2, "last call", {}),
        (9, "visit", {"kind": "meeting", "medium": "on_site"}),
        (1, "letter", {"kind": "document", "medium": "written"}),
    ):
        on = str(today(OFFICE) - timedelta(days=days))
        activity(anna, title, address={"type": "contact", "id": eva}, occurred_on=on, **more)
    told = anna.asks("histories", f"{path('company', acme)}/touchpoints")
    assert [(each["medium"], each["activity"]["title"], each["by"]["id"]) for each in told["items"]] == [
        ("written", "letter", ANNA),
        ("phone", "last call", ANNA),
        ("on_site", "visit", ANNA),
    ]
    assert sum(month["count"] for month in told["months"]) == 4
    assert list(history(anna, "company", acme, "?limit=2")) == ["letter", "last call"]


def test_row_53_aud_01_03_04_a_change_is_logged_with_before_and_after_and_notifications_are_not(
    anna: User, bruno: User
) -> None:
    one = word()
    acme = company(anna, f"Acme {one}")
    anna.writes("addresses", f"{path('company', acme)}/name", {"name": f"Beta {one}"}, "PUT")
    renamed, registered = changes(anna, "company", acme)
    assert (registered["actor"], renamed["actor"]) == (f"user:{ANNA}",) * 2
    assert [(each["field"], each["before"], each["after"]) for each in renamed["fields"]] == [
        ("name", f"Acme {one}", f"Beta {one}")
    ]
    task = record(anna, "Call", "company", acme, visibility="granted", responsible={"user": ANNA})
    at = f"/v1/activities/{task}"
    anna.writes("activities", f"{at}/corrections", {"changes": {"title": "Call back"}, "reason": "clearer"})
    anna.writes("activities", f"{at}/delegation", {"to": BRUNO})
    bruno.knows_what(anna)
    bruno.writes("activities", f"{at}/delegation/answer", {"answer": "accepted"})
    anna.knows_what(bruno)
    log = anna.asks("activities", f"{at}/changes")["items"]
    assert {entry["actor"] for entry in log} == {f"user:{ANNA}", f"user:{BRUNO}"}
    assert [(each["field"], each["before"], each["after"]) for each in log[-2]["fields"]] == [
        ("title", "Call", "Call back")
    ]
    assert log[-2]["reason"] == "clearer"
    assert "notif" not in str(log)
    hidden = record(anna, "Secret", "company", acme, visibility="granted")
    bruno.knows_what(anna)
    bruno.asks("activities", f"/v1/activities/{hidden}/changes", 404)


def test_row_55_cal_01_02_03_a_calendar_goes_by_the_day_and_by_who_entered_it(anna: User, bruno: User) -> None:
    one, day, due = word(), today(OFFICE) + timedelta(days=400), today(OFFICE) + timedelta(days=430)
    times = {"starts_at": f"{day}T09:00:00Z", "ends_at": f"{day}T10:00:00Z", "occurred_on": str(day)}
    task = {"due_on": str(due), "responsible": {"user": BRUNO}}
    visit = activity(anna, f"Visit {one}", kind="appointment", **times, **task)

    def found(user: User, on: object, more: str = "") -> list[str]:
        user.knows_what(anna)
        items = user.asks("histories", f"/v1/calendar?from={on}&to={on}{more}")["items"]
        return [each["id"] for each in items if one in each["title"]]

    assert (found(anna, day), found(anna, due)) == ([visit], [])
    assert (found(bruno, day), found(bruno, due)) == ([], [])
    assert found(bruno, day, f"&of={ANNA}") == found(bruno, day, "&include=responsible") == [visit]
    none = {"changes": {"starts_at": None, "ends_at": None}}
    anna.writes("activities", f"/v1/activities/{visit}/corrections", none)
    assert found(anna, day) == []
    assert anna.asks("histories", f"/v1/activities/{visit}")["title"] == f"Visit {one}"
