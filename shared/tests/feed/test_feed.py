"""The feed is the store: every event once, in order within its stream, for services that may read it."""

import asyncio
import json

import httpx
import pytest

from dossier.auth.guard import assert_every_route_has_a_rule
from dossier.contracts import RecordedEvent
from dossier.contracts.recorded import to_line
from dossier.feed import FeedClient, FeedError, FeedUnavailable, reading
from dossier.feed.lines import encoded_lines, event_lines
from dossier.store.documents import recorded_events
from dossier.testing.feeding import Source, fill
from dossier.testing.tokens import bearer

pytestmark = pytest.mark.backends

ROUTES = [("GET", "/feed"), ("GET", "/feed/heads"), ("POST", "/feed/heads"), ("GET", "/feed/streams/company-x")]


async def stored(source: Source, streams: list[str]) -> list[RecordedEvent]:
    return [event for stream in streams for event in await source.store.read(stream)]


async def test_the_feed_equals_the_store(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK_BYTES", 4000)
    streams = await fill(source.store, 25)
    events = [event async for batch in source.client().events() for event in batch.events]
    assert events == await stored(source, streams)


async def test_a_line_is_the_cloud_event_that_the_envelope_describes(source: Source) -> None:
    await fill(source.store, 1)
    async for commit in source.store.commits.find():
        for more in ({}, {"batch_id": "b", "traceparent": "t"}):
            lines = [json.loads(line) for line in encoded_lines(event_lines(commit | more)).splitlines()]
            assert lines == [json.loads(to_line(event)) for event in recorded_events(commit | more)]


async def test_an_empty_store_has_an_empty_feed(source: Source) -> None:
    assert [batch.events async for batch in source.client().events()] == [[]]
    assert [head async for head in source.client().heads()] == []


async def test_every_cursor_resumes_without_gap_or_repeat(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FIRST_SIZE", 3)
    monkeypatch.setattr(reading, "CHUNK_BYTES", 3000)
    streams = await fill(source.store, 10)
    expected = await stored(source, streams)
    batches = [batch async for batch in source.client().events()]
    assert len(batches) > 6
    before: list[RecordedEvent] = []
    for batch in batches:
        before += batch.events
        rest = [event async for later in source.client().events(batch.cursor) for event in later.events]
        assert before + rest == expected


async def test_heads_are_the_versions_of_all_streams(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "HEADS_BATCH", 4)
    streams = await fill(source.store, 10, commits=3)
    heads = {stream: version async for batch in source.client().heads() for stream, version in batch.items()}
    assert heads == dict.fromkeys(streams, 6)
    asked = await source.client().versions([*streams[:3], "company-unknown"])
    assert asked == dict.fromkeys(streams[:3], 6)


async def test_one_stream_is_read_after_a_version_also_in_the_middle_of_a_commit(source: Source) -> None:
    [stream, _] = await fill(source.store, 2, commits=2)
    for after in range(6):
        assert await source.client().stream(stream, after) == await source.store.read(stream, after)
    assert await source.client().stream("company-unknown") == []


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_the_feed_is_closed_without_the_capability(source: Source, method: str, path: str) -> None:
    assert_every_route_has_a_rule(source.roles.app)
    tokens = source.tokens
    for token, status in [("", 401), (tokens.user(), 403), (tokens.administrator(), 403), (tokens.service("web"), 401)]:
        headers = bearer(token) if token else {"authorization": ""}
        answer = await source.http.request(method, source.url + path, headers=headers, json={"streams": []})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
    with pytest.raises(FeedError, match="403"):
        async with httpx.AsyncClient(headers=bearer(tokens.user())) as user:
            await FeedClient(source.url, user).stream("company-x")


async def test_a_cursor_that_is_none_is_a_problem_that_names_it(source: Source) -> None:
    answer = await source.http.get(f"{source.url}/feed", params={"cursor": "ä"})
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


@pytest.mark.parametrize("version", [-1, 2**53, 10**30])
async def test_a_version_that_none_can_be_is_a_problem_that_names_it(source: Source, version: int) -> None:
    answer = await source.http.get(f"{source.url}/feed/streams/company-x", params={"after": version})
    assert (answer.status_code, answer.json()["field"]) == (422, "after")


async def test_a_damaged_commit_is_left_out_and_the_rest_of_the_feed_goes_on(source: Source) -> None:
    streams = await fill(source.store, 3)
    await source.store.commits.update_one({"_id": f"{streams[0]}:0000000001"}, {"$set": {"events.0.data": None}})
    await source.store.commits.update_one({"_id": f"{streams[1]}:0000000002"}, {"$set": {"events.1.data": "{no json"}})
    events = [event async for batch in source.client().events() for event in batch.events]
    versions = {stream: [event.version for event in events if event.stream == stream] for stream in streams}
    assert versions == {streams[0]: [3, 4], streams[1]: [1, 2, 3], streams[2]: [1, 2, 3, 4]}


async def test_a_feed_that_is_away_is_a_clear_word(source: Source) -> None:
    nobody = FeedClient("http://127.0.0.1:9", source.http, patience=0.3)
    with pytest.raises(FeedUnavailable):
        await nobody.stream("company-x")
    with pytest.raises(FeedUnavailable):
        await nobody.versions(["company-x"])
    async with asyncio.timeout(5):
        with pytest.raises(FeedUnavailable):
            _ = [batch async for batch in nobody.events()]
