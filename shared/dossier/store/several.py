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
    DuplicateKeyError,
    Mongo,
    PyMongoError,
    Session,
    within,
)
from dossier.store.documents import Draft
from dossier.store.errors import GuardChangedError
from dossier.store.group import Outcome
from dossier.store.model import Head, Reservation
from dossier.store.reservations import Reservations

GUARDS = "guards"


class Several:
    """Transactions over commits, guard documents and reservations of one service."""

    def __init__(self, mongo: Mongo, database: Database, commits: Collection, reservation_key: bytes) -> None:
        self._mongo = mongo
        self._commits = commits
        self._guards: Collection = database[GUARDS]
        self._reservations = Reservations(database, commits, reservation_key)

    async def guard(self, guard: str) -> int:
        """How often the guard has changed; 0 for one that never did."""
        document = await self._guards.find_one({"_id": guard})
        return 0 if document is None else document["changes"]

    async def holder(self, kind: str, value: str) -> str | None:
        """The stream that has reserved the value."""
        return await self._reservations.holder(kind, value)

    async def insert(
        self,
        session: Session,
        drafts: Sequence[Draft],
        guards: Mapping[str, int],
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
            for guard, seen in guards.items():
                await self._bump(guard, seen, session)
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

    async def _bump(self, guard: str, seen: int, session: Session) -> None:
        """Change the guard from the number that the decision was based on, so that only one of two rivals commits."""
        if seen == 0:
            try:
                await self._guards.insert_one({"_id": guard, "changes": 1}, session=session)
            except DuplicateKeyError as error:
                raise _changed(guard, seen) from error
            return
        result = await self._guards.update_one(
            {"_id": guard, "changes": seen}, {"$inc": {"changes": 1}}, session=session
        )
        if result.matched_count == 0:
            raise _changed(guard, seen)


def _changed(guard: str, seen: int) -> GuardChangedError:
    return GuardChangedError(guard, Head(guard, seen, seen), Head(guard, seen + 1, seen + 1))
