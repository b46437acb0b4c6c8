"""Loaded by every test session: the fixtures with real servers, and which tests belong together."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["dossier.testing.backends", "dossier.testing.databases"]

ONE_STACK = "tests/e2e/"


class _WholeFiles(LoadScopeScheduling):
    """Where several processes share the tests, each takes whole files, and one takes all that need the whole system."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return ONE_STACK if file.startswith(ONE_STACK) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Not `--dist loadgroup`: pytest 9.2 tells pytest-xdist 3.8 nothing of groups, and each test would go alone."""
    return _WholeFiles(config, log)
