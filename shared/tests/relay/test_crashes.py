"""Relays that are killed or paused at any point: every commit arrives, in order, and the checker can tell."""

from __future__ import annotations

import asyncio
import os
import random
import signal

import pytest

from dossier.testing.relay_process import relay_process
from dossier.testing.relaying import Outlet, company, eventually, nothing_pending, running

pytestmark = [pytest.mark.backends, pytest.mark.slow]


async def under_load(outlet: Outlet, stop: asyncio.Event, streams: int = 8) -> None:
    async def write(stream: str) -> None:
        head = None
        while not stop.is_set():
            head = await outlet.commit(stream, "a", "b", head=head)
            await asyncio.sleep(0.02)

    await asyncio.gather(*(write(company()) for _ in range(streams)))


async def killed_in_the_middle(outlet: Outlet, mongo_url: str, variant: str, times: int) -> None:
    """Kill relay processes that are at work under load, then let one in good order do what is left."""
    schedule = random.Random(7)
    stop = asyncio.Event()
    load = asyncio.create_task(under_load(outlet, stop))
    for _ in range(times):
        async with relay_process(outlet, mongo_url, "killed", variant) as process:
            await at_work(outlet)
            await asyncio.sleep(schedule.uniform(0.0, 1.0))
            os.kill(process.pid, signal.SIGKILL)
    stop.set()
    await load
    async with running(outlet.relay("killed")):
        await eventually(nothing_pending(outlet))


async def at_work(outlet: Outlet) -> None:
    before = await outlet.cleared()

    async def more() -> bool:
        return await outlet.cleared() > before

    await eventually(more)


async def test_a_relay_killed_again_and_again_loses_nothing(outlet: Outlet, mongo_url: str) -> None:
    await killed_in_the_middle(outlet, mongo_url, "", times=4)
    assert await outlet.faults() == []


async def test_clearing_before_publishing_would_be_found(outlet: Outlet, mongo_url: str) -> None:
    """The checker of these tests goes red for a relay that clears before it publishes."""
    for _ in range(10):
        await killed_in_the_middle(outlet, mongo_url, "clears-first", times=1)
        if await outlet.faults():
            return
    pytest.fail("a relay that clears first lost nothing: this test proves nothing")


async def test_a_relay_paused_past_its_lease_and_resumed_does_no_harm(outlet: Outlet, mongo_url: str) -> None:
    stop = asyncio.Event()
    load = asyncio.create_task(under_load(outlet, stop, streams=4))
    async with relay_process(outlet, mongo_url, "paused") as process:
        await asyncio.sleep(2.0)
        os.kill(process.pid, signal.SIGSTOP)
        other = outlet.relay("other")
        async with running(other):
            await eventually(lambda: _holds(other, 16), seconds=20)
            os.kill(process.pid, signal.SIGCONT)
            await eventually(lambda: _holds(other, 8), seconds=20)
            stop.set()
            await load
            await eventually(nothing_pending(outlet))
    assert await outlet.faults() == []


async def _holds(relay, shards: int) -> bool:
    return len(relay.leases.held()) == shards
