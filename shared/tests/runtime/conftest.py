"""The sample service as a real process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

START_SECONDS = 60


class SampleProcess:
    """One process of the sample service, what it wrote, and a client that speaks to it."""

    def __init__(self, out: Path, environment: dict[str, str], *roles: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self.out = out
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=30)
        variables = {name: value for name, value in os.environ.items() if not name.startswith("DOSSIER_")}
        with out.open("wb") as written:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dossier.testing.sample", *roles],
                env=variables | {"DOSSIER_PORT": str(self.port)} | environment,
                stdout=written,
                stderr=subprocess.STDOUT,
            )

    def ready(self) -> SampleProcess:
        """Wait until `/readyz` says so."""
        return self.answers("/readyz")

    def answers(self, path: str, status: int = 200) -> SampleProcess:
        """Wait until the path answers with the status."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.http.get(path).status_code == status:
                    return self
            except httpx.TransportError:
                assert self.process.poll() is None, self.out.read_text()
            time.sleep(0.05)
        raise AssertionError(f"{path} does not answer {status}: {self.out.read_text()}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send the signal; exit code and seconds until the process has ended."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(30), time.monotonic() - began

    def ended(self) -> int:
        """Wait until the process ends by itself; its exit code."""
        return self.process.wait(START_SECONDS)

    def logged(self, event: str | None = None) -> list[dict[str, Any]]:
        """What it logged: every line of its output is one JSON object."""
        lines = [json.loads(line) for line in self.out.read_text().splitlines()]
        return [line for line in lines if event in (None, line["event"])]


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A running development issuer: its address, and a token of an administrator."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    variables = {"DOSSIER_ENVIRONMENT": "test", "DOSSIER_PORT": str(port), "DOSSIER_ISSUER_URL": url}
    command = [sys.executable, "-m", "dossier.auth.issuer"]
    environment = os.environ | variables | {"DOSSIER_ISSUER_FOLDER": str(tmp_path / "issuer")}
    process = subprocess.Popen(command, env=environment)
    try:
        yield url, _token(url)
    finally:
        process.terminate()
        assert process.wait(30) == 0


def _token(url: str) -> str:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return httpx.get(f"{url}/dev/token", params={"user": "dora"}, trust_env=False).text.strip()
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


Run = Callable[..., SampleProcess]


@pytest.fixture
def run(tmp_path: Path, mongo_url: str, database_name: str) -> Iterator[Run]:
    started: list[SampleProcess] = []

    def start(*roles: str, out: Path | None = None, **variables: str) -> SampleProcess:
        environment = {
            "DOSSIER_ENVIRONMENT": "test",
            "DOSSIER_MONGO_URL": mongo_url,
            "DOSSIER_MONGO_DATABASE": database_name,
            **{f"DOSSIER_{name.upper()}": value for name, value in variables.items()},
        }
        started.append(SampleProcess(out or tmp_path / f"{uuid4().hex}.log", environment, *roles))
        return started[-1]

    yield start
    for each in started:
        each.http.close()
        if each.process.poll() is None:
            each.process.kill()
        each.process.wait()
