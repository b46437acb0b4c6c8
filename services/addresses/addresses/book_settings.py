"""The settings of the address book, as far as addresses are written by them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from addresses.domain.facts import UNSPECIFIED
from dossier.commands import Aggregate, load
from dossier.contracts.addresses import AddressSettingsChanged
from dossier.contracts.base import Event
from dossier.ids import derived_id, stream_id
from dossier.store import CommitStore

SETTINGS = stream_id("address-settings", derived_id("address-settings"))


@dataclass(frozen=True)
class BookSettings:
    """The installation's own words for genders (GEN-02), and what a new human gets (GEN-01)."""

    genders: tuple[str, ...] = ()
    default_gender: str = UNSPECIFIED


def _evolve(state: BookSettings, event: Event) -> BookSettings:
    if not isinstance(event, AddressSettingsChanged):
        return state
    genders = state.genders if event.genders is None else event.genders
    return replace(state, genders=genders, default_gender=event.default_gender or state.default_gender)


_AGGREGATE = Aggregate("address-settings", BookSettings, _evolve)


async def book_settings(store: CommitStore) -> BookSettings:
    """The settings as they stand; those that ship, if nobody changed any."""
    return (await load(store, _AGGREGATE, SETTINGS)).state
