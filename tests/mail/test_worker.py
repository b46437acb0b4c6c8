"""The worker files what it can, whatever else is waiting, and tells how it stands."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from prometheus_client import REGISTRY

from email_ingest.parsing.child import GAVE_UP
from email_ingest.worker import HEADERS, PATIENT, QUICK, SLOW, Lane
from mail.world import World, done, mail, until, working, world_on

QUICKLY = Lane(QUICK.due, at_once=2, parsers=1, cpu_seconds=0.1)
NOT_PATIENTLY = Lane(SLOW.due, at_once=2, parsers=1, cpu_seconds=0.1)


def slow(number: int) -> bytes:
    """A mail that takes longer than a tenth of a second of processor time."""
    head, _, _ = mail(f"langsam {number}", message_id=f"<{number}@slow.example>").partition(b"\r\n\r\n")
    return head + b"\r\nContent-Type: text/html\r\n\r\n" + b"<b>&#1" * 300_000


@pytest.fixture
async def world(mongo_url: str, database_name: str) -> AsyncGenerator[World]:
    async with world_on(mongo_url, database_name) as world:
        yield world


async def test_mails_that_are_slow_to_read_do_not_hold_up_others(world: World) -> None:
    """More of them than are worked on at once, all before the quick one, and nobody who has patience."""
    waiting = [await world.accept(slow(number)) for number in range(4)]
    async with working(world, QUICKLY):
        await done(world, (await world.accept(mail()))["_id"])
    [activity] = await world.filed()
    assert activity["title"] == "Offerte"

    async def all_need_patience() -> bool:
        return await world.database["deliveries"].count_documents({"reading": PATIENT}) == len(waiting)

    async with working(world, QUICKLY):
        await until(all_need_patience)
    assert await world.database["deliveries"].count_documents({"open": True}) == len(waiting)


async def test_what_the_parser_gave_up_on_is_filed_by_its_headers_and_not_read_again(world: World) -> None:
    delivery = await world.accept(slow(1))
    async with working(world, QUICKLY, NOT_PATIENTLY):
        closed = await done(world, delivery["_id"])
    assert closed["reading"] == HEADERS
    [activity] = await world.filed()
    assert (activity["title"], activity["text"]) == ("langsam 1", "")
    received = (await world.message(closed["message"])).received
    assert received is not None
    assert GAVE_UP in received.defects


async def test_mail_in_any_number_is_filed_by_lanes_that_take_two_at_once(world: World) -> None:
    mails = [mail(f"Nummer {n}", message_id=f"<{n}@kunde.example>") for n in range(12)]
    deliveries = [await world.accept(raw) for raw in mails]
    async with working(world, QUICKLY):
        for delivery in deliveries:
            await done(world, delivery["_id"])
    assert {activity["title"] for activity in await world.filed()} == {f"Nummer {n}" for n in range(12)}


async def test_the_age_of_the_oldest_mail_that_is_not_filed_is_told(world: World) -> None:
    delivery = await world.accept(mail())
    long_ago = {"$set": {"received_at": "2020-01-01T00:00:00.000Z"}}
    await world.database["deliveries"].update_one({"_id": delivery["_id"]}, long_ago)
    nobody = Lane({"reading": "by nobody"}, at_once=1, parsers=1, cpu_seconds=1)

    async def is_told() -> bool:
        return (REGISTRY.get_sample_value("crm_email_oldest_open_age_seconds") or 0) > 86_400

    async with working(world, nobody):
        await until(is_told)
