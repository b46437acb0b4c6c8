"""A service says which roles it has, without any variable set."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_roles_are_listed(flag: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOSSIER_")}
    command = [sys.executable, "-m", "dossier.testing.sample", flag]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout == "python -m sample [ROLE …]\n\nRoles, all if none is named: api, worker, relay\n"
    assert said.stderr == ""
