"""The role that reads documents as a process of its own: `python reader.py MONGO_URL DATABASE DRIVER LEASE_SECONDS`."""

from __future__ import annotations

import asyncio
import sys

from activities.contents.keeping import Keeping
from activities.contents.worker import Reading, Worker
from activities.documents import Documents
from activities.handling import Activities
from dossier.files import Uploads
from dossier.files.gridfs import GridFiles
from dossier.mongo import Mongo
from dossier.store import CommitStore


def reading_of(mongo: Mongo, database_name: str, lease_seconds: float) -> Reading:
    """What a worker needs of the service whose database this is."""
    database = mongo.database(database_name)
    store, files = CommitStore(mongo, database, "activities"), GridFiles(database, "documents")
    uploads = Uploads(store, database, files, 24 * 3600.0)
    keeping = Keeping(database, lease_seconds)
    unused: Activities = None  # pyright: ignore[reportAssignmentType]  (nothing is decided here)
    documents = Documents(store, unused, files, uploads, 0, keeping)
    return Reading(store, keeping, files, documents.find, uploads.under_way)


async def run(mongo_url: str, database: str, driver: str, lease_seconds: str) -> None:
    mongo = Mongo(mongo_url, driver)  # pyright: ignore[reportArgumentType]
    reading = reading_of(mongo, database, float(lease_seconds))
    await reading.store.start()
    print("ready", flush=True)
    await Worker(reading, patient=False, cpu_seconds=600.0).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
