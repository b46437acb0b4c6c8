"""A token says what its holder has written, and nobody else can make one."""

from __future__ import annotations

import asyncio
import time

import pytest

from dossier.ids import new_id, stream_id
from dossier.mongo import Database
from dossier.projections.tokens import MAX_STREAMS, InvalidToken, issue, read, wait
from dossier.testing.projections import Cards

KEY = b"a key of this test"


def company() -> str:
    return stream_id("company", new_id())


def test_a_token_says_what_was_written() -> None:
    one, other = company(), company()
    assert read(KEY, issue(KEY, {one: 3, other: 1})) == {one: 3, other: 1}


def test_the_callers_own_token_is_merged_and_the_higher_version_counts() -> None:
    one, other = company(), company()
    first = issue(KEY, {one: 7, other: 1})
    assert read(KEY, issue(KEY, {one: 5, other: 2}, first)) == {one: 7, other: 2}


def test_a_token_is_bounded_and_keeps_what_was_written_last() -> None:
    token, streams = None, [company() for _ in range(MAX_STREAMS + 5)]
    for stream in [*streams, streams[5]]:
        token = issue(KEY, {stream: 1}, token)
    assert token is not None
    assert list(read(KEY, token)) == [*streams[6:], streams[5]]
    assert len(token) < 4096


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_a_changed_token_is_refused(place: int) -> None:
    token = issue(KEY, {company(): 1})
    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    with pytest.raises(InvalidToken):
        read(KEY, changed)


@pytest.mark.parametrize("text", ["", "x", "ö", "a.b", "AAAA" * 40, "=", "A=B"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        read(KEY, text)


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(InvalidToken):
        read(b"another", issue(KEY, {company(): 1}))


def test_without_a_key_there_are_no_tokens() -> None:
    with pytest.raises(ValueError, match="key"):
        issue(b"", {company(): 1})


@pytest.mark.backends
async def test_waiting_ends_as_soon_as_all_is_applied_and_says_else_what_is_lacking(database: Database) -> None:
    projection = Cards()
    projection.attach(database, 1)
    one, other = stream_id("contact", new_id()), stream_id("activity", new_id())
    await projection.advance({one: 3})
    assert await wait(projection, {one: 3}, 5.0) == {}
    began = time.monotonic()
    assert await wait(projection, {one: 3, other: 1}, 0.1) == {other: 1}
    assert 0.1 <= time.monotonic() - began < 1.0
    waiting = asyncio.create_task(wait(projection, {one: 4, other: 1}, 5.0))
    await asyncio.sleep(0.05)
    await projection.advance({one: 4, other: 2})
    assert await waiting == {}


@pytest.mark.backends
async def test_streams_the_projection_never_reads_are_not_waited_for(database: Database) -> None:
    projection = Cards()
    projection.attach(database, 1)
    assert await wait(projection, {stream_id("project", new_id()): 1}, 5.0) == {}
    unheard_of = {stream_id("spaceship", new_id()): 1}
    assert await wait(projection, unheard_of, 0.0) == unheard_of


@pytest.mark.backends
async def test_a_watermark_never_sinks(database: Database) -> None:
    projection = Cards()
    projection.attach(database, 1)
    one, other = company(), company()
    await projection.bulk_advance({one: 5})
    await projection.bulk_advance({one: 7, other: 2})
    await projection.advance({one: 6})
    assert await projection.positions([one, other, company()]) == {one: 7, other: 2}
