"""The documents of the histories, as the folds and the derivation read and make them.

Days and moments are texts whose order is the order of time: `2026-11-23`, and RFC 3339 in UTC with microseconds.
`events` are versions within the stream that the hop or fact comes from. Recorded intervals are half open:
`since` belongs to them, `until` does not, and no `until` means that it still holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from dossier.contracts import RecordedEvent

Fields = dict[str, Any]
"""Decoded data of an event: plain JSON values."""


class Hop(TypedDict):
    """One way that leads from an object to another, for a time. `key` tells which relation it states anew."""

    code: str
    key: str
    to: str
    events: list[int]
    valid_from: str | None
    valid_before: str | None
    since: str
    until: str | None


class Node(TypedDict):
    """The own side of an address, an engagement or somebody in the directory.

    `shape` is the version that last changed hops or readers: what entries were derived from, and nothing else, so that
    a new name touches no entry. `targets` are all objects any hop ever led to: dependents are found through it.
    `readers` are the principals that may see a restricted engagement; None: everybody.
    """

    _id: str
    version: int
    applied: int
    shape: int
    facts: Fields
    hops: list[Hop]
    targets: list[str]
    readers: list[str] | None


class _Link(TypedDict):
    to: str
    events: list[int]


class Link(_Link, total=False):
    """An activity belongs to an object, or did. No `since`: from the moment the activity was recorded."""

    since: str
    until: str


class DateFact(TypedDict):
    """The day the activity is dated, from a recorded moment until the next fact."""

    on: str
    event: int
    since: str


class _Correction(TypedDict):
    how: str
    event: int
    since: str


class Correction(_Correction, total=False):
    """What a person corrected of an activity's place, of all pages or `at` one: see `placing.py`."""

    at: str
    until: str


class Step(TypedDict):
    """A hop as a reason tells it: the rule, where it leads, and what caused it."""

    code: str
    to: str
    events: list[int]


class _Path(TypedDict):
    hops: list[Step]


class Path(_Path, total=False):
    """Why an activity is shown on the page of the last hop's object.

    No `since`: from the moment the activity was recorded. Most reasons are like that, and alike.
    """

    since: str
    until: str


class Gate(TypedDict):
    """A closed door: whoever is none of `who` does not see the activity."""

    who: list[str]


class Derived(TypedDict):
    """What an entry is shown for, derived from its own side and the nodes named in `inputs` (by their shape).

    `pinned` are those of `shown_on` that show it at the top, `hidden` all objects that do not show it although they
    could, or once might.
    """

    shown_on: list[str]
    pinned: list[str]
    hidden: list[str]
    paths: list[Path]
    gates: list[Gate]
    inputs: dict[str, int]


class Entry(Derived):
    """An activity in the history.

    `dated` orders it: the day, then the id. `dates` is empty until a day is corrected. `terms`: see `terms.py`. `lists`
    and `next`, where it stands in work lists and calendars and among an object's open tasks (None: it is none): see
    `lists.py`.
    """

    _id: str
    version: int
    applied: int
    recorded_at: str
    dated: str
    own: Fields
    dates: list[DateFact]
    terms: list[str]
    lists: dict[str, dict[str, str]]
    next: str | None
    links: list[Link]
    corrections: list[Correction]


Fold = Callable[[Entry, Fields, RecordedEvent], None]
"""Applies an event of an activity to its entry, in place."""
