"""Verifying goes through all projections, whatever one of them does."""

from __future__ import annotations

from typing import ClassVar

import pytest

from dossier.cli import verifying
from dossier.mongo import Database
from dossier.operated import Operated
from dossier.settings import ServiceSettings
from dossier.testing.projections import Cards

pytestmark = pytest.mark.backends


class Broken(Cards):
    name: ClassVar[str] = "broken"

    def attach(self, database: Database, generation: int) -> None:
        raise OverflowError("a value nobody thought of")


class AlsoBroken(Broken):
    name: ClassVar[str] = "also-broken"


async def test_a_projection_that_breaks_is_called_wrong_and_the_next_one_is_looked_at(
    mongo_url: str, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ServiceSettings(
        service="tests", port=1, environment="test", mongo_url=mongo_url, mongo_database=database.name
    )
    operated = Operated(lambda: settings, views={kind.name: kind for kind in (Broken, AlsoBroken)})
    monkeypatch.setattr(verifying, "operated_services", lambda: {"tests": operated})
    assert not await verifying.verify_all(with_projections=True)
    told = " ".join(capsys.readouterr().out.split())
    assert "WRONG tests: projection broken: cannot be rebuilt (OverflowError" in told
    assert "WRONG tests: projection also-broken: cannot be rebuilt (OverflowError" in told
    assert "a value nobody thought of" not in told
