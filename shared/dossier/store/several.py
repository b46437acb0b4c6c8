"""Several commits as one: a command on several streams, an invariant over many streams, a value only one may have.

These take a MongoDB transaction, outside group commit, because a transaction that waits would hold up everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dossier.mongo import (
    DUPLICATE_KEY,
    BulkWriteError,
    Collection,
    Database,
    Document,
    Mongo,
    PyMongoError,
    Session,
    UpdateOne,
    by_ids,
    within,
)
from dossier.store.documents import Draft
from dossier.store.errors import GuardChangedError
from dossier.store.group import Outcome
from dossier.store.model import Guard, Head, Reservation, Shared
from dossier.store.reservations import Reservations

GUARDS = "guards"


class Several:
    """Transactions over commits, guard documents and reservations of one service."""

    def __init__(self, mongo: Mongo, database: Database, commits: Collection, reservation_key: bytes) -> None:
        self._mongo = mongo
        self._commits = commits
        self._guards: Collection = database[GUARDS]
        self._reservations = Reservations(database, commits, reservation_key)

    async def guards(self, guards: Sequence[Guard]) -> list[int]:
        """How often each guard was changed or, of one that is to be changed, also held; 0 for one that never was."""
        stored = await by_ids(self._guards, map(_name, guards))
        return [stored.get(_name(guard), {}).get(_counted(guard), 0) for guard in guards]

    async def exclude(self, guard: str) -> None:
        """Change the guard by itself."""
        await self._guards.update_one({"_id": guard}, {"$inc": {"changes": 1, "excluding": 1}}, upsert=True)

    async def holder(self, kind: str, value: str) -> str | None:
        """The stream that has reserved the value."""
        return await self._reservations.holder(kind, value)

    async def insert(
        self,
        session: Session,
        drafts: Sequence[Draft],
        guards: Mapping[Guard, int],
        reservations: Sequence[Reservation],
        seconds: float,
    ) -> Outcome:
        """Insert all or none. Raises GuardChangedError and ReservedError.

        All attempts of a command use one session, so that a later one ends what an earlier one left open.

        The commits go first: if an earlier attempt of ours came through after all, it shows as a duplicate, and not
        as a guard that somebody changed.
        """

        async def work(session: Session) -> None:
            await self._commits.insert_many([draft.raw for draft in drafts], session=session)
            if guards:
                await self._bump(guards, session)
            for reservation in reservations:
                await self._reservations.claim(reservation, drafts, session)

        try:
            with within(seconds):
                await self._mongo.transact(session, work, seconds=seconds)
        except BulkWriteError as error:
            errors = (error.details or {}).get("writeErrors", [])
            duplicate = any(own["code"] == DUPLICATE_KEY for own in errors)
            return Outcome.DUPLICATE if duplicate else Outcome.REFUSED
        except PyMongoError:
            return Outcome.UNKNOWN
        return Outcome.WRITTEN

    async def _bump(self, guards: Mapping[Guard, int], session: Session) -> None:
        """Change or hold the guards from what the decision was based on, so that only one of two rivals commits."""
        try:
            writes = [_bumped(guard, seen) for guard, seen in guards.items()]
            result = await self._guards.bulk_write(writes, ordered=False, session=session)
        except BulkWriteError as error:
            if any(own["code"] != DUPLICATE_KEY for own in (error.details or {}).get("writeErrors", [])):
                raise
            raise _changed(guards) from error
        if result.matched_count + result.upserted_count < len(guards):
            raise _changed(guards)


def _name(guard: Guard) -> str:
    return guard.guard if isinstance(guard, Shared) else guard


def _counted(guard: Guard) -> str:
    return "excluding" if isinstance(guard, Shared) else "changes"


def _bumped(guard: Guard, seen: int) -> UpdateOne:
    """`changes` counts all who changed or held the guard, `excluding` those who changed it.

    Whoever holds it writes the same document, so it meets in it with whoever changes it at the same moment.
    """
    query: Document = {"_id": _name(guard), _counted(guard): seen or {"$exists": False}}
    change = {"changes": 1} if isinstance(guard, Shared) else {"changes": 1, "excluding": 1}
    return UpdateOne(query, {"$inc": change}, upsert=seen == 0)


def _changed(guards: Mapping[Guard, int]) -> GuardChangedError:
    guard, seen = next(iter(guards.items()))
    return GuardChangedError(_name(guard), Head(_name(guard), seen, seen), Head(_name(guard), seen + 1, seen + 1))
