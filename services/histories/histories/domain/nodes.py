"""The own sides of addresses, engagements and the directory: a fold of each stream, by itself."""

from __future__ import annotations

from collections.abc import Sequence

from dossier.contracts import RecordedEvent, decode_fields
from histories.domain import addresses, catalogue, directory, engagements
from histories.domain.documents import Node
from histories.domain.hops import Fold
from histories.domain.order import following


def new_node(stream: str) -> Node:
    """The node before its first event."""
    return {
        "_id": stream,
        "version": 0,
        "applied": 0,
        "shape": 0,
        "facts": {},
        "hops": [],
        "targets": [],
        "readers": None,
    }


def fold_node(node: Node, events: Sequence[RecordedEvent]) -> None:
    """Apply the events that follow the node's version, in place.

    Types that have no bearing on a history are passed over. Raises OutOfOrder at a gap, UndecodableEvent, UnknownEvent.
    """
    for event in following(node["version"], events):
        fold = FOLDS.get(event.type)
        if fold is not None:
            fold(node, decode_fields(event.type, event.schemaversion, event.data), event)
        node["version"] = event.sequence


FOLDS: dict[str, Fold] = {
    **addresses.FOLDS,
    **engagements.FOLDS,
    **catalogue.FOLDS,
    **directory.FOLDS,
}
