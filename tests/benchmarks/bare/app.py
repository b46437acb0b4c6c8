"""Commands and pages over HTTP with nothing in between: a head read, a shared durable insert, an indexed query."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response

from dossier.mongo import Collection, Database, Document, Mongo


class Group:
    """Inserts of the same moment share one durable `insert_many`."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._waiting: list[tuple[Document, asyncio.Future[None]]] = []
        self._working: asyncio.Task[None] | None = None

    async def insert(self, document: Document) -> None:
        """Insert with the next batch."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((document, done))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        await done

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._collection.insert_many([document for document, _ in batch], ordered=False)
            for _, done in batch:
                done.set_result(None)


def application(mongo: Mongo, database: Database) -> FastAPI:
    """`POST /commands/{stream}`; `GET /page`, `/range` and `/document` of a collection that the query names."""
    app = FastAPI()
    commits = database["commits"]
    group = Group(commits)

    @app.get("/readyz")
    async def ready() -> None:
        await mongo.ping()

    @app.post("/commands/{stream}", status_code=201)
    async def command(stream: str, request: Request) -> dict[str, Any]:
        body = await request.body()
        head = await commits.find_one({"_id": {"$gte": f"{stream}:", "$lt": f"{stream};"}}, sort=[("_id", -1)])
        version = head["last"] + 1 if head else 1
        key = f"{stream}:{version:010d}"
        await group.insert({"_id": key, "stream": stream, "last": version, "data": body.decode(), "pending": 0})
        return {"stream": stream, "version": version}

    @app.get("/page")
    async def page(of: str, where: str, collection: str, before: str = "~", limit: int = 50) -> Response:
        """The same page as the product's, by its index, written as it lies there."""
        query = {"shown_on": of, "own.kind": {"$in": _KINDS}, "dated": {"$lt": before}}
        found = mongo.database(where)[collection].find(query, _FIELDS).sort("dated", -1).limit(limit)
        return Response(msgspec.json.encode(await found.to_list(None)), media_type="application/json")

    @app.get("/range")
    async def within(where: str, collection: str, field: str, begin: str, limit: int) -> Response:
        """Documents whose field begins so, in order, by its index."""
        query = {field: {"$gte": begin, "$lt": begin + "\uffff"}}
        found = mongo.database(where)[collection].find(query).sort(field, 1).limit(limit)
        return Response(msgspec.json.encode(await found.to_list(None)), media_type="application/json")

    @app.get("/document")
    async def document(where: str, collection: str, id: str) -> Response:
        """One document by its key."""
        found = await mongo.database(where)[collection].find_one({"_id": id})
        return Response(msgspec.json.encode(found), media_type="application/json")

    return app


_KINDS = ["appointment", "call", "document", "email", "meeting", "note"]
_FIELDS = {"own.title": 1, "own.kind": 1, "own.occurred_on": 1, "own.text": 1, "dated": 1, "paths": 1, "recorded_at": 1}
