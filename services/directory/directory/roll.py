"""All users and all groups as they stand at this moment, for questions that no single stream answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request

from directory.aggregates import GROUP, USER
from directory.domain.group import Group
from directory.domain.user import User
from dossier.clock import Clock, system_clock
from dossier.commands import Aggregate
from dossier.contracts import Event, RecordedEvent
from dossier.days import today
from dossier.ids import split_stream, stream_id
from dossier.store import CommitStore

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Standing(Generic[S]):
    """One aggregate as it stands: its state, the number of its last commit, and when it was begun and changed."""

    state: S
    version: int = 0
    commit: int = 0
    created_at: str = ""
    changed_at: str = ""

    def after(self, events: Sequence[RecordedEvent], evolve: Callable[[S, Event], S]) -> Standing[S]:
        """As it stands after these events, which follow what is known."""
        state = reduce(evolve, (recorded.event() for recorded in events), self.state)
        created_at, last = self.created_at or events[0].recordedtime, events[-1]
        return Standing(state, last.version, last.commitsequence, created_at, last.recordedtime)


class Roll(Generic[S]):
    """Every aggregate of a kind. What was folded is kept, and each question reads which streams have gone on since.

    So answers are never behind what was committed, as those of a view would be, at the price of one jump in an index
    for each stream. Directories are small: see docs/adr/directory-provisioning.md for what was measured.
    """

    def __init__(self, store: CommitStore, aggregate: Aggregate[S]) -> None:
        self._store = store
        self._aggregate = aggregate
        self._held: dict[str, Standing[S]] = {}

    async def all(self) -> Mapping[str, S]:
        """Id to state, in the order of the ids."""
        return {id: standing.state for id, standing in (await self.standing()).items()}

    async def standing(self) -> Mapping[str, Standing[S]]:
        """Id to what stands, in the order of the ids."""
        heads = await self._store.versions(self._aggregate.kind)
        behind = [stream for stream, version in heads.items() if self._known(stream).version < version]
        await asyncio.gather(*map(self._catch_up, behind))
        return {split_stream(stream)[1]: self._held[stream] for stream in heads}

    async def one(self, id: str) -> Standing[S] | None:
        """The one with this id, if there is one."""
        stream = stream_id(self._aggregate.kind, id)
        await self._catch_up(stream)
        return self._held.get(stream)

    async def _catch_up(self, stream: str) -> None:
        known = self._known(stream)
        # Whole streams are read many at once.
        read = self._store.read(stream, known.version) if known.version else self._whole(stream)
        if events := await read:
            now = known.after(events, self._aggregate.evolve)
            if self._known(stream).version < now.version:
                self._held[stream] = now

    async def _whole(self, stream: str) -> list[RecordedEvent]:
        return (await self._store.history(stream)).events

    def _known(self, stream: str) -> Standing[S]:
        return self._held.get(stream) or Standing(self._aggregate.initial())


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

    def stand_ins(self, users: Mapping[str, User]) -> StandIns:
        """Who stands in for whom today, among these users."""
        return StandIns({id: each for id, each in users.items() if each.deputies}, self.clock)


@dataclass(frozen=True)
class StandIns:
    """The users who have deputies."""

    represented: Mapping[str, User]
    clock: Clock

    def of(self, id: str, state: User) -> list[str]:
        """For whom the user is a deputy today, in the user's own time zone (RGT-09)."""
        day = today(state.time_zone, self.clock)
        return [other for other, each in self.represented.items() if each.is_represented_by(id, day)]


async def _rolls(request: Request) -> Rolls:
    return request.app.state.rolls


OwnRolls = Annotated[Rolls, Depends(_rolls)]
