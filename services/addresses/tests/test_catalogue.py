"""The catalogue: where things are found, whatever happens to them and however their events are cut into spans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from addresses.views.catalogue import EVERYONE, Catalogue
from dossier.contracts import addresses as events
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, ReferenceToAny
from dossier.contracts.streams import context_of
from dossier.ids import new_id
from dossier.mongo import Database, Mongo
from dossier.projections.model import Span
from dossier.store import CommitStore, Head, Metadata, NewCommit

ANNA, FOLDER, TYPE, ONE, TWO = (new_id() for _ in range(5))
EVA, ACME = AddressRef(type="person", id=new_id()), AddressRef(type="company", id=new_id())
ENTRY = ReferenceToAny(type="person", id=EVA.id)
LIVES: list[tuple[str, list[Event], dict[str, Any] | None]] = [
    (
        "keyword-group",
        [
            events.KeywordGroupCreated(name="Golf", is_exclusive=False, types=("person",), owner=ANNA),
            events.KeywordAdded(keyword=ONE, name="Hole"),
            events.KeywordGroupChanged(name="Tennis"),
            events.KeywordGroupChanged(is_active=False),
        ],
        {"seen_by": ANNA, "is_active": False, "parent": None},
    ),
    (
        "folder",
        [
            events.FolderCreated(name="Event", types=("person",), parent=FOLDER),
            events.FolderChanged(name="Events"),
            events.FolderChanged(parent=None),
        ],
        {"seen_by": EVERYONE, "is_active": True, "parent": None},
    ),
    (
        "folder-entry",
        [
            events.FolderEntryAdded(folder=FOLDER, entry=ENTRY),
            events.FolderEntryRemoved(),
            events.FolderEntryAdded(folder=FOLDER, entry=ENTRY),
        ],
        {"folder": FOLDER, "entry": ENTRY.stream},
    ),
    (
        "folder-entry",
        [events.FolderEntryAdded(folder=FOLDER, entry=ENTRY), events.FolderEntryRemoved()],
        None,
    ),
    (
        "saved-search",
        [
            events.SearchSaved(name="Mine", of="addresses", parameters={}, owner=ANNA, is_shared=True),
            events.SavedSearchChanged(name="Ours"),
            events.SavedSearchChanged(is_shared=False),
        ],
        {"seen_by": ANNA, "owner": ANNA, "of": "addresses"},
    ),
    (
        "saved-search",
        [
            events.SearchSaved(name="Mine", of="addresses", parameters={}, owner=ANNA),
            events.SavedSearchRemoved(),
        ],
        None,
    ),
    (
        "link",
        [
            events.AddressesLinked(link_type=TYPE, one=EVA, other=ACME, remark="chair"),
            events.LinkChanged(valid_from=None, valid_to=None, remark="was chair"),
        ],
        {"ends": [EVA.stream, ACME.stream]},
    ),
    ("link", [events.AddressesLinked(link_type=TYPE, one=EVA, other=ACME), events.LinkRemoved()], None),
    (
        "person",
        [
            events.PersonRegistered(last_name="Muster"),
            events.KeywordAssigned(keyword=ONE, group=TYPE),
            events.KeywordAssigned(keyword=TWO, group=TYPE, instead_of=(ONE,)),
            events.PersonRenamed(last_name="Huber"),
        ],
        {"keywords": [TWO]},
    ),
    (
        "company",
        [
            events.CompanyRegistered(name="Acme"),
            events.KeywordAssigned(keyword=ONE, group=TYPE),
            events.KeywordUnassigned(keyword=ONE),
        ],
        None,
    ),
    (
        "contact",
        [
            events.ContactRegistered(company=ACME.id, last_name="Muster"),
            events.KeywordAssigned(keyword=ONE, group=TYPE),
            events.AddressDeleted(),
        ],
        None,
    ),
    ("layout", [events.LayoutDefined(name="Plain", address_type="company", lines="%company%")], None),
]


@pytest.mark.parametrize(
    "kind",
    [
        "keyword-group",
        "folder",
        "folder-entry",
        "saved-search",
        "link",
        "link-type",
        "channel-type",
        "layout",
        "address-settings",
    ],
)
def test_consumers_know_whose_streams_these_are(kind: str) -> None:
    assert context_of(f"{kind}-{new_id()}") == "addresses"


@pytest.mark.backends
@pytest.mark.parametrize(("kind", "life", "expected"), LIVES, ids=[f"{kind}-{len(life)}" for kind, life, _ in LIVES])
async def test_the_catalogue_ends_the_same_in_one_span_or_many(
    mongo: Mongo, database: Database, kind: str, life: Sequence[Event], expected: dict[str, Any] | None
) -> None:
    store = CommitStore(mongo, database, "addresses")
    stream = f"{kind}-{new_id()}"
    metadata = Metadata(actor="rule:test", channel="rule", correlation_id=stream, command_id=new_id())
    await store.append(NewCommit(stream, Head(stream), life, metadata))
    recorded = await store.read(stream)
    for generation, spans in ((1, [recorded]), (2, [[event] for event in recorded])):
        catalogue = Catalogue()
        catalogue.attach(database, generation)
        for span in (*spans, *spans):
            await catalogue.apply([Span(stream, span)])
        assert await catalogue.get(stream) == expected
        assert await catalogue.positions([stream]) == {stream: len(life)}
