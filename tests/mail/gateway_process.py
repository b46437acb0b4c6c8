"""A door and a worker as a process of their own: `python gateway_process.py MONGO_URL DATABASE`. Prints the port.

Its mails are filed nowhere: what they take here is all that is asked.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import uvloop

from dossier.memory import give_back_what_was_large
from dossier.mongo import Mongo
from email_ingest.accepting import Acceptance
from email_ingest.filing import Filed
from email_ingest.lmtp import Door, open_door
from email_ingest.worker import Worker


class Nowhere:
    """In place of filing."""

    async def file(self, *_: object) -> Filed:
        return Filed("message", "activity")

    async def attach(self, _filed: Filed, _files: object, contents: Sequence[bytes]) -> None:
        assert sum(map(len, contents)) > 0


async def run(mongo_url: str, database_name: str) -> None:
    database = Mongo(mongo_url).database(database_name)
    acceptance = Acceptance(database)
    await acceptance.prepare()

    async def find(_mail_address: str) -> str:
        return "01900000-0000-7000-8000-000000000001"

    server = await open_door(Door("lmtp", acceptance, find), "lmtp", "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    filing: Any = Nowhere()
    await Worker(database, acceptance, filing).run(asyncio.Event())


if __name__ == "__main__":
    give_back_what_was_large()
    uvloop.run(run(*sys.argv[1:]))
