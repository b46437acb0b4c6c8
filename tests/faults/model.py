"""What everything must be after the storm: a small model that knows commands by their outcomes, and no events.

Whoever sends a command says what it means; what was acknowledged holds, in the order of the versions that were told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Facts = dict[str, Any]
Effect = Callable[[Facts], None]
Means = Mapping[str, Effect]
"""Stream to what is otherwise of it afterwards."""
Place = tuple[str, int]
"""A stream, and a version of it."""


@dataclass(frozen=True)
class Outcome:
    """A command that was answered: with the place it ended at, or not at all until its sender gave up (None)."""

    key: str
    what: str
    told: Place | None
    means: Means


def must_be(outcomes: Iterable[Outcome], there: Mapping[str, Place]) -> dict[str, Facts]:
    """The facts of each stream. `there` are the commits by key: what is unknown counts if it is there.

    A command that changed nothing answers the version that it saw, so it comes after the one that made it. What several
    streams were changed by has a version of one of them only: these are their senders' own, who wait for each answer.
    """
    effects: dict[str, list[tuple[int | None, bool, Effect]]] = defaultdict(list)
    for outcome in outcomes:
        place = outcome.told or there.get(outcome.key)
        for stream, effect in outcome.means.items() if place else ():
            version = place[1] if place and place[0] == stream else None
            effects[stream].append((version, outcome.key not in there, effect))
    facts: dict[str, Facts] = {}
    for stream, those in effects.items():
        in_order = all(version is not None for version, _, _ in those)
        facts[stream] = {}
        for _, _, effect in sorted(those, key=lambda each: each[:2]) if in_order else those:
            effect(facts[stream])
    return facts


def put(**facts: Any) -> Effect:
    """These facts have these values."""
    return lambda it: it.update(facts)


def joined(name: str, *members: Any) -> Effect:
    """These belong to a set."""
    return lambda it: it.update({name: it.get(name, frozenset()) | set(members)})


def left(name: str, *members: Any) -> Effect:
    """These do not belong to a set."""
    return lambda it: it.update({name: it.get(name, frozenset()) - set(members)})


def linked(address: str) -> Effect:
    """It belongs to one more address; the first one is the primary."""
    return lambda it: it.update(addresses=_with(it, address))


def unlinked(address: str) -> Effect:
    """It does not belong to this address; after the primary one the next takes over."""
    return lambda it: it.update(addresses=_without(it, address))


def moved(former: str, to: str) -> Effect:
    """It belongs to another address, which is the primary one if the former was."""

    def effect(it: Facts) -> None:
        if former not in it["addresses"]:
            return
        primary = it["addresses"][0] == former
        others = _without(it, to, former) if primary else tuple(each for each in _with(it, to) if each != former)
        it["addresses"] = (to, *others) if primary else others

    return effect


def assigned(user: str, *, main: bool) -> Effect:
    """The user is responsible, mainly in place of whoever was, or further."""

    def effect(it: Facts) -> None:
        others = it["further"] - {user}
        former = None if it["main"] == user else it["main"]
        it.update(main=user if main else former, further=others if main else others | {user})

    return effect


def versioned(document: str, sha256: str) -> Effect:
    """The document has one more version, or is there with its first."""

    def effect(it: Facts) -> None:
        it["documents"] = {**it["documents"], document: (*it["documents"].get(document, ()), sha256)}

    return effect


def taken_off(document: str) -> Effect:
    """The document is there no more, and nobody works on it."""

    def effect(it: Facts) -> None:
        it["documents"] = {id: versions for id, versions in it["documents"].items() if id != document}
        it["working"] = frozenset(each for each in it["working"] if each[0] != document)

    return effect


def _with(it: Facts, address: str) -> tuple[str, ...]:
    return it["addresses"] if address in it["addresses"] else (*it["addresses"], address)


def _without(it: Facts, *addresses: str) -> tuple[str, ...]:
    return tuple(each for each in it["addresses"] if each not in addresses)
