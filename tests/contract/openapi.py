"""Writes the OpenAPI document of every service: `python tests/contract/openapi.py docs/openapi` (by `make docs`)."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from pathlib import Path
from typing import Any

from dossier.runtime import Service

SERVICES = ("activities", "addresses", "directory", "email-ingest", "engagements", "histories", "notifications")


async def document(service: str) -> dict[str, Any]:
    """The service's OpenAPI document, from its real application; nothing is started or connected."""
    package = service.replace("-", "_")
    settings = importlib.import_module(f"{package}.settings").Settings(environment="test")
    built = Service(settings)
    try:
        described: dict[str, Any] = importlib.import_module(f"{package}.roles").roles(built).app.openapi()
    finally:
        await built.stop()
    return described


def rendered(described: dict[str, Any]) -> str:
    """The exact text that is committed."""
    return json.dumps(described, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


async def write(folder: Path) -> None:
    """Write all documents into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        (folder / f"{service}.json").write_text(rendered(await document(service)))


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))
