"""`dossier verify` says what is wrong and goes on, whatever does not answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dossier.cli import verifying
from dossier.mongo import Database
from dossier.operated import Operated
from dossier.projections.pointer import Pointers

pytestmark = pytest.mark.backends


async def said_by_verify(
    operated: Operated, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.setattr(verifying, "operated_services", lambda: {"tests": operated})
    monkeypatch.setattr(verifying, "FEED_SECONDS", 0.2)
    assert not await verifying.verify_all(with_projections=True)
    return capsys.readouterr().out


async def test_a_feed_that_does_not_answer_is_said_and_the_other_checks_go_on(
    operated: Operated, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await said_by_verify(operated, monkeypatch, capsys)
    assert "sound  tests: store" in said
    assert "WRONG  tests: feed unreachable" in said
    assert "WRONG  tests: projection cards: feed unreachable" in said
    assert list((await Pointers(database, "cards").read(1)).generations) == [1]


async def test_a_read_model_that_cannot_be_compared_is_named_with_the_reason(
    operated: Operated, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without = replace(operated, incomparable={"cards": "it keeps what was done"})
    said = await said_by_verify(without, monkeypatch, capsys)
    assert "projection cards: not compared (it keeps what was done)" in said
