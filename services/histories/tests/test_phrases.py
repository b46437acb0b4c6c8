"""Phrases in double quotes and what a minus leaves out: read, found, marked, and never beyond the reader's rights."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts import Grant
from dossier.contracts.common import GrantOrigin
from dossier.testing.activities import BEN
from dossier.testing.services import ServiceUnderTest
from histories.excerpts import EXCERPT, excerpt
from histories.sought import sought
from histories.views import finding
from histories.words import stems_of
from oracle.recording import Present
from oracle.telling import company, ids, mail, page, recorded, ref

pytestmark = pytest.mark.backends

DAMP = '"feuchte wand"'


def marked(row: dict[str, Any]) -> dict[str, list[str]]:
    """The pieces of the text that are marked, by field."""
    return {hit["field"]: [hit["text"][first:last] for first, last in hit["marks"]] for hit in row["hits"]}


def test_src_05_a_search_has_words_phrases_and_what_is_left_out() -> None:
    asked = sought('Dach "Feuchte  Wände!" -Keller -"alte Wand" -e-mail -"Müll" "" - -!')
    assert asked.words == (stems_of("dach"),)
    assert asked.phrases == (("feuchte", "wande"),)
    assert asked.without == (stems_of("keller"),)
    assert asked.without_phrases == (("alte", "wand"), ("e", "mail"), ("mull",))
    assert sought("„Feuchte Wand“ «Dach»") == sought('"feuchte wand" "dach"')
    assert sought('"feuchte wand') == sought("feuchte wand")
    assert sought("e-mail 2026-05-04") == sought("e mail 2026 05 04")
    assert not sought('"" -"!" -')


def test_src_05_an_excerpt_marks_a_phrase_as_one_and_its_words_elsewhere_not_at_all() -> None:
    text = "Die Wand war feucht. " * 30 + "Eine FEUCHTE, wand im Keller; feuchte Wände nicht. " + "Nachher. " * 60
    found = excerpt(text, sought(DAMP))
    assert found is not None
    assert [found.text[first:last] for first, last in found.marks] == ["FEUCHTE, wand"]
    assert excerpt("Die Wand, feuchte", sought(DAMP)) is None
    both = excerpt("feuchte wand", sought(f"feucht {DAMP}"))
    assert both == ("feuchte wand", [(0, 12)])
    apart = excerpt("Keller, feuchte Wand", sought(f"keller {DAMP}"))
    assert apart == ("Keller, feuchte Wand", [(0, 6), (8, 20)])
    long = excerpt("feuchte " + "." * 400 + " wand", sought(DAMP))
    assert long is not None
    assert long.marks == [(0, EXCERPT)]


async def test_src_01_a_phrase_is_found_where_its_words_follow_each_other_in_one_field(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    of = {"address": ref("company", acme)}
    text = await recorded(present, **of, title="Keller", text="Es ist eine feuchte, Wand dort. " * 2)
    title = await recorded(present, **of, title="FEUCHTE WAND")
    await recorded(present, **of, title="Wand feuchte")
    await recorded(present, **of, title="Eine feuchte", text="Wand")
    await recorded(present, **of, title="Feuchte Wände")
    sent = await recorded(present, **of, **mail("eva.muster@dach.example"), title="Hallo")
    for path in ("/v1/activities", f"/v1/companies/{acme}/history"):
        found = await page(api, f"{path}?q={DAMP}")
        assert [row["id"] for row in found["items"]] == [title, text]
        assert [marked(row) for row in found["items"]] == [
            {"title": ["FEUCHTE WAND"]},
            {"text": ["feuchte, Wand", "feuchte, Wand"]},
        ]
    assert await ids(api, f"/v1/activities?q=keller {DAMP}") == [text]
    assert await ids(api, '/v1/mails?q="muster dach example"') == [sent]
    assert await ids(api, '/v1/mails?q="example dach"') == []


async def test_src_05_a_quoted_word_is_found_as_it_is_written(api: ServiceUnderTest, present: Present) -> None:
    one = await recorded(present, title="Das Haus")
    several = await recorded(present, title="Die Häuser")
    assert await ids(api, "/v1/activities?q=haus") == [several, one]
    assert await ids(api, '/v1/activities?q="haus"') == [one]
    assert await ids(api, '/v1/activities?q="HAEUSER"') == [several]


@pytest.mark.parametrize("rare", [1, 2_000], ids=["by word", "along the list"])
async def test_src_01_what_has_a_minus_is_in_none_of_the_hits(
    api: ServiceUnderTest, present: Present, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    for name in ("RARE", "COUNTED"):
        monkeypatch.setattr(finding, name, rare)
    acme = await company(present, "Acme AG")
    of = {"address": ref("company", acme)}
    roof = await recorded(present, **of, title="Dach")
    cellar = await recorded(present, **of, title="Dächer", text="und Keller")
    damp = await recorded(present, **of, title="Dach", text="feuchte Wand")
    dry = await recorded(present, **of, title="Dach", text="Wand, nicht mehr feuchte")
    at = f"/v1/companies/{acme}/history?q="
    assert await ids(api, f"{at}dach -kellern") == [dry, damp, roof]
    assert await ids(api, f"{at}dach -{DAMP}") == [dry, cellar, roof]
    assert await ids(api, f"{at}-keller -{DAMP}") == [dry, roof]
    assert await ids(api, f"{at}{DAMP} -dach") == []
    found = await page(api, f"{at}dach -kellern")
    assert marked(found["items"][2]) == {"title": ["Dach"]}


async def test_src_02_03_phrases_of_what_the_reader_may_not_see_are_not_there(
    api: ServiceUnderTest, present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = Grant(to="user", id=BEN, origin=GrantOrigin(kind="channel", id="office"))
    secret: dict[str, Any] = {"visibility": "granted", "grants": (grant,), "entered_by": None}
    hidden = [await recorded(present, **secret, title="Wand", text="feuchte Wand") for _ in range(3)]
    seen = await recorded(present, title="Feuchte Wand")
    assert await ids(api, f"/v1/activities?q={DAMP}", "ben") == [seen, *hidden[::-1]]
    found = await page(api, f"/v1/activities?q={DAMP}&limit=1", "cara")
    assert ([row["id"] for row in found["items"]], found["next"]) == ([seen], None)
    assert await ids(api, '/v1/activities?q=wand -"im keller"', "cara") == [seen]
    # How much was looked through tells nothing of what is hidden: it counts for those only who may see it.
    monkeypatch.setattr(finding, "STRIDE", 1)
    monkeypatch.setattr(finding, "LONGEST_STRIDE", 1)
    monkeypatch.setattr(finding, "MOST_LOOKED_THROUGH", 1)
    monkeypatch.setattr(finding, "RARE", 1)
    asked = '/v1/activities?limit=1&q="wand feuchte"'
    assert await ids(api, asked, "cara") == []
    problem = (await api.call("GET", asked, token=api.tokens.user("ben"), expect=422)).json()
    assert (problem["field"], problem["rule"]) == ("q", "SRC-05")


async def test_src_01_pages_of_phrases_follow_each_other(
    api: ServiceUnderTest, present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "STRIDE", 2)
    titles = ["Feuchte Wand", "Wand feuchte", "Eine feuchte Wand"] * 4
    made = [(await recorded(present, title=title), title) for title in titles]
    expected = [each for each, title in made if title != "Wand feuchte"][::-1]
    found, read = await page(api, f"/v1/activities?q={DAMP}&limit=3"), list[str]()
    while True:
        read += [row["id"] for row in found["items"]]
        if found["next"] is None:
            break
        found = await page(api, f"/v1/activities?q={DAMP}&limit=3&cursor={found['next']}")
    assert read == expected


async def test_src_05_quotes_around_nothing_are_refused(api: ServiceUnderTest) -> None:
    for asked in ('""', '-"!"', " - "):
        problem = (await api.call("GET", f"/v1/activities?q={asked}", expect=422)).json()
        assert (problem["field"], problem["rule"]) == ("q", "SRC-05")
