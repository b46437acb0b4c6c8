"""Requests and answers of communication channels."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from addresses.domain.channels import Channel
from addresses.shipping import CHANNEL_TYPES
from dossier.contracts.addresses import Bounce, ChannelKind, Consent
from dossier.contracts.base import Id
from dossier.http.models import Changes, Moment, NewId, Request

BuiltInKind = Literal["T", "M", "F", "E", "H", "L"]
LETTERS = ", ".join(f"`{letter}` {label}" for letter, label in CHANNEL_TYPES)
"""What the built-in letters mean."""
PartId = Annotated[
    NewId | None,
    Field(description="A UUID of your own making, so that the same request twice makes one", examples=[None]),
]
Source = Annotated[str, Field(max_length=255, description="Where it was said", examples=["by telephone"])]


Label = Annotated[str, Field(max_length=100, examples=["direct"])]
Value = Annotated[str, Field(min_length=1, max_length=320, examples=["+41 44 668 18 00"])]


class ChannelChange(Changes):
    """What changes of a channel; absent fields stay, null takes a day away."""

    label: Label = ""
    value: Value = ""
    valid_from: date | None = None
    valid_to: date | None = None


class NewChannel(Request):
    """An own communication channel, of a type or a built-in kind."""

    id: PartId = None
    label: Label = ""
    value: Value
    valid_from: date | None = None
    valid_to: date | None = None
    kind: Annotated[
        BuiltInKind | None, Field(description=f"{LETTERS}; not needed beside a type, whose letter it is then")
    ] = None
    channel_type: Annotated[Id | None, Field(description="A configurable type instead", examples=[None])] = None
    is_default: Annotated[bool, Field(description="Take over as default of its letter")] = False
    private: Annotated[bool, Field(description="On persons only; needs the capability for private data")] = False


class Usage(Request):
    """Why contact over a channel is forbidden, or allowed again."""

    source: Source = ""


USAGE = Usage()
"""Of a request without a body."""


class ConsentRecord(Request):
    """Consent to be written to by this channel; null: nothing is known any more."""

    consent: Consent | None
    on: Annotated[date, Field(description="When it was said: today or before")]
    source: Source = ""


class BounceReport(Request):
    """What was sent to the channel came back. A hard bounce says that it will again."""

    bounce: Bounce
    at: Annotated[Moment | None, Field(description="When; now if absent")] = None
    status: Annotated[str, Field(max_length=20, description="Enhanced status code", examples=["5.1.1"])] = ""


class ConsentView(BaseModel):
    """Consent to be written to."""

    consent: Consent
    on: date | None
    source: str


class BounceView(BaseModel):
    """The last thing that came back, since the channel was last reached."""

    bounce: Bounce
    at: AwareDatetime | None
    status: str


class ChannelView(BaseModel):
    """An own channel; `normalised` is the form in which values are compared, `kind` the letter of its type."""

    id: str
    kind: ChannelKind
    channel_type: str | None
    label: str
    value: str
    normalised: str
    is_default: bool
    private: bool
    valid_from: date | None
    valid_to: date | None
    forbidden: bool
    forbidden_source: str
    consent: ConsentView | None
    bounce: BounceView | None


def channel_view(channel: Channel) -> ChannelView:
    """A channel for an answer."""
    reach = channel.reach
    consent = reach.consent and ConsentView(consent=reach.consent, on=reach.consent_on, source=reach.consent_source)
    bounce = reach.bounce and BounceView(bounce=reach.bounce, at=reach.bounced_at, status=reach.bounce_status)
    return ChannelView(
        id=channel.id,
        kind=channel.kind,
        channel_type=channel.channel_type,
        label=channel.label,
        value=channel.value,
        normalised=channel.normalised,
        is_default=channel.is_default,
        private=channel.private,
        valid_from=channel.valid_from,
        valid_to=channel.valid_to,
        forbidden=reach.forbidden,
        forbidden_source=reach.source if reach.forbidden else "",
        consent=consent,
        bounce=bounce,
    )
