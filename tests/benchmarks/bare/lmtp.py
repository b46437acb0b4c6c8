"""aiosmtpd that writes each mail to a file and waits until the disk has it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session


class Door:
    """Takes everything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One file a mail."""
        self._number += 1
        file = os.open(self._folder / f"mail-{self._number}", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.write(file, envelope.original_content or b"")
            os.fsync(file)
        finally:
            os.close(file)
        return "250 stored"


async def receive(folder: Path, port: int) -> None:
    """Listen until cancelled."""
    folder = folder / "mails"
    folder.mkdir(exist_ok=True)
    server = await asyncio.get_running_loop().create_server(lambda: LMTP(Door(folder)), "127.0.0.1", port)
    await server.serve_forever()
