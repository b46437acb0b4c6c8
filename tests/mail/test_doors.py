"""The doors for mail servers, spoken to over real sockets, on a real database."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal, Self

import pytest
import uvloop

from dossier.mongo import Mongo
from email_ingest import lmtp
from email_ingest.accepting import Acceptance, Accepted, Envelope, NotAcceptedError, NotStorableError
from email_ingest.lmtp import COMMAND_MOST, SIZE_MOST, Door, open_door
from mail.world import until

OFFICE, SALES = "office@dossier.example", "sales@dossier.example"
RECIPIENT = b"RCPT TO:<" + OFFICE.encode() + b">"
MAIL = b"From: eva@kunde.example\r\nSubject: Offerte\r\n\r\nGuten Tag"


@pytest.fixture
async def acceptance(mongo_url: str, database_name: str) -> AsyncGenerator[Acceptance]:
    mongo = Mongo(mongo_url)
    yield Acceptance(mongo.database(database_name))
    await mongo.close()


@asynccontextmanager
async def session(acceptance: Acceptance, source: Literal["lmtp", "smtp"] = "lmtp") -> AsyncGenerator[Session]:
    """A session with a door that has two mailboxes."""

    async def find(mail_address: str) -> str | None:
        mail_address.encode()
        return "01900000-0000-7000-8000-000000000001" if mail_address in (OFFICE, SALES) else None

    server = await open_door(Door(source, acceptance, find), source, "127.0.0.1", 0)
    try:
        said = await Session.begun(server.sockets[0].getsockname(), b"LHLO test" if source == "lmtp" else b"EHLO test")
        yield said
        said.leave()
    finally:
        server.close()


class Session:
    """Says a line and hears the answer, in bytes, because no client library would send what these tests send."""

    def __init__(self, address: tuple[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.address = address
        self._reader = reader
        self._writer = writer
        self.greeting = ""

    @classmethod
    async def begun(cls, address: tuple[str, int], hello: bytes = b"LHLO test") -> Self:
        said = cls(address, *await asyncio.open_connection(*address))
        said.greeting = await said.hear()
        if said.greeting.startswith("220"):
            await said.say(hello)
        return said

    def leave(self) -> None:
        self._writer.close()

    async def say(self, line: bytes, end: bytes = b"\r\n") -> str:
        self._writer.write(line + end)
        return await self.hear()

    async def is_over(self) -> bool:
        return self._reader.at_eof() or not await self._reader.read()

    async def hear(self) -> str:
        line = await self._reader.readline()
        return await self.hear() if line[3:4] == b"-" else line.decode().strip()

    async def send(self, mail: bytes, sender: bytes = b"a@b.example") -> str:
        """The answer to the last word that was needed."""
        answer = await self.begin_mail(sender)
        return await self.say(mail + b"\r\n.") if answer[0] in "23" else answer

    async def begin_mail(self, sender: bytes = b"a@b.example") -> str:
        answer = ""
        for line in (b"MAIL FROM:<" + sender + b">", RECIPIENT, b"DATA"):
            answer = await self.say(line)
            if answer[0] not in "23":
                break
        return answer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def taken(self) -> bool:
        """End the mail; whoever is hung up on while sending may not hear why."""
        try:
            return (await self.say(b"\r\n."))[:3] == "250"
        except ConnectionError:
            return False


async def test_a_sender_or_recipient_that_is_no_text_is_refused_for_good(acceptance: Acceptance) -> None:
    async with session(acceptance) as said:
        assert (await said.send(MAIL, b"a\xff@b.example"))[:3] == "553"
        assert (await said.say(b"MAIL FROM:<a@b.example>"))[:3] == "250"
        assert (await said.say(b"RCPT TO:<of\xfffice@dossier.example>"))[:3] == "553"
        await said.say(b"RSET")
        assert (await said.send(MAIL))[:3] == "250"


async def test_a_line_of_three_million_characters_is_taken(acceptance: Acceptance) -> None:
    async with session(acceptance) as said:
        answer = await said.send(MAIL + b"x" * 3_000_000)
        assert answer[:3] == "250"
        assert await acceptance.raw(answer.split()[-1]) == MAIL + b"x" * 3_000_000 + b"\r\n"


@pytest.mark.parametrize(("source", "words"), [("lmtp", 4), ("smtp", 1)])
async def test_a_mailbox_that_is_named_often_takes_a_mail_once_and_several_take_it_one_after_the_other(
    acceptance: Acceptance, monkeypatch: pytest.MonkeyPatch, source: Literal["lmtp", "smtp"], words: int
) -> None:
    """LMTP has a word for each recipient all the same. The bytes are hashed once, and long ones not on the loop."""
    work = Work(acceptance, monkeypatch)
    async with session(acceptance, source) as said:
        await said.say(b"MAIL FROM:<a@b.example>")
        for recipient in (OFFICE, SALES, OFFICE.upper(), OFFICE):
            assert (await said.say(b"RCPT TO:<%s>" % recipient.encode()))[:3] == "250"
        await said.say(b"DATA")
        said.write(MAIL + b"x" * 3_000_000 + b"\r\n.\r\n")
        answers = [await said.hear() for _ in range(words)]
        assert (await said.say(b"NOOP"))[:3] == "250"
    assert {answer[:3] for answer in answers} == {"250"}
    assert [answers.index(answer) for answer in answers] == [0, 1, 0, 0][:words]
    assert (work.taken, work.most_at_once) == ([OFFICE, SALES], 1)
    assert [thread is threading.main_thread() for thread in work.hashed_in] == [False]


class Work:
    """What an acceptance was asked for."""

    def __init__(self, acceptance: Acceptance, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken: list[str] = []
        self.hashed_in: list[threading.Thread] = []
        self.most_at_once = self._at_once = 0
        self._accept, self._hash = acceptance.accept, hashlib.sha256
        monkeypatch.setattr(acceptance, "accept", self.accept)
        monkeypatch.setattr(hashlib, "sha256", self.sha256)

    async def accept(self, raw: bytes, envelope: Envelope, *more: Any) -> Accepted:
        self.taken.append(envelope.recipient)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._accept(raw, envelope, *more)
        finally:
            self._at_once -= 1

    def sha256(self, data: bytes = b"") -> Any:
        if len(data) > len(MAIL):
            self.hashed_in.append(threading.current_thread())
        return self._hash(data)


@pytest.mark.parametrize(
    ("before", "size"), [((), COMMAND_MOST), ((b"MAIL FROM:<a@b.example>", RECIPIENT, b"DATA"), SIZE_MOST)]
)
async def test_who_never_ends_a_line_is_not_listened_to_for_ever(
    acceptance: Acceptance, before: tuple[bytes, ...], size: int
) -> None:
    async with session(acceptance) as said, asyncio.timeout(60):
        for line in before:
            await said.say(line)
        assert (await said.say(b"x" * (size + 1), end=b""))[:3] == "552"
        assert await said.is_over()
    async with session(acceptance) as said:
        assert (await said.send(MAIL))[:3] == "250"


async def test_one_session_too_many_is_told_to_come_again_and_a_free_place_is_given(
    acceptance: Acceptance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lmtp, "SESSIONS_MOST", 3)
    async with session(acceptance) as first:
        more = [await Session.begun(first.address) for _ in range(2)]
        refused = await Session.begun(first.address)
        assert refused.greeting[:3] == "421"
        assert await refused.is_over()
        assert (await first.send(MAIL))[:3] == "250"
        more[0].leave()

        async def there_is_room() -> bool:
            return (await Session.begun(first.address)).greeting[:3] == "220"

        await until(there_is_room)


async def test_who_is_one_too_many_hears_it_on_the_loop_of_the_services_as_well(
    acceptance: Acceptance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lmtp, "SESSIONS_MOST", 0)

    async def greeting() -> str:
        async with session(acceptance) as said:
            return said.greeting

    def on_that_loop() -> str:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(greeting())

    assert (await asyncio.to_thread(on_that_loop))[:3] == "421"


async def test_unended_mails_of_all_sessions_have_one_bound_and_give_it_back_when_they_end(
    acceptance: Acceptance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lmtp, "UNENDED_MOST", 3_000_000)
    mail = MAIL + b"\r\n" + (b"x" * 998 + b"\r\n") * 2000
    async with session(acceptance) as one, asyncio.timeout(60):
        other = await Session.begun(one.address)
        for said in (one, other):
            await said.begin_mail()
            said.write(mail)
        taken = [await said.taken() for said in (one, other)]
        assert sorted(taken) == [False, True]
        late = await Session.begun(one.address)
        assert (await late.send(mail))[:3] == "250"


async def test_a_mail_may_take_longer_than_a_command_but_not_for_ever(
    acceptance: Acceptance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lmtp, "COMMAND_SECONDS", 1)
    async with session(acceptance) as said, asyncio.timeout(30):
        await said.begin_mail()
        await asyncio.sleep(1.3)
        assert await said.taken()
        monkeypatch.setattr(lmtp, "MAIL_SECONDS", 0.2)
        await said.begin_mail()
        assert await said.is_over()


async def test_what_cannot_be_stored_refuses_itself_and_no_mail_of_the_same_moment(acceptance: Acceptance) -> None:
    senders = ["a@b.example", "a\udcff@b.example", "c@d.example"]
    envelopes = [Envelope("lmtp", f"{number}@dossier.example", sender) for number, sender in enumerate(senders)]
    taken = await asyncio.gather(*(acceptance.accept(MAIL, one) for one in envelopes), return_exceptions=True)
    assert isinstance(taken[1], NotStorableError)
    for answer in (taken[0], taken[2]):
        assert not isinstance(answer, BaseException)
        assert await acceptance.raw(answer.delivery) == MAIL


async def test_a_database_that_refuses_is_heard_by_everybody_and_the_next_mail_is_taken(
    acceptance: Acceptance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is raised while a batch is written reaches everyone who waits for it."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("nobody thought of this")

    one, other = Envelope("lmtp", "one@dossier.example"), Envelope("lmtp", "other@dossier.example")
    with monkeypatch.context() as patched:
        patched.setattr(type(acceptance._deliveries), "insert_many", broken, raising=False)  # pyright: ignore[reportPrivateUsage]
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*(acceptance.accept(MAIL, e) for e in (one, other)), return_exceptions=True)
    assert [isinstance(answer, (RuntimeError, NotAcceptedError)) for answer in answers] == [True, True]
    assert not (await acceptance.accept(MAIL, one)).repeated
