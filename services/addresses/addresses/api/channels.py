"""Own channels of every address type: add, change, remove, make default; whether and how they may be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request

from addresses.aggregates import AGGREGATES, PERSON, Collection
from addresses.api.channel_models import USAGE, BounceReport, ChannelChange, ConsentRecord, NewChannel, Usage
from addresses.api.days import not_ahead
from addresses.api.models import WarnedAnswer
from addresses.api.private import needs_private
from addresses.api.warnings import Warn
from addresses.channel_types import letter_of
from addresses.channel_values import normalise
from addresses.domain import channels, reach
from addresses.domain.address import Address
from addresses.domain.channels import Channel
from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.clock import system_clock
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http.days import Today
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routes import adds
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, Writer
from dossier.ids import new_id

router = Router(prefix="/v1/{collection}/{id}/channels", tags=["channels"])
_WRITE = [require("write")]
_CLOCKS_DIFFER = timedelta(hours=1)


def _region(request: Request) -> str:
    return request.app.state.settings.region


Region = Annotated[str, Depends(_region)]


@router.post("", status_code=201, dependencies=_WRITE, responses=responses(409))
@adds("channel_id")
async def add(
    collection: Collection, id: Id, body: NewChannel, write: Write, caller: Caller, region: Region, warn: Warn
) -> WarnedAnswer:
    """Add an own channel. The first of its letter is the default; letters that are not built in have none."""
    if body.private:
        needs_private(caller, "private")
    aggregate = AGGREGATES[collection]
    new = await entered(write.store, body.id or new_id(), body, region)

    def decide(state: Address) -> Sequence[Event]:
        return channels.add(state.channels, new, private_allowed=aggregate is PERSON)

    answer = await write.change(aggregate, id, decide, adds=("channel_id", new.id))
    return await warn.reachable(answer, answer.part or new.id)


@router.patch("/{channel}", dependencies=_WRITE, responses=responses(409))
async def change(
    collection: Collection,
    id: Id,
    channel: Id,
    body: ChannelChange,
    write: Write,
    caller: Caller,
    region: Region,
    warn: Warn,
) -> WarnedAnswer:
    """Change label, value or validity of an own channel; what is absent stays, null takes a day away."""
    said = body.model_dump(exclude_unset=True)

    def decide(state: Address) -> Sequence[Event]:
        present = _visible(state, channel, caller)
        changed = replace(present, **said)
        if "value" in said:
            changed = replace(changed, normalised=normalise(present.kind, changed.value, region))
        return channels.change(state.channels, replace(changed, label=changed.label.strip()))

    return await warn.reachable(await write.change(AGGREGATES[collection], id, decide), channel)


@router.delete("/{channel}", dependencies=_WRITE, responses=responses(409))
async def remove(collection: Collection, id: Id, channel: Id, write: Write, caller: Caller) -> Answer:
    """Remove an own channel; if it was the default, another of its letter takes over."""

    def decide(state: Address) -> Sequence[Event]:
        return channels.remove(state.channels, _visible(state, channel, caller).id)

    return await write.change(AGGREGATES[collection], id, decide)


@router.post("/{channel}/make-default", dependencies=_WRITE, responses=responses(409))
async def make_default(collection: Collection, id: Id, channel: Id, write: Write, caller: Caller) -> Answer:
    """Make the channel the default of its letter; the flag moves."""

    def decide(state: Address) -> Sequence[Event]:
        return channels.set_default(state.channels, _visible(state, channel, caller).id)

    return await write.change(AGGREGATES[collection], id, decide)


@router.post("/{channel}/forbid-contact", dependencies=_WRITE, responses=responses(409))
async def forbid_contact(
    collection: Collection, id: Id, channel: Id, write: Write, caller: Caller, body: Usage = USAGE
) -> Answer:
    """Nobody is to use the channel any more ("do not contact")."""
    return await _use(write, collection, id, channel, caller, lambda c: reach.forbid(c.reach, c.id, body.source))


@router.post("/{channel}/allow-contact", dependencies=_WRITE, responses=responses(409))
async def allow_contact(
    collection: Collection, id: Id, channel: Id, write: Write, caller: Caller, body: Usage = USAGE
) -> Answer:
    """The channel may be used again."""
    return await _use(write, collection, id, channel, caller, lambda c: reach.allow(c.reach, c.id, body.source))


@router.put("/{channel}/consent", dependencies=_WRITE, responses=responses(409))
async def record_consent(
    collection: Collection, id: Id, channel: Id, body: ConsentRecord, write: Write, caller: Caller, today: Today
) -> Answer:
    """Record that consent to be written to was given or withdrawn, when, and where that was said."""
    not_ahead(body.on, today, "on")

    def decide(own: Channel) -> Sequence[Event]:
        return reach.record_consent(own.reach, own.id, body.consent, body.on, body.source)

    return await _use(write, collection, id, channel, caller, decide)


@router.post("/{channel}/bounces", dependencies=_WRITE, responses=responses(409))
async def report_bounce(
    collection: Collection, id: Id, channel: Id, body: BounceReport, write: Write, caller: Caller
) -> Answer:
    """Report that what was sent came back. A report that is not later than the last one tells nothing new."""
    now = system_clock()
    at = body.at or now
    # A date far ahead would silence every later report.
    if at > now + _CLOCKS_DIFFER:
        raise RuleViolation("in-the-past", "what came back did so in the past", "at")
    return await _use(
        write, collection, id, channel, caller, lambda c: reach.bounced(c.reach, c.id, body.bounce, at, body.status)
    )


@router.post("/{channel}/reached", dependencies=_WRITE, responses=responses(409))
async def report_reached(collection: Collection, id: Id, channel: Id, write: Write, caller: Caller) -> Answer:
    """Report that the channel works: earlier bounces no longer count."""
    return await _use(write, collection, id, channel, caller, lambda c: reach.reached(c.reach, c.id))


async def entered(store: Store, id: str, body: NewChannel, region: str) -> Channel:
    """The channel of a request, with its letter and its comparable value.

    Raises RuleViolation COM-01 without kind and type or for a value that cannot be, COM-03 for an unfit type.
    """
    kind = body.kind if body.channel_type is None else await letter_of(store, body.channel_type)
    if kind is None:
        raise RuleViolation("COM-01", "a channel needs a kind, or a type", "kind")
    if body.kind not in (None, kind):
        raise RuleViolation("COM-03", "the kind is the letter of the type, and this type has another", "kind")
    return Channel(
        id=id,
        kind=kind,
        label=body.label.strip(),
        value=body.value,
        normalised=normalise(kind, body.value, region),
        is_default=body.is_default,
        private=body.private,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        channel_type=body.channel_type,
    )


async def _use(
    write: Writer,
    collection: Collection,
    id: str,
    channel: str,
    caller: Principal,
    decide: Callable[[Channel], Sequence[Event]],
) -> Answer:
    return await write.change(AGGREGATES[collection], id, lambda state: decide(_visible(state, channel, caller)))


def _visible(state: Address, channel_id: str, caller: Principal) -> Channel:
    """The channel; a private one does not exist for callers who may not see private data.

    Services that read the feed know it anyway: a mail gateway has to report what came back from there.
    """
    channel = channels.find(state.channels, channel_id)
    if channel.private and not (caller.may("private") or caller.may("feed")):
        raise NotFound(channel_id)
    return channel
