"""Where an activity is shown, why, and who may see it: derived from its own side and the nodes its links lead to.

A pure function of the documents, whatever order they came in. It reads a node's hops and readers only, so that an
entry is derived anew when a node's shape changes and not when a name does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple, cast

from histories.domain.activities import admitted, dates, insiders
from histories.domain.documents import DateFact, Derived, Entry, Gate, Hop, Link, Node, Path, Step
from histories.domain.placing import placed
from histories.domain.rules import ADDRESSES, DIRECT, ENGAGEMENTS, UNASSIGNED

SHARED_LIMIT = 20_000
"""Combinations of links that share what is derived; beyond it they are found anew, so that memory stays bounded."""

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


class Shown(NamedTuple):
    """Where links lead: the paths, the objects they end at now, the engagements among these, the nodes' shapes."""

    paths: list[Path]
    objects: list[str]
    engagements: list[str]
    inputs: dict[str, int]


_NOT_ASKED = ("", Shown([], [], [], {}))


class Surroundings(NamedTuple):
    """All that an object's ways say of an activity linked to it.

    `steady` are the paths of ways that are always open and told once, so that every activity recorded after `settled`
    has the same ones; they end at `ends`. `inputs` are the shapes of all nodes on any way.
    """

    steady: list[Path]
    ends: list[str]
    settled: str
    others: list[Route]
    all: list[Route]
    inputs: dict[str, int]


class Map:
    """The ways that lead on from objects, found once for each while the nodes stay as they are.

    Most activities are linked when they are recorded, and never again: all those with the same links share what is
    derived. `pack` may give shared paths another form, for instance one that is written faster.
    """

    def __init__(self, nodes: Mapping[str, Node], pack: Callable[[Path], Path] = lambda path: path) -> None:
        self.nodes = nodes
        self._pack = pack
        self._around: dict[str, Surroundings] = {}
        self._usual: dict[tuple[str, ...], tuple[str, Shown] | None] = {}

    def around(self, start: str) -> Surroundings:
        """All ways from an object, first of all the way that stays there. None visits an object twice."""
        found = self._around.get(start)
        if found is None:
            found = self._around[start] = self._explored(start)
        return found

    def shape(self, stream: str) -> int:
        """The version that last changed a node's hops or readers; 0 for a node nobody told of."""
        node = self.nodes.get(stream)
        return node["shape"] if node else 0

    def reach(self, starts: Iterable[str]) -> set[str]:
        """All objects that anything ever led to from these, be it for no time at all."""
        found: set[str] = set()
        coming = set(starts)
        while coming:
            found |= coming
            nodes = (self.nodes[stream] for stream in coming if stream in self.nodes)
            coming = {target for node in nodes for target in node["targets"]} - found
        return found

    def usual(self, links: Sequence[Link], recorded_at: str) -> Shown | None:
        """What all activities with these links share; None if this one is special, or its links lead special ways."""
        for link in links:
            if len(link) > 2:
                return None
        key = tuple([link["to"] for link in links])
        found = self._usual.get(key, _NOT_ASKED)
        if found is _NOT_ASKED:
            if len(self._usual) > SHARED_LIMIT:
                self._usual.clear()
            found = self._usual[key] = self._shared(key)
        return found[1] if found and found[0] <= recorded_at else None

    def _shared(self, targets: Sequence[str]) -> tuple[str, Shown] | None:
        around = [self.around(target) for target in targets]
        if any(one.others for one in around):
            return None
        objects = sorted({end for one in around for end in one.ends})
        shown = Shown(
            [path for one in around for path in one.steady],
            objects,
            [stream for stream in objects if stream.startswith(ENGAGEMENTS)],
            dict(sorted((stream, shape) for one in around for stream, shape in one.inputs.items())),
        )
        return max((one.settled for one in around), default=""), shown

    def _explored(self, start: str) -> Surroundings:
        routes = list(self._walk(Route(start), frozenset((start,))))
        told = Counter(route.name for route in routes)
        steady = [r for r in routes if not r.dated and r.until == STILL and told[r.name] == 1]
        return Surroundings(
            steady=[self._pack(_path(start, [1], route.steps)) for route in steady],
            ends=[route.end for route in steady],
            settled=max(route.since for route in steady),
            others=[route for route in routes if route not in steady],
            all=routes,
            inputs={route.end: shape for route in routes if (shape := self.shape(route.end))},
        )

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
    """The derived side of an entry. `inputs` names each node that had a bearing, with its shape.

    It is as private as all that it belongs to, shown there or not.
    """
    shown = ways.usual(entry["links"], entry["recorded_at"]) or _special(entry, ways)
    objects = shown.objects
    if entry["own"].get("kind") == "email" and not any(stream.startswith(ADDRESSES) for stream in objects):
        objects = sorted([*objects, UNASSIGNED])
    shown_on, pinned, hidden = placed(entry["corrections"], objects)
    return {
        "shown_on": shown_on,
        "pinned": pinned,
        "hidden": hidden,
        "paths": shown.paths,
        "gates": _gates(entry, shown.engagements, ways),
        "inputs": shown.inputs,
    }


def _special(entry: Entry, ways: Map) -> Shown:
    """Where an entry is shown whose links ended or came later, or whose ways are open for a time."""
    paths: list[Path] = []
    shown: set[str] = set()
    inputs: dict[str, int] = {}
    by_object: dict[str, list[Link]] = {}
    for link in entry["links"]:
        by_object.setdefault(link["to"], []).append(link)
    for to, links in by_object.items():
        around = ways.around(to)
        inputs.update(around.inputs)
        _reason(entry, links, around.all, paths, shown)
    objects = sorted(shown)
    engagements = [stream for stream in objects if stream.startswith(ENGAGEMENTS)]
    return Shown(paths, objects, engagements, dict(sorted(inputs.items())))


def rederive(entry: Entry, ways: Map) -> None:
    """Bring the derived side of an entry up to its own side and the map, in place."""
    cast("dict[str, Any]", entry).update(derive(entry, ways))


def _reason(entry: Entry, links: list[Link], routes: list[Route], paths: list[Path], shown: set[str]) -> None:
    """Add the paths along these routes, and the objects they lead to now."""
    found: dict[str, list[_Reason]] = {}
    ends = {route.name: route.end for route in routes}
    for route in routes:
        for link in links:
            found.setdefault(route.name, []).extend(_reasons(entry, link, route))
    for name, reasons in found.items():
        for reason in _merged(reasons):
            path = _path(links[0]["to"], reason.events, reason.steps)
            if reason.since > entry["recorded_at"]:
                path["since"] = reason.since
            if reason.until == STILL:
                shown.add(ends[name])
            else:
                path["until"] = reason.until
            paths.append(path)


def _reasons(entry: Entry, link: Link, route: Route) -> Iterator[_Reason]:
    since = max(link.get("since", entry["recorded_at"]), route.since)
    until = min(link.get("until", STILL), route.until)
    if not route.dated:
        if since < until:
            yield _Reason(since, until, link["events"], route.steps)
        return
    days = dates(entry)
    for day, following in zip_longest(days, days[1:]):
        if route.valid_from <= day["on"] < route.valid_before:
            start, end = max(since, day["since"]), min(until, following["since"] if following else STILL)
            if start < end:
                yield _Reason(start, end, _causes(link, day), route.steps)


def _causes(link: Link, day: DateFact) -> list[int]:
    """A way that is open for some days only is also caused by what gave the activity its day."""
    return sorted({*link["events"], day["event"]}) if day["event"] > 1 else link["events"]


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


def _path(to: str, events: list[int], steps: tuple[Step, ...]) -> Path:
    return {"hops": [{"code": DIRECT, "to": to, "events": events}, *steps]}


def _gates(entry: Entry, engagements: list[str], ways: Map) -> list[Gate]:
    """All doors of an activity: its own, and that of each restricted engagement it belongs to.

    An engagement nobody has told of yet may turn out to be restricted: until then only insiders see the activity.
    """
    own = admitted(entry["own"])
    doors = [] if own is None else [own]
    for stream in engagements:
        node = ways.nodes.get(stream)
        who = node["readers"] if node else sorted(set(insiders(entry["own"])))
        if who is not None:
            doors.append(who)
    return [{"who": who} for who in doors]
