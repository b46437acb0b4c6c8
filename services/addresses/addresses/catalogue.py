"""The aggregates of what is configured and shared: keyword groups, folders, links, lists, settings."""

from __future__ import annotations

from addresses.aggregates import ADDRESSES
from addresses.domain import folders, keywords, links, lists
from addresses.domain.folders import NO_SEARCH, Entry, Folder
from addresses.domain.keywords import KeywordGroup
from addresses.domain.links import Link, LinkType
from addresses.domain.lists import Layout
from addresses.domain.names import folded
from addresses.domain.referring import begun
from dossier.commands import Aggregate, load
from dossier.contracts.common import AddressRef
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.ids import derived_id, split_stream, stream_id
from dossier.store import CommitStore, Reservation

KEYWORD_GROUP = Aggregate("keyword-group", KeywordGroup, keywords.evolve)
FOLDER = Aggregate("folder", Folder, folders.evolve)
FOLDER_ENTRY = Aggregate("folder-entry", Entry, folders.evolve_entry, refers=begun)
SAVED_SEARCH = Aggregate("saved-search", lambda: NO_SEARCH, folders.evolve_search)
LINK_TYPE = Aggregate("link-type", LinkType, links.evolve_type)
LINK = Aggregate("link", Link, links.evolve, refers=begun)
LAYOUT = Aggregate("layout", Layout, lists.evolve_layout)

FOLDER_HIERARCHY = "folder-hierarchy"
"""The guard of the one invariant over many folders: none lies in itself (FOL-05)."""


def entry_id(folder: str, entry: str) -> str:
    """The id of an entry (a stream id) in a folder, so that it lies there once."""
    return derived_id("folder-entry", folder, entry)


def built_in_channel_type(kind: str) -> str:
    """The id of the built-in channel type of a letter (COM-12)."""
    return derived_id("channel-type", kind)


def default_of(address_type: str) -> str:
    """The guard of the one default layout of a type (LAY-02)."""
    return f"default-layout-{address_type}"


def name_of_group(stream: str, owner: str | None, name: str, *, given_up: bool = False) -> Reservation:
    """The name of a keyword group: the only one among the shared groups, or among the personal ones of its owner."""
    value = "\x1f".join(("keyword-group", owner or "", folded(name)))
    return Reservation("name", value, stream, given_up)


def id_of_keyword(group_stream: str, keyword: str) -> Reservation:
    """The id of a keyword, which belongs to one group: found through it, whoever made it (KEY-02)."""
    return Reservation("id", f"keyword\x1f{keyword}", group_stream)


async def group_of_keyword(store: CommitStore, keyword: str) -> str:
    """The id of the keyword's group. Raises NotFound."""
    wanted = id_of_keyword("", keyword)
    holder = await store.holder(wanted.kind, wanted.value)
    if holder is None:
        raise NotFound(keyword)
    return split_stream(holder)[1]


async def existing_address(store: CommitStore, address: AddressRef, rule: str, field: str) -> None:
    """Raise RuleViolation `rule` if there is no such address, or no longer."""
    loaded = await load(store, ADDRESSES[address.type], address.stream)
    if not loaded.head.exists or loaded.state.is_deleted:
        raise RuleViolation(rule, f"there is no such {address.type}", field)


async def existing_folder(store: CommitStore, folder: str) -> Folder:
    """The folder that a command refers to as parent. Raises RuleViolation FOL-05."""
    state = (await load(store, FOLDER, stream_id("folder", folder))).state
    if state.created is None:
        raise RuleViolation("FOL-05", "there is no such folder", "parent")
    return state


async def with_folders_above(store: CommitStore, folder: str, stop_at: str) -> set[str]:
    """The folder and all it lies in, up to `stop_at` if that is among them. Raises RuleViolation FOL-05.

    It ends: no folder among those that were read lies in itself, and one that would meanwhile changes the guard.
    """
    chain: set[str] = set()
    next_up: str | None = folder
    while next_up is not None and next_up not in chain:
        chain.add(next_up)
        if next_up == stop_at:
            break
        next_up = (await existing_folder(store, next_up)).parent
    return chain
