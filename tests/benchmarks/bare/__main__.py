"""One process of the bare pipe: `python -m benchmarks.bare api relay consumer`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import uvicorn
import uvloop

from benchmarks.bare.app import application
from benchmarks.bare.lmtp import receive
from benchmarks.bare.pipe import consume, relay
from dossier.mongo import Mongo


async def main(roles: list[str]) -> None:
    """Run the roles until the process is told to end."""
    mongo = Mongo(os.environ["BARE_MONGO"])
    database = mongo.database(os.environ["BARE_NAME"])
    bootstrap, topic = os.environ["BARE_KAFKA"], os.environ["BARE_TOPIC"]
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "relay": lambda: relay(database, bootstrap, topic),
        "consumer": lambda: consume(database, bootstrap, topic),
        "lmtp": lambda: receive(Path(os.environ["BARE_FOLDER"]), int(os.environ["BARE_LMTP"])),
    }
    tasks = [asyncio.ensure_future(parts[role]()) for role in roles if role in parts]
    config = uvicorn.Config(
        application(mongo, database), port=int(os.environ["BARE_PORT"]), http="httptools", log_level="warning"
    )
    server = uvicorn.Server(config)
    for task in tasks:
        task.add_done_callback(partial(_ended, server))
    await server.serve()
    for task in tasks:
        task.cancel()


def _ended(server: uvicorn.Server, task: asyncio.Future[None]) -> None:
    """A part that fails takes its process down, so that nobody measures half a pipe."""
    server.should_exit = True
    if not task.cancelled():
        task.result()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1:]))
