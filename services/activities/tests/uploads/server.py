"""The service's HTTP side as a process of its own: `python server.py MONGO_URL DATABASE DRIVER [SETTING=VALUE …]`.

It prints its port and a user's token once it answers.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from activities.roles import roles
from activities.settings import Settings
from dossier.runtime import Service, listen, serve
from dossier.telemetry import logs
from dossier.testing.tokens import TokenMaker


async def run(mongo_url: str, database: str, driver: str, *more: str) -> None:
    tokens = TokenMaker()
    given: dict[str, Any] = dict(setting.split("=", 1) for setting in more)
    settings = Settings.model_validate(
        {
            "environment": "test",
            "mongo_url": mongo_url,
            "mongo_database": database,
            "mongo_driver": driver,
            "issuer_url": tokens.issuer,
            "audience": tokens.audience,
            **given,
        }
    )
    logs.configure("activities", "WARNING")
    service = Service(settings, keys=tokens.keys)
    listener = listen("127.0.0.1", 0)
    async with service:
        print(listener.getsockname()[1], tokens.user(), flush=True)
        await serve(roles(service).app, listener, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
