"""P11 through processes, Kafka and all: a change of rights holds everywhere within five seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dossier.auth.demo import BY_LOGIN
from e2e.entering import activity, company, word
from e2e.people import User
from e2e.stack import Stack

pytestmark = [pytest.mark.backends, pytest.mark.slow]

PROMISED, PATIENCE = 5.0, 30.0
"""Seconds: what is promised, and what a machine that does much else may take in a test."""
ANNA, BRUNO = BY_LOGIN["anna"].id, BY_LOGIN["bruno"].id
Surfaces = dict[str, Callable[[], bool]]


def holds_everywhere(surfaces: Surfaces, seen: bool, change: str) -> None:
    """Wait until every surface shows it, or none does; how long that took is printed."""
    began = time.monotonic()
    waiting = dict(surfaces)
    while waiting:
        waiting = {name: shows for name, shows in waiting.items() if shows() != seen}
        took = time.monotonic() - began
        assert took < PATIENCE, f"{change}: not yet on {sorted(waiting)}"
    print(f"{change}: on {len(surfaces)} surfaces after {took:.2f} s (promised: {PROMISED:.0f} s)")


def surfaces_of(user: User, acme: str, project: str, id: str, title: str) -> Surfaces:
    """Where the user could see the activity."""

    def found(path: str) -> Callable[[], bool]:
        return lambda: title in str(user.looks("histories", path))

    def there(service: str, path: str) -> Callable[[], bool]:
        return lambda: user.looks(service, path) is not None

    of = f"/v1/companies/{acme}"
    own = f"/v1/activities/{id}"
    return {
        "page of the company": found(f"{of}/history"),
        "page of the project": found(f"/v1/projects/{project}/history"),
        "touchpoints": found(f"{of}/touchpoints"),
        "counts": lambda: any(each["count"] for each in user.asks("histories", f"{of}/touchpoints")["months"]),
        "filters": found(f"{of}/history?kind=call"),
        "full text": found(f"/v1/activities?q={title}"),
        "why": there("histories", own),
        **{name: there("activities", f"{own}{name}") for name in ("", "/changes", "/readers", "/text")},
    }


def test_p11_a_change_of_rights_holds_everywhere_within_five_seconds(stack: Stack, anna: User, bruno: User) -> None:
    title, now = word(), time.strftime("%Y-%m-%d")
    acme = company(anna, "Acme AG")
    project = anna.writes("engagements", "/v1/projects", {"code": title[:8], "title": "Move"})["id"]
    id = activity(anna, title, address={"type": "company", "id": acme}, project=project, occurred_on=now)
    surfaces = surfaces_of(bruno, acme, project, id, title)
    own, restriction = f"/v1/activities/{id}", f"/v1/projects/{project}/restriction"
    to_bruno = {"grants": [{"to": "user", "id": BRUNO}]}
    holds_everywhere(surfaces, True, "recorded for everybody")
    anna.writes("activities", f"{own}/visibility", {"visibility": "granted"}, "PUT")
    holds_everywhere(surfaces, False, "visible to those named")
    anna.writes("activities", f"{own}/grants", to_bruno)
    holds_everywhere(surfaces, True, "granted")
    anna.writes("activities", f"{own}/grants/revoke", to_bruno)
    holds_everywhere(surfaces, False, "revoked")
    anna.writes("activities", f"{own}/visibility", {"visibility": "everyone"}, "PUT")
    holds_everywhere(surfaces, True, "visible to everybody")
    anna.writes("engagements", restriction, {"users": [ANNA]}, "PUT")
    project_of_bruno = {"project": lambda: bruno.looks("engagements", f"/v1/projects/{project}") is not None}
    holds_everywhere(surfaces | project_of_bruno, False, "project restricted")
    anna.writes("engagements", restriction, method="DELETE")
    holds_everywhere(surfaces | project_of_bruno, True, "project opened")


def test_p11_groups_leaders_and_deputies_hold_within_five_seconds(
    stack: Stack, anna: User, bruno: User, dora: User
) -> None:
    title, today = word(), time.strftime("%Y-%m-%d")
    group = dora.writes("directory", "/v1/groups", {"name": f"Team {title}"})["id"]
    project = anna.writes("engagements", "/v1/projects", {"code": title[:8], "title": "Move"})["id"]
    restricted = {"users": [ANNA], "groups": [group]}
    anna.writes("engagements", f"/v1/projects/{project}/restriction", restricted, "PUT")
    activity(anna, title, kind="meeting", project=project, participants=[BRUNO], all_day=True, occurred_on=today)
    feed = bruno.writes("directory", "/v1/calendar-feed")["path"]
    anna_reads = {"work list": lambda: anna.looks("histories", f"/v1/work-lists/users/{BRUNO}") is not None}
    bruno_reads = {"calendar feed": lambda: title in httpx.get(f"{stack.url('histories')}{feed}").text}
    member, leader = (f"/v1/groups/{group}/{part}" for part in (f"members/{BRUNO}", f"leaders/{ANNA}"))
    deputy: dict[str, Any] = {"first_day": None, "last_day": None}
    holds_everywhere(bruno_reads, False, "not a member")
    dora.writes("directory", member, method="PUT")
    holds_everywhere(bruno_reads, True, "joined")
    dora.writes("directory", leader, method="PUT")
    holds_everywhere(anna_reads, True, "leads")
    dora.writes("directory", leader, method="DELETE")
    holds_everywhere(anna_reads, False, "leads no longer")
    dora.writes("directory", member, method="DELETE")
    holds_everywhere(bruno_reads, False, "left")
    bruno.writes("directory", f"/v1/users/{BRUNO}/deputies/{ANNA}", deputy, "PUT")
    holds_everywhere(anna_reads, True, "stands in")
    bruno.writes("directory", f"/v1/users/{BRUNO}/deputies/{ANNA}", {**deputy, "last_day": "2020-01-01"}, "PUT")
    holds_everywhere(anna_reads, False, "stood in until another day")
