"""The letter of a configurable channel type (COM-03, COM-04)."""

from __future__ import annotations

from addresses.domain import lists
from addresses.domain.lists import ChannelType
from dossier.commands import Aggregate, load
from dossier.contracts.addresses import ChannelKind
from dossier.contracts.rules import RuleViolation
from dossier.ids import stream_id
from dossier.store import CommitStore

CHANNEL_TYPE = Aggregate("channel-type", ChannelType, lists.evolve_channel_type)


async def letter_of(store: CommitStore, channel_type: str) -> ChannelKind:
    """The letter of a type that is offered. Raises RuleViolation COM-03 for one that does not exist or no longer is."""
    found = (await load(store, CHANNEL_TYPE, stream_id("channel-type", channel_type))).state
    if found.defined is None:
        raise RuleViolation("COM-03", "there is no such channel type; GET /v1/channel-types lists them", "channel_type")
    if not found.is_active:
        raise RuleViolation("COM-03", "this channel type is no longer offered", "channel_type")
    return found.kind
