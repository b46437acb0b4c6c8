"""Calendars and tasks as iCalendar (RFC 5545), for applications that subscribe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from icalendar import Calendar, Component, Event, Todo

Tasks = Literal["todo", "event"]
Row = Mapping[str, Any]

_PRIORITIES = {"high": 1, "normal": 5, "low": 9}


def written(user: str, entries: Iterable[Row], tasks: Iterable[Row], tasks_as: Tasks) -> bytes:
    """The rows of a calendar and of a work list. The same rows give the same bytes, whenever that is."""
    calendar = Calendar()
    calendar.add("prodid", "-//Dossier//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"Dossier {user}".rstrip())
    for row in entries:
        calendar.add_component(_event(row))
    for row in tasks:
        if tasks_as == "todo":
            calendar.add_component(_todo(row))
        elif _due(row) is not None:
            calendar.add_component(_task_as_event(row))
    return calendar.to_ical()


def _event(row: Row) -> Component:
    event = _common(Event(), row, "activity")
    if not row["all_day"]:
        event.add("dtstart", _moment(row["starts_at"]))
        if row["ends_at"] != row["starts_at"]:
            event.add("dtend", _moment(row["ends_at"]))
        return event
    _on_days(event, date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"]))
    return event


def _task_as_event(row: Row) -> Component:
    event = _common(Event(), row, "task")
    if (day := _due(row)) is not None:
        _on_days(event, day, day)
    return event


def _on_days(event: Component, first: date, last: date) -> None:
    event.add("dtstart", first)
    if last < date.max:
        event.add("dtend", last + timedelta(days=1))  # which is exclusive
    event.add("transp", "TRANSPARENT")


def _todo(row: Row) -> Component:
    todo = _common(Todo(), row, "task")
    if (day := _due(row)) is not None:
        todo.add("due", day)
    todo.add("priority", _PRIORITIES[row["priority"]])
    todo.add("status", "NEEDS-ACTION")
    return todo


def _due(row: Row) -> date | None:
    """The day by which it is to be done; the user's own follow-up date only where nothing else is said."""
    day = row["due_on"] or row["follow_up_on"]
    return day and date.fromisoformat(day)


def _common(component: Component, row: Row, what: str) -> Component:
    component.add("uid", f"{what}-{row['id']}@dossier")
    component.add("dtstamp", _moment(row["recorded_at"]).replace(microsecond=0))
    component.add("sequence", row["version"])
    component.add("summary", row["title"])
    component.add("categories", [row["kind"]])
    if lines := list(_lines(row)):
        component.add("description", "\n".join(lines))
    if "restricted" in row["marks"]:
        component.add("class", "PRIVATE")
    return component


def _lines(row: Row) -> Iterator[str]:
    """What it is about; of a task also when it is followed up, and of which deadline it is an early one."""
    if row.get("due_on") and row.get("follow_up_on"):
        yield f"Follow-up: {row['follow_up_on']}"
    if early_of := row.get("early_deadline_of"):
        yield f"Early deadline of: {early_of['title']}"
    for field in ("primary_address", "project"):
        if row[field] is not None and row[field]["name"] is not None:
            yield row[field]["name"]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
