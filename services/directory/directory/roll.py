"""All users and all groups as they stand at this moment, for questions that no single stream answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request

from directory.aggregates import GROUP, USER
from directory.domain.group import Group
from directory.domain.user import User
from dossier.clock import Clock, system_clock
from dossier.commands import Aggregate
from dossier.days import today
from dossier.ids import split_stream
from dossier.store import CommitStore

S = TypeVar("S")


class Roll(Generic[S]):
    """Every aggregate of a kind. What was folded is kept, and each question reads which streams have gone on since.

    So answers are never behind what was committed, as those of a view would be, at the price of one jump in an index
    for each stream. Directories are small: see docs/adr/directory-provisioning.md for what was measured.
    """

    def __init__(self, store: CommitStore, aggregate: Aggregate[S]) -> None:
        self._store = store
        self._aggregate = aggregate
        self._held: dict[str, tuple[int, S]] = {}

    async def all(self) -> Mapping[str, S]:
        """Id to state, in the order of the ids."""
        heads = await self._store.versions(self._aggregate.kind)
        behind = [stream for stream, version in heads.items() if self._known(stream)[0] < version]
        await asyncio.gather(*map(self._catch_up, behind))
        return {split_stream(stream)[1]: self._held[stream][1] for stream in heads}

    async def _catch_up(self, stream: str) -> None:
        version, state = self._known(stream)
        # Whole streams are read many at once.
        events = await self._store.read(stream, version) if version else (await self._store.history(stream)).events
        state = reduce(self._aggregate.evolve, (recorded.event() for recorded in events), state)
        if events and self._known(stream)[0] < events[-1].version:
            self._held[stream] = events[-1].version, state

    def _known(self, stream: str) -> tuple[int, S]:
        return self._held.get(stream) or (0, self._aggregate.initial())


@dataclass(frozen=True)
class Rolls:
    """The rolls of the service, and the clock by which a deputy stands in today."""

    users: Roll[User]
    groups: Roll[Group]
    clock: Clock = system_clock

    @staticmethod
    def of(store: CommitStore) -> Rolls:
        """The rolls over a store."""
        return Rolls(Roll(store, USER), Roll(store, GROUP))

    def represented_by(self, id: str, state: User, users: Mapping[str, User]) -> list[str]:
        """For whom the user is a deputy today, in the user's own time zone (RGT-09)."""
        day = today(state.time_zone, self.clock)
        return [other for other, each in users.items() if each.is_represented_by(id, day)]


async def _rolls(request: Request) -> Rolls:
    return request.app.state.rolls


OwnRolls = Annotated[Rolls, Depends(_rolls)]
