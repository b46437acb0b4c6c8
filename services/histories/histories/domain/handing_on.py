"""Who handed a task on and waits for it (work list "waiting for others"), and who is asked for something about it."""

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
    entry["own"].update(offered_by=fields["by"], offered_to=fields["to"])


def answered(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    """Accepted: who offered waits. Declined or taken back: nothing was handed on."""
    entry["own"].pop("offered_to", None)
    by = entry["own"].pop("offered_by", None)
    if by is not None and fields["answer"] == "accepted":
        entry["own"]["handed_on_by"] = by


def review_demanded(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    """A second person is to check it."""
    entry["own"].update(reviewer=fields["reviewer"], approved=False)


def review_waived(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    """Nobody is to check it any more."""
    for name in ("reviewer", "approved"):
        entry["own"].pop(name, None)


def reviewed(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
    """While it is not approved, it stays to be checked."""
    entry["own"]["approved"] = fields["approved"]


def asked(own: Fields) -> set[str]:
    """Who is asked to take it over or to check it, as principals: they see it for that."""
    return {f"user:{own[name]}" for name in ("offered_to", "reviewer") if name in own}
