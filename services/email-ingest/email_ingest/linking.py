"""The late linker: a mail channel that appears after the mail links the mail automatically (EML-22).

The view marks new mail addresses as fresh in the same write that stores them, so none is forgotten by a kill. The mark
goes away only when every message of that mail address has been linked and acknowledged.
"""

from __future__ import annotations

import asyncio

from dossier.clock import pause
from dossier.mongo import ASCENDING, Document, PyMongoError
from dossier.store import StoreError
from dossier.telemetry import logs
from email_ingest.activities import UnavailableError
from email_ingest.domain.matching import match
from email_ingest.filing import Filing
from email_ingest.views.correspondents import CorrespondentsView

IDLE_SECONDS = 0.5
_BATCH = 50

log = logs.logger()


class LateLinker:
    """Works off the fresh mail addresses of the view."""

    def __init__(self, view: CorrespondentsView, filing: Filing) -> None:
        self._view = view
        self._filing = filing

    async def run(self, stop: asyncio.Event) -> None:
        """Look for fresh mail addresses until told to stop."""
        while not stop.is_set():
            try:
                worked = await self.work_off()
            except (UnavailableError, StoreError, PyMongoError) as error:
                log.info("mail.late-link-waits", error=type(error).__name__)
                worked = 0
            if not worked:
                await pause(stop, IDLE_SECONDS)

    async def work_off(self) -> int:
        """Link everything that is fresh now; returns how many documents were worked off."""
        fresh = {"fresh": {"$exists": True}}
        found = await self._view.documents.find(fresh).sort("_id", ASCENDING).limit(_BATCH).to_list(_BATCH)
        for document in found:
            await self._link(document)
            unchanged = {"_id": document["_id"], "version": document["version"]}
            await self._view.documents.update_one(unchanged, {"$unset": {"fresh": ""}})
        return len(found)

    async def _link(self, document: Document) -> None:
        for mail_address in document["fresh"]:
            owners = (await self._filing.correspondents.known([mail_address])).owners
            async for participation in self._filing.participants.of(mail_address):
                for late in match([mail_address], owners, participation.day).matches:
                    await self._filing.link_late(participation.message, late)
