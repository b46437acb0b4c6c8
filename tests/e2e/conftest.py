"""One stack for all end-to-end tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.people import User
from e2e.stack import Stack, start, stop


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start(tmp_path_factory.mktemp("stack"))
    try:
        dossier = str(Path(sys.executable).with_name("dossier"))
        loaded = running.run(dossier, "demo", "load", "--activities", "40", "--mails", "10", seconds=400)
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
        yield running
    finally:
        stop(running)


@pytest.fixture
def anna(stack: Stack) -> User:
    """A consultant."""
    return User(stack, "anna")


@pytest.fixture
def bruno(stack: Stack) -> User:
    """Another consultant."""
    return User(stack, "bruno")


@pytest.fixture
def clara(stack: Stack) -> User:
    """A partner, who may see private data."""
    return User(stack, "clara")


@pytest.fixture
def dora(stack: Stack) -> User:
    """An administrator."""
    return User(stack, "dora")
