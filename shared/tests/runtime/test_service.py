"""What is managed starts in order, goes on after a failure where it stopped, and ends in the reverse order."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from aiokafka.errors import KafkaConnectionError, RecordTooLargeError

from dossier.http.health import CACHED_SECONDS, Readiness
from dossier.mongo import ConnectionFailure
from dossier.runtime import Service, transient
from dossier.settings import ServiceSettings
from dossier.store.errors import StoreUnavailableError
from dossier.testing.tokens import TokenMaker


class Settings(ServiceSettings):
    service: str = "sample"
    port: int = 0
    mongo_database: str = "sample"


def service() -> Service[Settings]:
    return Service(Settings(environment="test"), keys=TokenMaker().keys)


def part(name: str, done: list[str], failures: int = 0) -> tuple[Any, Any]:
    left = [failures]

    async def start() -> None:
        if left[0]:
            left[0] -= 1
            raise ConnectionFailure("away")
        done.append(f"start {name}")

    async def stop() -> None:
        done.append(f"stop {name}")
        if name == "b":
            raise ValueError("broken")

    return start, stop


async def test_parts_start_in_order_and_stop_in_reverse_even_if_one_fails_to() -> None:
    done: list[str] = []
    running = service()
    for name in "abc":
        running.manage(*part(name, done))
    assert not running.serving
    async with running:
        assert running.serving
    assert done == ["start a", "start b", "start c", "stop c", "stop b", "stop a"]
    assert running.stopping.is_set()
    assert not running.serving


async def test_a_start_that_failed_goes_on_with_the_part_that_failed() -> None:
    done: list[str] = []
    running = service()
    running.manage(*part("a", done))
    running.manage(*part("b", done, failures=1))
    with pytest.raises(ConnectionFailure):
        await running.start()
    assert not running.serving
    await running.start()
    assert done == ["start a", "start b"]
    await running.stop()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionFailure("x"), True),
        (StoreUnavailableError("x"), True),
        (KafkaConnectionError("x"), True),
        (RecordTooLargeError("x"), False),
        (httpx.ConnectError("x"), True),
        (ConnectionResetError(), True),
        (ValueError("x"), False),
        (FileNotFoundError("x"), False),
        (ExceptionGroup("x", [ConnectionFailure("x"), ExceptionGroup("y", [ConnectionResetError()])]), True),
        (ExceptionGroup("x", [ConnectionFailure("x"), ValueError("x")]), False),
    ],
)
def test_only_what_passes_by_itself_is_tried_again(error: Exception, expected: bool) -> None:
    assert transient(error) is expected


async def test_readiness_is_asked_at_most_every_two_seconds_and_by_one_at_a_time() -> None:
    now, asked, fine = 0.0, 0, True
    readiness = Readiness(clock=lambda: now)

    async def check() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        if not fine:
            raise ConnectionFailure("away")

    readiness.add("dependency", check)
    await asyncio.gather(*(readiness.results() for _ in range(50)))
    assert asked == 1
    fine = False
    assert await readiness.results() == {"dependency": True}
    now += CACHED_SECONDS
    assert await readiness.results() == {"dependency": False}
    assert asked == 2


async def test_a_check_that_hangs_is_a_check_that_fails() -> None:
    readiness = Readiness()
    readiness.add("slow", lambda: asyncio.sleep(60))
    async with asyncio.timeout(3):
        assert await readiness.results() == {"slow": False}
