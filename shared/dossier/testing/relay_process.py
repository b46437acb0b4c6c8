"""A relay as a process that can be killed and paused.

`python -m dossier.testing.relay_process MONGO_URL DATABASE BOOTSTRAP TOPIC OWNER [VARIANT]`

It prints `pid` once it runs. The variants are what the checkers must find: `clears-first` takes the flag off before
publishing.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from dossier.kafka import KafkaAccess
from dossier.mongo import Mongo
from dossier.relay import Relay
from dossier.relay.publisher import Outcome
from dossier.testing.relaying import CONTEXT, Outlet


class ClearsFirst(Relay):
    """Takes the flag off first and publishes then: what the order of the two is there to prevent."""

    async def step(self) -> bool:
        """As Relay.step, in the wrong order."""
        fences = self.leases.held()
        page = await self._page(list(fences))
        if page:
            await self.outbox.clear(page, fences, self.leases)
            await asyncio.sleep(0.05)  # so that few kills are needed to meet this moment
            await self.publisher.publish(page, Outcome())
        return bool(page)


VARIANTS = {"": Relay, "clears-first": ClearsFirst}


@asynccontextmanager
async def relay_process(
    outlet: Outlet, mongo_url: str, owner: str, variant: str = ""
) -> AsyncGenerator[subprocess.Popen[bytes]]:
    """The process, running; it is killed at the end if it still lives."""
    arguments = [mongo_url, outlet.database.name, outlet.kafka.bootstrap, outlet.topic, owner, variant]
    process = await asyncio.to_thread(_started, arguments)
    try:
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)
        assert process.stdout is not None
        process.stdout.close()


def _started(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", __name__, *arguments], stdout=subprocess.PIPE)


async def _main(mongo_url: str, database: str, bootstrap: str, topic: str, owner: str, variant: str = "") -> None:
    mongo = Mongo(mongo_url)
    relay = VARIANTS[variant](mongo, mongo.database(database), CONTEXT, KafkaAccess(bootstrap), topic, owner)
    print(os.getpid(), flush=True)
    await relay.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
