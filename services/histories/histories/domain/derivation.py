"""Where an activity is shown, why, and who may see it: derived from its own side and the nodes its links lead to.

A pure function of the documents, whatever order they came in. It reads a node's hops and readers only, so that an
entry is derived anew when a node's shape changes and not when a name does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from histories.domain.activities import admitted, insiders
from histories.domain.documents import DateFact, Derived, Entry, Gate, Hop, Link, Node, Path, Step
from histories.domain.rules import DIRECT, ENGAGEMENTS

STILL = "~"
"""An open end, later than every moment and every day."""


class Route(NamedTuple):
    """A way through nodes: its steps, the recorded interval and the days for which all of its hops hold."""

    end: str
    steps: tuple[Step, ...] = ()
    name: str = ""
    since: str = ""
    until: str = STILL
    valid_from: str = ""
    valid_before: str = STILL

    @property
    def dated(self) -> bool:
        """Whether the way is open for some days only."""
        return self.valid_from > "" or self.valid_before < STILL


class Map:
    """The ways that lead on from an object, found once for each object while the nodes stay as they are."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes
        self._routes: dict[str, tuple[Route, ...]] = {}

    def routes(self, start: str) -> tuple[Route, ...]:
        """All ways from an object, first of all the way that stays there. None visits an object twice."""
        found = self._routes.get(start)
        if found is None:
            found = self._routes[start] = tuple(self._walk(Route(start), frozenset((start,))))
        return found

    def shape(self, stream: str) -> int:
        """The version that last changed a node's hops or readers; 0: none did, or the node is not known."""
        node = self.nodes.get(stream)
        return node["shape"] if node else 0

    def _walk(self, route: Route, visited: frozenset[str]) -> Iterator[Route]:
        yield route
        node = self.nodes.get(route.end)
        for hop in node["hops"] if node else ():
            further = _along(route, hop)
            if hop["to"] not in visited and further.since < further.until and further.valid_from < further.valid_before:
                yield from self._walk(further, visited | {hop["to"]})


def _along(route: Route, hop: Hop) -> Route:
    step: Step = {"code": hop["code"], "to": hop["to"], "events": hop["events"]}
    return Route(
        end=hop["to"],
        steps=(*route.steps, step),
        name=f"{route.name}>{hop['code']}:{hop['to']}",
        since=max(route.since, hop["since"]),
        until=min(route.until, hop["until"] or STILL),
        valid_from=max(route.valid_from, hop["valid_from"] or ""),
        valid_before=min(route.valid_before, hop["valid_before"] or STILL),
    )


class _Reason(NamedTuple):
    since: str
    until: str
    events: list[int]
    steps: tuple[Step, ...]


def derive(entry: Entry, ways: Map) -> Derived:
    """The derived side of an entry. `inputs` names each node that had a bearing, with its shape."""
    paths: list[Path] = []
    shown: set[str] = set()
    inputs: dict[str, int] = {}
    for to in dict.fromkeys(link["to"] for link in entry["links"]):
        found: dict[str, list[_Reason]] = {}
        ends: dict[str, str] = {}
        for route in ways.routes(to):
            if shape := ways.shape(route.end):
                inputs[route.end] = shape
            ends[route.name] = route.end
            found.setdefault(route.name, []).extend(_reasons(entry, to, route))
        for name, reasons in found.items():
            for since, until, events, steps in _merged(reasons):
                paths.append(_path(to, since, until, events, steps))
                if until == STILL:
                    shown.add(ends[name])
    shown_on = sorted(shown)
    return {
        "shown_on": shown_on,
        "paths": paths,
        "gates": _gates(entry, shown_on, ways),
        "inputs": dict(sorted(inputs.items())),
    }


def _reasons(entry: Entry, to: str, route: Route) -> Iterator[_Reason]:
    dates = entry["dates"]
    for link in entry["links"]:
        if link["to"] != to:
            continue
        since, until = max(link["since"], route.since), min(link["until"] or STILL, route.until)
        if not route.dated:
            if since < until:
                yield _Reason(since, until, link["events"], route.steps)
            continue
        for index, date in enumerate(dates):
            if route.valid_from <= date["on"] < route.valid_before:
                start = max(since, date["since"])
                end = min(until, dates[index + 1]["since"] if index + 1 < len(dates) else STILL)
                if start < end:
                    yield _Reason(start, end, _causes(link, date), route.steps)


def _causes(link: Link, date: DateFact) -> list[int]:
    """A way that is open for some days only is also caused by what gave the activity its day."""
    return sorted({*link["events"], date["event"]}) if date["event"] > 1 else link["events"]


def _merged(reasons: list[_Reason]) -> list[_Reason]:
    """The same way, told by several facts one after another, is one reason: that of the first of them."""
    if len(reasons) < 2:
        return reasons
    merged: list[_Reason] = []
    for reason in sorted(reasons, key=_first):
        if merged and reason.since <= merged[-1].until:
            merged[-1] = merged[-1]._replace(until=max(merged[-1].until, reason.until))
        else:
            merged.append(reason)
    return merged


def _first(reason: _Reason) -> tuple[str, list[int], list[list[int]]]:
    return reason.since, reason.events, [step["events"] for step in reason.steps]


def _path(to: str, since: str, until: str, events: list[int], steps: tuple[Step, ...]) -> Path:
    path: Path = {"hops": [{"code": DIRECT, "to": to, "events": events}, *steps], "since": since}
    if until != STILL:
        path["until"] = until
    return path


def _gates(entry: Entry, shown_on: list[str], ways: Map) -> list[Gate]:
    """All doors of an activity: its own, and that of each restricted engagement it belongs to.

    An engagement nobody has told of yet may turn out to be restricted: until then only insiders see the activity.
    """
    own = admitted(entry["own"])
    doors = [] if own is None else [own]
    for stream in shown_on:
        if stream.startswith(ENGAGEMENTS):
            node = ways.nodes.get(stream)
            who = node["readers"] if node else sorted(set(insiders(entry["own"])))
            if who is not None:
                doors.append(who)
    return [{"who": who} for who in doors]
