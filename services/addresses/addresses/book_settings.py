"""The settings of the address book, as far as addresses are written by them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from addresses.domain.facts import UNSPECIFIED
from dossier.commands import Aggregate, load
from dossier.contracts.addresses import AddressSettingsChanged
from dossier.contracts.base import Event
from dossier.ids import derived_id, stream_id
from dossier.store import CommitStore

SETTINGS = stream_id("address-settings", derived_id("address-settings"))


@dataclass(frozen=True)
class BookSettings:
    """The installation's words for genders (GEN-02), what a new human gets (GEN-01); cities in aliases (ALI-04)."""

    genders: tuple[str, ...] = ()
    default_gender: str = UNSPECIFIED
    alias_with_city: bool = False


def _evolve(state: BookSettings, event: Event) -> BookSettings:
    if not isinstance(event, AddressSettingsChanged):
        return state
    changed = {name: getattr(event, name) for name in _NAMES}
    return replace(state, **{name: value for name, value in changed.items() if value is not None})


_NAMES = tuple(field.name for field in fields(BookSettings))
_AGGREGATE = Aggregate("address-settings", BookSettings, _evolve)


async def book_settings(store: CommitStore) -> BookSettings:
    """The settings as they stand; those that ship, if nobody changed any."""
    return (await load(store, _AGGREGATE, SETTINGS)).state
