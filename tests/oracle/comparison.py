"""What a projection holds, as bytes, and whether it is what the oracle says."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import bson

from dossier.mongo import Database
from histories.domain.rules import UNASSIGNED
from histories.views.projection import Histories
from oracle.oracle import Oracle
from oracle.worlds import World


def histories(database: Database, generation: int) -> Histories:
    projection = Histories()
    projection.attach(database, generation)
    return projection


async def dump(projection: Histories) -> dict[str, dict[str, bytes]]:
    """Every document as bytes, order of fields included."""
    collections = {"nodes": projection.collections.nodes, "entries": projection.collections.entries}
    return {
        name: {document["_id"]: bson.encode(document) async for document in collection.find({})}
        for name, collection in collections.items()
    }


def assert_equal_to_oracle(oracle: Oracle, entries: dict[str, dict[str, Any]], world: World) -> None:
    """Same reasons with the same causes for the same recorded time, same pages, same responsible users and readers."""
    for activity, presences in oracle.presences.items():
        entry = entries[activity]
        reasons: dict[Any, list[Any]] = defaultdict(list)
        for path in entry["paths"]:
            why = tuple((hop["code"], hop["to"]) for hop in path["hops"])
            causes = tuple(tuple(hop["events"]) for hop in path["hops"])
            reasons[why].append((causes, path.get("since", entry["recorded_at"]), path.get("until")))
        assert reasons == {why: [(p.causes, p.since, p.until) for p in told] for why, told in presences.items()}
        main, further = entry["own"].get("responsible"), entry["own"].get("further_responsible", ())
        told = (main["user"] if main else None, [assignment["user"] for assignment in further])
        assert told == oracle.responsible(activity)
        documents = {
            each["id"]: (each["name"], each["size"], each["version"]) for each in entry["own"].get("documents", ())
        }
        assert documents == oracle.activities[activity].documents
        assert set(entry["shown_on"]) - {UNASSIGNED} == oracle.shown_on(activity)
        assert (UNASSIGNED in entry["shown_on"]) == oracle.unassigned(activity)
        assert set(entry["pinned"]) == oracle.pinned_on(activity)
        _assert_kept_apart(oracle, activity, entry)
        for tokens in world.tokens:
            assert all(tokens & set(gate["who"]) for gate in entry["gates"]) == oracle.visible(activity, tokens)


def _assert_kept_apart(oracle: Oracle, activity: str, entry: dict[str, Any]) -> None:
    fact = oracle.activities[activity]
    assert entry["own"].get("withdrawn", False) == fact.withdrawn
    assert set(entry["hidden"]) == fact.hidden | (oracle.belongs_to(activity) if fact.withdrawn else set[str]())
