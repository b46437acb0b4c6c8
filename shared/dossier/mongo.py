"""The only module that knows the MongoDB driver.

The driver is Motor, as this project's user asks, or PyMongo's own async client, selected by one setting. Everything is
typed as PyMongo's async classes; where the two differ in how a call is made, a function here hides it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, Literal, TypeVar, cast

import bson
import pymongo
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument as RawDocument
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING as ASCENDING
from pymongo import DESCENDING as DESCENDING
from pymongo import AsyncMongoClient, ReadPreference
from pymongo import DeleteMany as DeleteMany
from pymongo import DeleteOne as DeleteOne
from pymongo import IndexModel as IndexModel
from pymongo import InsertOne as InsertOne
from pymongo import ReplaceOne as ReplaceOne
from pymongo import ReturnDocument as ReturnDocument
from pymongo import UpdateMany as UpdateMany
from pymongo import UpdateOne as UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import AutoReconnect as AutoReconnect
from pymongo.errors import BulkWriteError as BulkWriteError
from pymongo.errors import ConnectionFailure as ConnectionFailure
from pymongo.errors import DuplicateKeyError as DuplicateKeyError
from pymongo.errors import ExecutionTimeout as ExecutionTimeout
from pymongo.errors import NetworkTimeout as NetworkTimeout
from pymongo.errors import OperationFailure as OperationFailure
from pymongo.errors import PyMongoError as PyMongoError
from pymongo.errors import WriteConcernError as WriteConcernError
from pymongo.errors import WTimeoutError as WTimeoutError
from pymongo.read_concern import ReadConcern as ReadConcern
from pymongo.uri_parser import parse_uri as parse_uri
from pymongo.write_concern import WriteConcern as WriteConcern

Driver = Literal["motor", "pymongo"]
Document = dict[str, Any]
Database = AsyncDatabase[Document]
Collection = AsyncCollection[Document]
Cursor = AsyncCursor[Document]
Session = AsyncClientSession
T = TypeVar("T")

MAJORITY = ReadConcern("majority")
DURABLE = WriteConcern(w="majority", j=True, wtimeout=10_000)
DUPLICATE_KEY = 11000
TRANSIENT = "TransientTransactionError"
UNKNOWN_COMMIT = "UnknownTransactionCommitResult"


class Mongo:
    """One client of a MongoDB deployment. Make it inside the event loop that uses it."""

    def __init__(self, url: str, driver: Driver = "motor", *, timeout_ms: int = 5_000) -> None:
        options: dict[str, Any] = {
            "serverSelectionTimeoutMS": timeout_ms,
            "connectTimeoutMS": timeout_ms,
            "socketTimeoutMS": 30_000,
            "retryWrites": True,
            "tz_aware": True,
            "uuidRepresentation": "standard",
        }
        make = AsyncMongoClient if driver == "pymongo" else cast("type[AsyncMongoClient[Document]]", AsyncIOMotorClient)
        self.driver: Driver = driver
        self.client: AsyncMongoClient[Document] = make(url, **options)

    def database(self, name: str) -> Database:
        """A database whose writes are durable and whose reads see only what cannot be rolled back."""
        return self.client.get_database(
            name, read_concern=MAJORITY, write_concern=DURABLE, read_preference=ReadPreference.PRIMARY
        )

    async def ping(self) -> None:
        """Raise if the deployment does not answer."""
        await self.client.admin.command("ping")

    async def close(self) -> None:
        """Close all connections."""
        closing = cast("Awaitable[None] | None", self.client.close())
        if closing is not None:
            await closing

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Session]:
        """A session for a transaction or causal reads."""
        starting: Any = self.client.start_session()
        session: Session = await starting if self.driver == "motor" else starting
        async with session:
            yield session

    async def transact(self, session: Session, work: Callable[[Session], Awaitable[T]], *, seconds: float = 10.0) -> T:
        """Run `work` in one majority transaction of the session; it must be repeatable.

        Transient failures run it again, an unknown outcome of the commit asks again, both for about `seconds`; after
        that the driver's error is raised and the outcome may be unknown. (The drivers' own loop goes on for 120 s,
        longer than anybody waits for an answer.) The next transaction of the same session ends one that was left open,
        which otherwise holds its documents until the server's limit (`transactionLifetimeLimitSeconds`).
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                return await self._attempt(session, work, deadline)
            except PyMongoError as error:
                if not error.has_error_label(TRANSIENT) or time.monotonic() > deadline:
                    raise

    async def _attempt(self, session: Session, work: Callable[[Session], Awaitable[T]], deadline: float) -> T:
        starting: Any = session.start_transaction(read_concern=MAJORITY, write_concern=DURABLE)
        if self.driver == "pymongo":
            await starting
        try:
            result = await work(session)
        except BaseException:
            await session.abort_transaction()
            raise
        while True:
            try:
                await session.commit_transaction()
                return result
            except PyMongoError as error:
                if not error.has_error_label(UNKNOWN_COMMIT) or time.monotonic() > deadline:
                    raise


def within(seconds: float) -> AbstractContextManager[None]:
    """Bounds every operation begun inside, waiting for a server included; too late raises a PyMongoError."""
    return pymongo.timeout(seconds)


def encoded(document: Mapping[str, Any]) -> RawDocument:
    """The document as bytes, ready to be inserted. Raises ValueError on a value that BSON cannot hold."""
    return RawDocument(bson.encode(document))


def decoded(batch: bytes) -> list[Document]:
    """The documents of a raw batch."""
    return bson.decode_all(batch)


def undecoded(collection: Collection) -> AsyncCollection[RawDocument]:
    """The same collection, whose documents come as bytes and are decoded as far as they are looked at."""
    return cast("Any", collection).with_options(codec_options=CodecOptions(document_class=RawDocument, tz_aware=True))


async def by_ids(
    collection: Collection, ids: Iterable[str], fields: Mapping[str, Any] | None = None
) -> dict[str, Document]:
    """Those of these documents that there are, by id, in any order. For no ids the server is not asked."""
    if not (wanted := list(set(ids))):
        return {}
    # All at once: a step of an asynchronous loop costs more than a document.
    found = await collection.find({"_id": {"$in": wanted}}, fields).to_list(None)
    return {document["_id"]: document for document in found}


async def read_all(cursors: Sequence[Cursor]) -> list[list[Document]]:
    """What each of these queries finds, for queries that find little.

    Motor hands every call to a thread, which costs more than a small query. So they share one, one after the other.
    """
    own: list[Any] = [getattr(cursor, "delegate", None) for cursor in cursors]
    if None in own:
        return await asyncio.gather(*(cursor.to_list(None) for cursor in cursors))
    return await asyncio.to_thread(lambda: [cursor.to_list() for cursor in own])


async def first_batch(
    collection: Collection, wanted: Document, fields: Mapping[str, Any], *, limit: int, **options: Any
) -> list[Document]:
    """What one answer of the server holds of a query: at most `limit` documents and 16 MB."""
    cursor: Any = collection.find_raw_batches(wanted, fields, limit=limit, batch_size=limit, **options)
    try:
        async for batch in cursor:
            return decoded(batch)
        return []
    finally:
        await cursor.close()


async def aggregate(collection: Collection, pipeline: Sequence[Mapping[str, Any]], **options: Any) -> Cursor:
    """A cursor over the results of a pipeline (Motor returns it at once, PyMongo has to be awaited)."""
    started: Any = collection.aggregate(pipeline, **options)
    return cast("Cursor", await started if hasattr(started, "__await__") else started)


async def watch(target: Collection | Database, pipeline: Sequence[Mapping[str, Any]], **options: Any) -> Any:
    """An open change stream: an async context manager and async iterator with `try_next()`."""
    started: Any = target.watch(pipeline, **options)
    return await started if hasattr(started, "__await__") else started
