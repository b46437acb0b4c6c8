"""Mails of one conversation have one thread, in whatever order they come and whoever reads or dies (EML-19)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import httpx
import pytest

from email_ingest.activities import UnavailableError
from email_ingest.identity import thread_id_of
from email_ingest.parsing.message import parse
from mail.world import OFFICE, Bomb, Killed, World, done, mail, working, world_on

ANSWERS = (
    ("<1@kunde.example>", ""),
    ("<2@kunde.example>", "In-Reply-To: <1@kunde.example>\r\n"),
    ("<3@kunde.example>", "In-Reply-To: <2@kunde.example>\r\nReferences: <1@kunde.example> <2@kunde.example>\r\n"),
    ("<4@kunde.example>", "References: <1@kunde.example>,\r\n <3@kunde.example>\r\n"),
    ("<5@kunde.example>", "In-Reply-To: <2@kunde.example>\r\n"),
    ("<6@kunde.example>", "In-Reply-To: <5@kunde.example>\r\n"),
    ("<7@kunde.example>", "References: <5@kunde.example> <6@kunde.example>\r\n"),
)
"""A mail and answers, some with all references, some with only the mail before, one whose references lost the first."""

STRANGER = "<9@kunde.example>", ""


@pytest.fixture
async def world(mongo_url: str, database_name: str) -> AsyncGenerator[World]:
    async with world_on(mongo_url, database_name) as world:
        yield world


def raw(of: tuple[str, str]) -> bytes:
    message_id, headers = of
    return mail(message_id=message_id).replace(b"Date:", headers.encode() + b"Date:")


async def threads(world: World) -> dict[str, str | None]:
    return {filed["mail"]["message_id"]: filed["mail"]["thread"] for filed in await world.filed()}


def of_one(told: dict[str, str | None], answers: Sequence[tuple[str, str]] = ANSWERS) -> None:
    first = thread_id_of("1@kunde.example")
    assert {told[message_id.strip("<>")] for message_id, _ in answers} == {first}


@pytest.mark.parametrize("seed", [None, -1, 3, 4])
async def test_eml_19_mails_of_one_conversation_have_one_thread_in_whatever_order_they_come(
    world: World, seed: int | None
) -> None:
    mails = [*ANSWERS, STRANGER]
    if seed is not None:
        mails = mails[::-1] if seed < 0 else random.Random(seed).sample(mails, len(mails))
    for each in mails:
        await world.filing().file(await world.accept(raw(each)), parse(raw(each)))
    told = await threads(world)
    of_one(told)
    assert told["9@kunde.example"] == thread_id_of("9@kunde.example")


async def test_eml_19_mails_that_several_workers_read_at_once_have_one_thread(world: World) -> None:
    deliveries = [(await world.accept(raw(each)))["_id"] for each in (*reversed(ANSWERS), STRANGER)]
    async with working(world), working(world):
        for delivery in deliveries:
            await done(world, delivery)
    of_one(await threads(world))


async def test_eml_19_killed_anywhere_between_the_mails_before_it_follow_a_late_one(world: World) -> None:
    """The late one moves two that came before it; each time it is another conversation."""
    point = 0
    while await _killed_at(world, point):
        point += 1
    assert point >= 12


async def _killed_at(world: World, point: int) -> bool:
    def of(number: int, named: int) -> tuple[str, str]:
        return f"<{number}.{point}@kunde.example>", f"In-Reply-To: <{named}.{point}@kunde.example>\r\n"

    for each in (of(4, 3), of(3, 2)):
        await world.filing().file(await world.accept(raw(each)), parse(raw(each)))
    late = raw(of(2, 1))
    delivery = await world.accept(late)
    try:
        await world.filing(Bomb(point)).file(delivery, parse(late))
        killed = False
    except Killed:
        killed = True
        await world.filing().file(delivery, parse(late))
    told = await threads(world)
    ids = [f"{number}.{point}@kunde.example" for number in (2, 3, 4)]
    assert [told[one] for one in ids] == [thread_id_of(f"1.{point}@kunde.example")] * 3, f"killed at {point}"
    return killed


async def test_eml_19_a_word_that_comes_late_does_not_undo_a_newer_one(world: World) -> None:
    filed = await world.filing().file(await world.accept(mail()), parse(mail()))
    assert filed.activity is not None
    newest, older = thread_id_of("newest"), thread_id_of("older")
    path = f"/v1/activities/{filed.activity}/thread"
    token = world.activities.tokens.service("email-ingest")

    async def tell(thread: str, revision: int, **more: Any) -> None:
        await world.activities.call("POST", path, {"thread": thread, "revision": revision}, **more)

    for thread, revision in ((newest, 2), (older, 1), (older, 2)):
        await tell(thread, revision, token=token, expect=200)
    assert await threads(world) == {"1@kunde.example": newest}
    await tell(older, 3, expect=422)  # nobody but the gateway says so


class OlderService(httpx.AsyncBaseTransport):
    """An activities service from before mails were moved."""

    def __init__(self, newer: httpx.AsyncBaseTransport) -> None:
        self.newer = newer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/thread"):
            request.url = request.url.copy_with(path="/v1/no-such-route")
        return await self.newer.handle_async_request(request)


async def test_eml_19_an_activities_service_that_is_upgraded_later_is_told_then(world: World) -> None:
    for each in map(raw, ANSWERS[5:]):
        await world.filing().file(await world.accept(each), parse(each))
    late = raw(ANSWERS[4])
    delivery, newer = await world.accept(late), world.transport.inner
    world.transport.inner = OlderService(newer)
    with pytest.raises(UnavailableError):
        await world.filing().file(delivery, parse(late))
    world.transport.inner = newer
    await world.filing().file(delivery, parse(late))
    assert set((await threads(world)).values()) == {thread_id_of("2@kunde.example")}


async def test_eml_19_automatic_mail_that_is_kept_leads_on_to_the_mails_before_it(world: World) -> None:
    first, second, third = ANSWERS[0], ANSWERS[1], ANSWERS[4]
    automatic = raw(second).replace(b"Date:", b"Auto-Submitted: auto-replied\r\nDate:")
    for each in (raw(third), automatic, raw(first)):
        await world.filing().file(await world.accept(each), parse(each))
    of_one(await threads(world), (first, third))


@pytest.mark.parametrize("shape", ["chain", "answers to one", "one Message-ID"])
async def test_eml_19_one_mail_moves_only_so_many_the_nearest_first(
    world: World, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    monkeypatch.setattr("email_ingest.views.conversations.MOVED_MOST", 3, raising=False)
    numbers = range(8, 0, -1)
    downwards = sorted(numbers, key=lambda number: thread_id_of(f"{number}@x.example"), reverse=True)
    for number, lower in zip(numbers, downwards, strict=True):
        own, named = (number, 2 if shape == "answers to one" and number > 2 else number - 1)
        if shape == "one Message-ID":  # of those that it is said to answer the lowest id counts
            own, named = 0, lower
        each = raw((f"<{own}@x.example>", f"In-Reply-To: <{named}@x.example>\r\n"))
        each = each.replace(b"Offerte", b"Offerte %d" % number)
        before = await _moves(world)
        await world.filing().file(await world.accept(each), parse(each))
        assert await _moves(world) - before <= 3
    if shape == "chain":
        told = await threads(world)
        assert [told[f"{number}@x.example"] for number in range(1, 5)] == [thread_id_of("0@x.example")] * 4


async def test_eml_19_a_mail_that_came_by_many_mailboxes_is_one_of_those_that_are_moved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("email_ingest.views.conversations.MOVED_MOST", 3)
    begun, widely, last = (
        raw((f"<{own}@x.example>", f"In-Reply-To: <{named}@x.example>\r\n")) for own, named in ((1, 0), (2, 1), (3, 2))
    )
    for mailbox in (OFFICE, *(f"box{number}@firma.example" for number in range(4))):
        await world.filing().file(await world.accept(widely, mailbox), parse(widely))
    for each in (last, begun):
        await world.filing().file(await world.accept(each), parse(each))
    assert set((await threads(world)).values()) == {thread_id_of("0@x.example")}


async def _moves(world: World) -> int:
    return await world.email.store.commits.count_documents({"events.type": "crm.emails.thread-decided"})


async def test_eml_19_who_answers_itself_in_a_circle_is_filed_all_the_same(world: World) -> None:
    circle = [(f"<{number}@x.example>", f"In-Reply-To: <{(number + 1) % 3}@x.example>\r\n") for number in range(3)]
    async with asyncio.timeout(30):
        for each in circle:
            await world.filing().file(await world.accept(raw(each)), parse(raw(each)))
    assert len(set((await threads(world)).values())) == 1


async def test_eml_19_a_mail_without_any_id_is_of_no_conversation(world: World) -> None:
    raw = mail().replace(b"Message-ID: <1@kunde.example>\r\n", b"")
    await world.filing().file(await world.accept(raw), parse(raw))
    [filed] = await world.filed()
    assert filed["mail"]["thread"] is None
