"""Random timelines that arrive in any order: every row says why it is there, and the reason, replayed, gives the row.

All of it over HTTP, as each user reads it; what is on no page has no reason that leads there. TIMELINES and SEED in the
environment choose how many timelines and which; `make soak` reads a thousand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from dossier.mongo import Database
from dossier.testing.services import ServiceUnderTest
from histories.domain import derivation, engagements
from histories.domain.hops import Way, lead
from histories.views.texts import Texts
from oracle.comparison import histories
from oracle.delivery import Delivery
from oracle.oracle import Oracle
from oracle.reading import reading
from oracle.replay import NotSo, Owners, replay, stream_of
from oracle.worlds import World

pytestmark = pytest.mark.backends

TIMELINES = int(os.environ.get("TIMELINES", "60"))
SEED = int(os.environ.get("SEED", "1"))
TOGETHER = 20
"""Timelines that arrive together, their streams interleaved."""
PLURALS = {"company": "companies", "opportunity": "opportunities"}
Json = dict[str, Any]


class Timeline:
    """A world, read by its users over HTTP. `rows` and `reasons` count what was replayed."""

    def __init__(self, api: ServiceUnderTest, world: World) -> None:
        self._api = api
        self._world = world
        self.oracle = Oracle(world.events)
        self.owners = Owners(world.events)
        self.rows = self.reasons = 0

    async def check(self) -> None:
        """Every page as each user reads it, then every activity by itself."""
        for user in self._world.users:
            for target in self._world.objects:
                await self._check_page(target, user)
            for activity in self.oracle.activities:
                if self.oracle.visible(activity, self._tokens(user)):
                    await self._check_activity(activity, user)

    async def pages(self, user: str) -> list[tuple[str, Json]]:
        """All rows that the user reads, with the object on whose page they are."""
        found: list[tuple[str, Json]] = []
        for target in self._world.objects:
            rows = await self._page(target, user)
            found += [(target, row) for row in rows or ()]
        return found

    async def _page(self, target: str, user: str) -> list[Json] | None:
        objects = PLURALS.get(target[:-37], f"{target[:-37]}s")
        answer = await self._get(f"/v1/{objects}/{target[-36:]}/history?limit=200", user)
        return answer["items"] if answer else None

    async def _check_page(self, target: str, user: str) -> None:
        rows = await self._page(target, user)
        assert (rows is not None) == self.oracle.exists(target, self._tokens(user))
        if rows is not None:
            assert [f"activity-{row['id']}" for row in rows] == self.oracle.page(target, self._tokens(user))
            for row in rows:
                self.check_row(row, target)

    def check_row(self, row: Json, target: str) -> None:
        """The reasons, replayed, give the row: that activity, on this page, under that day, pinned or not."""
        activity = f"activity-{row['id']}"
        fact = self.oracle.activities[activity]
        assert row["why"]
        for why in row["why"]:
            assert why["until"] is None
            replay(why, activity, target, self.owners)
        day, _ = self.owners.said(activity, "~")[1]
        assert (row["occurred_on"], row["title"]) == (day.isoformat(), fact.said["title"])
        assert ("pinned" in row["marks"]) == (target in fact.pinned)
        told = {tuple((hop["code"], stream_of(hop["to"])) for hop in why["hops"]) for why in row["why"]}
        assert told == self.oracle.why(activity, target)
        self.rows += 1
        self.reasons += len(row["why"])

    async def _check_activity(self, activity: str, user: str) -> None:
        """Every reason it is or was anywhere holds for as long as it says; the pages are those of reasons that hold."""
        entry = await self._get(f"/v1/activities/{activity[-36:]}", user)
        assert entry is not None
        standing: set[str] = set()
        for why in entry["why"]:
            end = stream_of(why["hops"][-1]["to"])
            replay(why, activity, end, self.owners)
            standing |= {end} if why["until"] is None else set()
            self.reasons += 1
        hidden = set(map(stream_of, entry["hidden_on"]))
        shown = set(map(stream_of, entry["shown_on"]))
        assert shown == (set() if "withdrawn" in entry["marks"] else standing - hidden)

    async def _get(self, path: str, user: str) -> Json | None:
        token = self._api.tokens.sign({"sub": user, "groups": self._world.groups, "client_id": "test-client"})
        answer = await self._api.call("GET", path, token=token)
        assert answer.status_code in (200, 404), answer.text
        return answer.json() if answer.is_success else None

    def _tokens(self, user: str) -> set[str]:
        return {f"user:{user}", *(f"group:{group}" for group in self._world.groups)}


async def arrived(database: Database, worlds: list[World], random: Random) -> tuple[Any, Texts]:
    """What a consumer makes of the worlds' events, however they come."""
    projection, texts = histories(database, 1), Texts()
    texts.attach(database, 1)
    await projection.prepare()
    await texts.prepare()
    events = [event for world in worlds for event in world.events]
    await Delivery(lambda: histories(database, 1), events, random).run()
    return projection, texts


@pytest.mark.parametrize("group", range((TIMELINES + TOGETHER - 1) // TOGETHER))
async def test_every_row_has_a_reason_that_gives_it_again(database: Database, mongo_url: str, group: int) -> None:
    first = 40_000_000 + SEED * 1_000_000 + group * TOGETHER
    worlds = [World(seed) for seed in range(first, first + TOGETHER)]
    projection, texts = await arrived(database, worlds, Random(first))
    rows = reasons = 0
    async with reading(mongo_url, database.name, projection, texts) as api:
        for world in worlds:
            timeline = Timeline(api, world)
            await timeline.check()
            rows, reasons = rows + timeline.rows, reasons + timeline.reasons
    print(f"{rows} rows, {reasons} reasons replayed")
    assert rows > 0


def tampered(row: Json) -> Iterator[Json]:
    """The row's reasons, each with one wrong event number, or without one of its hops."""
    for why in row["why"]:
        for place, hop in enumerate(why["hops"]):
            less = deepcopy(why)
            del less["hops"][place]
            yield less
            for number, event in enumerate(hop["events"]):
                stream, _, version = event.rpartition(":")
                for wrong in (int(version) - 1, int(version) + 1):
                    other = deepcopy(why)
                    other["hops"][place]["events"][number] = f"{stream}:{wrong}"
                    yield other


async def test_a_wrong_event_or_a_missing_hop_is_found(database: Database, mongo_url: str) -> None:
    worlds = [World(seed) for seed in range(49_000_000, 49_000_005)]
    projection, texts = await arrived(database, worlds, Random(49))
    found = 0
    async with reading(mongo_url, database.name, projection, texts) as api:
        for world in worlds:
            timeline = Timeline(api, world)
            for target, row in await timeline.pages(world.users[0]):
                for why in tampered(row):
                    with pytest.raises(NotSo):
                        replay(why, f"activity-{row['id']}", target, timeline.owners)
                    found += 1
    assert found > 300


Break = Callable[[pytest.MonkeyPatch], None]


def dates_are_no_causes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(derivation, "_causes", lambda link, day: link["events"])


def new_days_alone_are_causes(patch: pytest.MonkeyPatch) -> None:
    def bound(node: Any, event: Any, hop: Any, valid_from: str | None, valid_before: str | None) -> None:
        hop["until"] = event.recordedtime
        lead(node, event, hop["key"], Way(hop["code"], hop["to"], [event.sequence], valid_from, valid_before))

    patch.setattr(engagements, "bound", bound)


def ways_lose_a_step(patch: pytest.MonkeyPatch) -> None:
    path = derivation._path
    patch.setattr(derivation, "_path", lambda to, events, steps: path(to, events, steps[1:]))


@pytest.mark.parametrize("broken", [dates_are_no_causes, new_days_alone_are_causes, ways_lose_a_step])
async def test_histories_that_tell_other_reasons_are_found(
    database: Database, mongo_url: str, monkeypatch: pytest.MonkeyPatch, broken: Break
) -> None:
    broken(monkeypatch)
    worlds = [World(seed) for seed in range(49_000_000, 49_000_020)]
    projection, texts = await arrived(database, worlds, Random(49))
    async with reading(mongo_url, database.name, projection, texts) as api:
        timelines = [Timeline(api, world) for world in worlds]
        assert any([await _is_refuted(timeline) for timeline in timelines])


async def _is_refuted(timeline: Timeline) -> bool:
    try:
        await timeline.check()
    except AssertionError:
        return True
    return False
