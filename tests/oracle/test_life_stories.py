"""Life stories: people change jobs, marry, separate, were recorded wrongly; at every step each page is as it must be.

Other tests look at the end; here every step of a story is looked at, by the queries that serve pages. LIFE_STORIES and
SEED in the environment choose how many stories and which; `make soak` tells hundreds.
"""

from __future__ import annotations

import os
from asyncio import gather
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from dossier.contracts import RecordedEvent
from dossier.contracts.rules import NotFound
from dossier.mongo import Database
from dossier.projections.model import Span
from histories.domain.documents import Entry
from histories.domain.lists import NOBODY
from histories.views import listing
from histories.views.collections import Collections
from histories.views.families import EVERYTHING, Family
from histories.views.pages import Pages
from histories.views.projection import Histories
from histories.views.readers import Reader
from histories.views.texts import Texts
from histories.views.wanted import START, Place, Wanted
from histories.views.worklists import Asked, Item, WorkLists
from oracle.chance import DAYS, FIRST_DAY
from oracle.comparison import assert_equal_to_oracle, histories
from oracle.filtering import folded, found, meets, some_wanted
from oracle.listing import months, next_task, work_list
from oracle.oracle import Oracle
from oracle.recording import apply
from oracle.worlds import World

pytestmark = pytest.mark.backends

STORIES = int(os.environ.get("LIFE_STORIES", "10"))
SEED = int(os.environ.get("SEED", "1"))
STEPS = 40
TOGETHER = min(20, STORIES)
"""Stories that go on side by side, so that a step costs one round trip for all of them."""
TODAY = FIRST_DAY + timedelta(days=DAYS * 2 // 3)
ALL = Wanted()
LISTS = ("date", "due", "follow_up", "waiting", "done", "calendar", "entrusted")
LIMIT = 3
"""Rows on a page: so few that most histories have several pages."""


class Story:
    """A world under way, what the oracle knows of it, and the pages as they were a step ago."""

    def __init__(self, seed: int, texts: Texts) -> None:
        self.texts = texts
        self.world = World(seed, steps=0, skewed=False)
        self.oracle = Oracle(self.world.events)
        self.random = Random(seed)
        self.before: dict[str, list[str]] = {}

    def step(self) -> Sequence[RecordedEvent]:
        events = self.world.step()
        self.oracle.tell(events)
        return events

    async def check(self, collections: Collections, events: Iterable[RecordedEvent]) -> None:
        """Read the pages that changed or should have, that of what something happened to, and one more."""
        all_seeing = self.world.tokens[-1]
        pages = {target: self.oracle.page(target, all_seeing) for target in self.world.objects}
        wanted = {target for target, page in pages.items() if page != self.before.get(target, [])}
        wanted |= pages.keys() & {event.subject for event in events} | {self.random.choice(self.world.objects)}
        self.before = pages
        await self.check_everything(collections)
        for target in sorted(wanted):
            for tokens in (all_seeing, self.random.choice(self.world.tokens)):
                for subsidiaries in (False, True) if target.startswith("company-") else (False,):
                    pages = Pages(collections, Reader(sorted(tokens)), self.texts)
                    await self.check_page(pages, target, tokens, subsidiaries)
        await self.check_lists(collections)

    async def check_lists(self, collections: Collections) -> None:
        """Read a list of somebody, as somebody may see it, and one up to a day."""
        user, tokens = self.random.choice(self.world.users), self.random.choice(self.world.tokens)
        lists = WorkLists(collections, Reader(sorted(tokens)))
        name, until = self.random.choice(LISTS), self.random.choice((None, TODAY))
        if name == "due" and self.random.random() < 0.5:
            user = NOBODY
        asked = Asked(name, until, undated=True)
        items: list[Item] = []
        while page := await lists.page([user], asked, items[-1] if items else None, LIMIT):
            items += page
        told = [(item.activity, item.day) for item in items if item.activity in self.oracle.activities]
        assert told == work_list(self.oracle, user, name, tokens, until)

    async def check_page(self, pages: Pages, target: str, tokens: set[str], subsidiaries: bool) -> None:
        family = await pages.family(target, subsidiaries=subsidiaries)
        if not self.oracle.exists(target, tokens):
            with pytest.raises(NotFound):
                await pages.history(family, Wanted(), limit=LIMIT)
            return
        entries = await read(pages, family)
        expected = self.oracle.page(target, tokens, subsidiaries=subsidiaries)
        assert [entry["_id"] for entry in entries] == expected
        _, rows = await pages.rows(entries, family)
        for row in rows:
            told = [tuple((hop["code"], stream(hop["to"])) for hop in why["hops"]) for why in row["why"]]
            assert sorted(told) == sorted(self.oracle.why(f"activity-{row['id']}", target, subsidiaries=subsidiaries))
        await self.check_filtered(pages, family, expected)
        if not subsidiaries:
            pins = [entry["_id"] for entry in await pages.pinned(target, None, len(expected) + 1)]
            assert pins == self.oracle.pins(target, tokens)
        found = await pages.touchpoints(family, TODAY)
        last = self.oracle.touchpoints(target, tokens, TODAY, subsidiaries=subsidiaries)
        assert [entry["_id"] for entry in found] == last
        following = await pages.pulse.next_task(family)
        coming = next_task(self.oracle, target, tokens, subsidiaries=subsidiaries)
        assert (following["_id"] if following else None) == coming
        if not subsidiaries:
            counted = {each["month"]: each["count"] for each in await pages.pulse.months(target, TODAY)}
            expected = months(self.oracle, target, tokens, TODAY)
            assert {month: count for month, count in counted.items() if count} == expected

    async def check_filtered(self, pages: Pages, family: Family, expected: Sequence[str]) -> None:
        """The page with filters, and with its conversations folded."""
        wanted = some_wanted(self.random, self.world)
        met = [activity for activity in expected if meets(self.oracle, activity, wanted)]
        assert [entry["_id"] for entry in await read(pages, family, wanted)] == met, wanted
        if wanted.text:
            return
        heads = [(entry["_id"], entry.get("conversation")) for entry in await read(pages, family, wanted, fold=True)]
        assert heads == folded(self.oracle, met)

    async def check_everything(self, collections: Collections) -> None:
        """The search over all activities."""
        tokens = self.random.choice(self.world.tokens)
        wanted, pages = some_wanted(self.random, self.world), Pages(collections, Reader(sorted(tokens)), self.texts)
        wanted = replace(wanted, withdrawn=self.random.random() < 0.3)
        entries = [entry["_id"] for entry in await read(pages, EVERYTHING, wanted, limit=10 * LIMIT)]
        assert [each for each in entries if each in self.oracle.activities] == found(self.oracle, wanted, tokens), (
            wanted
        )


async def read(
    pages: Pages, family: Family, wanted: Wanted = ALL, *, fold: bool = False, limit: int = LIMIT
) -> list[Entry]:
    """The whole history, page after page, and the same from its end."""

    async def all_from(place: Place) -> list[Entry]:
        entries: list[Entry] = []
        while page := await pages.history(family, wanted, place, limit, fold=fold):
            entries += page
            place = place._replace(after=page[-1]["dated"])
        return entries

    entries = await all_from(START)
    assert (await all_from(Place("", back=True)))[::-1] == entries
    return entries


def stream(reference: dict[str, str]) -> str:
    return f"{reference['type']}-{reference['id']}"


def spans(events: Iterable[RecordedEvent]) -> list[Span]:
    streams: dict[str, list[RecordedEvent]] = defaultdict(list)
    for event in events:
        streams[event.subject].append(event)
    return [Span(subject, together) for subject, together in streams.items()]


async def apply_to_both(projection: Histories, texts: Texts, events: Sequence[RecordedEvent]) -> None:
    together = spans(events)
    await apply(projection, together)
    await apply(texts, [span for span in together if texts.follows(span.stream)])


@pytest.mark.parametrize("group", range((STORIES + TOGETHER - 1) // TOGETHER))
async def test_life_stories_show_after_every_step_what_the_oracle_says(
    database: Database, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = 20_000_000 + SEED * 1_000_000 + group * TOGETHER
    projection, texts = histories(database, 1), Texts()
    texts.attach(database, 1)
    await gather(projection.prepare(), texts.prepare())
    stories = [Story(seed, texts) for seed in range(first, first + TOGETHER)]
    await apply_to_both(projection, texts, [event for story in stories for event in story.world.events])
    usual = listing.STRETCH
    for number in range(STEPS):
        monkeypatch.setattr(listing, "STRETCH", (usual, 2)[number % 2])  # every other time lists are read in stretches
        happened = [story.step() for story in stories]
        await apply_to_both(projection, texts, [event for events in happened for event in events])
        entries = {entry["_id"]: entry async for entry in projection.collections.entries.find({})}
        for story in stories:
            assert_equal_to_oracle(story.oracle, entries, story.world)
        await gather(
            *(story.check(projection.collections, events) for story, events in zip(stories, happened, strict=True))
        )
