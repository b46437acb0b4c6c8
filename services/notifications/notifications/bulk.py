"""Many small writes in one round trip, where one that is there already is as good as written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dossier.mongo import DUPLICATE_KEY, BulkWriteError, Collection


async def unordered(collection: Collection, writes: Sequence[Any]) -> list[int]:
    """Do the writes in any order. A key that exists counts as done; any other error is raised.

    Returns which writes found their key taken.
    """
    if not writes:
        return []
    try:
        await collection.bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        refused = error.details["writeErrors"]
        if any(item["code"] != DUPLICATE_KEY for item in refused) or error.details["writeConcernErrors"]:
            raise
        return [item["index"] for item in refused]
    return []
