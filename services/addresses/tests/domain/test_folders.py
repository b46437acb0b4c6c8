"""Rules of folders and saved searches, by their ids."""

from __future__ import annotations

from typing import Any

import pytest

from addresses.domain import folders
from addresses.domain.folders import NO_SEARCH, Entry, Folder
from dossier.contracts.addresses import (
    FolderChanged,
    FolderCreated,
    FolderEntryAdded,
    FolderEntryRemoved,
    SavedSearchChanged,
    SavedSearchRemoved,
    SearchSaved,
)
from dossier.contracts.common import ReferenceToAny
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios

shelves = Scenarios(Folder, folders.evolve)
entries = Scenarios(Entry, folders.evolve_entry)
searches = Scenarios(lambda: NO_SEARCH, folders.evolve_search)
OWN, PARENT, TOP, ANNA, BRUNO = (new_id() for _ in range(5))
EVENT = FolderCreated(name="Event 2025", types=("person", "contact"))
MINE = FolderCreated(name="Mine", types=("person",), owner=ANNA)
PERSON, COMPANY = ReferenceToAny(type="person", id=new_id()), ReferenceToAny(type="company", id=new_id())
SUPPLIERS = SearchSaved(name="Suppliers", of="addresses", parameters={"keyword": [OWN], "limit": 5}, owner=ANNA)


def folder(created: FolderCreated) -> Folder:
    return folders.evolve(Folder(), created)


def test_fol_01_a_folder_holds_exactly_what_was_put_in() -> None:
    put = FolderEntryAdded(folder=OWN, entry=PERSON)
    inside = entries.given().when(lambda e: folders.put_in(e, folder(EVENT), OWN, PERSON)).then(put)
    inside.when(lambda e: folders.put_in(e, folder(EVENT), OWN, PERSON)).then()
    out = inside.when(folders.take_out).then(FolderEntryRemoved())
    out.when(folders.take_out).then()
    again = out.when(lambda e: folders.put_in(e, folder(EVENT), OWN, PERSON)).then(put)
    assert again.state.is_inside


def test_fol_02_a_folder_refuses_types_that_it_does_not_list() -> None:
    entries.given().when(lambda e: folders.put_in(e, folder(EVENT), OWN, COMPANY)).refused("FOL-02", "entry")
    none = EVENT.model_copy(update={"types": ()})
    shelves.given().when(lambda f: folders.create(f, none, None)).refused("FOL-02", "types")
    wanted = FolderChanged.model_construct(_fields_set={"types"}, types=())
    shelves.given(EVENT).when(lambda f: folders.change(f, OWN, wanted, None, [])).refused("FOL-02", "types")


def test_fol_01_a_folder_is_created_once() -> None:
    once = shelves.given().when(lambda f: folders.create(f, EVENT, None)).then(EVENT)
    once.when(lambda f: folders.create(f, EVENT, None)).then()
    once.when(lambda f: folders.create(f, MINE, None)).refused("FOL-01", "id")


def test_fol_05_a_folder_does_not_lie_in_itself() -> None:
    moved = FolderChanged(parent=PARENT)
    for above in ([OWN], [PARENT, OWN, TOP]):
        refusal = shelves.given(EVENT).when(lambda f, above=above: folders.change(f, OWN, moved, folder(EVENT), above))
        refusal.refused("FOL-05", "parent")
    after = shelves.given(EVENT).when(lambda f: folders.change(f, OWN, moved, folder(EVENT), [PARENT])).then(moved)
    assert after.state.parent == PARENT
    root = FolderChanged(parent=None)
    assert after.when(lambda f: folders.change(f, OWN, root, None, [])).then(root).state.parent is None


def test_fol_05_what_others_see_does_not_lie_in_a_personal_folder() -> None:
    below = EVENT.model_copy(update={"parent": PARENT})
    shelves.given().when(lambda f: folders.create(f, below, folder(MINE))).refused("FOL-05", "parent")
    brunos = below.model_copy(update={"owner": BRUNO})
    shelves.given().when(lambda f: folders.create(f, brunos, folder(MINE))).refused("FOL-05", "parent")
    moved = FolderChanged(parent=PARENT)
    shelves.given(EVENT).when(lambda f: folders.change(f, OWN, moved, folder(MINE), [PARENT])).refused(
        "FOL-05", "parent"
    )
    own = MINE.model_copy(update={"parent": PARENT})
    shelves.given().when(lambda f: folders.create(f, own, folder(MINE))).then(own)
    shelves.given().when(lambda f: folders.create(f, own, folder(EVENT))).then(own)


def test_fol_03_a_folder_that_is_not_shown_still_takes_what_is_put_in() -> None:
    hidden = shelves.given(EVENT).when(lambda f: folders.change(f, OWN, FolderChanged(is_active=False), None, []))
    state = hidden.then(FolderChanged(is_active=False)).state
    put = FolderEntryAdded(folder=OWN, entry=PERSON)
    entries.given().when(lambda e: folders.put_in(e, state, OWN, PERSON)).then(put)


def test_a_search_is_saved_changed_and_forgotten() -> None:
    once = searches.given().when(lambda s: folders.save_search(s, SUPPLIERS)).then(SUPPLIERS)
    once.when(lambda s: folders.save_search(s, SUPPLIERS)).then()
    other = SUPPLIERS.model_copy(update={"name": "Others"})
    once.when(lambda s: folders.save_search(s, other)).refused("FOL-01", "id")
    shared = SavedSearchChanged(name="Suppliers", is_shared=True)
    after = once.when(lambda s: folders.change_search(s, shared)).then(SavedSearchChanged(is_shared=True))
    gone = after.when(folders.remove_search).then(SavedSearchRemoved())
    gone.when(folders.remove_search).then()


@pytest.mark.parametrize(
    "parameters",
    [
        {"no name": 1},
        {"": 1},
        {"q": None},
        {"q": {"$gt": ""}},
        {"q": [["nested"]]},
        {"q": "x" * 256},
        {"q": ["x"] * 51},
        {"q": 1.5},
        {f"p{number}": 1 for number in range(51)},
    ],
)
def test_the_parameters_of_a_search_are_plain(parameters: dict[str, Any]) -> None:
    strange = SUPPLIERS.model_copy(update={"parameters": parameters})
    searches.given().when(lambda s: folders.save_search(s, strange)).refused("FOL-01", "parameters")
