"""A service that has nothing but a feed, in this process or in one that can be killed.

`python -m dossier.testing.feeding MONGO_URL DATABASE PORT` serves the database and prints a token for a service.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from dossier.contracts.addresses import CompanyRenamed
from dossier.feed import FeedClient, feed_router
from dossier.http.app import create_app
from dossier.ids import new_id, stream_id
from dossier.runtime import Roles, Service, serve
from dossier.settings import ServiceSettings
from dossier.store import CommitStore, Head, Metadata, NewCommit
from dossier.testing.tokens import TokenMaker, bearer

CONTEXT = "addresses"


class Settings(ServiceSettings):
    """Those of a service without anything of its own."""

    service: str = CONTEXT
    port: int = 0


@dataclass
class Source:
    """The service behind the feed, answering at `url`. `http` is another service's client."""

    service: Service[Settings]
    roles: Roles
    store: CommitStore
    tokens: TokenMaker
    url: str
    http: httpx.AsyncClient

    def client(self) -> FeedClient:
        """A client of a service that may read the feed."""
        return FeedClient(self.url, self.http, patience=5)


@asynccontextmanager
async def source(mongo_url: str, database: str, port: int = 0) -> AsyncGenerator[Source]:
    """The service, running."""
    tokens = TokenMaker()
    settings = Settings(
        environment="test",
        mongo_url=mongo_url,
        mongo_database=database,
        issuer_url=tokens.issuer,
        audience=tokens.audience,
    )
    service = Service(settings, keys=tokens.keys)
    store = CommitStore(service.mongo, service.database, CONTEXT)
    service.manage(store.start, store.stop)
    app = create_app(service, [feed_router(store)], title="Feed")
    listener = socket.create_server(("127.0.0.1", port))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    headers = bearer(tokens.service("histories"))
    stop = asyncio.Event()
    async with service, httpx.AsyncClient(headers=headers, trust_env=False) as http:
        serving = asyncio.create_task(serve(app, listener, stop))
        try:
            yield Source(service, Roles(app), store, tokens, url, http)
        finally:
            service.stopping.set()
            stop.set()
            await serving


async def fill(store: CommitStore, streams: int, commits: int = 2, *, size: int = 0) -> list[str]:
    """Commit to new streams, two events a commit, with texts that need care on their way; the streams in order."""
    made = [stream_id("company", new_id()) for _ in range(streams)]
    for number in range(commits):
        for start in range(0, streams, 500):
            await asyncio.gather(*(_commit(store, stream, number, size) for stream in made[start : start + 500]))
    return sorted(made)


async def _commit(store: CommitStore, stream: str, number: int, size: int) -> None:
    about = Metadata(actor="user:test", channel="user", correlation_id=new_id(), command_id=new_id())
    events = [CompanyRenamed(name=f'{number} "quoted" Ünïcode\n'), CompanyRenamed(name="b" * (size or 1))]
    await store.append(NewCommit(stream, Head(stream, number, 2 * number), events, about))


async def _main(mongo_url: str, database: str, port: str) -> None:
    async with source(mongo_url, database, int(port)) as running:
        print(running.tokens.service("histories"), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(*sys.argv[1:]))
