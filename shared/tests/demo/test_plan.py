"""The plan of the demo: the same for the same seed, and everything is in it that the demo is to show."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

from dossier.demo.basis import Call, Size
from dossier.demo.load import key_of
from dossier.demo.plan import Plan

TODAY = date(2026, 5, 4)


def calls(seed: int = 1) -> list[Call]:
    plan = Plan(seed, TODAY, Size(activities=2000))
    return [call for _, phase in plan.phases() for call in phase]


def test_the_same_seed_makes_the_same_calls_and_another_seed_others() -> None:
    assert calls() == calls()
    assert calls() != calls(seed=2)


def test_no_two_calls_have_the_same_key() -> None:
    assert [key for key, times in Counter(map(key_of, calls())).items() if times > 1] == []


def test_everything_is_there_to_be_shown() -> None:
    made = Counter((call.method, call.path.split("/")[2]) for call in calls())
    for collection in ("companies", "persons", "contacts", "couples", "links", "opportunities", "projects", "invoices"):
        assert made["POST", collection] > 4, collection
    ends = Counter(call.path.rsplit("/", 1)[-1] for call in calls())
    for end in ("separate", "link-person", "job-change", "phases", "status", "project", "restriction"):
        assert ends[end] > 0, end


def test_activities_belong_to_all_types_of_addresses_and_engagements() -> None:
    bodies = [call.body for call in calls() if call.path == "/v1/activities" and call.body]
    addresses = Counter(body["address"]["type"] for body in bodies)
    assert set(addresses) == {"company", "person", "contact", "couple"}
    linked = Counter(kind for body in bodies for kind in ("project", "phase", "opportunity", "invoice") if kind in body)
    assert set(linked) == {"project", "phase", "opportunity", "invoice"}
    assert json.dumps(bodies)


def test_cal_01_what_is_met_for_is_in_the_calendar() -> None:
    met = [call.body for call in calls() if call.body and call.body.get("kind") == "appointment"]
    assert met
    assert all(body["starts_at"].startswith(body["occurred_on"]) and body["duration_minutes"] for body in met)
