"""Own communication channels of an address (COM-01 to COM-08). Inherited ones are a matter of reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from addresses.domain import reach
from addresses.domain.checks import overlaps, period
from addresses.domain.reach import UNUSED, Reach, evolve_reach
from dossier.contracts.addresses import (
    BUILT_IN_KINDS,
    ChannelAdded,
    ChannelBounced,
    ChannelChanged,
    ChannelConsentRecorded,
    ChannelContactAllowed,
    ChannelContactForbidden,
    ChannelKind,
    ChannelReached,
    ChannelRemoved,
    DefaultChannelSet,
)
from dossier.contracts.base import Event
from dossier.contracts.rules import NotFound, RuleViolation


@dataclass(frozen=True)
class Channel:
    """A channel as it stands. `value` as typed, `normalised` for comparing; the dates are inclusive.

    `channel_type` is the configurable type, `kind` its letter; no type means the built-in one of that letter.
    """

    id: str
    kind: ChannelKind
    label: str
    value: str
    normalised: str
    is_default: bool
    private: bool
    valid_from: date | None
    valid_to: date | None
    channel_type: str | None = None
    reach: Reach = UNUSED


Channels = tuple[Channel, ...]
Events = Sequence[Event]


def find(channels: Channels, channel_id: str) -> Channel:
    """The channel of that id. Raises NotFound."""
    for channel in channels:
        if channel.id == channel_id:
            return channel
    raise NotFound(channel_id)


def given_twice(channels: Channels, channel_id: str) -> Channels:
    """The other channels of the same letter and value that hold on a day on which this one does."""
    one = find(channels, channel_id)
    same = (other for other in channels if (other.kind, other.normalised) == (one.kind, one.normalised))
    return tuple(
        other
        for other in same
        if other.id != one.id and overlaps(one.valid_from, one.valid_to, other.valid_from, other.valid_to)
    )


def add(channels: Channels, new: Channel, *, private_allowed: bool) -> Events:
    """Add a channel; the first of its letter is its default (COM-05), a later one if it asks to be (COM-02).

    A letter that is not built in has no default (COM-03).
    `private_allowed` says whether this address type has private details: only the person does (CON-06).
    Adding the same channel again changes nothing; another one under the same id is refused (COM-01).
    """
    if new.private and not private_allowed:
        raise RuleViolation("CON-06", "private channels belong to the person", "private")
    if new.is_default:
        _may_be_default(new, "is_default")
    period(new.valid_from, new.valid_to, "COM-01")
    if any(channel.id == new.id for channel in channels):
        if replace(find(channels, new.id), is_default=new.is_default, reach=new.reach) == new:
            return []
        raise RuleViolation("COM-01", "another channel has this id", "id")
    first = new.kind in BUILT_IN_KINDS and all(channel.kind != new.kind for channel in channels)
    return [
        ChannelAdded(
            channel_id=new.id,
            kind=new.kind,
            label=new.label,
            value=new.value,
            normalised=new.normalised,
            is_default=first or new.is_default,
            private=new.private,
            valid_from=new.valid_from,
            valid_to=new.valid_to,
            channel_type=new.channel_type,
        )
    ]


def change(channels: Channels, changed: Channel) -> Events:
    """Give a channel another label, value or validity; its type and whether it is private stay.

    What came back from another number or mailbox no longer counts.
    """
    period(changed.valid_from, changed.valid_to, "COM-01")
    present = find(channels, changed.id)
    if present == changed:
        return []
    elsewhere = present.normalised != changed.normalised
    return [
        ChannelChanged(
            channel_id=changed.id,
            label=changed.label,
            value=changed.value,
            normalised=changed.normalised,
            valid_from=changed.valid_from,
            valid_to=changed.valid_to,
        ),
        *(reach.reached(present.reach, changed.id) if elsewhere else ()),
    ]


def remove(channels: Channels, channel_id: str) -> Events:
    """Remove a channel; if it was the default, the oldest other one of its letter takes over (COM-05)."""
    gone = find(channels, channel_id)
    heirs = [channel.id for channel in channels if channel.kind == gone.kind and channel.id != gone.id]
    heir = heirs[0] if gone.is_default and heirs else None
    return [ChannelRemoved(channel_id=channel_id, new_default=heir)]


def set_default(channels: Channels, channel_id: str) -> Events:
    """Make a channel the default of its letter; the flag moves (COM-02). Own letters have none (COM-03)."""
    channel = find(channels, channel_id)
    _may_be_default(channel)
    return [] if channel.is_default else [DefaultChannelSet(channel_id=channel_id)]


def without_private(channels: Channels) -> Channels:
    """What a caller without the right to private data sees.

    A default among private channels is none for that caller: the oldest visible one of the letter shows as default
    (COM-05), so that nothing gives away that there is a private one.
    """
    visible = tuple(channel for channel in channels if not channel.private)
    with_default = {channel.kind for channel in visible if channel.is_default}
    shown: list[Channel] = []
    for channel in visible:
        stands_in = channel.kind in BUILT_IN_KINDS and channel.kind not in with_default
        shown.append(replace(channel, is_default=True) if stands_in else channel)
        with_default.add(channel.kind)
    return tuple(shown)


def evolve_channels(channels: Channels, event: Event) -> Channels:
    """Apply an event of channels. Raises TypeError for any other event."""
    match event:
        case ChannelAdded():
            added = Channel(
                id=event.channel_id,
                kind=event.kind,
                label=event.label,
                value=event.value,
                normalised=event.normalised,
                is_default=False,
                private=event.private,
                valid_from=event.valid_from,
                valid_to=event.valid_to,
                channel_type=event.channel_type,
            )
            return _default((*channels, added), event.channel_id if event.is_default else None)
        case ChannelChanged():
            return tuple(
                _changed(channel, event) if channel.id == event.channel_id else channel for channel in channels
            )
        case ChannelRemoved():
            return _default(tuple(c for c in channels if c.id != event.channel_id), event.new_default)
        case DefaultChannelSet():
            return _default(channels, event.channel_id)
        case (
            ChannelContactForbidden()
            | ChannelContactAllowed()
            | ChannelConsentRecorded()
            | ChannelBounced()
            | ChannelReached()
        ):
            return tuple(
                replace(channel, reach=evolve_reach(channel.reach, event))
                if channel.id == event.channel_id
                else channel
                for channel in channels
            )
        case _:
            raise TypeError(f"{event.event_type} is no event of this address type")


def _may_be_default(channel: Channel, field: str | None = None) -> None:
    if channel.kind not in BUILT_IN_KINDS:
        raise RuleViolation("COM-03", "channels with a letter of their own have no default", field)


def _changed(channel: Channel, event: ChannelChanged) -> Channel:
    return replace(
        channel,
        label=event.label,
        value=event.value,
        normalised=event.normalised,
        valid_from=event.valid_from,
        valid_to=event.valid_to,
    )


def _default(channels: Channels, channel_id: str | None) -> Channels:
    if channel_id is None:
        return channels
    kind = find(channels, channel_id).kind
    return tuple(replace(c, is_default=c.id == channel_id) if c.kind == kind else c for c in channels)
