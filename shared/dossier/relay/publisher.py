"""Publishing to Kafka: an idempotent producer that is thrown away after any failure, and commits turned into records.

One sender per partition, one batch after the other, so nothing overtakes. After a failure nobody knows which batches
the broker has, and the client's sequence numbers no longer fit: the producer is rebuilt, and what was not acknowledged
comes again from the store. Consumers skip what they have; first occurrences stay in order.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
)
from aiokafka.partitioner import murmur2

from dossier.contracts.recorded import to_headers
from dossier.kafka import KafkaAccess
from dossier.mongo import Document
from dossier.relay.aside import AsideStream, note
from dossier.store import recorded_events
from dossier.telemetry import logs, tracing

log = logs.logger()

BATCH_BYTES = 256 * 1024
START_SECONDS = 5.0
PRODUCE_SECONDS = 10.0
"""How long the broker may take to acknowledge a batch; then the producer is rebuilt."""
CLOSE_SECONDS = 1.0
_OF_THE_RECORD = (MessageSizeTooLargeError, RecordListTooLargeError, PolicyViolationError, InvalidTimestampError)
"""Refusals that say something about the records. All others say something about the broker: they are waited out."""

Record = tuple[bytes, bytes, list[tuple[str, bytes]]]


class PublishingFailed(Exception):
    """Kafka does not take records now; what was not acknowledged is to be published again."""


class _BatchRefused(Exception):
    """A batch was refused for what is in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of commits: on Kafka for sure, or refused for what is in them, by stream."""

    acknowledged: list[Document] = field(default_factory=list[Document])
    refused: dict[str, AsideStream] = field(default_factory=dict[str, AsideStream])

    def refuse(self, commit: Document, reason: str) -> None:
        """The commit cannot be published, so nothing of its stream can that comes later."""
        stream = commit["stream"]
        self.refused[stream] = note(stream, commit["_id"], reason)


class Publisher:
    """The producer of one relay for one topic."""

    def __init__(self, kafka: KafkaAccess, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None
        self._partitions = 0
        self.rebuilt = 0
        """How often a producer was thrown away."""

    async def publish(self, commits: Sequence[Document], outcome: Outcome) -> None:
        """Publish commits, each stream's in the given order, and add what is acknowledged or refused to `outcome`.

        Raises PublishingFailed if Kafka did not take all of the rest.
        """
        with ExitStack() as spans:
            if tracing.provider() is not None:
                commits = [_traced(commit, spans) for commit in commits]
            await self._ready()
            by_partition: defaultdict[int, list[Document]] = defaultdict(list)
            for commit in commits:
                by_partition[partition_of(commit["stream"], self._partitions)].append(commit)
            sending = [self._send(partition, some, outcome) for partition, some in by_partition.items()]
            results = await asyncio.gather(*sending, return_exceptions=True)
            doubtful = [
                some
                for some, result in zip(by_partition.values(), results, strict=True)
                if isinstance(result, _BatchRefused)
            ]
            await self._require(not any(isinstance(result, PublishingFailed) for result in results))
            for result in results:
                if isinstance(result, BaseException) and not isinstance(result, _BatchRefused):
                    raise result
            for some in doubtful:
                await self._send_one_by_one(some, outcome)

    async def close(self) -> None:
        """Let go of the producer. Unacknowledged batches are given up."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        # stop() waits for ever for what a broker that is away does not acknowledge; given up, nothing is waited for.
        accumulator: Any = producer._message_accumulator  # pyright: ignore[reportPrivateUsage]
        accumulator.fail_all(KafkaError("given up"))
        await _stopped(producer)

    async def _ready(self) -> AIOKafkaProducer:
        if self._producer is not None:
            return self._producer
        try:
            access = self._kafka.options()
        except OSError as error:  # a certificate that is being renewed
            raise PublishingFailed(type(error).__name__) from error
        producer = AIOKafkaProducer(
            **access,
            enable_idempotence=True,
            acks="all",
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=int(START_SECONDS * 1000),
            retry_backoff_ms=200,
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._kafka.reached(producer.start())
                self._partitions = len(await producer.partitions_for(self._topic))
        except (KafkaError, OSError, TimeoutError) as error:
            await _stopped(producer)
            raise PublishingFailed(type(error).__name__) from error
        except BaseException:
            await _stopped(producer)
            raise
        self._producer = producer
        return producer

    async def _require(self, published: bool) -> None:
        if not published:
            await self._rebuild()
            raise PublishingFailed("a batch was not acknowledged")

    async def _rebuild(self) -> None:
        self.rebuilt += 1
        await self.close()

    async def _send(
        self, partition: int, commits: Sequence[Document], outcome: Outcome, *, singly: bool = False
    ) -> None:
        """The only sender of its partition: the next batch leaves when the one before is acknowledged.

        `singly` puts each record into a batch of its own, because a limit of the topic applies to whole batches.
        """
        producer = await self._ready()
        batch, complete = producer.create_batch(), list[Document]()
        for commit in commits:
            for record in _records(commit, outcome):
                if (singly and batch.record_count()) or not _appended(batch, record):
                    await self._submit(producer, batch, partition)
                    outcome.acknowledged.extend(complete)
                    batch, complete = producer.create_batch(), []
                    _appended(batch, record)
            if commit["stream"] not in outcome.refused:
                complete.append(commit)
        if batch.record_count():
            await self._submit(producer, batch, partition)
        outcome.acknowledged.extend(complete)

    async def _send_one_by_one(self, commits: Sequence[Document], outcome: Outcome) -> None:
        """Find the commits that make batches be refused."""
        await self._rebuild()
        known = {commit["_id"] for commit in outcome.acknowledged}
        for commit in commits:
            if commit["_id"] in known or commit["stream"] in outcome.refused:
                continue
            await self._ready()
            try:
                await self._send(partition_of(commit["stream"], self._partitions), [commit], outcome, singly=True)
            except _BatchRefused as error:
                outcome.refuse(commit, error.reason)
                await self._rebuild()
            except PublishingFailed:
                await self._rebuild()
                raise

    async def _submit(self, producer: AIOKafkaProducer, batch: Any, partition: int) -> None:
        try:
            async with asyncio.timeout(PRODUCE_SECONDS):
                acknowledged = await producer.send_batch(batch, self._topic, partition=partition)
                await acknowledged
        except _OF_THE_RECORD as error:
            raise _BatchRefused(type(error).__name__) from error
        except (KafkaError, OSError, TimeoutError) as error:
            raise PublishingFailed(type(error).__name__) from error


@lru_cache(maxsize=65_536)
def partition_of(stream: str, partitions: int) -> int:
    """The partition of Kafka's default partitioner for a record with this key."""
    return (murmur2(stream.encode()) & 0x7FFFFFFF) % partitions


def _traced(commit: Document, spans: ExitStack) -> Document:
    """The commit within a span of its own, from which whoever receives its records goes on."""
    spans.enter_context(tracing.span("publish", parent=commit.get("traceparent", ""), kind="producer"))
    return commit | {"traceparent": tracing.traceparent()}


def _records(commit: Document, outcome: Outcome) -> list[Record]:
    """The records of a commit; none if its stream is refused by now. A commit that cannot be encoded is refused."""
    if commit["stream"] in outcome.refused:
        return []
    try:
        key = commit["stream"].encode()
        return [(key, bytes(event.data), to_headers(event)) for event in recorded_events(commit)]
    except Exception as error:  # whatever is wrong with it, only its own stream has to wait
        outcome.refuse(commit, type(error).__name__)
        return []


def _appended(batch: Any, record: Record) -> bool:
    key, value, headers = record
    return batch.append(timestamp=None, key=key, value=value, headers=headers) is not None


async def _stopped(producer: AIOKafkaProducer) -> None:
    """Close a producer, whatever state it is in, without waiting for a broker."""
    stopping = asyncio.create_task(producer.stop())
    await asyncio.wait({stopping}, timeout=CLOSE_SECONDS)
    if not stopping.done():
        log.warning("relay.producer-close-timeout")
        await producer.client.close()
        await asyncio.wait({stopping}, timeout=CLOSE_SECONDS)
        stopping.cancel()
