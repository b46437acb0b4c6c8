"""The words that beginnings stand for: none is lacking that a line has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from addresses.views import vocabulary
from addresses.views.search import Wanted
from addresses.views.vocabulary import Vocabulary
from dossier.contracts import addresses as adr
from dossier.ids import new_id, stream_id
from dossier.mongo import Collection, Database
from dossier.projections.model import Span
from dossier.testing.recorded import recorded
from oracle.book_dump import attached

pytestmark = pytest.mark.backends


@pytest.fixture
def stored(database: Database) -> Collection:
    return database["words"]


def line(*terms: str) -> dict[str, Any]:
    return {"terms": list(terms)}


def meant(text: str, *, private: bool = False) -> Any:
    """The terms of one typed word."""
    return Wanted("2026-01-01", text=text, private=private).terms[0]


async def words(stored: Collection) -> set[str]:
    return {word["_id"] for word in await stored.find({}).to_list(None)}


async def test_words_are_learned_and_nothing_else(stored: Collection) -> None:
    await Vocabulary(stored).learn([line("t:person", "w:muster", "v:41446681800"), line("W:gstaad", "w:muster")])
    assert await words(stored) == {"w:muster", "W:gstaad"}


async def test_a_beginning_stands_for_the_words_that_begin_so(stored: Collection) -> None:
    learned = Vocabulary(stored)
    await learned.learn([line("w:mus", "w:muster", "w:mus\U00020000", "w:mut", "W:musik", "w:a.b", "w:a-b")])
    assert sorted(await learned.meant(meant("mus")) or []) == ["w:mus", "w:muster", "w:mus\U00020000"]
    assert sorted(await learned.meant(meant("mus", private=True)) or []) == [
        "W:musik",
        "w:mus",
        "w:muster",
        "w:mus\U00020000",
    ]
    assert await learned.meant(meant("nobody")) == []
    assert await learned.meant(meant("044 668")) is None
    assert await learned.meant(["t:person", "t:couple"]) == ["t:person", "t:couple"]


async def test_more_terms_than_the_database_reads_in_order_are_none(
    stored: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "MOST", 3)
    learned = Vocabulary(stored)
    await learned.learn([line("w:a1", "w:a2", "w:a3")])
    assert len(await learned.meant(meant("a")) or []) == 3
    await learned.learn([line("w:a4")])
    assert await learned.meant(meant("a")) is None
    assert await learned.meant(["k:1", "k:2", "k:3", "k:4"]) is None


async def test_replicas_that_learn_the_same_at_once_do_not_stop_each_other(stored: Collection) -> None:
    lines = [line(f"w:{number}", "w:all") for number in range(300)]
    await asyncio.gather(*(Vocabulary(stored).learn(lines) for _ in range(8)))
    assert await words(stored) == {"w:all", *(f"w:{number}" for number in range(300))}


async def test_what_was_learned_is_not_asked_for_again(stored: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[str]] = []
    look = vocabulary.by_ids

    async def noted(collection: Collection, ids: Iterable[str]) -> Any:
        asked.append(set(ids))
        return await look(collection, set(ids))

    monkeypatch.setattr(vocabulary, "by_ids", noted)
    monkeypatch.setattr(vocabulary, "_REMEMBERED", 3)
    learned = Vocabulary(stored)
    for terms in (["w:a", "w:b"], ["w:a", "w:c"], ["w:d", "w:e"], ["w:a"], ["w:a"]):
        await learned.learn([line(*terms)])
    assert asked == [{"w:a", "w:b"}, {"w:c"}, {"w:d", "w:e"}, set(), {"w:a"}]
    assert await words(stored) == {f"w:{letter}" for letter in "abcde"}


async def test_a_process_that_ends_before_it_wrote_a_line_has_learned_its_words(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is what says that nothing is left to be done: it must not be there without its words."""
    book = await attached(database, 1)
    stream = stream_id("company", new_id())
    span = Span(stream, recorded(stream, adr.CompanyRegistered(name="Muster AG")))

    async def ends(_: Any) -> bool:
        raise ConnectionAbortedError

    with monkeypatch.context() as broken:
        broken.setattr(book.deriver, "written", ends)
        with pytest.raises(ConnectionAbortedError):
            await book.apply([span])
    assert await words(book.collection("cache")) == {"w:muster", "w:ag"}
    assert await book.line(stream) is None
