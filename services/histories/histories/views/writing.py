"""Guarded writes of whole documents: each lands only on what was read, and a miss is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from dossier.mongo import DUPLICATE_KEY, BulkWriteError, Collection, Document, InsertOne, UpdateOne


class Write(NamedTuple):
    """A document, and the filter that matches what it was folded from (version 0: there was none)."""

    document: Mapping[str, Any]
    unchanged: Document


async def write_all(collection: Collection, writes: Sequence[Write]) -> bool:
    """Write the documents, watermarks apart. False if one of them had changed meanwhile: then read and fold again."""
    if not writes:
        return True
    operations = [_operation(write) for write in writes]
    try:
        result = await collection.bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        details = cast("dict[str, Any]", error.details)
        if any(refused["code"] != DUPLICATE_KEY for refused in details["writeErrors"]):
            raise
        return False
    return result.inserted_count + result.matched_count == len(writes)


def _operation(write: Write) -> InsertOne[Document] | UpdateOne:
    if write.unchanged["version"] == 0:
        return InsertOne(dict(write.document))
    fields = {name: value for name, value in write.document.items() if name not in ("_id", "applied")}
    return UpdateOne(write.unchanged, {"$set": fields})
