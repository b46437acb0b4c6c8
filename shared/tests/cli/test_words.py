"""Whatever is missing, an operator reads a line that says what to do, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

NOBODY = "127.0.0.1:9"


def dossier(arguments: Sequence[str], **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOSSIER_")}
    command = [sys.executable, "-c", "from dossier.cli import app; app()", *arguments]
    return subprocess.run(command, env=environment | variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("command", "variables", "words"),
    [
        ("verify", {}, "DOSSIER_TOKEN_KEY must be a random text"),
        ("projections list", {}, "DOSSIER_ISSUER_URL must be https"),
        ("projections list", {"DOSSIER_PORT": "many"}, "DOSSIER_PORT: Input should be a valid integer"),
        ("topics", {"DOSSIER_KAFKA_BOOTSTRAP": NOBODY}, "Kafka does not answer"),
        ("token anna", {"DOSSIER_ISSUER_URL": f"http://{NOBODY}"}, "The development issuer does not answer"),
        ("demo show", {"DOSSIER_HISTORIES_URL": f"http://{NOBODY}"}, "The history cannot be read"),
    ],
)
def test_what_is_missing_is_said_in_a_line(command: str, variables: dict[str, str], words: str) -> None:
    ended = dossier(command.split(), **variables)
    assert ended.returncode == 1
    assert words in ended.stderr
    assert 'eval "$(.venv/bin/python -m local_stack env)"' in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
