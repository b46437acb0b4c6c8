"""Loaded by every test session: the fixtures with real servers, and which tests belong together."""

from pathlib import Path

import pytest

pytest_plugins = ["dossier.testing.backends", "dossier.testing.databases"]

ONE_STACK = Path("tests", "e2e")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, each takes whole files, and one takes all that need the whole system."""
    for item in items:
        file = item.path.relative_to(config.rootpath)
        group = ONE_STACK if file.is_relative_to(ONE_STACK) else file
        item.add_marker(pytest.mark.xdist_group(str(group)))
