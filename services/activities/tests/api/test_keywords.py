"""Keywords of activities: those that the address book has."""

from __future__ import annotations

from typing import Any

import pytest

from activities.views.world import WorldView
from dossier.contracts.addresses import KeywordAdded, KeywordChanged, KeywordGroupChanged, KeywordGroupCreated
from dossier.ids import new_id
from dossier.projections.model import Span
from dossier.testing.activities import ANNA
from dossier.testing.recorded import recorded

PATH = "/v1/activities"


async def offered(world: WorldView) -> tuple[str, str, str]:
    """A keyword that Anna keeps to herself, and two that everybody sees."""
    own, all_ones = (f"keyword-group-{new_id()}" for _ in "12")
    secret, tax, law = (new_id() for _ in "123")
    mine = KeywordGroupCreated(name="Mine", is_exclusive=False, types=("activity",), owner=ANNA)
    created = KeywordGroupCreated(name="Themes", is_exclusive=False, types=("activity",))
    added = [KeywordAdded(keyword=each, name=each) for each in (secret, tax, law)]
    await world.apply(
        [Span(own, recorded(own, mine, added[0])), Span(all_ones, recorded(all_ones, created, *added[1:]))]
    )
    return secret, tax, law


async def test_key_07_what_the_address_book_has_for_activities_is_taken(client: Any, world: WorldView) -> None:
    group, tax, law = f"keyword-group-{new_id()}", new_id(), new_id()
    history = recorded(
        group,
        KeywordGroupCreated(name="Themes", is_exclusive=False, types=("company",)),
        KeywordAdded(keyword=tax, name="Tax"),
        KeywordAdded(keyword=law, name="Law"),
        KeywordGroupChanged(types=("activity",)),
        KeywordChanged(keyword=law, is_active=False),
        KeywordChanged(keyword=law, name="Right"),
    )
    note = {"kind": "note", "title": "x"}
    assert await client.refused("POST", PATH, note | {"keywords": [tax]}) == ("REF-01", "keywords.0")
    await world.apply([Span(group, history[:3])])
    assert await client.refused("POST", PATH, note | {"keywords": [tax]}) == ("KEY-01", "keywords.0")
    await world.apply([Span(group, history)])
    identifier = await client.record(keywords=[tax])
    path = f"{PATH}/{identifier}/corrections"
    for keyword, rule in ((new_id(), "REF-01"), (law, "KEY-05")):
        changes = {"changes": {"keywords": [tax, keyword]}}
        assert await client.refused("POST", path, changes) == (rule, "changes.keywords.1")
    await client.do("POST", path, {"changes": {"title": "y", "keywords": [tax]}})
    await world.documents.delete_one({"_id": group})
    await client.do("POST", path, {"changes": {"title": "z", "keywords": [tax]}})
    assert (await client.read(identifier))["keywords"] == [tax]


async def test_key_07_a_draft_sent_again_is_there_whatever_became_of_its_keyword(client: Any, world: WorldView) -> None:
    group, tax = f"keyword-group-{new_id()}", new_id()
    created = KeywordGroupCreated(name="Themes", is_exclusive=False, types=("activity",))
    await world.apply([Span(group, recorded(group, created, KeywordAdded(keyword=tax, name="Tax")))])
    draft = {"kind": "note", "title": "x", "id": new_id(), "occurred_on": "2026-05-04", "keywords": [tax]}
    await client.do("POST", PATH, draft, expect=201)
    await world.documents.delete_one({"_id": group})
    await client.do("POST", PATH, draft, expect=201)


async def test_key_07_what_was_known_of_groups_before_they_had_keywords_is_not_gone_by(
    client: Any, world: WorldView
) -> None:
    before = world.database[f"world_v{world.generation}_{world.view}"]
    await before.insert_one({"_id": f"keyword-group-{new_id()}"})
    body = {"kind": "note", "title": "Offer", "keywords": [new_id()]}
    assert await client.refused("POST", PATH, body) == ("REF-01", "keywords.0")


async def test_key_06_a_keyword_that_one_keeps_to_oneself_is_not_shown_to_others_nor_taken_off(
    client: Any, world: WorldView
) -> None:
    secret, tax, law = await offered(world)
    identifier = await client.record(keywords=[secret, tax])
    path = f"{PATH}/{identifier}"

    async def has(by: str) -> list[str]:
        return (await client.read(identifier, by=by))["keywords"]

    assert (await has("anna"), await has("ben")) == ([secret, tax], [tax])
    log = [await client.do("GET", f"{path}/changes", by=by) for by in ("anna", "ben")]
    assert [(secret in str(each), tax in str(each)) for each in log] == [(True, True), (False, True)]
    for keywords, after in (([tax], [secret, tax]), ([tax, law], [tax, law, secret]), ([], [secret])):
        await client.do("POST", f"{path}/corrections", {"changes": {"keywords": keywords}}, by="ben")
        assert (await has("anna"), await has("ben")) == (after, keywords)
    guessed = {"changes": {"keywords": [secret]}}
    assert await client.refused("POST", f"{path}/corrections", guessed, by="ben") == ("REF-01", "changes.keywords.0")
    await client.do("POST", f"{path}/corrections", {"changes": {"keywords": []}})
    assert await has("anna") == []
    log = [await client.do("GET", f"{path}/changes", by=by) for by in ("anna", "ben")]
    assert [len(each["items"]) for each in log] == [4, 3]


@pytest.mark.parametrize("taken_off", [False, True])
async def test_key_06_act_undo_leaves_what_one_keeps_to_oneself_as_it_is(
    client: Any, world: WorldView, *, taken_off: bool
) -> None:
    secret, tax, law = await offered(world)
    former, own = ([secret], []) if taken_off else ([], [secret])
    identifier = await client.record(keywords=[tax, *former])
    path = f"{PATH}/{identifier}"

    async def undone(by: str, **changes: Any) -> Any:
        """What undoing these changes of Anna's answers."""
        done = await client.do("POST", f"{path}/corrections", {"changes": changes})
        return await client.send("POST", f"{path}/undo", {}, by=by, If_Match=f'"{done["commit"]}"')

    async def stands(*keywords: str, title: str = "Offer") -> bool:
        view = await client.read(identifier)
        return (view["keywords"], view["title"]) == ([*keywords], title)

    assert (await undone("anna", keywords=[tax, *own])).status_code == 200
    assert await stands(tax, *former)
    told = (await undone("ben", keywords=[tax, *own])).json()
    assert (told["rule"], told["field"], told["detail"]) == ("ACT-UNDO", "If-Match", "the last change cannot be undone")
    assert await stands(tax, *own)
    await client.do("POST", f"{path}/corrections", {"changes": {"keywords": [tax, *former]}})
    assert (await undone("ben", title="Contract", keywords=[tax, *own])).status_code == 200
    assert await stands(tax, *own)
    await client.do("POST", f"{path}/corrections", {"changes": {"keywords": [tax, *former]}})
    assert (await undone("ben", keywords=[law, *own])).status_code == 200
    assert await stands(tax, *own)


async def test_key_06_nor_is_one_taken_off_that_came_while_another_list_was_on_its_way(
    client: Any, world: WorldView, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, tax, _ = await offered(world)
    identifier = await client.record(keywords=[tax])
    path = f"{PATH}/{identifier}/corrections"
    activities, original = client.app.state.activities, client.app.state.activities.check

    async def check(*args: Any) -> None:
        monkeypatch.setattr(activities, "check", original)
        await client.do("POST", path, {"changes": {"keywords": [tax, secret]}})

    monkeypatch.setattr(activities, "check", check)
    await client.do("POST", path, {"changes": {"keywords": []}}, by="ben")
    assert (await client.read(identifier))["keywords"] == [secret]


async def test_key_06_no_conflict_of_drafts_tells_of_what_one_keeps_to_oneself(client: Any, world: WorldView) -> None:
    secret, tax, _ = await offered(world)
    draft = {"id": new_id(), "kind": "note", "title": "Offer", "occurred_on": "2026-06-01", "keywords": [tax, secret]}
    await client.do("POST", f"{PATH}/drafts", {"drafts": [draft]})
    again = {"drafts": [draft | {"keywords": [tax]}, draft | {"keywords": []}]}
    taken = (await client.do("POST", f"{PATH}/drafts", again, by="ben"))["drafts"]
    assert [each["differs"] for each in taken] == [["entered_by"], ["entered_by", "keywords"]]
