"""Who handed a task on to somebody else, and waits for it (work list "waiting for others")."""

from __future__ import annotations

from dossier.contracts import RecordedEvent
from histories.domain.documents import Entry, Fields


def assigned(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    """Whoever makes somebody else responsible waits for that one."""
    kind, _, actor = event.actor.partition(":")
    if kind == "user" and actor != fields["assignment"]["user"]:
        entry["own"]["handed_on_by"] = actor


def offered(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    """An offer says who will wait, once it is accepted."""
    entry["own"]["offered_by"] = fields["by"]


def answered(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    """Accepted: who offered waits. Declined or taken back: nothing was handed on."""
    by = entry["own"].pop("offered_by", None)
    if by is not None and fields["answer"] == "accepted":
        entry["own"]["handed_on_by"] = by
