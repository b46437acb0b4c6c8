"""The doors for mail servers: LMTP and SMTP. 250 means the mail is ours, on disk; everything that is our fault is 4xx.

Receive-only: a recipient without a mailbox is refused when it is named, so nothing is accepted that would have to be
sent back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Transfer

from dossier.mail_address import normalise_mail_address
from dossier.telemetry import logs
from email_ingest.accepting import Acceptance, Envelope, NotAcceptedError, NotStorableError, digest_of

SIZE_MOST = 40 * 1024 * 1024
COMMAND_MOST = 64 * 1024
"""Bytes of a command that is not ended yet, most of which are refused when it is: it leaves room for what is piped."""
_LINE_END, _MAIL_END, _DOTTED = b"\r\n", b"\r\n.\r\n", b"\r\n."
RECIPIENTS_MOST = 100
COMMAND_SECONDS = 300
MAIL_SECONDS = 30 * 60
"""From DATA to its end: the largest mail over a line of 200 kbit/s."""
SESSIONS_MOST = 200
UNENDED_MOST = 512 * 1024 * 1024
"""Bytes of mails that are not ended yet, of all sessions of a door: they are held in memory."""

FindMailbox = Callable[[str], Awaitable[str | None]]
"""The id of the open mailbox of a normalised mail address, or None."""

log = logs.logger()


class Door:
    """What aiosmtpd asks at each step of a session."""

    def __init__(self, source: Literal["lmtp", "smtp"], acceptance: Acceptance, find_mailbox: FindMailbox) -> None:
        self._source = source
        self._acceptance = acceptance
        self._find = find_mailbox
        self.sessions = 0
        self.unended = 0

    async def handle_MAIL(  # noqa: N802 (the library's name)
        self, server: SMTP, session: Session, transfer: Transfer, address: str, options: list[str]
    ) -> str:
        """Take a sender that is text: the library hands other bytes on as lone surrogates."""
        try:
            address.encode()
        except UnicodeEncodeError:
            return "553 5.1.7 Not a mail address"
        transfer.mail_from = address
        transfer.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 (the library's name)
        self, server: SMTP, session: Session, transfer: Transfer, address: str, options: list[str]
    ) -> str:
        """Take a recipient that has a mailbox."""
        if len(transfer.rcpt_tos) >= RECIPIENTS_MOST:
            return "452 4.5.3 Too many recipients"
        try:
            recipient = normalise_mail_address(address)
            mailbox = await self._find(recipient)
        except ValueError:
            return "553 5.1.3 Not a mail address"
        except Exception:
            log.exception("mail.mailbox-lookup-failed", source=self._source)
            return "451 4.3.0 Try again later"
        if mailbox is None:
            return "550 5.1.1 No such mailbox here"
        transfer.rcpt_tos.append(recipient)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, transfer: Transfer) -> str:  # noqa: N802
        """Store once per mailbox, however often it was named, one after the other: each holds a copy meanwhile.

        LMTP answers each recipient in their order, SMTP can only say one word for all.
        """
        raw = transfer.original_content or b""
        digest = await digest_of(raw)
        answers: dict[str, str] = {}
        for recipient in dict.fromkeys(transfer.rcpt_tos):
            answers[recipient] = await self._take(raw, digest, transfer.mail_from or "", recipient)
        if self._source == "lmtp":
            return "\r\n".join(answers[recipient] for recipient in transfer.rcpt_tos)
        return min(answers.values(), key=lambda answer: answer.startswith("250"))

    async def _take(self, raw: bytes, digest: str, sender: str, recipient: str) -> str:
        try:
            mailbox = await self._find(recipient)
            if mailbox is None:
                return "550 5.1.1 No such mailbox here"
            envelope = Envelope(self._source, recipient, sender[:320], mailbox)
            accepted = await self._acceptance.accept(raw, envelope, digest)
        except NotStorableError:
            return "553 5.1.7 Not a mail address"
        except NotAcceptedError:
            return "451 4.3.0 Not stored, try again later"
        except Exception:
            log.exception("mail.not-taken", source=self._source)
            return "451 4.3.0 Try again later"
        return f"250 2.6.0 Stored as {accepted.delivery}"


def _hang_up(transport: asyncio.BaseTransport | None, word: bytes) -> None:
    """Say why, and go. The transports of uvloop, on which services run, are no subclass of asyncio's."""
    if transport is not None and not transport.is_closing():
        cast("asyncio.WriteTransport", transport).write(word + b"\r\n")
        transport.close()


class _LongLines(SMTP):
    # Real senders write a whole HTML page or attachment as one line. Refusing that would be final, and the mail lost;
    # the size of a mail has a bound anyway, so a line has no other. The library keeps what comes until a line ends,
    # even of a mail that it will refuse: whoever ends none is not listened to any longer.
    line_length_limit = SIZE_MOST + 2
    event_handler: Door
    _unended_line = 0
    _of_mail = 0
    _in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self.event_handler.sessions += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """See asyncio."""
        self.event_handler.sessions -= 1
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        end = data.rfind(b"\n")
        self._unended_line = len(data) - end - 1 + (self._unended_line if end < 0 else 0)
        if self._in_mail and self._of_mail <= SIZE_MOST:  # of what is more the library keeps nothing
            self._of_mail += len(data)
            self.event_handler.unended += len(data)
        if self._unended_line > (SIZE_MOST if self._in_mail else COMMAND_MOST):
            _hang_up(self.transport, b"552 5.3.4 Too much without the end of a line")
        elif self._in_mail and self.event_handler.unended > UNENDED_MOST:
            _hang_up(self.transport, b"452 4.3.1 Too many mails at this moment, try again later")
        else:
            super().data_received(data)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 (the library's name)
        """See aiosmtpd, which takes a mail line by line, in several times its size, and ends what takes longer than a
        command may. Here it is taken whole."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if arg or self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        self._in_mail = True
        self._reset_timeout(MAIL_SECONDS)
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            self.envelope.original_content = raw = await self._mail()
            answer = "552 Error: Too much mail data" if raw is None else await self._call_handler_hook("DATA")
            del raw
            self._set_post_data_state()
            await self.push(answer)
        finally:
            self._in_mail = False
            self.event_handler.unended -= self._of_mail
            self._of_mail = 0
            if self.transport is not None:
                self._reset_timeout()

    async def _mail(self) -> bytes | None:
        """What comes until a line of a dot, without the dots that were put before others; None if it is too much."""
        # The mail begins with a line, but the end of the one before it was read with the command.
        self._reader._buffer[:0] = _LINE_END  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
        too_much = False
        while True:
            try:
                raw = await self._reader.readuntil(_MAIL_END)
            except asyncio.LimitOverrunError as error:
                too_much = True
                await self._reader.readexactly(error.consumed)
            except asyncio.CancelledError:  # the connection is lost
                self._writer.close()
                raise
            else:
                raw = raw.removesuffix(_MAIL_END[len(_LINE_END) :])
                if too_much or len(raw) > SIZE_MOST + len(_LINE_END):
                    return None
                return raw.replace(_DOTTED, _LINE_END)[len(_LINE_END) :]


class _Smtp(_LongLines):
    pass


class _Lmtp(_LongLines, LMTP):
    pass


class _Full(asyncio.Protocol):
    """A session that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        _hang_up(transport, b"421 4.3.2 Too many sessions, try again later")


async def open_door(door: Door, source: Literal["lmtp", "smtp"], host: str, port: int) -> asyncio.Server:
    """Listen for mail servers; the caller closes the returned server."""
    protocol = _Lmtp if source == "lmtp" else _Smtp

    def session() -> asyncio.Protocol:
        if door.sessions >= SESSIONS_MOST:
            return _Full()
        return protocol(
            door, data_size_limit=SIZE_MOST, enable_SMTPUTF8=True, timeout=COMMAND_SECONDS, hostname="dossier"
        )

    return await asyncio.get_running_loop().create_server(session, host, port)
