"""A mongod of a test's own, to be hurt: told to fail, paused, killed, started again."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dossier.mongo import Mongo
from local_stack import mongo
from local_stack.ports import free_port


class _Testable(mongo.Mongo):
    def _command(self, data: Path) -> list[str]:
        return [*super()._command(data), "--setParameter", "enableTestCommands=1"]


class OwnMongod:
    """One server process and its data, of this test alone."""

    def __init__(self, folder: Path) -> None:
        self._server = _Testable(folder, free_port(), oplog_mb=64, transaction_seconds=2)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What clients connect to."""
        return self._server.url

    async def start(self) -> None:
        """Start the server, also after `kill`, and wait until it takes writes."""
        self._process = self._server.start()
        await asyncio.to_thread(self._server.wait_until_ready, self._process)

    def pause(self) -> None:
        """It neither answers nor closes connections."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on with what it had received."""
        self._signal(signal.SIGCONT)

    async def kill(self) -> None:
        """It ends in the middle of whatever it does; what was journaled stays."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            await asyncio.to_thread(self._process.wait, 30)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)


@asynccontextmanager
async def own_mongod(folder: Path) -> AsyncGenerator[OwnMongod]:
    """A running server that ends with the context."""
    server = OwnMongod(folder)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()
        shutil.rmtree(folder, ignore_errors=True)  # some hundred megabytes that pytest would keep


@asynccontextmanager
async def failing(mongo: Mongo, *commands: str, times: int | None = None, **how: Any) -> AsyncGenerator[None]:
    """Inside, the server fails the commands: `closeConnection=True` before running, `writeConcernError=…` after."""
    mode = "alwaysOn" if times is None else {"times": times}
    data = {"failCommands": list(commands), **how}
    point = {"configureFailPoint": "failCommand"}
    await mongo.client.admin.command({**point, "mode": mode, "data": data})
    try:
        yield
    finally:
        await mongo.client.admin.command({**point, "mode": "off"})
