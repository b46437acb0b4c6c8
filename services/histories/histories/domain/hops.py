"""How folds of nodes remember facts, and lay and end hops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from dossier.contracts import RecordedEvent
from histories.domain.documents import Fields, Hop, Node

Fold = Callable[[Node, Fields, RecordedEvent], None]


class Way(NamedTuple):
    """What facts say: where the object leads by which rule, which events say so, and for which days."""

    code: str
    to: str
    events: list[int]
    valid_from: str | None = None
    valid_before: str | None = None


def remember(*names: str, **defaults: Any) -> Fold:
    """Keep these facts, for names and heads of pages. One without default did not change where the event is silent."""

    def fold(node: Node, fields: Fields, event: RecordedEvent) -> None:
        node["facts"].update({name: fields[name] for name in names if name in fields})
        node["facts"].update({name: fields.get(name, default) for name, default in defaults.items()})

    return fold


def put(name: str, value: Any) -> Fold:
    """Keep this value of a fact, whatever the event says."""

    def fold(node: Node, fields: Fields, event: RecordedEvent) -> None:
        node["facts"][name] = value

    return fold


def holding(node: Node, key: str) -> list[Hop]:
    """The hops under this key that hold."""
    return [hop for hop in node["hops"] if hop["key"] == key and hop["until"] is None]


def lead(node: Node, event: RecordedEvent, key: str, way: Way) -> None:
    """Lay a hop that holds from this event on, until something ends it."""
    node["shape"] = event.sequence
    node["targets"] = sorted({*node["targets"], way.to})
    node["hops"].append(
        {
            "code": way.code,
            "key": key,
            "to": way.to,
            "events": way.events,
            "valid_from": way.valid_from,
            "valid_before": way.valid_before,
            "since": event.recordedtime,
            "until": None,
        }
    )


def end(node: Node, event: RecordedEvent, key: str) -> None:
    """Nothing the hops under this key said is held any more; what they said is kept."""
    state(node, event, key, ())


def state(node: Node, event: RecordedEvent, key: str, ways: Sequence[Way]) -> None:
    """From this event on these ways hold under the key, and no others: what is held already is left as it is."""
    new = list(ways)
    for hop in holding(node, key):
        way = _way(hop)
        if way in new:
            new.remove(way)
        else:
            hop["until"] = event.recordedtime
            node["shape"] = event.sequence
    for way in new:
        lead(node, event, key, way)


def bound(node: Node, event: RecordedEvent, hop: Hop, valid_from: str | None, valid_before: str | None) -> None:
    """The hop holds for other days: the former statement ends, the new one tells both causes."""
    hop["until"] = event.recordedtime
    causes = [*hop["events"][:1], event.sequence]
    lead(node, event, hop["key"], Way(hop["code"], hop["to"], causes, valid_from, valid_before))


def day_after(day: str | None) -> str | None:
    """The first day on which an inclusive last day no longer holds; the last day of the calendar never ends."""
    if day is None or day == date.max.isoformat():
        return None
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def day_before(day: str | None) -> str | None:
    """The inclusive last day of what no longer holds on this one."""
    return None if day is None else (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def stream_of(reference: Fields) -> str:
    """The stream of a typed reference."""
    return f"{reference['type']}-{reference['id']}"


def _way(hop: Hop) -> Way:
    return Way(hop["code"], hop["to"], hop["events"], hop["valid_from"], hop["valid_before"])
