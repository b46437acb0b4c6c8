"""The mailboxes as the doors and the filing see them, read from the record with a short memory."""

from __future__ import annotations

import time

from dossier.commands import Aggregate, load
from dossier.ids import stream_id
from dossier.store import CommitStore
from email_ingest.domain import mailbox as rules
from email_ingest.domain.mailbox import Mailbox
from email_ingest.identity import mailbox_id_of

MAILBOX = Aggregate("mailbox", Mailbox, rules.evolve)
MEMORY_SECONDS = 2.0
_MOST = 10_000


class Mailboxes:
    """Answers for `MEMORY_SECONDS` from memory: a mailbox that was just closed takes mail that much longer."""

    def __init__(self, store: CommitStore) -> None:
        self._store = store
        self._memory: dict[str, tuple[float, Mailbox]] = {}

    async def open_at(self, mail_address: str) -> str | None:
        """The id of the open mailbox with this normalised mail address, or None."""
        found = await self._read(mail_address)
        return mailbox_id_of(mail_address) if found.is_open else None

    async def is_ours(self, mail_address: str) -> bool:
        """Whether the mail address is or was a mailbox of ours."""
        return bool((await self._read(mail_address)).mail_address)

    async def _read(self, mail_address: str) -> Mailbox:
        known = self._memory.get(mail_address)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        mailbox = (await load(self._store, MAILBOX, stream_id("mailbox", mailbox_id_of(mail_address)))).state
        if len(self._memory) >= _MOST:
            self._memory.clear()
        self._memory[mail_address] = (time.monotonic() + MEMORY_SECONDS, mailbox)
        return mailbox
