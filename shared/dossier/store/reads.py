"""Reading many streams or keys at once: a read costs a driver more than what it brings.

Only what can no longer be rolled back is read (majority concern on the primary): a head that vanished would leave a
hole for ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from dossier.contracts import RecordedEvent
from dossier.mongo import (
    ASCENDING,
    DESCENDING,
    Collection,
    ConnectionFailure,
    Document,
    PyMongoError,
    aggregate,
    within,
)
from dossier.store.documents import head_from, key_range, recorded_events
from dossier.store.errors import StoreUnavailableError
from dossier.store.gathering import Gathering, room_for
from dossier.store.model import Head, History

READ_SECONDS = 5.0
"""How long one read may take, the choice of a server included."""
MAX_READS = 64
LANES = 2
HEAD_FIELDS = {"stream": 1, "commit": 1, "last": 1, "recorded_at": 1, "hash": 1}
HEADS_INDEX = "heads"
LAST_OF_EACH: list[Document] = [
    {"$sort": {"stream": ASCENDING, "commit": DESCENDING}},
    {"$group": {"_id": "$stream", "version": {"$first": "$last"}}},
]
"""One jump in the index for each stream, in order, without touching a commit."""


class Reads:
    """Reads of commit documents, gathered. All raise StoreUnavailableError if the database does not answer."""

    def __init__(self, commits: Collection) -> None:
        self._commits = commits
        self._histories = Gathering(self._read_streams, room_for(MAX_READS), LANES)
        self._noted = Gathering(self._read_noted, room_for(MAX_READS), LANES)
        self._keys = Gathering(self._read_keys, room_for(MAX_READS), LANES)

    async def head(self, stream: str) -> Head:
        """The head of one stream."""
        with reading():
            document = await self._commits.find_one(key_range(stream), HEAD_FIELDS, sort=[("_id", DESCENDING)])
        return Head(stream) if document is None else head_from(document)

    async def history(self, stream: str) -> History:
        """The whole stream."""
        return await self._histories.ask(stream)

    async def since(self, stream: str, after: int) -> list[RecordedEvent]:
        """The events after version `after`."""
        with reading():
            cursor = self._commits.find(key_range(stream) | {"last": {"$gt": after}}).sort("_id", ASCENDING)
            documents = await cursor.to_list(None)
        return [event for document in documents for event in recorded_events(document) if event.sequence > after]

    async def noted(self, stream: str) -> Document | None:
        """What the last commit of the stream notes, empty if nothing; none if there is no such stream."""
        return await self._noted.ask(stream)

    async def versions(self, kind: str) -> dict[str, int]:
        """The last version of every stream of a kind, in the order of the streams."""
        within_kind: Document = {"$gt": f"{kind}-", "$lt": f"{kind}."}
        with reading():
            pipeline = [{"$match": {"stream": within_kind}}, *LAST_OF_EACH]
            heads: list[Document] = await (await aggregate(self._commits, pipeline, hint=HEADS_INDEX)).to_list(None)
        # The length tells a kind from one whose name goes on (`link-…` from `link-type-…`).
        versions = {head["_id"]: head["version"] for head in heads if len(head["_id"]) == len(kind) + 37}
        return dict(sorted(versions.items()))

    async def by_key(self, key: str) -> Document | None:
        """The commit that carries the idempotency key."""
        return await self._keys.ask(key)

    async def parts(self, command_id: str) -> list[Document]:
        """All commits of a command on several streams."""
        with reading():
            parts = self._commits.find({"command_id": command_id, "of": {"$exists": True}})
            return await parts.sort("part", ASCENDING).to_list(None)

    async def by_id(self, ids: Sequence[str]) -> list[Document]:
        """The commits with these primary keys, as far as they exist."""
        with reading():
            return await self._commits.find({"_id": {"$in": list(ids)}}).to_list(None)

    async def _read_streams(self, streams: Sequence[str]) -> list[History]:
        distinct = list(dict.fromkeys(streams))
        ranges = [key_range(stream) for stream in distinct]
        with reading():
            cursor = self._commits.find({"$or": ranges} if len(ranges) > 1 else ranges[0]).sort("_id", ASCENDING)
            documents = await cursor.to_list(None)
        by_stream: defaultdict[str, list[Document]] = defaultdict(list)
        for document in documents:
            by_stream[document["stream"]].append(document)
        return [_history(stream, by_stream[stream]) for stream in streams]

    async def _read_noted(self, streams: Sequence[str]) -> list[Document | None]:
        pipeline: list[Document] = [
            {"$match": {"stream": {"$in": list(dict.fromkeys(streams))}}},
            {"$sort": {"stream": ASCENDING, "commit": DESCENDING}},
            {"$group": {"_id": "$stream", "noted": {"$first": "$noted"}}},
        ]
        with reading():
            last = await (await aggregate(self._commits, pipeline)).to_list(None)
        found: dict[str, Document] = {each["_id"]: each["noted"] or {} for each in last}
        return [found.get(stream) for stream in streams]

    async def _read_keys(self, keys: Sequence[str]) -> list[Document | None]:
        # `$exists` says in the words of the partial index that it holds all that is asked for.
        with reading():
            found = await self._commits.find({"key": {"$in": list(keys), "$exists": True}}).to_list(None)
        by_key = {document["key"]: document for document in found}
        return [by_key.get(key) for key in keys]


def _history(stream: str, documents: Sequence[Document]) -> History:
    if not documents:
        return History(Head(stream), [])
    return History(head_from(documents[-1]), [event for document in documents for event in recorded_events(document)])


@contextmanager
def reading() -> Generator[None]:
    """Bounds the reads inside. Raises StoreUnavailableError if the database does not answer."""
    try:
        with within(READ_SECONDS):
            yield
    except PyMongoError as error:
        if error.timeout or isinstance(error, ConnectionFailure):
            raise StoreUnavailableError("the database does not answer") from error
        raise
