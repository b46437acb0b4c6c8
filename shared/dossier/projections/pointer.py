"""Which generations of a projection exist, and which one is read: one document per projection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Generic, Literal, NamedTuple, TypeVar

from dossier.mongo import Collection, Database, Document, DuplicateKeyError, ReturnDocument
from dossier.projections.model import Projection

P = TypeVar("P", bound=Projection)

CACHED_SECONDS = 1.0
_BUILDING_MS = 30_000
"""A rebuild that gave no sign of life for so long is dead."""


class Generation(NamedTuple):
    """A set of collections. `code` is the projection's `version` it was built with; active ones are kept up to date."""

    code: int
    state: Literal["building", "active"]


class Pointer(NamedTuple):
    """The live generation, the one before it, and all there are. `newest` is the highest number ever given."""

    live: int
    previous: int | None
    generations: Mapping[int, Generation]
    newest: int = 1

    def active(self, code: int) -> list[int]:
        """The generations that a process with this version of the projection keeps up to date."""
        return [number for number, one in self.generations.items() if one.state == "active" and one.code == code]


class RebuildRunning(Exception):
    """Another rebuild of the projection is at work."""


class Pointers:
    """The pointer document of one projection."""

    def __init__(self, database: Database, name: str) -> None:
        self._collection: Collection = database["projections"]
        self._name = name

    async def read(self, code: int) -> Pointer:
        """The pointer; before there is one, generation 1 of this code is live."""
        stored = await self._collection.find_one({"_id": self._name})
        return _pointer(stored) if stored else Pointer(1, None, {1: Generation(code, "active")})

    async def ensure(self, code: int) -> Pointer:
        """The pointer, made if this is the first start of the projection."""
        first = {"_id": self._name, "live": 1, "generations": {"1": {"code": code, "state": "active"}}}
        with suppress(DuplicateKeyError):  # another replica was as quick
            await self._collection.update_one({"_id": self._name}, {"$setOnInsert": first}, upsert=True)
        return await self.read(code)

    async def begin(self, code: int) -> int:
        """Announce a new generation under construction. Raises RebuildRunning.

        Numbers are never given twice: a consumer that was slow to stop must not meet another generation of its own.
        """
        pointer = await self.ensure(code)
        building = {number for number, one in pointer.generations.items() if one.state == "building"}
        number = pointer.newest + 1
        silent = [{f"generations.{one}.beat": {"$exists": True}, **_silent(one)} for one in building]
        building_now = {"code": code, "state": "building", "beat": "$$NOW"}
        change: Document = {f"generations.{number}": building_now, "newest": number}
        query: Document = {"_id": self._name, "newest": {"$not": {"$gte": number}}}
        if silent:
            query["$and"] = silent
        begun = await self._collection.update_one(query, [{"$set": change}])
        if begun.modified_count == 0:
            raise RebuildRunning(self._name)
        return number

    async def beat(self, number: int) -> None:
        """A sign of life of the rebuild; none of a generation that was forgotten meanwhile."""
        await self._collection.update_one(
            {"_id": self._name, f"generations.{number}": {"$exists": True}},
            [{"$set": {f"generations.{number}.beat": "$$NOW"}}],
        )

    async def activate(self, number: int) -> None:
        """The generation is loaded: consumers keep it up to date from now on."""
        await self._collection.update_one(
            {"_id": self._name, f"generations.{number}": {"$exists": True}},
            {"$set": {f"generations.{number}.state": "active"}, "$unset": {f"generations.{number}.beat": ""}},
        )

    async def switch(self, number: int) -> Pointer:
        """Let everybody read this generation within a second. It must be active; raises ValueError else."""
        query = {"_id": self._name, f"generations.{number}.state": "active"}
        change = {"$set": {"previous": {"$cond": [{"$eq": ["$live", number]}, "$previous", "$live"]}, "live": number}}
        stored = await self._collection.find_one_and_update(query, [change], return_document=ReturnDocument.AFTER)
        if stored is None:
            raise ValueError(f"{self._name} has no active generation {number}")
        return _pointer(stored)

    async def forget(self, number: int) -> None:
        """Take a generation that is not live off the list. Raises ValueError for the live one."""
        result = await self._collection.update_one(
            {"_id": self._name, "live": {"$ne": number}}, {"$unset": {f"generations.{number}": ""}}
        )
        if result.matched_count == 0:
            raise ValueError(f"generation {number} of {self._name} is live")


class Live(Generic[P]):
    """The live generation for queries: the same object for waiting and reading within one request.

    Another generation is noticed after a second at most.
    """

    def __init__(self, make: Callable[[], P], database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._database = database
        self._clock = clock
        self._current: P | None = None
        self._until = 0.0

    async def current(self) -> P:
        """The projection, attached to the live generation."""
        current = self._current
        if current is not None and self._clock() < self._until:
            return current
        fresh = self._make()
        pointer = await Pointers(self._database, fresh.name).read(fresh.version)
        if current is None or current.generation != pointer.live:
            fresh.attach(self._database, pointer.live)
            current = self._current = fresh
        self._until = self._clock() + CACHED_SECONDS
        return current


def _silent(number: int) -> Document:
    return {"$expr": {"$lt": [f"$generations.{number}.beat", {"$subtract": ["$$NOW", _BUILDING_MS]}]}}


def _pointer(stored: Document) -> Pointer:
    generations = {int(number): Generation(one["code"], one["state"]) for number, one in stored["generations"].items()}
    newest = stored.get("newest", max(generations))
    return Pointer(stored["live"], stored.get("previous"), dict(sorted(generations.items())), newest)
