"""Mail over LMTP: accepted durably, beside aiosmtpd with a synced file; and all the way into the history."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from functools import partial
from itertools import count, pairwise

import httpx

from benchmarks import data
from benchmarks.measuring import Goal, Report, Samples, closed_loop, open_loop
from benchmarks.stack import Installation, Stack
from benchmarks.surroundings import known_to_activities, known_to_histories
from dossier.mongo import Collection
from local_stack.ports import LOOPBACK

MAILBOX = "bench@dossier.example"
SESSIONS = 32
RATE = 300
THROUGH = 220
"""Offered to see whether 200/s come through: a system that just keeps up cannot show more than it is offered."""
_SIZE = 10_000
_LINE = "Thank you for the call of this morning; here is what we agreed on, for the file."
_ROUNDS = 2
_PROCESSES = (
    ("email-ingest", "api", "consumer", "smtp", "worker"),
    ("activities", "api", "relay"),
    ("histories", "consumer"),
)


class Lmtp:
    """Sessions with one door; a free one or a new one for each mail."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()

    async def send(self, raw: bytes) -> None:
        """Hand over one mail and hear that it is stored. Raises ValueError for any other answer."""
        session = self._idle.pop() if self._idle else await self._connect()
        for command, expected in (
            (b"MAIL FROM:<kunde@kunde.example>", b"250"),
            (f"RCPT TO:<{MAILBOX}>".encode(), b"250"),
            (b"DATA", b"354"),
            (raw + b"\r\n.", b"250"),
        ):
            await _say(session, command, expected)
        self._idle.append(session)

    def close(self) -> None:
        """End the sessions."""
        for _, writer in self._idle:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        session = await asyncio.open_connection(LOOPBACK, self._port)
        await _heard(session[0], b"220")
        await _say(session, b"LHLO bench.example", b"250")
        return session


async def _say(session: tuple[asyncio.StreamReader, asyncio.StreamWriter], command: bytes, expected: bytes) -> None:
    session[1].write(command + b"\r\n")
    await _heard(session[0], expected)


async def _heard(reader: asyncio.StreamReader, expected: bytes) -> None:
    while True:
        line = await reader.readline()
        if not line.startswith(expected):
            raise ValueError(f"{line!r} instead of {expected!r}")
        if line[3:4] != b"-":
            return


_numbers = count()


def new_mail() -> bytes:
    """A mail of 10 KB, of a contact, that nobody has sent before."""
    number = next(_numbers)
    head = (
        f"From: Kontakt <{data.mail_address_of(number % len(data.CONTACTS))}>\r\nTo: {MAILBOX}\r\n"
        f"Subject: Mail {number}\r\nMessage-ID: <{number}@bench.example>\r\n"
        "Date: Mon, 1 Jun 2026 10:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    body = f"Mail {number}\r\n" + f"{_LINE}\r\n" * ((_SIZE - len(head)) // (len(_LINE) + 2))
    return (head + body).encode()


async def run(stack: Stack, report: Report, *, quick: bool, size: int) -> None:
    """First the door alone, then the whole way."""
    seconds = 2.0 if quick else 6.0
    async with stack.installation("mail") as installation:
        await known_to_activities(installation)
        installation.run("email-ingest", "api", "consumer", "smtp")
        installation.run_bare("lmtp")
        installation.wait()
        await _open_mailbox(installation)
        ours = Lmtp(installation.ports["lmtp"])
        await _accepted(report, ours, Lmtp(installation.bare_lmtp), seconds)
        await installation.database("email-ingest")["deliveries"].delete_many({})
        installation.end("email-ingest", "api", "consumer", "smtp")
        await _through(installation, report, seconds * 2)


async def _accepted(report: Report, ours: Lmtp, bare: Lmtp, seconds: float) -> None:
    async def send(lmtp: Lmtp, number: int) -> None:
        await lmtp.send(new_mail())

    rounds: list[tuple[Samples, Samples]] = []
    for _ in range(_ROUNDS):
        product = await closed_loop(SESSIONS, seconds / 2, partial(send, ours))
        rounds.append((product, await closed_loop(SESSIONS, seconds / 2, partial(send, bare))))
    best, best_bare = (max(samples, key=lambda each: each.rate) for samples in zip(*rounds, strict=True))
    report.add(f"mails of 10 KB accepted, {SESSIONS} sessions", best.rate, "/s", best_bare.rate, Goal(300))
    product, plain = [await open_loop(RATE, seconds, partial(send, lmtp)) for lmtp in (ours, bare)]
    goal = Goal(50, None, "at most")
    report.add(f"mails accepted at {RATE}/s, p99", product.percentile(99), "ms", plain.percentile(99), goal)
    report.note(f"p50 {product.percentile(50):.1f} ms; bare {plain.percentile(50):.1f} ms")
    for samples in (product, plain, best, best_bare):
        if samples.failures:
            report.note(f"{len(samples.failures)} failed: {samples.failures[0]}")
    ours.close()
    bare.close()


async def _through(installation: Installation, report: Report, seconds: float) -> None:
    for process in _PROCESSES:
        installation.run(*process)
    installation.wait()
    await known_to_histories(installation)
    entries = installation.database("histories")["histories_v1_entries"]
    lmtp = Lmtp(installation.ports["lmtp"])

    async def send(number: int) -> None:
        await lmtp.send(new_mail())

    total = int(THROUGH * seconds)
    used = [installation.cpu(*one) for one in _PROCESSES]
    offering = asyncio.create_task(open_loop(THROUGH, seconds, send))
    curve = await _curve(entries, total, seconds * 4)
    offered = await offering
    lmtp.close()
    report.add(f"mails into the history, {THROUGH}/s offered", _slope(curve), "/s", None, Goal(200))
    late, there = curve[-1]
    report.note(f"{there:,} of {total:,} were there {late - seconds:.1f} s after the last was offered")
    report.note(f"processor ms a mail: {_each(installation, used, there)}")
    if offered.failures:
        report.note(f"{len(offered.failures)} not accepted: {offered.failures[0]}")


def _each(installation: Installation, used: list[float], mails: int) -> str:
    both = zip(_PROCESSES, used, strict=True)
    return ", ".join(f"{one[0]} {1000 * (installation.cpu(*one) - before) / mails:.1f}" for one, before in both)


async def _curve(entries: Collection, total: int, patience: float) -> list[tuple[float, int]]:
    """How many mails are in the history, over time, until all are or patience ends."""
    began = time.perf_counter()
    curve: list[tuple[float, int]] = [(0.0, 0)]
    while curve[-1][1] < total and curve[-1][0] < patience:
        await asyncio.sleep(0.1)
        there = await entries.count_documents({"applied": {"$gt": 0}})
        curve.append((time.perf_counter() - began, there))
    return curve


def _slope(curve: list[tuple[float, int]]) -> float:
    """Mails a second between the tenth and the ninetieth of a hundred that came."""
    total = curve[-1][1]
    first, last = _moment(curve, 0.1 * total), _moment(curve, 0.9 * total)
    return 0.8 * total / (last - first) if last > first else 0.0


def _moment(curve: list[tuple[float, int]], number: float) -> float:
    """When there were so many, between two looks in proportion."""
    for (before, fewer), (after, more) in pairwise(curve):
        if more >= number and more > fewer:
            return before + (after - before) * (number - fewer) / (more - fewer)
    return 0.0


async def _open_mailbox(installation: Installation) -> None:
    headers = {"Authorization": f"Bearer {await installation.token('dora')}"}
    body = {"mail_address": MAILBOX, "readers": {"users": [data.USER_IDS[0]], "groups": []}}
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{installation.url('email-ingest')}/v1/mailboxes", json=body, headers=headers)
    answer.raise_for_status()
