"""The exact command that files a mail as an activity. It is made once, committed, and sent until acknowledged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal

from dossier.contracts.common import Grant
from dossier.contracts.emails import Match, MessageReceived

TITLE_MOST = 255
UNTITLED = "(no subject)"


def direction_of(sender: str, recipients: Sequence[str], own: Iterable[str]) -> Literal["in", "out", "internal"]:
    """Outgoing if one of ours wrote it; internal if it went to ours only (EML-18)."""
    ours = frozenset(own)
    if sender not in ours:
        return "in"
    return "internal" if recipients and ours.issuperset(recipients) else "out"


def filing_request(
    activity: str,
    message: str,
    received: MessageReceived,
    text: str,
    day: date,
    own: Iterable[str],
    matches: Sequence[Match],
    grants: Sequence[Grant],
) -> dict[str, Any]:
    """Body of `POST /v1/activities`, with as much of the text as an event holds.

    Title = subject cut at 255 (EML-10); every match is linked, the first one primarily (EML-14); readers are those of
    the channel only (EML-20). Without a match the activity has no address and waits in the unassigned list (ACT-01).
    """
    addresses = list({match.address.stream: match.address for match in matches}.values())
    recipients = [recipient.address for recipient in received.recipients]
    request: dict[str, Any] = {
        "id": activity,
        "kind": "email",
        "medium": "email",
        "direction": direction_of(received.sender, recipients, own),
        "title": received.subject[:TITLE_MOST] or UNTITLED,
        "text": text,
        "occurred_on": day.isoformat(),
        "mail": _mail(message, received),
        "sighting": {"delivery": received.delivery.id, "source": received.delivery.source},
        "visibility": "granted",
        "grants": [grant.model_dump(mode="json") for grant in grants],
    }
    if received.delivery.filed_by is not None:
        request["entered_by"] = received.delivery.filed_by
    if addresses:
        request["address"] = addresses[0].model_dump()
        request["further_addresses"] = [address.model_dump() for address in addresses[1:]]
    return request


def _mail(message: str, received: MessageReceived) -> dict[str, Any]:
    facts = received.model_dump(
        mode="json",
        include={"sender", "sender_name", "recipients", "sent_at", "message_id", "in_reply_to", "references"},
    )
    return {"message": message, **facts, "stored_object": f"delivery/{received.delivery.id}"}
