"""One stack for all end-to-end tests of a session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.stack import Stack, start, stop


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start(tmp_path_factory.mktemp("stack"))
    try:
        dossier = str(Path(sys.executable).with_name("dossier"))
        loaded = running.run(dossier, "demo", "load", "--activities", "40", "--mails", "10", seconds=400)
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        yield running
    finally:
        stop(running)
