"""Which generations there are, and that one which is no longer needed can be dropped."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import typer

from dossier.cli import connection, projections
from dossier.mongo import Database
from dossier.operated import Operated
from dossier.projections.pointer import Pointers
from dossier.testing.projections import Cards

pytestmark = pytest.mark.backends


@pytest.fixture
async def switched(operated: Operated, database: Database, monkeypatch: pytest.MonkeyPatch) -> Operated:
    """After a rebuild: generation 2 is live, 1 was before."""
    monkeypatch.setattr(projections, "operated_services", lambda: {"tests": operated})
    pointers = Pointers(database, "cards")
    await pointers.activate(await pointers.begin(1))
    await pointers.switch(2)
    await database["cards_v1_cards"].insert_one({"_id": "old"})
    return operated


async def test_generations_are_listed_and_one_that_is_not_live_is_retired_with_its_collections(
    switched: Operated, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await projections.show_generations()
    listed = capsys.readouterr().out
    assert "active, live before" in listed
    await projections.retire_generation(switched, "cards", 1)
    assert list((await Pointers(database, "cards").read(1)).generations) == [2]
    assert "cards_v1_cards" not in await database.list_collection_names()


async def test_without_a_name_the_one_that_can_be_rebuilt_is_meant_whatever_views_there_are(
    switched: Operated, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    operated = replace(switched, views={"others": Cards})
    monkeypatch.setattr(connection, "operated_services", lambda: {"tests": operated})
    await asyncio.to_thread(projections.retire, "tests", 1)
    assert list((await Pointers(database, "cards").read(1)).generations) == [2]


@pytest.mark.parametrize("number", [2, 0, 3])
async def test_the_live_generation_and_one_that_never_was_are_not_retired(
    switched: Operated, database: Database, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        await projections.retire_generation(switched, "cards", number)
    assert ("is live" if number == 2 else "has no generation") in capsys.readouterr().err
    assert list((await Pointers(database, "cards").read(1)).generations) == [1, 2]
