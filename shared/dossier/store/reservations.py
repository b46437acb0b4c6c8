"""Reservations: a value that only one stream may have, where the stream's id cannot be derived from it.

A reservation is written in the transaction of the commit that needs it. It counts only if that commit exists (after a
restore from a backup, say, it may not); otherwise the next claimant takes it over.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256

from dossier.mongo import Collection, Database, Document, Session
from dossier.store.documents import Draft
from dossier.store.errors import ReservedError
from dossier.store.model import Reservation

RESERVATIONS = "reservations"


class Reservations:
    """The reservations of one service. `key` keeps values (a login, a mailbox) from being guessed in a copy."""

    def __init__(self, database: Database, commits: Collection, key: bytes) -> None:
        self._reservations: Collection = database[RESERVATIONS]
        self._commits = commits
        self._key = key

    async def claim(self, wanted: Reservation, drafts: Sequence[Draft], session: Session) -> None:
        """Reserve or give up the value for a stream that commits in this transaction. Raises ReservedError."""
        if wanted.given_up:
            mine = {"_id": self._identifier(wanted), "stream": wanted.stream}
            await self._reservations.delete_one(mine, session=session)
            return
        draft = next(draft for draft in drafts if draft.commit.stream == wanted.stream)
        identifier = self._identifier(wanted)
        found = await self._reservations.find_one({"_id": identifier}, session=session)
        if found is not None and found["stream"] != wanted.stream and await self._counts(found, session):
            raise ReservedError(wanted.kind, found["stream"])
        mine = {"stream": wanted.stream, "commit": draft.id, "command_id": draft.commit.metadata.command_id}
        await self._reservations.replace_one({"_id": identifier}, mine, upsert=True, session=session)

    async def holder(self, kind: str, value: str) -> str | None:
        """The stream that has the value."""
        found = await self._reservations.find_one({"_id": self._identifier(Reservation(kind, value, ""))})
        return found["stream"] if found is not None and await self._counts(found) else None

    async def _counts(self, reservation: Document, session: Session | None = None) -> bool:
        made_by = {"_id": reservation["commit"], "command_id": reservation["command_id"]}
        return await self._commits.find_one(made_by, {"_id": 1}, session=session) is not None

    def _identifier(self, wanted: Reservation) -> str:
        if not self._key:
            raise ValueError("reservations need a key")
        return hmac.new(self._key, f"{wanted.kind}\x1f{wanted.value}".encode(), sha256).hexdigest()
