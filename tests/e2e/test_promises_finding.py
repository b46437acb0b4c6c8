"""Rows of the feature table: everything is found, by those who may see it, and nobody else learns that it is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dossier.auth.demo import BY_LOGIN
from dossier.days import OFFICE, today
from e2e.entering import activity, company, contact, found, history, keywords, path, person, project, record, word
from e2e.people import OFFICE as MAILBOX
from e2e.people import User, eventually
from e2e.stack import Stack

pytestmark = [pytest.mark.backends, pytest.mark.slow]
ANNA, BRUNO, CLARA = (BY_LOGIN[login].id for login in ("anna", "bruno", "clara"))


def titles(user: User, path: str) -> list[str]:
    return [row["title"] for row in user.asks("histories", path)["items"]]


def mail(one: str, subject: str, to: str = MAILBOX) -> str:
    head = f"From: Eva <eva@{one}.example>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@{one}.example>"
    return f"{head}\r\n\r\nDear all, about {one}.\r\n"


def test_row_40_rup_07_src_02_03_rgt_10_what_one_may_not_see_is_nowhere(anna: User, bruno: User) -> None:
    one = word()
    acme = company(anna, f"Acme {one}")
    letter: dict[str, Any] = {"kind": "email", "text": f"about the {one} merger", "visibility": "granted"}
    letter |= {"responsible": {"user": ANNA}, "due_on": str(today(OFFICE) + timedelta(days=1))}
    secret = activity(anna, f"Secret {one}", address={"type": "company", "id": acme}, **letter)

    def inbox(user: User) -> str:
        return str(user.asks("notifications", "/v1/inbox?limit=200"))

    anna.writes("activities", f"/v1/activities/{secret}/delegation", {"to": BRUNO})
    bruno.knows_what(anna)
    assert history(bruno, "company", acme) == {f"Secret {one}": ["direct"]}
    eventually(lambda: one in inbox(bruno))
    anna.writes("activities", f"/v1/activities/{secret}/delegation/answer", {"answer": "withdrawn"})
    bruno.knows_what(anna)
    assert history(bruno, "company", acme) == {}
    assert one not in inbox(bruno)
    for search in (f"activities?q={one}", f"activities?q={one}&responsible={ANNA}", f"mails?q={one}"):
        assert (titles(anna, f"/v1/{search}"), titles(bruno, f"/v1/{search}")) == ([f"Secret {one}"], [])
    assert bruno.asks("histories", f"{path('company', acme)}/history")["days"] == []
    for user, many in ((anna, 1), (bruno, 0)):
        told = user.asks("histories", f"{path('company', acme)}/touchpoints")
        assert (len(told["items"]), sum(month["count"] for month in told["months"])) == (many, many)
        assert (told["next_task"] is not None) == bool(many)
    for service in ("activities", "histories"):
        bruno.asks(service, f"/v1/activities/{secret}", 404)


def test_row_41_act_12_notes_of_a_project_are_for_its_readers_and_its_mails_for_theirs(anna: User, bruno: User) -> None:
    one, house = word().lower(), project(anna, "House")
    activity(anna, "note", kind="note", project=house)
    for subject in ("mail", "granted"):
        anna.files_mail(mail(one, subject))
    mails = f"/v1/mails?sender={one}.example"
    eventually(lambda: sorted(titles(anna, mails)) == ["granted", "mail"])
    filed = {row["title"]: row["id"] for row in anna.asks("histories", mails)["items"]}
    for id in filed.values():
        anna.writes("activities", f"/v1/activities/{id}/links", {"object": {"type": "project", "id": house}})
    grants = {"grants": [{"to": "user", "id": BRUNO}]}
    anna.writes("activities", f"/v1/activities/{filed['granted']}/grants", grants)
    bruno.knows_what(anna)
    at = f"/v1/projects/{house}/history"
    assert sorted(titles(anna, at)) == ["granted", "mail", "note"]
    assert sorted(titles(bruno, at)) == ["granted", "note"]
    assert [day["count"] for day in bruno.asks("histories", at)["days"]] == [2]


def test_row_42_fol_01_sta_01_addresses_are_searched_by_type_name_city_keyword_and_manager(anna: User) -> None:
    one = word()
    place = [{"kind": "visit", "city": f"Stadt{one}", "country": "CH"}]
    acme = company(anna, f"Acme {one}", postal_addresses=place)
    eva, closed = person(anna, f"Muster{one}", "Eva"), company(anna, f"Closed {one}")
    supplier = keywords(anna, "Account type")["Supplier"]
    anna.writes("addresses", f"{path('company', acme)}/keywords/{supplier}", method="PUT")
    anna.writes("addresses", f"{path('person', eva)}/account-manager", {"user": ANNA}, "PUT")
    anna.writes("addresses", f"{path('company', closed)}/deactivate")
    both = [f"Acme {one}", f"Muster{one} Eva"]
    expected = {
        f"q={one[:12]}": [f"Acme {one}"],
        f"q=muster{one[:12]}": [f"Muster{one} Eva"],
        f"q={one}&inactive=true": [f"Acme {one}", f"Closed {one}"],
        f"city=stadt{one}": [f"Acme {one}"],
        f"q=acme {one}&keyword={supplier}": [f"Acme {one}"],
        f"q=closed {one}&keyword={supplier}&inactive=true": [],
        f"q=muster{one}&account_manager=me": [f"Muster{one} Eva"],
        f"q=acme {one}&account_manager=me": [],
        f"q=acme {one}&type=person": [],
    }
    assert {query: found(anna, query) for query in expected} == expected
    body = {"name": f"Mine {one}", "of": "addresses", "parameters": {"q": one, "type": "company"}}
    search = anna.writes("addresses", "/v1/saved-searches", body)["id"]
    results = anna.asks("addresses", f"/v1/saved-searches/{search}/results")["items"]
    assert [row["alias"] for row in results] == both[:1]


def test_row_43_fol_01_act_06_activities_are_searched_by_day_type_medium_responsible_and_completion(
    anna: User, bruno: User
) -> None:
    one = word()
    long_ago, lately = today(OFFICE) - timedelta(days=900), today(OFFICE) - timedelta(days=3)
    activity(anna, f"old {one}", occurred_on=str(long_ago))
    activity(anna, f"offer {one}", activity_type="offer", occurred_on=str(lately))
    done = activity(anna, f"done {one}", kind="meeting", medium="on_site", responsible={"user": BRUNO})
    activity(anna, f"open {one}", kind="note", responsible={"user": BRUNO})
    anna.writes("activities", f"/v1/activities/{done}/complete")
    expected = {
        "": {"old", "offer", "done", "open"},
        f"&to={today(OFFICE) - timedelta(days=4)}": {"old"},
        f"&from={lately}&to={lately}": {"offer"},
        "&type=offer": {"offer"},
        "&medium=phone": {"old", "offer"},
        "&kind=meeting": {"done"},
        f"&responsible={BRUNO}": {"done", "open"},
        f"&responsible={BRUNO}&completed=false": {"open"},
        "&completed=true": {"done"},
    }

    def of(query: str) -> set[str]:
        return {title.removesuffix(f" {one}") for title in titles(anna, f"/v1/activities?q={one}{query}")}

    assert {query: of(query) for query in expected} == expected
    parameters = {"q": one, "completed": True}
    body = {"name": f"Done {one}", "of": "activities", "parameters": parameters, "is_shared": True}
    search = anna.writes("addresses", "/v1/saved-searches", body)["id"]
    bruno.knows_what(anna)
    assert titles(bruno, f"/v1/searches/{search}/results") == [f"done {one}"]


def test_row_44_src_01_mails_that_others_filed_are_found_by_recipient(stack: Stack, anna: User, bruno: User) -> None:
    one = word().lower()
    to = f"{MAILBOX}, ben@other-{one}.example"
    bruno.files_mail(mail(one, "shared", to), MAILBOX)
    bruno.files_mail(mail(one, "own", to))
    eventually(lambda: sorted(titles(bruno, f"/v1/mails?q={one}")) == ["own", "shared"])
    for query in (f"recipient=other-{one}.example", f"recipient=ben@other-{one}.example", f"sender={one}.example"):
        eventually(lambda query=query: titles(anna, f"/v1/mails?{query}") == ["shared"])
        assert sorted(titles(bruno, f"/v1/mails?{query}")) == ["own", "shared"]
    assert titles(anna, f"/v1/mails?recipient={one}.example") == []


def test_row_48_ctl_02_addresses_that_were_not_updated_since_a_day(anna: User) -> None:
    one = word()
    acme = company(anna, f"Acme {one}")
    anna.writes("addresses", f"{path('company', acme)}/account-manager", {"user": ANNA}, "PUT")
    mine = f"/v1/controlling/addresses-not-updated?q={one}&account_manager=me"

    def listed(since: object) -> list[str]:
        return [row["alias"] for row in anna.asks("addresses", f"{mine}&since={since}")["items"]]

    assert listed(today(OFFICE)) == []
    assert listed(today(OFFICE) + timedelta(days=2)) == [f"Acme {one}"]
    three_years_ago = anna.asks("addresses", mine)
    assert (three_years_ago["since"], three_years_ago["items"]) == (f"{today(OFFICE).year - 3}-01-01", [])


def test_row_49_ctl_01_a_contacts_activity_keeps_its_company_off_the_list(anna: User) -> None:
    one, since = word(), today(OFFICE) - timedelta(days=30)
    silent, heard, never = (company(anna, f"{name} {one}") for name in ("Silent", "Heard", "Never"))
    customer = keywords(anna, "Account type")["Customer"]
    for each in (silent, heard, never):
        anna.writes("addresses", f"{path('company', each)}/keywords/{customer}", method="PUT")
    eva = contact(anna, heard, last_name="Muster")
    record(anna, "long ago", "company", silent, occurred_on=str(since - timedelta(days=1)))
    record(anna, "on the day", "contact", eva, occurred_on=str(since))
    rows = anna.lists("histories", f"/v1/controlling/customers-without-activities?since={since}")
    last = {row["customer"]["id"]: row["last"] and row["last"]["occurred_on"] for row in rows}
    assert {id: last[id] for id in (silent, heard, never) if id in last} == {
        silent: str(since - timedelta(days=1)),
        never: None,
    }
