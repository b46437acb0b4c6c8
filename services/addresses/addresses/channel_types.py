"""The letter of a configurable channel type (COM-03, COM-04)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dossier.commands import Aggregate, load
from dossier.contracts.addresses import ChannelKind, ChannelTypeChanged, ChannelTypeDefined
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation
from dossier.ids import stream_id
from dossier.store import CommitStore


@dataclass(frozen=True)
class _Type:
    kind: ChannelKind | None = None
    is_active: bool = True


def _evolve(state: _Type, event: Event) -> _Type:
    match event:
        case ChannelTypeDefined():
            return replace(state, kind=event.kind)
        case ChannelTypeChanged(is_active=bool(is_active)):
            return replace(state, is_active=is_active)
        case _:
            return state


_AGGREGATE = Aggregate("channel-type", _Type, _evolve)


async def letter_of(store: CommitStore, channel_type: str) -> ChannelKind:
    """The letter of a type that is offered. Raises RuleViolation COM-03 for one that does not exist or no longer is."""
    found = (await load(store, _AGGREGATE, stream_id("channel-type", channel_type))).state
    if found.kind is None:
        raise RuleViolation("COM-03", "there is no such channel type", "channel_type")
    if not found.is_active:
        raise RuleViolation("COM-03", "this channel type is no longer offered", "channel_type")
    return found.kind
