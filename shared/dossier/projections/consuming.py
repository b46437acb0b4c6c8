"""A Kafka consumer that waits instead of asking again, and gets past records the client library itself cannot read.

FastStream asks for records, waits its batch timeout, sleeps as long again, and so on: at 8 ms an idle consumer costs 2%
of a core, and half of all records wait for the end of a sleep. Here an empty poll waits until there is a record.

aiokafka asks the broker for more as soon as records are handed out, is answered at the first record that comes, and
does not ask again before that one is handed out too. While a batch is applied this brings one record or two, and all
that come later wait for another batch. Here nothing is asked for meanwhile, so that the next batch holds everything
there is at its beginning. With a full batch there is a backlog, and fetching ahead pays.

aiokafka decodes the *names* of headers as UTF-8 while it reads a fetched batch. A name that is none makes reading fail
before anybody sees a record, for ever, and drops what it had just read of other partitions. So does a batch whose
checksum is wrong: a disk that was full, or is bad. Of a log that was cut a broker may even answer nothing, for ever.
Here the consumer then goes on behind the unreadable place. What was dropped and passed by comes from the feeds: the
signs are told.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError

from dossier.projections import metrics
from dossier.projections.signs import Signs

_POLL_MS = 200
_WAIT_MS = 1_000
_SILENT_POLLS, _SILENT_SECONDS = 30, 10.0
"""After so many polls, and so long, there was a turn for every partition that has something to be read."""
_UNREADABLE = (UnicodeDecodeError, CorruptRecordException)


class TolerantConsumer(AIOKafkaConsumer):
    """Tells the signs before it leaves anything out."""

    def __init__(self, *arguments: Any, signs: Signs, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._signs = signs
        self._looking = False
        self._dropped = False
        self._step: dict[TopicPartition, int] = {}
        self._polls = 0
        self._looked_at = time.monotonic()
        self._unread: dict[TopicPartition, int] = {}

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Any]]:
        """Records of all partitions; after a failure, of each by itself until the unreadable place is behind."""
        self.resume(*self.paused())
        self._polls += 1
        if self._polls >= _SILENT_POLLS and time.monotonic() >= self._looked_at + _SILENT_SECONDS:
            with suppress(KafkaError, TimeoutError):
                await self._pass_by_silence()
            self._polls, self._looked_at = 0, time.monotonic()
        if not self._looking:
            try:
                waiting = max(timeout_ms, _WAIT_MS)
                found = await super().getmany(*partitions, timeout_ms=waiting, max_records=max_records)
            except _UNREADABLE:
                self._looking = self._dropped = True
            else:
                if max_records is None or sum(map(len, found.values())) < max_records:
                    self.pause(*self.assignment())
                return found
        if self._dropped:
            await self._signs.dropped({partition.topic for partition in self.assignment()})
            self._dropped = False
        return await self._one_by_one(max_records)

    async def commit(self, offsets: Any = None) -> None:
        """Commit, and count failures: FastStream only logs them, and the batch then comes again."""
        try:
            await super().commit(offsets)
        except Exception:
            metrics.COMMIT_FAILURES.labels(self._group_id).inc()
            raise

    async def _one_by_one(self, max_records: int | None) -> dict[TopicPartition, list[Any]]:
        found: dict[TopicPartition, list[Any]] = {}
        failed = False
        for partition in sorted(self.assignment()):
            try:
                found |= await super().getmany(partition, timeout_ms=_POLL_MS, max_records=max_records)
            except _UNREADABLE:
                failed = True
                await self._pass_by(partition)
        self._looking = failed
        if not failed:
            self._step.clear()
        return found

    async def _pass_by_silence(self) -> None:
        """Go on behind all that could have been read since the last look, and was not."""
        ends = await self.end_offsets(list(self.assignment()))
        places = {partition: await self.position(partition) for partition in ends}
        for partition, place in places.items():
            if self._unread.get(partition) == place:
                await self._signs.passed_by(partition, ends[partition])
                self.seek(partition, ends[partition])
        self._unread = {partition: place for partition, place in places.items() if place < ends[partition]}

    async def _pass_by(self, partition: TopicPartition) -> None:
        """Go on further and further behind, for records are read in batches and all of one batch fail with one."""
        step = self._step[partition] = 2 * self._step.get(partition, 0) or 1
        end = (await self.end_offsets([partition]))[partition]
        offset = min(await self.position(partition) + step, end)
        await self._signs.passed_by(partition, offset)
        self.seek(partition, offset)
