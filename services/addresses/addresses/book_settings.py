"""The settings of the address book, wherever something is written by them."""

from __future__ import annotations

from addresses.domain import lists
from addresses.domain.lists import AddressSettings
from dossier.commands import Aggregate, load
from dossier.ids import derived_id, stream_id
from dossier.store import CommitStore

ADDRESS_SETTINGS = Aggregate("address-settings", AddressSettings, lists.evolve_settings)
SETTINGS = stream_id(ADDRESS_SETTINGS.kind, derived_id(ADDRESS_SETTINGS.kind))


async def book_settings(store: CommitStore) -> AddressSettings:
    """The settings as they stand; those that ship, if nobody changed any."""
    return (await load(store, ADDRESS_SETTINGS, SETTINGS)).state
