"""Texts that are too long for an event, kept whole.

A text is one document of at most a request's size, so it is there whole or not at all, and it is named by what it
belongs to and by its content, so that keeping it again changes nothing. It is kept before the event that refers to it:
what a failed command leaves behind is named by nothing and harms nobody.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress

from dossier.contracts.rules import NotFound
from dossier.mongo import Collection, Database, DuplicateKeyError


class Texts:
    """The long texts of one service."""

    def __init__(self, database: Database) -> None:
        self._texts: Collection = database["texts"]

    async def keep(self, owner: str, text: str) -> str:
        """Keep a text of this stream and return its name."""
        name = f"{owner}/{hashlib.sha256(text.encode()).hexdigest()}"
        with suppress(DuplicateKeyError):
            await self._texts.insert_one({"_id": name, "text": text})
        return name

    async def whole(self, name: str) -> str:
        """The text of that name. Raises NotFound."""
        document = await self._texts.find_one({"_id": name})
        if document is None:
            raise NotFound(name)
        return document["text"]
