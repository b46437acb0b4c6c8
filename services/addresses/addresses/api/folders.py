"""Folders: make, change, put in and take out, show what lies in them."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response

from addresses.aggregates import ADDRESSES
from addresses.api.entries import EntryPath, EntryView, referred, shown_entries
from addresses.api.folder_models import FolderChange, FolderView, NewFolder, shown_folder
from addresses.api.naming import Called
from addresses.api.others import AskOthers
from addresses.api.owned import InCatalogue, changeable, given, owner_of_new, seen_by, visible
from addresses.api.references import References
from addresses.catalogue import (
    FOLDER,
    FOLDER_ENTRY,
    FOLDER_HIERARCHY,
    entry_id,
    existing_address,
    with_folders_above,
)
from addresses.domain import folders
from addresses.domain.folders import Folder
from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.commands import Step, load
from dossier.contracts.addresses import FolderChanged, FolderCreated
from dossier.contracts.base import Event, Id
from dossier.contracts.common import AddressRef
from dossier.contracts.rules import NotFound, RuleViolation, Unseen
from dossier.deleting import referring
from dossier.http.after import After
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.problems import responses, unavailable
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing
from dossier.ids import stream_id
from dossier.store import CommitStore

router = Router(prefix="/v1/folders", tags=["folders"])


@router.post("", status_code=201, dependencies=[require("write")])
async def create(body: NewFolder, write: Write, caller: Caller) -> Answer:
    """Create a folder, shared (which needs the capability to administer) or one's own."""
    owner = owner_of_new(caller, personal=body.personal)
    parent = await _parent(write.store, body.parent, caller)
    new = FolderCreated(**body.model_dump(exclude={"id", "personal"}), owner=owner)
    return await write.create(FOLDER, body.id, lambda f: folders.create(f, new, parent))


@router.get("", dependencies=[require("read")])
async def list_folders(
    store: Store,
    catalogue: InCatalogue,
    paging: Paging,
    after: After,
    caller: Caller,
    names: Called,
    parent: Id | None = None,
    inactive: bool = False,
) -> Page[FolderView]:
    """Folders by id, or those in one (`parent`): what is shared, and one's own. Inactive ones on request."""
    await _parent(store, parent, caller)
    wanted = None if inactive else True
    page = await listed(catalogue, paging, after, "folder", seen_by=seen_by(caller), is_active=wanted, parent=parent)
    states = [(item["id"], (await load(store, FOLDER, item["_id"])).state) for item in page.items]
    above = await names.of(stream_id("folder", state.parent) for _, state in states if state.parent)
    return Page(items=[shown_folder(id, state, above) for id, state in states], next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, names: Called, caller: Caller, response: Response) -> FolderView:
    """The folder as it stands at this moment."""
    await visible(store, FOLDER, id, caller)
    state = await standing(store, FOLDER, id, response)
    return shown_folder(id, state, await names.of([stream_id("folder", state.parent)] if state.parent else []))


@router.patch("/{id}", dependencies=[require("write")], responses=responses(409))
async def change(id: Id, body: FolderChange, write: Write, caller: Caller) -> Answer:
    """Rename or move a folder, admit other types, or show it no longer. A folder in itself is refused, always."""
    await changeable(write.store, FOLDER, id, caller)
    wanted, stream = FolderChanged(**given(body, "parent")), stream_id("folder", id)

    async def plan() -> list[Step]:
        parent = await _parent(write.store, wanted.parent, caller)
        above = set[str]() if wanted.parent is None else await with_folders_above(write.store, wanted.parent, id)

        def decide(state: Folder) -> Sequence[Event]:
            return folders.change(state, id, wanted, parent, above)

        return [(FOLDER, stream, decide)]

    guards = [FOLDER_HIERARCHY] if wanted.parent is not None else []
    (committed,) = await write.change_all(plan, [stream], guards=guards)
    return write.command.answer(committed)


@router.get("/{id}/entries", dependencies=[require("read")])
async def list_entries(
    id: Id, store: Store, catalogue: InCatalogue, names: Called, paging: Paging, after: After, caller: Caller
) -> Page[EntryView]:
    """The addresses in the folder, a page at a time.

    What other services own is not for everybody to see: the service of histories lists all that lies in a folder.
    """
    await visible(store, FOLDER, id, caller)
    await after.reached(catalogue)
    position = paging.position("folder-entries", id)
    found = await catalogue.addresses_in(id, position[0] if position else "", paging.limit + 1)
    page = paging.page(found, lambda item: [item["_id"]], "folder-entries", id)
    return Page(items=await shown_entries([item["entry"] for item in page.items], names), next=page.next)


@router.put("/{id}/entries/{entry}", dependencies=[require("write")], responses=responses(409))
async def put_in(
    id: Id, entry: EntryPath, write: Write, caller: Caller, references: References, others: AskOthers
) -> Answer:
    """Put something into the folder, if it admits its type. What the caller may not see does not exist."""
    stream, wanted = stream_id("folder-entry", entry_id(id, entry)), referred(entry)
    await visible(write.store, FOLDER, id, caller)
    sight = await others.sight(wanted)
    if sight == "unseen":
        raise Unseen("REF-01", f"there is no such {wanted.type}", "entry")

    async def plan() -> list[Step]:
        folder = await visible(write.store, FOLDER, id, caller)
        if folders.put_in((await load(write.store, FOLDER_ENTRY, stream)).state, folder, id, wanted):
            if wanted.type in ADDRESSES:
                await existing_address(write.store, AddressRef(type=wanted.type, id=wanted.id), "FOL-01", "entry")
            elif sight == "unknown":
                await references.take(stream, [wanted.stream])
        return [(FOLDER_ENTRY, stream, lambda e: folders.put_in(e, folder, id, wanted))]

    own = [entry] if wanted.type in ADDRESSES else []
    (committed,) = await write.change_all(plan, [stream], referring(own))
    return write.command.answer(committed)


@router.delete("/{id}/entries/{entry}", dependencies=[require("write")], responses=responses(409))
async def take_out(id: Id, entry: EntryPath, write: Write, caller: Caller, others: AskOthers) -> Answer:
    """Take something out of the folder. What the caller may not see does not lie in it."""
    await visible(write.store, FOLDER, id, caller)
    lying = entry_id(id, entry)
    sight = await others.sight(referred(entry))
    if sight == "unseen":
        raise NotFound(lying)
    if sight == "unknown":
        raise unavailable("owner-away", "The service that knows whether you may see it does not answer.", 10)
    return await write.change(FOLDER_ENTRY, lying, folders.take_out)


async def _parent(store: CommitStore, id: str | None, caller: Principal) -> Folder | None:
    """The folder to lie in. Raises RuleViolation FOL-05 if there is none that the caller may see."""
    if id is None:
        return None
    try:
        return await visible(store, FOLDER, id, caller)
    except NotFound:
        raise RuleViolation("FOL-05", "there is no such folder", "parent") from None
