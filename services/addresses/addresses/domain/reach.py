"""Whether and how a channel may be used: "do not contact", consent with its source, and what came back.

These go beyond the catalogue, which knows none of them (COM, "lacking").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from dossier.contracts.addresses import (
    Bounce,
    ChannelBounced,
    ChannelConsentRecorded,
    ChannelContactAllowed,
    ChannelContactForbidden,
    ChannelReached,
    Consent,
)
from dossier.contracts.base import Event

ReachEvent = ChannelContactForbidden | ChannelContactAllowed | ChannelConsentRecorded | ChannelBounced | ChannelReached


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What is known of using one channel.

    `source` says where it was forbidden, or last allowed. `bounced_at` is of the last bounce that was heard of, also
    after the channel was reached again: what is not later tells nothing new.
    """

    forbidden: bool = False
    source: str = ""
    consent: Consent | None = None
    consent_on: date | None = None
    consent_source: str = ""
    bounce: Bounce | None = None
    bounced_at: datetime | None = None
    bounce_status: str = ""


UNUSED = Reach()
"""Of a new channel nothing is known."""


def forbid(reach: Reach, channel_id: str, source: str) -> Sequence[Event]:
    """Nobody is to use the channel any more. Saying so again without a source leaves the one that is known."""
    source = source.strip()
    if reach.forbidden and source in ("", reach.source):
        return []
    return [ChannelContactForbidden(channel_id=channel_id, source=source)]


def allow(reach: Reach, channel_id: str, source: str) -> Sequence[Event]:
    """The channel may be used again."""
    return [ChannelContactAllowed(channel_id=channel_id, source=source.strip())] if reach.forbidden else []


def record_consent(reach: Reach, channel_id: str, consent: Consent | None, on: date, source: str) -> Sequence[Event]:
    """Consent to be written to was given or withdrawn on a day; none: nothing is known any more."""
    source = source.strip()
    if (reach.consent, reach.consent_on, reach.consent_source) == (consent, on, source):
        return []
    return [ChannelConsentRecorded(channel_id=channel_id, consent=consent, on=on, source=source)]


def bounced(reach: Reach, channel_id: str, bounce: Bounce, at: datetime, status: str) -> Sequence[Event]:
    """What was sent came back. One that is not later than the last that was heard of tells nothing new."""
    if reach.bounced_at is not None and at <= reach.bounced_at:
        return []
    return [ChannelBounced(channel_id=channel_id, bounce=bounce, at=at, status=status.strip())]


def reached(reach: Reach, channel_id: str) -> Sequence[Event]:
    """The channel works: earlier bounces no longer count."""
    return [] if reach.bounce is None else [ChannelReached(channel_id=channel_id)]


def evolve_reach(reach: Reach, event: ReachEvent) -> Reach:
    """What is known after the event."""
    match event:
        case ChannelContactForbidden() | ChannelContactAllowed():
            return replace(reach, forbidden=isinstance(event, ChannelContactForbidden), source=event.source)
        case ChannelConsentRecorded():
            return replace(reach, consent=event.consent, consent_on=event.on, consent_source=event.source)
        case ChannelBounced():
            return replace(reach, bounce=event.bounce, bounced_at=event.at, bounce_status=event.status)
        case ChannelReached():
            return replace(reach, bounce=None, bounce_status="")
