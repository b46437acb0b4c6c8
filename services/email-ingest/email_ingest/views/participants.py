"""Which messages a mail address took part in, so that a channel that appears later finds them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dossier.mongo import ASCENDING, Database, Document, ReplaceOne
from dossier.store.gathering import Gathering, room_for

_TOGETHER = 64


@dataclass(frozen=True)
class Participation:
    """A decided message, the mail addresses of the others on it, and its day."""

    message: str
    mail_addresses: frozenset[str]
    day: date


class Participants:
    """Collection `participants`: one document per decided message."""

    def __init__(self, database: Database) -> None:
        self._collection = database["participants"]
        self._writes: Gathering[Document, None] = Gathering(self._write, room_for(_TOGETHER))

    async def prepare(self) -> None:
        """Make the index the late linker looks up by."""
        await self._collection.create_index([("mail_addresses", ASCENDING)])

    async def remember(self, message: str, mail_addresses: Iterable[str], day: date) -> None:
        """Acknowledged before the channels are looked at again."""
        document = {"_id": message, "mail_addresses": sorted(mail_addresses), "day": day.isoformat()}
        await self._writes.ask(document)

    async def of(self, mail_address: str) -> AsyncIterator[Participation]:
        """Every message the mail address took part in, in order of id."""
        async for found in self._collection.find({"mail_addresses": mail_address}).sort("_id", ASCENDING):
            yield Participation(found["_id"], frozenset(found["mail_addresses"]), date.fromisoformat(found["day"]))

    async def _write(self, documents: Sequence[Document]) -> list[None]:
        writes = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents]
        await self._collection.bulk_write(writes, ordered=False)
        return [None] * len(documents)
