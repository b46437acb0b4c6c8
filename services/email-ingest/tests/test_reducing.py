"""However long a mail's texts are, what is left of it fits one commit."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from dossier.contracts.activities import TEXT_LIMIT, MailRecipient
from dossier.contracts.common import AddressRef, GrantOrigin, Principals
from dossier.contracts.emails import Attachment, Delivery, Match, MessageDecided, MessageReceived
from dossier.ids import derived_id
from dossier.store import Head, Metadata, NewCommit, TooLargeError
from dossier.store.documents import draft
from email_ingest.domain.filing import filing_request
from email_ingest.domain.mailbox import READERS_MOST, grants_of
from email_ingest.domain.matching import Matching
from email_ingest.domain.reducing import NOTE, TEXT_MOST, reduced, reduced_matching
from email_ingest.parsing.message import RECIPIENT_BYTES_MOST, parse

ID = derived_id("test", "one")
NOW = datetime(2026, 11, 2, tzinfo=UTC)
WORST = ['"', "\\", "\N{GRINNING FACE}", "é"]


def longest(character: str) -> MessageReceived:
    """A mail with every field at its bound."""
    return MessageReceived(
        kind="auto_generated",
        subject=character * 2000,
        sender=character * 320,
        sender_name=character * 500,
        recipients=tuple(MailRecipient(role="bcc", address=character * 320, name=character * 500) for _ in range(3000)),
        sent_at=NOW,
        message_id=character * 900,
        in_reply_to=character * 900,
        references=(character * 900,) * 100,
        attachments=(Attachment(name=character * 255, media_type=character * 100, size=2**40, sha256="f" * 64),) * 1000,
        defects=("a defect with a name of some length",) * 12,
        delivery=Delivery(
            id=ID, source="outlook", mailbox=ID, filed_by=ID, envelope_sender=character * 320,
            envelope_recipient=character * 320, sha256="f" * 64, size=2**40, received_at=NOW,
        ),
    )  # fmt: skip


def commit(received: MessageReceived, matching: Matching, text: str) -> int:
    """The bytes of the commit that receives and decides the mail. Raises TooLargeError."""
    readers = Principals(users=(ID,) * READERS_MOST)
    grants = grants_of(readers, GrantOrigin(kind="channel", id=ID)) * 2
    request = filing_request(ID, ID, received, text, date(2026, 11, 2), (), matching.matches, grants)
    decided = MessageDecided(
        outcome="file", activity=ID, request=json.dumps(request, ensure_ascii=False), matches=matching.matches,
        ambiguous=matching.ambiguous,
    )  # fmt: skip
    stream = f"message-{ID}"
    metadata = Metadata(actor="service:email-ingest", channel="mail", correlation_id=ID, command_id=ID)
    made = draft(NewCommit(stream, Head(stream), [received, decided], metadata), Head(stream), "emails", NOW)
    return len(made.raw.raw)


@pytest.mark.parametrize("character", WORST)
def test_what_is_left_of_the_longest_mail_fits_one_commit(character: str) -> None:
    mail, text = longest(character), character * TEXT_LIMIT
    address = AddressRef(type="contact", id=ID)
    matching = Matching((Match(mail_address=character * 320, address=address),) * 1000, (character * 320,) * 1000)
    with pytest.raises(TooLargeError):
        commit(mail, matching, text)
    left = reduced(mail, {character * 320})
    commit(left, reduced_matching(matching), text[:TEXT_MOST])
    assert left.recipients
    assert left.defects[-1] == NOTE


def test_recipients_that_are_matched_stay_first() -> None:
    mail = longest("x")
    known = MailRecipient(role="to", address="eva@kunde.example")
    left = reduced(mail.model_copy(update={"recipients": (*mail.recipients, known)}), {known.address})
    assert left.recipients[-1] == known


def test_the_recipients_of_one_mail_have_a_bound_together_and_the_mail_says_so() -> None:
    names = b", ".join(b'"%s" <u%d@big.example>' % (b"\x80" * 498, number) for number in range(400))
    many = b"\r\nCc: " + names[:60_000] + b"\r\nBcc: " + names[:60_000]
    mail = parse(b"Subject: big\r\nTo: a@b.example" + many + b"\r\n\r\nx")
    assert sum(len((one.address + one.name).encode()) for one in mail.recipients) <= RECIPIENT_BYTES_MOST
    assert mail.recipients[0].address == "a@b.example"
    assert "some recipients are left out" in mail.defects


def test_control_characters_are_no_part_of_a_text_but_tabs_and_lines_are() -> None:
    mail = parse(b"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na\x01\x1b\x7f\xc2\x85b\tc\r\nd")
    assert mail.text == "ab\tc\nd"
