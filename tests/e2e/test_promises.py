"""From a command to the page: what users are promised, on real processes."""

from __future__ import annotations

import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from dossier.auth.demo import BY_LOGIN
from dossier.days import OFFICE, today
from e2e.entering import company, contact, record
from e2e.people import CANARY, User, deliver, eventually
from e2e.stack import Stack

pytestmark = [pytest.mark.backends, pytest.mark.slow]


def test_a_job_change_leaves_every_company_its_history(anna: User) -> None:
    former, new = company(anna, "Former AG"), company(anna, "New AG")
    person = anna.writes("addresses", "/v1/persons", {"last_name": CANARY})["id"]
    post = contact(anna, former, person=person)
    record(anna, "before", "contact", post, occurred_on=str(today(OFFICE) - timedelta(days=30)))
    change = {"company": new, "starts_on": str(today(OFFICE) - timedelta(days=10)), "id": str(uuid.uuid4())}
    anna.writes("addresses", f"/v1/contacts/{post}/job-change", change)
    record(anna, "after", "contact", change["id"])
    assert anna.sees(f"/v1/companies/{former}/history") == {"before": ["direct", "contact-of-company"]}
    assert anna.sees(f"/v1/companies/{new}/history") == {"after": ["direct", "contact-of-company"]}
    assert anna.sees(f"/v1/persons/{person}/history") == {
        "after": ["direct", "capacity-of-person"],
        "before": ["direct", "capacity-of-person"],
    }


def test_mail_is_filed_with_its_sender_at_once_or_as_soon_as_the_sender_is_known(stack: Stack, anna: User) -> None:
    acme, unique = company(anna), uuid.uuid4().hex
    eva = contact(anna, acme, last_name=CANARY)
    anna.writes("addresses", f"/v1/contacts/{eva}/channels", {"kind": "E", "value": f"eva-{unique}@acme.example"})
    known, unknown = f"From Eva {unique}", f"From somebody {unique}"
    deliver(stack, f"eva-{unique}@acme.example", known)
    deliver(stack, f"somebody-{unique}@acme.example", unknown)
    page, unassigned = f"/v1/companies/{acme}/history", "/v1/unassigned?limit=200"
    eventually(lambda: anna.sees(page) == {known: ["direct", "contact-of-company"]})
    eventually(lambda: unknown in anna.sees(unassigned))
    ben = contact(anna, acme, last_name=CANARY)
    anna.writes("addresses", f"/v1/contacts/{ben}/channels", {"kind": "E", "value": f"somebody-{unique}@acme.example"})
    eventually(lambda: unknown in anna.sees(page))
    eventually(lambda: unknown not in anna.sees(unassigned))


def test_a_restricted_project_does_not_exist_for_others(anna: User, bruno: User) -> None:
    acme = company(anna)
    body = {"code": f"P-{uuid.uuid4().hex[:8]}", "title": "Takeover", "leader": BY_LOGIN["anna"].id}
    project = anna.writes("engagements", "/v1/projects", body)["id"]
    role = {"role": "customer", "address": {"type": "company", "id": acme}}
    anna.writes("engagements", f"/v1/projects/{project}/roles", role)
    readers = {"users": [BY_LOGIN["anna"].id, BY_LOGIN["clara"].id], "groups": []}
    anna.writes("engagements", f"/v1/projects/{project}/restriction", readers, "PUT")
    note = {"kind": "note", "title": "Secret", "project": project}
    activity = anna.writes("activities", "/v1/activities", note)["id"]
    assert anna.sees(f"/v1/companies/{acme}/history") == {"Secret": ["direct", "project-of-customer"]}
    assert anna.asks("histories", f"/v1/companies/{acme}/touchpoints")["items"]
    bruno.knows_what(anna)
    assert bruno.sees(f"/v1/companies/{acme}/history") == {}
    assert bruno.asks("histories", f"/v1/companies/{acme}/touchpoints")["items"] == []
    bruno.asks("histories", f"/v1/activities/{activity}", 404)
    bruno.asks("histories", f"/v1/projects/{project}/history", 404)
    bruno.asks("activities", f"/v1/activities/{activity}", 404)
    bruno.asks("engagements", f"/v1/projects/{project}", 404)


def test_feeds_are_closed_to_users(anna: User) -> None:
    for service in ("addresses", "engagements", "activities", "email-ingest", "notifications", "directory"):
        anna.asks(service, "/feed", 403)


def test_store_feeds_and_read_models_agree(stack: Stack) -> None:
    verified = stack.run(str(Path(sys.executable).with_name("dossier")), "verify", seconds=300)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_logs_hold_no_personal_data(stack: Stack) -> None:
    logs = list((stack.folder / "logs").glob("*.log"))
    assert len(logs) > 6
    assert [log.name for log in logs if CANARY in log.read_text() or "acme.example" in log.read_text()] == []
