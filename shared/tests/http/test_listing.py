"""Lists of kinds whose names begin alike: `link-…` and `link-type-…`."""

from __future__ import annotations

import pytest

from dossier.commands import Aggregate, execute
from dossier.contracts.addresses import FolderCreated
from dossier.http.listing import all_as_standing, listed_as_standing
from dossier.http.paging import PagingContext
from dossier.ids import new_id, stream_id
from dossier.mongo import Database, Mongo
from dossier.store import CommitStore, Metadata

pytestmark = pytest.mark.backends

FOLDER = Aggregate("folder", int, lambda count, _: count + 1)
ENTRY = Aggregate("folder-entry", int, lambda count, _: count + 1)


async def test_a_list_of_a_kind_holds_no_other_kind(mongo: Mongo, database: Database) -> None:
    store = CommitStore(mongo, database, "addresses")
    ids = {FOLDER.kind: sorted(new_id() for _ in range(5)), ENTRY.kind: sorted(new_id() for _ in range(5))}
    for aggregate in (FOLDER, ENTRY):
        for id in ids[aggregate.kind]:
            for _ in range(2):
                metadata = Metadata(actor="rule:test", channel="rule", correlation_id=id, command_id=new_id())
                created = FolderCreated(name="Event", types=("person",))
                stream = stream_id(aggregate.kind, id)
                await execute(store, aggregate, stream, lambda _, e=created: [e], metadata, create=True)
    for aggregate in (FOLDER, ENTRY):
        everything = [(id, 2) for id in ids[aggregate.kind]]
        assert await all_as_standing(store, aggregate) == everything
        found, cursor = list[tuple[str, int]](), None
        while True:
            page = await listed_as_standing(store, aggregate, PagingContext(b"key", 2, cursor))
            found += page.items
            if (cursor := page.next) is None:
                break
        assert found == everything
