"""Group commit: commands of the same moment share one durable insert, because waiting for the journal is what costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple

from dossier.mongo import DUPLICATE_KEY, BulkWriteError, Collection, PyMongoError, within
from dossier.store.documents import Draft
from dossier.store.model import Guard

MAX_COMMITS = 500
MAX_BYTES = 8 * 1024 * 1024
"""Of one insert, so that it stays short; a commit that finds no room takes the next."""


class Outcome(Enum):
    """What is known of a commit after an attempt to insert it."""

    WRITTEN = auto()
    DUPLICATE = auto()
    REFUSED = auto()
    UNKNOWN = auto()


class Room:
    """Who goes into one shared insert: as many as are sensible, and at most one commit of a stream.

    Should a stream's first commit be refused, a second must not have been written.
    """

    def __init__(self) -> None:
        self._streams: set[str] = set()
        self._bytes = 0

    def __call__(self, draft: Draft) -> bool:
        """Whether this one goes in. The first always does."""
        size = self._bytes + len(draft.raw.raw)
        stream = draft.commit.stream
        if stream in self._streams or len(self._streams) == MAX_COMMITS or (self._streams and size > MAX_BYTES):
            return False
        self._streams.add(stream)
        self._bytes = size
        return True


class Holding(NamedTuple):
    """A commit that holds guards, each with the number that its decision was based on."""

    draft: Draft
    guards: Mapping[Guard, int]


class RoomOfHolders:
    """Who goes into one shared transaction: as `Room`, and whoever saw the same numbers of the same guards.

    Of two that saw different ones, the older decision is out of date; it must not take the other along.
    """

    def __init__(self) -> None:
        self._room = Room()
        self._seen: dict[Guard, int] = {}

    def __call__(self, one: Holding) -> bool:
        """Whether this one goes in."""
        if any(self._seen.get(guard, seen) != seen for guard, seen in one.guards.items()) or not self._room(one.draft):
            return False
        self._seen.update(one.guards)
        return True


async def insert_unordered(commits: Collection, drafts: Sequence[Draft], seconds: float) -> list[Outcome]:
    """Insert independent commits at once; one outcome for each, in order.

    An error of the whole insert (network, write concern, time) says nothing about a commit without an error of its
    own: unknown.
    """
    try:
        with within(seconds):
            await commits.insert_many([draft.raw for draft in drafts], ordered=False)
    except BulkWriteError as error:
        details = error.details or {}
        rest = Outcome.UNKNOWN if details.get("writeConcernErrors") else Outcome.WRITTEN
        outcomes = [rest] * len(drafts)
        for own in details.get("writeErrors", []):
            duplicate = own["code"] == DUPLICATE_KEY
            outcomes[own["index"]] = Outcome.DUPLICATE if duplicate else Outcome.REFUSED
        return outcomes
    except PyMongoError:
        return [Outcome.UNKNOWN] * len(drafts)
    return [Outcome.WRITTEN] * len(drafts)
