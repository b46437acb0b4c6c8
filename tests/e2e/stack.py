"""A whole stack of real processes with a small demo, on free ports and in a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVERYTHING = "mongo,kafka,topics,issuer,directory,addresses,engagements,activities,email-ingest,notifications,histories"
_EXPORT = re.compile(r"^export (DOSSIER_\w+)=(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Stack:
    """A running stack: the variables its clients need, and its folder."""

    folder: Path
    variables: Mapping[str, str]

    def url(self, service: str) -> str:
        """Where a service (or `issuer`) answers."""
        return self.variables[f"DOSSIER_{service.upper().replace('-', '_')}_URL"]

    def run(self, *command: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command as a client of the stack."""
        return subprocess.run(
            command, cwd=ROOT, env=os.environ | self.variables, capture_output=True, text=True, timeout=seconds
        )


def start(folder: Path) -> Stack:
    """Start everything. The parts are named, because then no demo is loaded: a small one follows."""
    own = {
        "DOSSIER_LOCAL_FOLDER": str(folder),
        "DOSSIER_LOCAL_PORTS": "free",
        "DOSSIER_LOCAL_ONLY": EVERYTHING,
    }
    _local_stack(own, "up")
    variables = {name: value.strip("'") for name, value in _EXPORT.findall(_local_stack(own, "env"))}
    return Stack(folder, own | variables)


def stop(stack: Stack) -> None:
    """Stop everything and forget it."""
    _local_stack(stack.variables, "clean-data")


def _local_stack(variables: Mapping[str, str], command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "local_stack", command],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
