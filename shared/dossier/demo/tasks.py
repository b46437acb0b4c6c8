"""The tasks of the demo: one that recurs, a deadline with early ones, one with a reviewer, one that is offered."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from dossier.demo.basis import AUTHORS, Call
from dossier.demo.cast import Cast

_EARLY = 2


def phases(cast: Cast) -> Iterator[tuple[str, Sequence[Call]]]:
    """What is written first, and what needs it."""
    yield "tasks", list(_tasks(cast))
    yield "arrangements", list(_arrangements(cast))


def _tasks(cast: Cast) -> Iterator[Call]:
    anna, bruno, clara = AUTHORS
    month_end = monthrange(cast.today.year, cast.today.month)[1]
    for name, title, days, fields in (
        ("monthly", "Monatsabschluss besprechen", month_end - cast.today.day, {}),
        ("deadline", "Einsprache einreichen", 30, {"activity_type": "deadline", "priority": "high"}),
        ("reviewed", "Vertrag kündigen", 45, {"activity_type": "deadline_with_review", "reviewer": clara.id}),
        ("offered", "Referenzen zusammenstellen", 10, {}),
    ):
        responsible = bruno if name == "reviewed" else anna
        body: dict[str, Any] = {
            "id": cast.id("task", name),
            "kind": "note",
            "title": title,
            "occurred_on": cast.today.isoformat(),
            "due_on": (cast.today + timedelta(days=days)).isoformat(),
            "responsible": {"user": responsible.id},
            "address": {"type": "company", "id": cast.shown},
            **fields,
        }
        yield Call("activities", "/v1/activities", body, anna.login)


def _arrangements(cast: Cast) -> Iterator[Call]:
    anna, bruno, _ = AUTHORS

    def call(task: str, path: str, body: dict[str, Any], method: str = "POST") -> Call:
        return Call("activities", f"/v1/activities/{cast.id('task', task)}/{path}", body, anna.login, method)

    yield call("monthly", "recurrence", {"rule": "FREQ=MONTHLY;BYMONTHDAY=-1"}, "PUT")
    early = [{"id": cast.id("early", number)} for number in range(_EARLY)]
    yield call("deadline", "early-deadlines", {"early": early})
    yield call("offered", "delegation", {"to": bruno.id, "note": "Du kennst die Baustellen besser."})
