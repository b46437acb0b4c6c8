"""A message: one mail, however many deliveries bring it. It is decided once and sent on until acknowledged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, Grant
from dossier.contracts.emails import (
    AttachmentsFiled,
    LateLinkDecided,
    LateLinkFiled,
    Match,
    MessageDecided,
    MessageFiled,
    MessageReceived,
    MessageRefused,
    MessageSighted,
    SightingFiled,
    ThreadDecided,
    ThreadFiled,
)

ATTEMPTS_MOST = 5
"""Ids that are tried for one mail before a person has to look."""


@dataclass(frozen=True)
class Message:
    """State of a message stream."""

    received: MessageReceived | None = None
    decided: MessageDecided | None = None
    kept: bool = False
    """It was kept without an activity once."""
    filed: bool = False
    attached: bool = False
    """What came with it is on the activity, as far as it was taken."""
    refused: str = ""
    """Why the activity service refused it for good."""
    tried: frozenset[str] = frozenset()
    """Every activity id that was decided for the mail."""
    deliveries: frozenset[str] = frozenset()
    sightings: dict[str, MessageSighted] = field(default_factory=dict[str, MessageSighted])
    """Sightings the activity service has not acknowledged, by delivery."""
    links: dict[str, AddressRef] = field(default_factory=dict[str, AddressRef])
    """Automatic links the activity service has not acknowledged, by object."""
    linked: frozenset[str] = frozenset()
    """Every object the mail was ever linked to by a match, now or late."""

    threaded: ThreadDecided | None = None
    """The conversation that mails which came later told of."""
    thread_filed: int = 0
    """The revision of it that the activity service acknowledged."""

    @property
    def thread(self) -> str | None:
        """The conversation of a mail that becomes an activity."""
        if self.threaded is not None:
            return self.threaded.thread
        return json.loads(self.decided.request)["mail"].get("thread") if self.decided is not None else None

    @property
    def open_thread(self) -> ThreadDecided | None:
        """The conversation, if the activity service has not acknowledged it."""
        newest = self.threaded
        return newest if newest is not None and newest.revision > self.thread_filed else None

    @property
    def files(self) -> bool:
        """Whether the mail becomes an activity, as far as it is decided."""
        return self.decided is not None and self.decided.outcome == "file"

    @property
    def participants(self) -> frozenset[str]:
        """Mail addresses of sender and recipients."""
        if self.received is None:
            return frozenset()
        return frozenset({self.received.sender, *(recipient.address for recipient in self.received.recipients)})


def evolve(state: Message, event: Event) -> Message:
    """Fold one event into the state."""
    match event:
        case MessageReceived():
            return replace(state, received=event, deliveries=state.deliveries | {event.delivery.id})
        case MessageDecided():
            matched = frozenset(match.address.stream for match in event.matches)
            tried = state.tried | {event.activity} if event.activity else state.tried
            kept = state.kept or event.outcome == "keep"
            return replace(state, decided=event, kept=kept, tried=tried, linked=state.linked | matched)
        case MessageFiled():
            return replace(state, filed=True)
        case AttachmentsFiled():
            return replace(state, attached=True)
        case MessageRefused():
            return replace(state, refused=event.reason)
        case MessageSighted():
            deliveries = state.deliveries | {event.delivery.id}
            return replace(state, deliveries=deliveries, sightings={**state.sightings, event.delivery.id: event})
        case SightingFiled():
            return replace(state, sightings={k: v for k, v in state.sightings.items() if k != event.delivery})
        case LateLinkDecided():
            stream = event.match.address.stream
            links = {**state.links, stream: event.match.address}
            return replace(state, links=links, linked=state.linked | {stream})
        case LateLinkFiled():
            return replace(state, links={k: v for k, v in state.links.items() if k != event.address.stream})
        case ThreadDecided():
            return replace(state, threaded=event)
        case ThreadFiled():
            return replace(state, thread_filed=event.revision)
        case _:
            return state


def receive(state: Message, received: MessageReceived, decided: MessageDecided, grants: Sequence[Grant]) -> list[Event]:
    """A delivery brought the mail: the first one decides it, a further one is a sighting, a repeated one is nothing.

    A list's copy can come before the one that was sent to a person: mail that was kept is filed once a delivery is one
    to file, never the other way. So the end is the same in whatever order the deliveries come. Deliveries that are
    kept are sightings at once, with the grants of their channel, which are sent on when the mail is filed after all.
    """
    if received.delivery.id in state.deliveries:
        return []
    if decided.outcome == "file" and not state.files:
        return [received, decided]
    sighting = MessageSighted(delivery=received.delivery, grants=tuple(grants))
    return [received, decided, sighting] if state.received is None else [sighting]


def filed(state: Message, activity: str) -> list[Event]:
    """The activity service acknowledged the command."""
    return [] if state.filed else [MessageFiled(activity=activity)]


def attached(state: Message, left_out: int) -> list[Event]:
    """What came with the mail is on the activity, but for what the activity service did not take (EML-11)."""
    return [] if state.attached else [AttachmentsFiled(left_out=left_out)]


def taken(state: Message, activity: str, fresh: str, reason: str) -> list[Event]:
    """Something else has the activity's id: the same command is decided under a fresh one, before that is sent."""
    decided = state.decided
    if decided is None or decided.activity != activity or state.filed or state.refused:
        return []
    if len(state.tried) >= ATTEMPTS_MOST or fresh in state.tried:
        return refused(state, reason)
    request = json.dumps({**json.loads(decided.request), "id": fresh}, ensure_ascii=False)
    return [decided.model_copy(update={"activity": fresh, "request": request})]


def refused(state: Message, reason: str) -> list[Event]:
    """The activity service refused the command for good."""
    return [] if state.refused else [MessageRefused(reason=reason)]


def sighting_filed(state: Message, delivery: str) -> list[Event]:
    """The activity service acknowledged a sighting."""
    return [SightingFiled(delivery=delivery)] if delivery in state.sightings else []


def link_late(state: Message, match: Match) -> list[Event]:
    """A channel that appeared later matches a participant: link, unless the mail was already linked to that object.

    Whether a person has unlinked the object since is for the activity service to say; it never undoes that.
    """
    if not state.files or match.mail_address not in state.participants or match.address.stream in state.linked:
        return []
    return [LateLinkDecided(match=match)]


def link_filed(state: Message, address: AddressRef) -> list[Event]:
    """The activity service acknowledged an automatic link."""
    return [LateLinkFiled(address=address)] if address.stream in state.links else []


def thread(state: Message, thread: str) -> list[Event]:
    """The mail belongs to this conversation, as a mail that came later tells (EML-19)."""
    if not state.files or state.thread == thread:
        return []
    return [ThreadDecided(thread=thread, revision=1 + (state.threaded.revision if state.threaded else 0))]


def thread_filed(state: Message, revision: int) -> list[Event]:
    """The activity service acknowledged the conversation of that revision."""
    return [ThreadFiled(revision=revision)] if revision > state.thread_filed else []
