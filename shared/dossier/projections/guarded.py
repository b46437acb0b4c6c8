"""Writes that a repeat or a replica that fell behind cannot turn back."""

from __future__ import annotations

from collections.abc import Sequence

from dossier.mongo import DUPLICATE_KEY, BulkWriteError, Collection, Document, ReplaceOne


async def replace_older(collection: Collection, documents: Sequence[Document]) -> None:
    """Store documents whose `version` is higher than the stored one's, in one unordered bulk.

    Right where the document is a function of the events 1 to `version` of one stream. A stored document that is as new
    makes the upsert collide; so does a first write that raced with another, which is why collisions are tried again as
    plain replacements.
    """
    if not documents:
        return
    try:
        await collection.bulk_write([_replacement(document, upsert=True) for document in documents], ordered=False)
    except BulkWriteError as error:
        refused = error.details["writeErrors"]
        if any(item["code"] != DUPLICATE_KEY for item in refused) or error.details["writeConcernErrors"]:
            raise
        again = [_replacement(documents[item["index"]], upsert=False) for item in refused]
        await collection.bulk_write(again, ordered=False)


def _replacement(document: Document, *, upsert: bool) -> ReplaceOne[Document]:
    return ReplaceOne({"_id": document["_id"], "version": {"$lt": document["version"]}}, document, upsert=upsert)
