"""A consumer of the card projection in a process of its own, for tests that kill it. Ends in order on SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import sys

from dossier.mongo import Mongo
from dossier.projections.runner import ProjectionRunner
from dossier.settings import ServiceSettings
from dossier.testing.projecting import QUICK
from dossier.testing.projections import Cards, Record


async def main(mongo_url: str, database_name: str, bootstrap: str, prefix: str) -> None:
    mongo = Mongo(mongo_url)
    database = mongo.database(database_name)
    settings = ServiceSettings(
        service="tests", port=1, mongo_database=database_name, kafka_bootstrap=bootstrap, topic_prefix=prefix
    )
    projection = Cards()
    projection.attach(database, 1)
    feeds = {context: Record(database).feed(context) for context in Cards.sources}
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await ProjectionRunner(projection, settings, feeds, QUICK).run(stop)
    await mongo.close()


asyncio.run(main(*sys.argv[1:]))
