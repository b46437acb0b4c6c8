"""Streams whose next commit cannot be published. They wait, with all their later commits; the others go on.

Nothing is changed in the commits: the stream is only left out of the scan. So a relay that does not know of it yet
meets the same commit first, never a later one. Released by a command, it goes on from that commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dossier.clock import system_clock
from dossier.mongo import ASCENDING, Collection, Database, UpdateOne


@dataclass(frozen=True, slots=True)
class AsideStream:
    """A stream that waits: since when, at which commit (its key), and why (a word, no personal data)."""

    stream: str
    commit: str
    reason: str
    since: datetime


class SetAside:
    """The streams of one service that are set aside."""

    def __init__(self, database: Database) -> None:
        self._streams: Collection = database["relay_set_aside"]

    async def add(self, refused: Mapping[str, AsideStream]) -> None:
        """Set streams aside; those that already are keep what was first said of them."""
        notes = [
            UpdateOne(
                {"_id": stream},
                {"$setOnInsert": {"commit": note.commit, "reason": note.reason, "since": note.since}},
                upsert=True,
            )
            for stream, note in refused.items()
        ]
        if notes:
            await self._streams.bulk_write(notes, ordered=False)

    async def list(self) -> list[AsideStream]:
        """All of them, the oldest first."""
        found = await self._streams.find().sort("since", ASCENDING).to_list(None)
        return [AsideStream(note["_id"], note["commit"], note["reason"], note["since"]) for note in found]

    async def streams(self) -> list[str]:
        """Their ids."""
        return [note["_id"] for note in await self._streams.find({}, {"_id": 1}).to_list(None)]

    async def release(self, stream: str) -> bool:
        """Let the relays try again; False if the stream was not set aside. It takes them a few seconds to notice."""
        return (await self._streams.delete_one({"_id": stream})).deleted_count == 1


def note(stream: str, commit: str, reason: str) -> AsideStream:
    """What is to be said of a stream that cannot be published now."""
    return AsideStream(stream, commit, reason, system_clock())
