"""What all address types have in common: own channels, active or not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from addresses.aggregates import AGGREGATES, PERSON, Collection
from addresses.api.models import ChannelFacts, NewChannel
from addresses.channel_values import normalise
from addresses.domain import address, channels
from addresses.domain.address import Address
from addresses.domain.channels import Channel
from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.contracts.addresses import ChannelKind
from dossier.contracts.base import Id
from dossier.contracts.rules import NotFound
from dossier.http.models import Answer
from dossier.http.problems import Problem, responses
from dossier.http.writing import Write
from dossier.ids import new_id

router = APIRouter(prefix="/v1/{collection}/{id}")


def _region(request: Request) -> str:
    return request.app.state.settings.region


Region = Annotated[str, Depends(_region)]


@router.post("/channels", status_code=201, tags=["channels"], dependencies=[require("write")], responses=responses(409))
async def add(collection: Collection, id: Id, body: NewChannel, write: Write, caller: Caller, region: Region) -> Answer:
    """Add an own channel. The first of its kind is the default."""
    if body.private and not caller.may("private"):
        raise Problem(
            403, "not-allowed", "Not allowed", "This needs the capability 'private'.", rule="capability:private"
        )
    aggregate = AGGREGATES[collection]
    new = _channel(body.id or new_id(), body.kind, body, region, is_default=body.is_default, private=body.private)

    def decide(state: Address) -> channels.Events:
        return channels.add(state.channels, new, private_allowed=aggregate is PERSON)

    return await write.change(aggregate, id, decide, adds=("channel_id", new.id))


@router.put("/channels/{channel}", tags=["channels"], dependencies=[require("write")], responses=responses(409))
async def change(
    collection: Collection, id: Id, channel: Id, body: ChannelFacts, write: Write, caller: Caller, region: Region
) -> Answer:
    """Change label, value and validity of an own channel."""

    def decide(state: Address) -> channels.Events:
        present = _visible(state, channel, caller)
        facts = _channel(channel, present.kind, body, region, is_default=present.is_default, private=present.private)
        return channels.change(state.channels, facts)

    return await write.change(AGGREGATES[collection], id, decide)


@router.delete("/channels/{channel}", tags=["channels"], dependencies=[require("write")], responses=responses(409))
async def remove(collection: Collection, id: Id, channel: Id, write: Write, caller: Caller) -> Answer:
    """Remove an own channel; if it was the default, another of its kind takes over."""

    def decide(state: Address) -> channels.Events:
        return channels.remove(state.channels, _visible(state, channel, caller).id)

    return await write.change(AGGREGATES[collection], id, decide)


@router.post(
    "/channels/{channel}/make-default", tags=["channels"], dependencies=[require("write")], responses=responses(409)
)
async def make_default(collection: Collection, id: Id, channel: Id, write: Write, caller: Caller) -> Answer:
    """Make the channel the default of its kind; the flag moves."""

    def decide(state: Address) -> channels.Events:
        return channels.set_default(state.channels, _visible(state, channel, caller).id)

    return await write.change(AGGREGATES[collection], id, decide)


@router.post("/deactivate", tags=["addresses"], dependencies=[require("deactivate")], responses=responses(409))
async def deactivate(collection: Collection, id: Id, write: Write) -> Answer:
    """Keep the address readable, but offer it no longer."""
    return await write.change(AGGREGATES[collection], id, address.deactivate)


@router.post("/reactivate", tags=["addresses"], dependencies=[require("deactivate")], responses=responses(409))
async def reactivate(collection: Collection, id: Id, write: Write) -> Answer:
    """Offer the address again."""
    return await write.change(AGGREGATES[collection], id, address.reactivate)


def _visible(state: Address, channel_id: str, caller: Principal) -> Channel:
    """The channel; a private one does not exist for callers who may not see private data."""
    channel = channels.find(state.channels, channel_id)
    if channel.private and not caller.may("private"):
        raise NotFound(channel_id)
    return channel


def _channel(
    id: str, kind: ChannelKind, facts: ChannelFacts, region: str, *, is_default: bool, private: bool
) -> Channel:
    return Channel(
        id=id,
        kind=kind,
        label=facts.label.strip(),
        value=facts.value,
        normalised=normalise(kind, facts.value, region),
        is_default=is_default,
        private=private,
        valid_from=facts.valid_from,
        valid_to=facts.valid_to,
    )
