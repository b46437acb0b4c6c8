"""What is kept of documents' contents: one record for each stored file, from its upload on.

A record is made before the event that refers to the file, and open until the file was read: so none is forgotten,
whoever dies on the way. Its id is that of the stream in which the outcome is published; `file` begins with the
activity's stream, so that whatever purges the bytes finds the text, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from activities.contents.model import Contents
from dossier.contents import contents_id
from dossier.ids import new_id
from dossier.mongo import ASCENDING, Collection, Database, Document, ReturnDocument
from dossier.store.reads import reading

LEASE_SECONDS = 30.0
"""How long a document waits whose worker was killed; who lives renews its lease."""
_UPLOAD_SECONDS = 60.0
"""How long after its upload began a file is looked for, if nobody said that it was there."""


class Keeping:
    """The records. Its methods raise StoreUnavailableError if the database does not answer."""

    def __init__(self, database: Database, lease_seconds: float = LEASE_SECONDS) -> None:
        self._records: Collection = database["contents"]
        self.lease_seconds = lease_seconds

    async def prepare(self) -> None:
        """Assert the index that workers go by."""
        with reading():
            await self._records.create_index([("due", ASCENDING)], name="open", partialFilterExpression={"open": True})

    async def expect(self, file: str, stream: str) -> None:
        """A file of this stream is on its way, and to be read once an event refers to it."""
        with reading():
            await self._records.update_one(
                {"_id": contents_id(file)}, [{"$set": _new(file, stream, _UPLOAD_SECONDS)}], upsert=True
            )

    async def add(self, file: str, stream: str) -> None:
        """A file to which an event refers is to be read now, unless there is a record of it by now."""
        new = {"$mergeObjects": ["$$ROOT", _new(file, stream, 0.0)]}
        unless_known = {"$cond": [{"$eq": [{"$type": "$file"}, "missing"]}, new, "$$ROOT"]}
        with reading():
            await self._records.update_one({"_id": contents_id(file)}, [{"$replaceWith": unless_known}], upsert=True)

    async def unknown(self, files: Sequence[str]) -> list[str]:
        """Those of these files of which there is no record."""
        known = await self.outcomes(files)
        return [file for file in files if file not in known]

    async def waiting(self) -> int:
        """How many documents are to be read."""
        with reading():
            return await self._records.count_documents({"open": True})

    async def arrived(self, file: str) -> None:
        """An event refers to the file now: it can be read at once."""
        with reading():
            await self._records.update_one(
                {"_id": contents_id(file), "open": True, "claim": None}, [{"$set": {"due": "$$NOW"}}]
            )

    async def claim(self, *, patient: bool) -> Document | None:
        """The next record that is due, for this worker alone while the lease lasts; `patient`: of those that are slow
        to read."""
        due = {"open": True, "patient": True if patient else None, "$expr": {"$lte": ["$due", "$$NOW"]}}
        claim = {"claim": new_id(), "due": _in(self.lease_seconds), "attempts": {"$add": ["$attempts", 1]}}
        with reading():
            return await self._records.find_one_and_update(
                due, [{"$set": claim}], sort=[("due", ASCENDING)], return_document=ReturnDocument.AFTER
            )

    async def renew(self, record: Document) -> None:
        """Keep the lease for its length from now."""
        with reading():
            await self._records.update_one(_mine(record), [{"$set": {"due": _in(self.lease_seconds)}}])

    async def hand_back(self, record: Document, seconds: float = 0.0, *, patient: bool = False) -> None:
        """Have the record read later, and patiently if it was slow to read."""
        change: Document = {"due": _in(seconds), "claim": None} | ({"patient": True} if patient else {})
        with reading():
            await self._records.update_one(_mine(record), [{"$set": change}])

    async def wait(self, record: Document, seconds: float) -> None:
        """Look again later whether an event refers to the file by then."""
        with reading():
            await self._records.update_one(
                _mine(record), [{"$set": {"due": _in(seconds), "claim": None, "attempts": 0}}]
            )

    async def keep(self, record: Document, contents: Contents) -> bool:
        """Keep what was read, before it is published; whether the lease still holds."""
        said = {"outcome": contents.outcome, "reason": contents.reason, "is_cut": contents.is_cut}
        with reading():
            kept = await self._records.update_one(_mine(record), {"$set": {**said, "text": contents.text}})
        return kept.matched_count > 0

    async def close(self, record: Document) -> None:
        """The outcome is published: nothing remains to be done."""
        with reading():
            await self._records.update_one(
                _mine(record), {"$unset": dict.fromkeys(("open", "due", "claim", "attempts", "patient"), "")}
            )

    async def forget(self, record: Document) -> None:
        """No event refers to the file, and none ever will."""
        with reading():
            await self._records.delete_one(_mine(record))

    async def outcomes(self, files: Sequence[str]) -> dict[str, Document]:
        """What is known of these files, without the texts; by file."""
        wanted = {"_id": {"$in": [contents_id(file) for file in files]}}
        with reading():
            found = await self._records.find(wanted, {"text": 0}).to_list(None)
        return {record["file"]: record for record in found}

    async def find(self, identifier: str) -> Document | None:
        """A record that was read, with its text."""
        with reading():
            return await self._records.find_one({"_id": identifier, "open": None, "outcome": {"$ne": None}})


def _mine(record: Document) -> Document:
    return {"_id": record["_id"], "claim": record["claim"]}


def _new(file: str, stream: str, seconds: float) -> Document:
    return {"file": {"$literal": file}, "stream": stream, "open": True, "attempts": 0, "due": _in(seconds)}


def _in(seconds: float) -> dict[str, Any]:
    """A moment from now, by the database's clock."""
    return {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": int(seconds * 1000)}}
