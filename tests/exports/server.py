"""Histories as a process of their own: `python server.py SETTINGS KEY`, both JSON; KEY is the public one of tokens.

It prints its port once it answers.
"""

from __future__ import annotations

import asyncio
import json
import sys

from joserfc.jwk import ECKey, KeySet

from dossier.auth.keys import StaticKeys
from dossier.contracts import RecordedEvent
from dossier.runtime import Service, listen, serve
from dossier.telemetry import logs
from histories.api.requests import Live
from histories.roles import application
from histories.settings import Settings
from histories.views.projection import Histories
from histories.views.texts import Texts


async def run(settings: str, key: str) -> None:
    own = Settings.model_validate_json(settings)
    logs.configure("histories", "WARNING")
    service = Service(own, keys=StaticKeys(KeySet([ECKey.import_key(json.loads(key))])))
    projection, texts = Histories(), Texts()
    projection.attach(service.database, 1)
    texts.attach(service.database, 1)

    async def live() -> Live:
        return Live(projection, frozenset(), texts)

    async def newer(stream: str, after: int) -> list[RecordedEvent]:
        return []

    listener = listen("127.0.0.1", 0)
    async with service:
        print(listener.getsockname()[1], flush=True)
        await serve(application(service, live, newer), listener, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
