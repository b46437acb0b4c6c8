"""From an accepted delivery to the acknowledged activity, repeatable from the start at any point.

1. parse (child process) and name the message, once for each delivery;
2. commit what it is and what becomes of it, with the exact command, in one commit: decided once; what is long of its
   text is kept beside it;
3. send exactly that command, sightings and late links until the activity service acknowledges, and commit that;
4. look at the channels once more: one that appeared while we decided is linked late;
5. put the mail, and those after it that came before, into the conversation that is known by now;
6. put what came with the mail on the activity, and commit that, if anything did;
7. close the delivery.

A kill between any two steps repeats the step: streams and activities have derived ids, commands carry idempotency keys.
Should something else have the activity's id, the command is decided once more under a fresh one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from dossier.clock import parse_rfc3339
from dossier.commands import Aggregate, Decide, Held, load
from dossier.contracts.activities import TEXT_LIMIT, MailRecipient
from dossier.contracts.common import AddressRef, Grant, GrantOrigin, Principals
from dossier.contracts.emails import Attachment, Delivery, Match, MessageDecided, MessageReceived, ThreadDecided
from dossier.ids import new_id, split_stream, stream_id
from dossier.mongo import Document
from dossier.store import CommitStore, Metadata, TooLargeError
from dossier.telemetry import logs
from dossier.texts import Texts
from email_ingest.accepting import Acceptance
from email_ingest.activities import Activities, RefusedError
from email_ingest.domain import mailbox as mailbox_rules
from email_ingest.domain import message as message_rules
from email_ingest.domain.filing import filing_request
from email_ingest.domain.matching import Matching, counterparties, match
from email_ingest.domain.message import Message
from email_ingest.domain.reducing import TEXT_MOST as REDUCED_TEXT_MOST
from email_ingest.domain.reducing import reduced, reduced_matching
from email_ingest.identity import activity_id_of, document_id_of, message_id_of
from email_ingest.mailboxes import MAILBOX
from email_ingest.parsing import ParsedMail
from email_ingest.parsing.model import ParsedAttachment
from email_ingest.views.conversations import Conversations
from email_ingest.views.correspondents import Correspondents
from email_ingest.views.kept import Kept
from email_ingest.views.participants import Participants

MESSAGE = Aggregate("message", Message, message_rules.evolve)
HeldMessage = Held[Message]
ACTOR = "service:email-ingest"
MATCHES_MOST = 200
"""Addresses that one command may link."""

log = logs.logger()


@dataclass(frozen=True)
class Filing:
    """Files messages: what the worker and the late linker share."""

    store: CommitStore
    acceptance: Acceptance
    correspondents: Correspondents
    participants: Participants
    conversations: Conversations
    kept: Kept
    activities: Activities
    texts: Texts
    time_zone: ZoneInfo
    key: bytes
    """Keeps the ids of activities-to-be from being told in advance."""

    async def file(self, delivery: Document, mail: ParsedMail) -> Filed:
        """Decide, send and acknowledge. Raises what activity client and store raise."""
        message = self._held(await self.acceptance.named(delivery["_id"], message_id_of(mail)))
        received = received_event(delivery, mail)
        at = await self._circumstances(message, received, mail)
        try:
            state = await self._receive(message, received, mail.text, TEXT_LIMIT, at)
        except TooLargeError:
            log.warning("mail.reduced", stream=message.stream)
            received = reduced(received, {one.mail_address for one in at.matching.matches})
            at = replace(at, matching=reduced_matching(at.matching))
            state = await self._receive(message, received, mail.text, REDUCED_TEXT_MOST, at)
        if state.kept:
            await self._keep(message, state, received)
        # The headers of the delivery that counts, which may be an earlier one and name others.
        counts = state.received or received
        day = self.day_of(counts)
        await self.participants.remember(_id_of(message), sorted(at.own.parties(counts)), day)
        await self._send_open(message)
        await self._look_again(message, counts, day)
        if mail.references or mail.in_reply_to:
            await self._converse(received.delivery.id)
        state = await message.state()
        assert state.decided is not None  # this delivery or an earlier one decided it
        activity = state.decided.activity if state.filed else None
        return Filed(_id_of(message), activity, state.refused, attached=state.attached)

    async def attach(self, filed: Filed, files: Sequence[ParsedAttachment], contents: Sequence[bytes]) -> None:
        """Put the files that came with a mail on its activity, each once, whoever else does the same (EML-11).

        What cannot be read or is refused (it is empty, too large, one too many, or was removed by a person) is left
        out: the stored mail has it. Raises what activity client and store raise.
        """
        assert filed.activity is not None
        message, taken = self._held(filed.message), 0
        for file, content in zip(files, contents, strict=False):
            document = document_id_of(filed.message, file.name, file.sha256)
            try:
                await self.activities.attach(filed.activity, document, file.name, content)
                taken += 1
            except RefusedError as refusal:
                log.warning("mail.attachment-refused", stream=message.stream, status=refusal.status, rule=refusal.rule)
        left_out = len(files) - taken
        await self._change(message, lambda current: message_rules.attached(current, left_out))

    def day_of(self, received: MessageReceived) -> date:
        """The day of the mail where the office is; a date header in the future counts as the day it arrived."""
        moment = min(received.sent_at or received.delivery.received_at, received.delivery.received_at)
        return moment.astimezone(self.time_zone).date()

    async def link_late(self, message: str, late: Match) -> None:
        """Link a channel's owner that appeared after the decision."""
        held = self._held(message)
        await self._change(held, lambda current: message_rules.link_late(current, late))
        await self._send_open(held)

    async def _send_open(self, message: HeldMessage) -> None:
        """Send everything the activity service has not acknowledged, in the order it was decided."""
        while True:
            state = await message.state()
            decided = state.decided
            if decided is None or decided.activity is None or state.refused:
                return
            activity = decided.activity
            if state.filed:
                break
            await self._send_decided(message, decided, activity, len(state.tried))
        for sighting in state.sightings.values():
            await self._send_sighting(message, activity, sighting.delivery, sighting.grants)
        for address in state.links.values():
            await self._send_link(message, activity, address)
        if state.open_thread is not None:
            await self._send_thread(message, activity, state.open_thread)

    async def _send_decided(self, message: HeldMessage, decided: MessageDecided, activity: str, attempts: int) -> None:
        try:
            await self.activities.record(await self._command(decided), key=activity)
        except RefusedError as refusal:
            reason = str(refusal)
            log.error("mail.refused", stream=message.stream, status=refusal.status, rule=refusal.rule)
            if refusal.id_is_taken:
                fresh = activity_id_of(_id_of(message), self.key, attempts)
                await self._change(message, lambda current: message_rules.taken(current, activity, fresh, reason))
            else:
                await self._change(message, lambda current: message_rules.refused(current, reason))
        else:
            await self._change(message, lambda current: message_rules.filed(current, activity))

    async def _command(self, decided: MessageDecided) -> str:
        """The command with the whole of its text."""
        if decided.text_object is None:
            return decided.request
        text = await self.texts.whole(decided.text_object)
        return json.dumps({**json.loads(decided.request), "text": text}, ensure_ascii=False)

    async def _send_sighting(
        self, message: HeldMessage, activity: str, delivery: Delivery, grants: Sequence[Grant]
    ) -> None:
        try:
            await self.activities.sight(activity, delivery, grants)
        except RefusedError as refusal:
            log.error("mail.sighting-refused", stream=message.stream, status=refusal.status, rule=refusal.rule)
        await self._change(message, lambda current: message_rules.sighting_filed(current, delivery.id))

    async def _send_link(self, message: HeldMessage, activity: str, address: AddressRef) -> None:
        try:
            await self.activities.link(activity, address)
        except RefusedError as refusal:
            log.error("mail.late-link-refused", stream=message.stream, status=refusal.status, rule=refusal.rule)
        await self._change(message, lambda current: message_rules.link_filed(current, address))

    async def _send_thread(self, message: HeldMessage, activity: str, newest: ThreadDecided) -> None:
        try:
            await self.activities.thread(activity, newest.thread, newest.revision)
        except RefusedError as refusal:
            log.error("mail.thread-refused", stream=message.stream, status=refusal.status, rule=refusal.rule)
        await self._change(message, lambda current: message_rules.thread_filed(current, newest.revision))

    async def _circumstances(self, message: HeldMessage, received: MessageReceived, mail: ParsedMail) -> Circumstances:
        day = self.day_of(received)
        own, matching = await self._match(received, day)
        thread = await self.conversations.remember(received.delivery.id, _id_of(message), mail)
        return Circumstances(day, own, matching, await self._grants(received.delivery), thread)

    async def _match(self, received: MessageReceived, day: date) -> tuple[Own, Matching]:
        everybody = [received.sender, *(recipient.address for recipient in received.recipients)]
        known = await self.correspondents.known(everybody)
        own = Own(known.ours)
        parties = counterparties(received.sender, everybody[1:], own.addresses)
        return own, match(parties, known.owners, day)

    async def _look_again(self, message: HeldMessage, received: MessageReceived, day: date) -> None:
        """A channel that appeared between matching and remembering the participants is seen by this look or by the
        late linker: each writes before it reads."""
        _, matching = await self._match(received, day)
        for late in matching.matches:
            await self._change(message, lambda current, late=late: message_rules.link_late(current, late))
        await self._send_open(message)

    async def _keep(self, message: HeldMessage, state: Message, received: MessageReceived) -> None:
        """On the list of its readers while it is no activity. Another delivery may file it at the same moment: each
        writes before it looks again."""
        if not state.files:
            # As long as it is no activity, each delivery is a sighting, with what was granted by it.
            await self.kept.remember(_id_of(message), received, state.sightings[received.delivery.id].grants)
            state = await self._held(_id_of(message)).state()
        if state.files:
            await self.kept.forget(_id_of(message))

    async def _converse(self, delivery: str) -> None:
        """Put the mail and those after it into the conversation that it tells of, until nothing is to be moved: another
        that came at the same moment may have been kept meanwhile, and have moved them too (EML-19)."""
        moved = True
        while moved:
            moved = False
            for message, thread in (await self.conversations.moved_by(delivery)).items():
                held = self._held(message)
                state = await held.state()
                if state.files and state.thread != thread:
                    await self._change(held, lambda current, thread=thread: message_rules.thread(current, thread))
                    moved = True
                await self._send_open(held)

    async def _grants(self, delivery: Delivery) -> tuple[Grant, ...]:
        grants: tuple[Grant, ...] = ()
        if delivery.mailbox is not None:
            loaded = await load(self.store, MAILBOX, stream_id("mailbox", delivery.mailbox))
            grants = mailbox_rules.grants_of(loaded.state.readers, GrantOrigin(kind="channel", id=delivery.mailbox))
        if delivery.filed_by is not None:
            filer = Principals(users=(delivery.filed_by,))
            grants += mailbox_rules.grants_of(filer, GrantOrigin(kind="person", id=delivery.filed_by))
        return grants

    async def _receive(
        self, message: HeldMessage, received: MessageReceived, text: str, most: int, at: Circumstances
    ) -> Message:
        decided = self._decide(_id_of(message), received, text[:most], at)
        if decided.outcome == "file" and len(text) > most:
            kept = await self.texts.keep(message.stream, text)
            decided = decided.model_copy(update={"text_object": kept})
        return await self._change(message, lambda state: message_rules.receive(state, received, decided, at.grants))

    def _decide(self, message: str, received: MessageReceived, text: str, at: Circumstances) -> MessageDecided:
        if received.delivery.filed_by is None and received.kind not in ("human", "calendar"):
            return MessageDecided(outcome="keep")
        activity = activity_id_of(message, self.key)
        matches = at.matching.matches[:MATCHES_MOST]  # further ones are linked late, at once
        request = filing_request(activity, message, received, text, at.day, at.own.addresses, matches, at.grants)
        request["mail"]["thread"] = at.thread
        return MessageDecided(
            outcome="file",
            activity=activity,
            request=json.dumps(request, ensure_ascii=False),
            matches=matches,
            ambiguous=at.matching.ambiguous,
        )

    def _held(self, message: str) -> HeldMessage:
        return Held(self.store, MESSAGE, stream_id("message", message))

    async def _change(self, message: HeldMessage, decide: Decide[Message]) -> Message:
        correlation = _id_of(message)
        return await message.change(
            decide, Metadata(actor=ACTOR, channel="mail", correlation_id=correlation, command_id=new_id())
        )


@dataclass(frozen=True)
class Filed:
    """What became of a delivery: its message, the activity once it is acknowledged, and why it was refused, if so."""

    message: str
    activity: str | None
    refused: str = ""
    attached: bool = False
    """Whether what came with the mail is on the activity."""

    @property
    def files(self) -> bool:
        """Whether the message is an activity."""
        return self.activity is not None


@dataclass(frozen=True)
class Own:
    """Which of a mail's addresses are our own: users and mailboxes."""

    addresses: frozenset[str]

    def parties(self, received: MessageReceived) -> tuple[str, ...]:
        """Everybody else on the mail."""
        return counterparties(received.sender, [r.address for r in received.recipients], self.addresses)


@dataclass(frozen=True)
class Circumstances:
    """What a delivery is decided by, beside what the mail says."""

    day: date
    own: Own
    matching: Matching
    grants: tuple[Grant, ...]
    thread: str | None


def _id_of(message: HeldMessage) -> str:
    return split_stream(message.stream)[1]


def received_event(delivery: Document, mail: ParsedMail) -> MessageReceived:
    """What the delivery and the mail say, as an event."""
    arrived = parse_rfc3339(delivery["received_at"])
    return MessageReceived(
        kind=mail.kind,  # pyright: ignore[reportArgumentType] (the parser's word crosses a process; pydantic checks it)
        subject=mail.subject,
        sender=mail.sender,
        sender_name=mail.sender_name,
        recipients=tuple(MailRecipient(role=r.role, address=r.address, name=r.name) for r in mail.recipients),
        sent_at=parse_rfc3339(mail.sent_at) if mail.sent_at else None,
        message_id=mail.message_id,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        attachments=tuple(
            Attachment(name=a.name, media_type=a.media_type, size=a.size, sha256=a.sha256) for a in mail.attachments
        ),
        defects=mail.defects,
        delivery=Delivery(
            id=delivery["_id"],
            source=delivery["source"],
            mailbox=delivery["mailbox"],
            filed_by=delivery["filed_by"],
            envelope_sender=delivery["sender"],
            envelope_recipient=delivery["recipient"],
            sha256=delivery["sha256"],
            size=delivery["size"],
            received_at=arrived,
        ),
    )
