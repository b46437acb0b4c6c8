"""What folders, what lies in them, saved searches and keywords of addresses say of lists of activities."""

from __future__ import annotations

from dossier.contracts import RecordedEvent
from dossier.contracts import addresses as a
from histories.domain.documents import Fields, Node
from histories.domain.hops import Fold, remember, stream_of


def _put_in(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"].update({"folder": fields["folder"], "entry": stream_of(fields["entry"])})


def _gone(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"].clear()


def _assigned(node: Node, fields: Fields, event: RecordedEvent) -> None:
    former = set(node["facts"].get("keywords", ())) - set(fields.get("instead_of", ()))
    node["facts"]["keywords"] = sorted(former | {fields["keyword"]})


def _unassigned(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"]["keywords"] = [each for each in node["facts"].get("keywords", ()) if each != fields["keyword"]]


FOLDS: dict[str, Fold] = {
    a.FolderCreated.event_type: remember("name", owner=None),
    a.FolderChanged.event_type: remember("name"),
    a.FolderEntryAdded.event_type: _put_in,
    a.FolderEntryRemoved.event_type: _gone,
    a.SearchSaved.event_type: remember("name", "of", "parameters", "owner", is_shared=False),
    a.SavedSearchChanged.event_type: remember("name", "parameters", "is_shared"),
    a.SavedSearchRemoved.event_type: _gone,
    a.KeywordAssigned.event_type: _assigned,
    a.KeywordUnassigned.event_type: _unassigned,
}
