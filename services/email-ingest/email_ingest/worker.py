"""Files accepted deliveries, many at a time, each until it is acknowledged.

There are two lanes. The quick one reads every mail with little processor time; what needs more waits for the patient
one, so that a mail that is slow to read holds up none but its like. What that lane gives up on is read by its headers
only, then and whenever it has to be filed again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dossier.clock import parse_rfc3339, pause
from dossier.disposable import ChildDisturbed
from dossier.ids import new_id
from dossier.mongo import ASCENDING, Collection, Database, Document, PyMongoError, UpdateOne, aggregate
from dossier.store import StoreError
from dossier.store.gathering import Gathering, room_for
from dossier.telemetry import logs, metrics
from email_ingest.accepting import Acceptance
from email_ingest.activities import UnavailableError
from email_ingest.filing import Filed, Filing
from email_ingest.parsing import ParsedMail
from email_ingest.parsing.child import CPU_SECONDS_MOST, CPU_SECONDS_QUICK, GAVE_UP, Parsers, Parts, Raw

CLAIM_SECONDS = 120
RENEW_SECONDS = 30.0
MEASURE_SECONDS = 5.0
IDLE_SECONDS = 0.2
BACK_OFF_MOST = 60.0
SMALL = 128 * 1024
"""Bytes of a mail that is read with its claim; a larger one is read by itself, when its turn has come."""

CARRIED = 2
"""Mails of which the attachments are in memory at a time."""
LARGE = 2 * 1024 * 1024
"""Bytes of a mail whose attachments are in memory alone, and of which no more than a part is while it is read."""

PATIENT, HEADERS = "patient", "headers"
"""How a delivery is to be read (its field `reading`), once reading it the usual way took too much."""

log = logs.logger()


@dataclass(frozen=True)
class Lane:
    """Which deliveries are worked on side by side, and what reading one may cost."""

    due: Document
    at_once: int
    parsers: int
    cpu_seconds: float


QUICK = Lane({"reading": {"$ne": PATIENT}}, at_once=64, parsers=2, cpu_seconds=CPU_SECONDS_QUICK)
SLOW = Lane({"reading": PATIENT}, at_once=2, parsers=1, cpu_seconds=CPU_SECONDS_MOST)


class Worker:
    """Both lanes, and the figures by which operators see whether mail is filed."""

    def __init__(
        self, database: Database, acceptance: Acceptance, filing: Filing, lanes: Sequence[Lane] = (QUICK, SLOW)
    ) -> None:
        self._acceptance = acceptance
        large = asyncio.Semaphore(1)
        self._lanes = [LaneWorker(lane, database["deliveries"], acceptance, filing, large) for lane in lanes]

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what is claimed is finished first."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._measure(stop))
            for lane in self._lanes:
                group.create_task(lane.run(stop))

    async def _measure(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                oldest, refused = await self._acceptance.figures()
            except PyMongoError as error:
                log.warning("mail.not-measured", error=type(error).__name__)
            else:
                age = (datetime.now(UTC) - parse_rfc3339(oldest)).total_seconds() if oldest else 0.0
                metrics.EMAIL_OLDEST_OPEN_AGE.set(max(0.0, age))
                metrics.EMAIL_REFUSED.set(refused)
            await pause(stop, MEASURE_SECONDS)


class LaneWorker:
    """Claims open deliveries by pushing their `visible_at` into the future (judged by the database's clock).

    Claims more as soon as there is room, and renews what is under way. A worker that dies leaves its claims to run
    out; filing is repeatable, so an overlap does no harm.
    """

    def __init__(
        self, lane: Lane, deliveries: Collection, acceptance: Acceptance, filing: Filing, large: asyncio.Semaphore
    ) -> None:
        self._lane = lane
        self._deliveries = deliveries
        self._acceptance = acceptance
        self._filing = filing
        self._parsers = Parsers(lane.parsers, lane.cpu_seconds)
        self._carrying = asyncio.Semaphore(CARRIED)
        self._carrying_large = large
        self._under_way: dict[asyncio.Task[None], Document] = {}
        self._closings: Gathering[UpdateOne, None] = Gathering(self._write, room_for(lane.at_once))

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what is claimed is finished first."""
        renewing = asyncio.create_task(self._renew())
        try:
            while not stop.is_set():
                if self._lane.at_once - len(self._under_way) < -(-self._lane.at_once // 4):
                    # So that claims are not made one by one while there is much to do.
                    await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
                elif not await self._begin():
                    await pause(stop, IDLE_SECONDS)
            if self._under_way:
                await asyncio.wait(self._under_way)
        finally:
            renewing.cancel()
            for task in list(self._under_way):
                task.cancel()
            await asyncio.gather(renewing, *self._under_way, return_exceptions=True)
            await self._parsers.close()

    async def _begin(self) -> bool:
        """Take on what there is room for; whether there was anything."""
        try:
            claimed = await self._claim(self._lane.at_once - len(self._under_way))
        except PyMongoError as error:
            log.warning("mail.claim-failed", error=type(error).__name__)
            return False
        for delivery in claimed:
            task = asyncio.create_task(self._take(delivery))
            self._under_way[task] = delivery
            task.add_done_callback(self._under_way.pop)
        return bool(claimed)

    async def _claim(self, most: int) -> list[Document]:
        due = {"open": True, **self._lane.due, "$expr": {"$lte": ["$visible_at", "$$NOW"]}}
        found = self._deliveries.find(due, {"_id": 1}).sort("visible_at", ASCENDING).limit(most)
        candidates = [document["_id"] for document in await found.to_list(most)]
        if not candidates:
            return []
        token = new_id()
        claim = {"claim": token, "visible_at": _in(CLAIM_SECONDS), "attempts": {"$add": ["$attempts", 1]}}
        await self._deliveries.update_many({"_id": {"$in": candidates}, **due}, [{"$set": claim}])
        mine = {"_id": {"$in": candidates}, "claim": token}
        # The bytes only of small ones: those of all that is under way would fill the memory.
        small = {"$cond": [{"$lte": ["$size", SMALL]}, "$raw", "$$REMOVE"]}
        return await (await aggregate(self._deliveries, [{"$match": mine}, {"$set": {"raw": small}}])).to_list(most)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            claims = list(self._under_way.values())
            mine = {
                "_id": {"$in": [delivery["_id"] for delivery in claims]},
                "claim": {"$in": list({delivery["claim"] for delivery in claims})},
            }
            try:
                await self._deliveries.update_many(mine, [{"$set": {"visible_at": _in(CLAIM_SECONDS)}}])
            except PyMongoError as error:
                log.warning("mail.claim-not-renewed", error=type(error).__name__)

    async def _take(self, delivery: Document) -> None:
        try:
            mail = await self._read(delivery)
            if mail is not None:
                filed = await self._filing.file(delivery, mail)
                if not (mail.attachments and filed.files) or await self._attach(delivery, mail, filed):
                    await self._close(delivery, filed)
        except (UnavailableError, StoreError, PyMongoError, ChildDisturbed) as error:
            log.warning("mail.not-filed-yet", delivery=delivery["_id"], error=type(error).__name__)
            await self._hand_back(delivery)
        except Exception as error:
            # Whatever is wrong with one mail must not stop the others; it is tried again, ever more slowly.
            log.error(
                "mail.failed", delivery=delivery["_id"], error=type(error).__name__, attempts=delivery["attempts"]
            )
            await self._hand_back(delivery)

    async def _read(self, delivery: Document) -> ParsedMail | None:
        """The mail, or None if another lane has to read it. Raises ChildDisturbed."""
        async with self._parsers.one() as parser:
            raw = delivery.pop("raw", None) or await self._raw(delivery)
            if delivery.get("reading") == HEADERS:
                return await parser.by_headers(raw, GAVE_UP)
            mail = await parser.whole(raw)
            if mail is not None:
                return mail
            if delivery.get("reading") == PATIENT:
                await self._read_as(delivery, {"reading": HEADERS})
                return await parser.by_headers(raw, GAVE_UP)
        await self._leave(delivery)
        return None

    async def _attach(self, delivery: Document, mail: ParsedMail, filed: Filed) -> bool:
        """Put what came with the mail on its activity. False: another lane has to read it. Raises ChildDisturbed."""
        if filed.attached:
            return True
        async with self._carrying_large if delivery["size"] > LARGE else self._carrying:
            contents = await self._files(delivery)
            if contents is None and delivery.get("reading") != PATIENT:
                await self._leave(delivery)
                return False
            await self._filing.attach(filed, mail.attachments, contents or [])
        return True

    async def _files(self, delivery: Document) -> list[bytes] | None:
        raw = await self._raw(delivery)
        async with self._parsers.one() as parser:
            return await parser.files(raw)

    async def _raw(self, delivery: Document) -> Raw:
        if delivery["size"] > LARGE:
            return Parts(delivery["size"], lambda: self._acceptance.parts(delivery["_id"]))
        return await self._acceptance.raw(delivery["_id"])

    async def _leave(self, delivery: Document) -> None:
        """Leave a mail to the patient lane."""
        log.warning("mail.slow-to-read", delivery=delivery["_id"])
        await self._read_as(delivery, {"reading": PATIENT, "visible_at": "$$NOW"})

    async def _read_as(self, delivery: Document, change: Document) -> None:
        mine = {"_id": delivery["_id"], "claim": delivery["claim"]}
        await self._deliveries.update_one(mine, [{"$set": change}])

    async def _close(self, delivery: Document, filed: Filed) -> None:
        refused = {"refused": filed.refused, "refused_at": datetime.now(UTC)} if filed.refused else {}
        metrics.EMAIL_INGEST.labels("refused" if refused else "filed" if filed.files else "kept").inc()
        closing = {
            "$set": {"message": filed.message, **refused},
            "$unset": {"open": "", "visible_at": "", "claim": ""},
        }
        await self._closings.ask(UpdateOne({"_id": delivery["_id"]}, closing))

    async def _write(self, closings: Sequence[UpdateOne]) -> list[None]:
        await self._deliveries.bulk_write(closings, ordered=False)
        return [None] * len(closings)

    async def _hand_back(self, delivery: Document) -> None:
        """Wait longer with each attempt; a claim that cannot be handed back runs out by itself."""
        seconds = min(BACK_OFF_MOST, 0.25 * 2 ** min(delivery["attempts"], 10))
        with contextlib.suppress(PyMongoError):
            await self._read_as(delivery, {"visible_at": _in(seconds)})


def _in(seconds: float) -> dict[str, Any]:
    """A moment from now, by the database's clock."""
    return {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": int(seconds * 1000)}}
