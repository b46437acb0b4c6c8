"""From an inserted document to one in another collection: doorbell, producer, consumer, bulk upsert."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from dossier.mongo import ASCENDING, Database, UpdateOne, watch


async def relay(database: Database, bootstrap: str, topic: str) -> None:
    """Publish what is pending whenever the doorbell rings, and take the flag off."""
    commits = database["commits"]
    await commits.create_index([("pending", ASCENDING)], sparse=True)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    rung = asyncio.Event()
    listening = asyncio.create_task(_listen(database, rung))
    try:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), 0.2)
            rung.clear()
            while found := await commits.find({"pending": 0}).sort("_id", 1).limit(500).to_list(None):
                sent = [
                    await producer.send(topic, msgspec.json.encode(commit), commit["stream"].encode())
                    for commit in found
                ]
                await asyncio.gather(*sent)
                keys = [commit["_id"] for commit in found]
                await commits.update_many({"_id": {"$in": keys}}, {"$unset": {"pending": ""}})
    finally:
        listening.cancel()
        await producer.stop()


async def _listen(database: Database, rung: asyncio.Event) -> None:
    async with await watch(database["commits"], [{"$match": {"operationType": "insert"}}]) as stream:
        async for _ in stream:
            rung.set()


async def consume(database: Database, bootstrap: str, topic: str) -> None:
    """Write every record into its document, then commit the offset."""
    rows = database["rows"]
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=topic,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=500,
    )
    await consumer.start()
    try:
        while True:
            batches = await consumer.getmany(timeout_ms=500, max_records=2000)
            commits = [msgspec.json.decode(record.value) for records in batches.values() for record in records]
            if commits:
                writes = [
                    UpdateOne(
                        {"_id": commit["stream"]},
                        {"$set": {"applied": commit["last"], "data": commit["data"]}},
                        upsert=True,
                    )
                    for commit in commits
                ]
                await rows.bulk_write(writes, ordered=False)
                await consumer.commit()
    finally:
        with suppress(asyncio.CancelledError):
            await consumer.stop()
