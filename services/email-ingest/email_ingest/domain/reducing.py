"""A mail that is too large for one commit is filed all the same: less of it, with a note that says so.

The raw bytes stay whole, and so does the text, which is kept beside the commit: nothing is lost. What is left here fits
whatever the mail says: a character takes at most four bytes in a command inside an event (quoted twice), and every list
below has a bound in bytes or rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from dossier.contracts.activities import MailRecipient
from dossier.contracts.emails import MessageReceived
from email_ingest.domain.matching import Matching

NOTE = "too large to be filed whole: the stored mail has it all"
TEXT_MOST = 8 * 1024
"""Of the text, in the commit."""
BYTES_MOST = 16 * 1024
"""Of all recipients, and of all attachments."""
ROWS_MOST = 20
"""Of matches, and of references. Further matches are linked late."""
_ROW = 64


def reduced(received: MessageReceived, matched: Collection[str]) -> MessageReceived:
    """The mail with fewer recipients (first those that are `matched`), attachments and references."""
    first = sorted(received.recipients, key=lambda one: one.address not in matched)
    kept = {id(one) for one in _within(first)}
    references = received.references
    if len(references) > ROWS_MOST:  # the first and the newest tell most about a conversation
        references = (*references[:1], *references[1 - ROWS_MOST :])
    return received.model_copy(
        update={
            "recipients": tuple(one for one in received.recipients if id(one) in kept),
            "references": references,
            "attachments": received.attachments[:ROWS_MOST],
            "defects": (*received.defects, NOTE),
        }
    )


def reduced_matching(matching: Matching) -> Matching:
    """The first matches; those that are left out are found and linked when the mail is filed."""
    return Matching(matching.matches[:ROWS_MOST], matching.ambiguous[:ROWS_MOST])


def _within(recipients: Iterable[MailRecipient]) -> list[MailRecipient]:
    kept: list[MailRecipient] = []
    size = 0
    for one in recipients:
        size += _ROW + len((one.address + one.name).encode())
        if size > BYTES_MOST:
            break
        kept.append(one)
    return kept
