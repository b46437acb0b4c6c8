"""Keyset pages with signed cursors, and the headers of a query that waits for what its caller wrote."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from starlette.requests import Request

from dossier.http.after import prefer_wait
from dossier.http.models import Window
from dossier.http.paging import PagingContext, Turn, issue, read
from dossier.http.problems import Problem
from dossier.testing.services import ServiceUnderTest


async def test_pages_follow_each_other_without_gap_or_overlap(sample: ServiceUnderTest) -> None:
    seen: list[int] = []
    query: dict[str, str | int] = {"limit": 7, "below": 20}
    while True:
        page = (await sample.http.get("/groups", params=query, headers=sample.tokens.headers())).json()
        seen += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == list(range(20))


async def test_a_cursor_is_good_for_its_own_list_only(sample: ServiceUnderTest) -> None:
    cursor = (await sample.call("GET", "/groups?limit=7&below=20", expect=200)).json()["next"]
    for query in (f"limit=7&below=21&cursor={cursor}", f"below=20&cursor={cursor[:-2]}", "below=20&cursor=x"):
        answer = await sample.call("GET", f"/groups?{query}")
        assert answer.status_code == 400
        assert (answer.json()["rule"], answer.json()["field"]) == ("signature", "cursor")


def test_a_cursor_keeps_its_position_and_tells_lists_apart() -> None:
    cursor = issue(b"key", ["2026-05-04", 7, None], "entries", None)
    assert read(b"key", cursor, "entries", None) == ["2026-05-04", 7, None]
    for key, of in ((b"other", ("entries", None)), (b"key", ("entries", "None")), (b"key", ("entries",))):
        with pytest.raises(Problem):
            read(key, cursor, *of)


def test_a_list_is_read_both_ways_from_anywhere_in_it() -> None:
    """Pages of three of the numbers 0 to 9: forth to the end, back to the beginning, and from a jump into them."""

    def page(cursor: str | None, jump: int | None = None) -> Window[int]:
        context = PagingContext(b"key", 3, cursor)
        turn = context.turn("numbers")
        if jump is not None:
            turn = Turn([jump])
        beyond = turn.key[0] if turn.key else -1
        numbers = range(beyond - 1, -1, -1) if turn.back else range(beyond + 1, 10)
        return context.window(list(numbers)[:4], lambda number: [number], turn, "numbers")

    first = page(None)
    forth = [first]
    while forth[-1].next:
        forth.append(page(forth[-1].next))
    back = [forth[-1]]
    while back[-1].previous:
        back.append(page(back[-1].previous))
    assert [each.items for each in forth] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    assert [each.items for each in back] == [[9], [6, 7, 8], [3, 4, 5], [0, 1, 2]]
    assert first.previous is None
    assert page(back[-1].next).items == [3, 4, 5]
    middle = page(None, jump=4)
    assert middle.items == [5, 6, 7]
    assert middle.previous is not None
    assert page(middle.previous).items == [2, 3, 4]
    beyond = page(None, jump=9)
    assert (beyond.items, beyond.next) == ([], None)
    assert beyond.previous is not None
    assert page(beyond.previous).items == [6, 7, 8]


def request(preferences: Iterable[str]) -> Request:
    return Request({"type": "http", "headers": [(b"prefer", value.encode()) for value in preferences]})


@pytest.mark.parametrize(
    ("preferences", "seconds"),
    [
        ([], 0),
        (["wait=2"], 2),
        (["respond-async, wait=3"], 3),
        (["respond-async", "Wait = 4"], 4),
        (["wait=9999"], 10),
        (["wait=-1"], 0),
        (["waiting=5"], 0),
        (["wait=2x"], 0),
    ],
)
def test_the_wish_to_wait_is_bounded(preferences: list[str], seconds: float) -> None:
    assert prefer_wait(request(preferences)) == seconds
