"""An address book for a test, and all it holds as bytes."""

from __future__ import annotations

import bson

from addresses.views.book import AddressBook
from dossier.mongo import Database


async def attached(database: Database, generation: int) -> AddressBook:
    """The book of a generation, with its indexes."""
    book = AddressBook()
    book.attach(database, generation)
    await book.prepare()
    return book


async def dump(book: AddressBook) -> dict[str, bytes]:
    """Every document as bytes, order of fields included."""
    return {
        f"{name} {document['_id']}": bson.encode(document)
        for name, collection in (("own", book.documents), ("line", book.lines))
        for document in await collection.find({}).to_list(None)
    }
