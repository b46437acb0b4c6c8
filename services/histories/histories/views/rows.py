"""Rows of a page as answers show them, and why each of them is there, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from histories.domain.documents import Entry, Fields, Path
from histories.domain.rules import UNASSIGNED, said
from histories.excerpts import excerpt
from histories.sought import Sought
from histories.views.names import Names
from histories.views.readers import Reader, author_of
from histories.views.texts import WHOLE_TEXT, correspondents

EXCERPT = 300
"""Characters of an activity's text that a row shows."""

ROW_FIELDS = {
    "recorded_at": 1,
    "dated": 1,
    "shown_on": 1,
    "pinned": 1,
    "hidden": 1,
    "paths": 1,
    "gates": 1,
    **{
        f"own.{name}": 1
        for name in (
            "kind",
            "activity_type",
            "medium",
            "direction",
            "title",
            "occurred_on",
            "starts_at",
            "ends_at",
            "duration_minutes",
            "all_day",
            "entered_by",
            "responsible",
            "due_on",
            "priority",
            "completed_on",
            "withdrawn",
            "primary",
            "documents",
        )
    },
    "own.mail.sender": 1,
    "own.mail.sender_name": 1,
    "own.mail.thread": 1,
    "own.text": {"$substrCP": [{"$ifNull": ["$own.text", ""]}, 0, EXCERPT]},
}
"""What of an entry a row needs: the whole text of a mail stays where it is."""


WHOLE_FIELDS = {name: 1 for name in ROW_FIELDS if not name.startswith("own.")} | {"own": 1}
"""What an entry by itself needs."""


def named_in(entry: Entry, paths: Iterable[Path]) -> set[str]:
    """Everything whose name a row shows that tells these reasons."""
    streams = {hop["to"] for path in paths for hop in path["hops"]}
    streams.update(_people(entry))
    if primary := entry["own"].get("primary"):
        streams.add(primary)
    return streams


def row(entry: Entry, paths: Iterable[Path], names: Names, reader: Reader, of: str = "") -> dict[str, Any]:
    """An activity on a page, `of` this object if of any, with the reasons that brought it there."""
    own = entry["own"]
    author, responsible, primary = author_of(own), _responsible(entry), own.get("primary")
    return {
        "id": entry["_id"][-36:],
        "kind": own["kind"],
        "activity_type": own.get("activity_type"),
        "medium": own["medium"],
        "direction": own.get("direction"),
        "title": own["title"],
        "excerpt": own.get("text", ""),
        "occurred_on": own["occurred_on"],
        "starts_at": own.get("starts_at"),
        "ends_at": own.get("ends_at"),
        "duration_minutes": own.get("duration_minutes"),
        "all_day": own.get("all_day", False),
        "entered_by": names.reference(author) if author else None,
        "responsible": names.reference(responsible) if responsible else None,
        "due_on": own.get("due_on"),
        "priority": own.get("priority", "normal"),
        "completed_on": own.get("completed_on"),
        "primary_address": names.reference(primary) if primary else None,
        "mail": own.get("mail") or None,
        "documents": own.get("documents", []),
        "conversation": entry.get("conversation"),
        "hits": [],
        "recorded_at": entry["recorded_at"],
        "marks": list(marks(entry, reader, of)),
        "why": [reason(entry, path, names) for path in paths],
    }


def whole(entry: Entry, paths: Iterable[Path], names: Names, reader: Reader, of: str = "") -> dict[str, Any]:
    """An activity by itself: as on a page, with the whole text and mail."""
    shown = row(entry, paths, names, reader, of)
    del shown["excerpt"], shown["conversation"], shown["hits"]
    return shown | {"text": entry["own"].get("text", ""), "text_cut": bool(entry["own"].get("text_cut"))}


def told(streams: Iterable[str], names: Names) -> list[dict[str, Any]]:
    """Those of these objects that the reader may know of."""
    return [names.reference(each) for each in streams if each != UNASSIGNED and not names.withheld(each)]


def taking_part(entry: Entry) -> Iterator[str]:
    """The users who take part or are responsible besides the main one."""
    own = entry["own"]
    yield from (f"user-{user}" for user in own.get("participants", ()))
    yield from (f"user-{each['user']}" for each in own.get("further_responsible", ()))


def people(entry: Entry, names: Names) -> dict[str, Any]:
    """Who takes part, and who is responsible besides the main one, each by name."""
    own = entry["own"]
    further, participants = own.get("further_responsible", ()), own.get("participants", ())
    return {
        "further_responsible": [names.reference(f"user-{each['user']}") for each in further],
        "participants": [names.reference(f"user-{user}") for user in participants],
    }


def written_in(own: Fields) -> dict[str, str]:
    """What is written in an activity itself, by field."""
    mail = " ".join(filter(None, correspondents(own["mail"]))) if own.get("mail") else ""
    return {"title": own["title"], "text": own.get("text", ""), "mail": mail}


def hits_in(own: Fields, said: Mapping[str, str], sought: Sought) -> Iterator[dict[str, Any]]:
    """Where in an activity is what is sought: the field, a piece of it, and the hits in that piece.

    `said` has a passage of a text that goes on.
    """
    for field, text in written_in(own).items():
        if found := excerpt(text, sought) or excerpt(said.get(WHOLE_TEXT, "") if field == "text" else "", sought):
            yield {"field": field, "text": found.text, "marks": found.marks, "document": None}


def document_hits(own: Fields, said: Mapping[str, str], sought: Sought) -> Iterator[dict[str, Any]]:
    """Where in the names of the documents is what is sought, and in a passage of each, by the document's id."""
    for document in own.get("documents", ()):
        shown = {name: document[name] for name in ("id", "name", "version")}
        for field, text in (("document_name", document["name"]), ("document", said.get(document["id"], ""))):
            if found := excerpt(text, sought):
                yield {"field": field, "text": found.text, "marks": found.marks, "document": shown}


def reason(entry: Entry, path: Path, names: Names) -> dict[str, Any]:
    """One reason: in words, hop by hop, each with the events that caused it, and for how long it was on record."""
    hops: list[dict[str, Any]] = []
    here = entry["_id"]
    for hop in path["hops"]:
        events = [f"{here}:{version}" for version in hop["events"]]
        first, last = names.days(here, hop)
        says = _says(here, hop, names) + within(first, last)
        told = {"code": hop["code"], "to": names.reference(hop["to"]), "says": says, "events": events}
        hops.append(told | {"valid_from": first, "valid_to": last})
        here = hop["to"]
    return {
        "says": "; ".join(hop["says"] for hop in hops),
        "hops": hops,
        "since": path.get("since", entry["recorded_at"]),
        "until": path.get("until"),
    }


def _says(here: str, hop: Any, names: Names) -> str:
    there = names.name(hop["to"]) or f"an unknown {hop['to'][:-37]}"
    return said(hop["code"], names.name(here) or "it", there)


def within(first: str | None, last: str | None) -> str:
    """A period in words, behind what it belongs to; nothing if it has neither end."""
    words = " ".join(f"{word} {day}" for word, day in (("from", first), ("to", last)) if day)
    return f" ({words})" if words else ""


def marks(entry: Entry, reader: Reader, of: str = "") -> Iterator[str]:
    """What a reader is to know of how much an entry can be relied on, who sees it, and where it stands out."""
    if entry["gates"]:
        yield "restricted"
    if reader.in_doubt(entry):
        yield "parked"
    if of in entry["pinned"]:
        yield "pinned"
    if entry["own"].get("withdrawn"):
        yield "withdrawn"


def _responsible(entry: Entry) -> str | None:
    main = entry["own"].get("responsible")
    return f"user-{main['user']}" if main else None


def _people(entry: Entry) -> Iterator[str]:
    return (user for user in (author_of(entry["own"]), _responsible(entry)) if user)
