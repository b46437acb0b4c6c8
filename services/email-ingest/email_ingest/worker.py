"""Files accepted deliveries, many at a time, each until it is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dossier.clock import pause
from dossier.ids import new_id
from dossier.mongo import ASCENDING, Collection, Database, Document, PyMongoError
from dossier.store import StoreError
from dossier.telemetry import logs, metrics
from email_ingest.accepting import Acceptance
from email_ingest.activities import UnavailableError
from email_ingest.filing import Filed, Filing
from email_ingest.parsing.child import Parser, ParserDisturbed

CLAIM_MOST = 64
CLAIM_SECONDS = 120
IDLE_SECONDS = 0.2
BACK_OFF_MOST = 60.0
PARSERS = 2

log = logs.logger()


class Worker:
    """Claims open deliveries by pushing their `visible_at` into the future (judged by the database's clock).

    A worker that dies leaves its claims to run out; filing is repeatable, so an overlap does no harm.
    """

    def __init__(self, database: Database, acceptance: Acceptance, filing: Filing) -> None:
        self._deliveries: Collection = database["deliveries"]
        self._acceptance = acceptance
        self._filing = filing
        self._parsers = [Parser() for _ in range(PARSERS)]

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what is claimed is finished first."""
        try:
            while not stop.is_set():
                await self._round(stop)
        finally:
            await asyncio.gather(*(parser.close() for parser in self._parsers))

    async def _round(self, stop: asyncio.Event) -> None:
        try:
            claimed = await self._claim()
        except PyMongoError as error:
            log.warning("mail.claim-failed", error=type(error).__name__)
            claimed = []
        if claimed:
            await asyncio.gather(*(self._take(number, delivery) for number, delivery in enumerate(claimed)))
        else:
            await pause(stop, IDLE_SECONDS)

    async def _claim(self) -> Sequence[Document]:
        due = {"open": True, "$expr": {"$lte": ["$visible_at", "$$NOW"]}}
        found = self._deliveries.find(due, {"_id": 1}).sort("visible_at", ASCENDING).limit(CLAIM_MOST)
        candidates = [document["_id"] for document in await found.to_list(CLAIM_MOST)]
        if not candidates:
            return []
        token = new_id()
        later = {"$dateAdd": {"startDate": "$$NOW", "unit": "second", "amount": CLAIM_SECONDS}}
        claim = {"claim": token, "visible_at": later, "attempts": {"$add": ["$attempts", 1]}}
        await self._deliveries.update_many({"_id": {"$in": candidates}, **due}, [{"$set": claim}])
        return await self._deliveries.find({"_id": {"$in": candidates}, "claim": token}).to_list(CLAIM_MOST)

    async def _take(self, number: int, delivery: Document) -> None:
        try:
            raw = await self._acceptance.whole(delivery)
            mail = await self._parsers[number % PARSERS].parse(raw)
            filed = await self._filing.file(delivery, mail)
            await self._close(delivery, filed)
        except (UnavailableError, StoreError, PyMongoError, ParserDisturbed) as error:
            log.info("mail.not-filed-yet", delivery=delivery["_id"], error=type(error).__name__)
            await self._hand_back(delivery)
        except Exception as error:
            # Whatever is wrong with one mail must not stop the others; it is tried again, ever more slowly.
            log.error(
                "mail.failed", delivery=delivery["_id"], error=type(error).__name__, attempts=delivery["attempts"]
            )
            await self._hand_back(delivery)

    async def _close(self, delivery: Document, filed: Filed) -> None:
        refused = {"refused": filed.refused} if filed.refused else {}
        metrics.EMAIL_INGEST.labels("refused" if refused else "filed" if filed.files else "kept").inc()
        closing = {
            "$set": {"message": filed.message, **refused},
            "$unset": {"open": "", "visible_at": "", "claim": ""},
        }
        await self._deliveries.update_one({"_id": delivery["_id"]}, closing)

    async def _hand_back(self, delivery: Document) -> None:
        """Wait longer with each attempt; a claim that cannot be handed back runs out by itself."""
        seconds = min(BACK_OFF_MOST, 0.25 * 2 ** min(delivery["attempts"], 10))
        later = {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": int(seconds * 1000)}}
        try:
            mine = {"_id": delivery["_id"], "claim": delivery["claim"]}
            await self._deliveries.update_one(mine, [{"$set": {"visible_at": later}}])
        except PyMongoError as error:
            log.warning("mail.hand-back-failed", error=type(error).__name__)
