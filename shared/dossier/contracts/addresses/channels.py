"""Events of own communication channels."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from dossier.contracts.base import Event, Id, Personal, event

ChannelKind = Annotated[str, StringConstraints(pattern="^[A-Z]$")]
"""The internal letter of a channel type (COM-02). Self-made types may have a letter of their own (COM-03)."""

BUILT_IN_KINDS = ("T", "M", "F", "E", "H", "L")
"""Telephone, mobile, fax, email, homepage, LinkedIn: the letters that have a default (COM-03)."""

Consent = Literal["given", "withdrawn"]
Bounce = Literal["soft", "hard"]


@event("addresses")
class ChannelAdded(Event):
    """An own communication channel of the address (COM-01). `value` is as typed, `normalised` for comparing.

    `private` channels exist on persons only and need the private-data capability. `channel_type` is the configurable
    type, `kind` its internal letter; no type means the built-in one of that letter.
    """

    channel_id: Id
    kind: ChannelKind
    label: str = Field(default="", max_length=100)
    value: Personal[str] = Field(max_length=320)
    normalised: Personal[str] = Field(max_length=320)
    is_default: bool
    private: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    channel_type: Id | None = None


@event("addresses")
class ChannelChanged(Event):
    """An own channel has another label, value or validity."""

    channel_id: Id
    label: str = Field(max_length=100)
    value: Personal[str] = Field(max_length=320)
    normalised: Personal[str] = Field(max_length=320)
    valid_from: date | None = None
    valid_to: date | None = None


@event("addresses")
class ChannelRemoved(Event):
    """An own channel is gone. `new_default` takes over when the default was removed (COM-05)."""

    channel_id: Id
    new_default: Id | None = None


@event("addresses")
class DefaultChannelSet(Event):
    """The channel is now the default among those of its internal letter (COM-02)."""

    channel_id: Id


@event("addresses")
class ChannelContactForbidden(Event):
    """Nobody is to use the channel any more ("do not contact"). `source` says where that was said."""

    channel_id: Id
    source: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class ChannelContactAllowed(Event):
    """The channel may be used again."""

    channel_id: Id
    source: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class ChannelConsentRecorded(Event):
    """Consent to be written to by this channel was given or withdrawn; null: nothing is known any more."""

    channel_id: Id
    consent: Consent | None
    on: date
    source: Personal[str] = Field(default="", max_length=255)


@event("addresses")
class ChannelBounced(Event):
    """What was sent to the channel came back. A hard bounce says that it will again."""

    channel_id: Id
    bounce: Bounce
    at: AwareDatetime
    status: str = Field(default="", max_length=20)


@event("addresses")
class ChannelReached(Event):
    """The channel works again, or was found to work: earlier bounces no longer count."""

    channel_id: Id
