"""The stack starts, heals and stops; whatever was wrong before, it says so clearly and harms nobody else."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from dossier import topics
from local_stack import commands, processes
from local_stack.errors import StackError
from local_stack.processes import ProcessId
from local_stack.services import TOPIC_PREFIX

STAND_IN = """
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass

address = os.environ["DOSSIER_HOST"], int(os.environ["DOSSIER_PORT"])
http.server.ThreadingHTTPServer(address, Handler).serve_forever()
"""

ENDS_THREAD_BY_THREAD = """
import ctypes, os, signal, threading

def end(*_):
    threading.Timer(1, os._exit, [0]).start()
    ctypes.CDLL(None).pthread_exit(None)

signal.signal(signal.SIGTERM, end)
"""
"""Told to end, its first thread ends at once, and its port is held until the last one has ended, as with mongod."""


class Stack:
    """The command line of a stack in a folder of its own, with only `addresses` and `histories`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "stack"
        self.modules = folder / "modules"
        for name in ("addresses", "histories"):
            self.write_service(name, STAND_IN)
        self.environment = os.environ | {
            "PYTHONPATH": str(self.modules),
            "DOSSIER_LOCAL_FOLDER": str(self.folder),
            "DOSSIER_LOCAL_PORTS": "free",
            "DOSSIER_LOCAL_ONLY": "addresses,histories",
        }

    def write_service(self, name: str, program: str) -> None:
        """Makes `python -m <name>` run `program`."""
        package = self.modules / name
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(program)

    def run(self, command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Runs `python -m local_stack <command>`."""
        return subprocess.run(
            [sys.executable, "-m", "local_stack", command],
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def state(self) -> dict[str, Any]:
        """What the supervisor noted."""
        return json.loads((self.folder / "state.json").read_text())

    def process(self, name: str) -> psutil.Process:
        """The process of a service, or of the supervisor."""
        if name == "supervisor":
            return psutil.Process(self.state()["supervisor"]["pid"])
        [child] = [child for child in self.state()["children"] if child["name"] == name]
        return psutil.Process(child["process"]["pid"])


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack that is stopped after the test."""
    stack = Stack(tmp_path)
    yield stack
    stack.run("down")


def test_up_status_up_again_down(stack: Stack) -> None:
    first = stack.run("up")
    assert first.returncode == 0, first.stderr
    assert "/docs" in first.stdout
    services = [stack.process("addresses"), stack.process("histories")]
    assert stack.run("status").returncode == 0

    again = stack.run("up")
    assert (again.returncode, again.stdout.splitlines()[0]) == (0, "The stack runs already.")
    assert stack.process("addresses") == services[0]

    assert stack.run("down").returncode == 0
    assert not any(process.is_running() for process in services)
    assert "No stack runs." in stack.run("status").stderr
    assert stack.run("down").stdout == "No stack runs.\n"


def test_a_busy_port_is_named_with_its_holder_and_nothing_is_started(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        answer = stack.run("up", DOSSIER_LOCAL_PORT_ADDRESSES=port)
    assert answer.returncode == 1
    assert f"Port {port}, wanted for addresses, is held by process {os.getpid()}" in answer.stderr
    assert not (stack.folder / "state.json").exists()


def test_a_port_that_is_set_for_two_parts_is_named_with_both(stack: Stack) -> None:
    answer = stack.run("up", DOSSIER_LOCAL_PORT_ADDRESSES="47123", DOSSIER_LOCAL_PORT_HISTORIES="47123")
    assert (answer.returncode, answer.stderr) == (1, "Port 47123 is set for addresses and histories.\n")


def test_what_a_killed_supervisor_left_is_ended_by_the_next_start(stack: Stack) -> None:
    stack.run("up")
    left = ProcessId.of(stack.process("addresses").pid)
    stack.process("supervisor").kill()
    assert "The supervisor died; these parts run unattended: addresses, histories" in stack.run("status").stderr
    assert left.find() is not None

    again = stack.run("up")
    assert again.returncode == 0, again.stderr
    assert "an earlier stack had left running: histories, addresses" in again.stdout
    assert left.find() is None
    assert stack.process("addresses").is_running()


def test_what_a_killed_supervisor_left_has_let_go_of_its_ports_before_the_next_start(stack: Stack) -> None:
    stack.write_service("addresses", ENDS_THREAD_BY_THREAD + STAND_IN)
    stack.run("up")
    port = str(stack.state()["ports"]["addresses"])
    stack.process("supervisor").kill()

    again = stack.run("up", DOSSIER_LOCAL_PORT_ADDRESSES=port)
    assert again.returncode == 0, again.stderr
    assert stack.state()["ports"]["addresses"] == int(port)


def test_a_process_that_took_over_a_noted_number_is_left_alone(stack: Stack) -> None:
    stack.run("up")
    noted = stack.state()
    stack.run("down")
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        for holder in (noted, *(child["process"] for child in noted["children"])):
            noted_process = holder.get("supervisor") or holder
            noted_process["pid"] = other.pid
            noted_process["started"] -= 60  # the clock of processes is not trusted below a second
        (stack.folder / "state.json").write_text(json.dumps(noted))
        assert stack.run("up").returncode == 0
        assert stack.run("down").returncode == 0
        assert other.poll() is None
        other.kill()


def test_the_variables_of_a_client_put_the_command_line_on_the_path(stack: Stack) -> None:
    without = stack.run("env")
    assert "No stack runs" in without.stderr
    stack.run("up")
    answer = stack.run("env")
    assert answer.stderr == ""
    assert f"_ADDRESSES_URL=http://127.0.0.1:{stack.state()['ports']['addresses']}\n" in answer.stdout
    assert f'export PATH={Path(sys.executable).parent}:"$PATH"' in answer.stdout


def test_a_state_file_that_was_cut_off_is_no_obstacle(stack: Stack) -> None:
    stack.folder.mkdir()
    (stack.folder / "state.json").write_text('{"supervisor": {"pid": 1')
    assert stack.run("up").returncode == 0


@pytest.mark.parametrize(
    "damage", [lambda file: file.unlink(), lambda file: file.write_text('{"supervisor": {"pid": 1')]
)
def test_a_state_file_that_is_lost_while_the_stack_runs_is_written_again(stack: Stack, damage: Any) -> None:
    stack.run("up")
    addresses = stack.process("addresses")
    damage(stack.folder / "state.json")
    assert stack.run("status").returncode == 0
    damage(stack.folder / "state.json")
    cleaned = stack.run("clean-data")
    assert (cleaned.returncode, cleaned.stdout.splitlines()[0]) == (0, "Stopping …")
    assert not addresses.is_running()


def test_a_state_file_that_cannot_be_read_is_said_and_no_data_forgotten(stack: Stack) -> None:
    stack.run("up")
    supervisor = stack.process("supervisor")
    supervisor.suspend()
    noted = (stack.folder / "state.json").rename(stack.folder / "noted")
    (stack.folder / "mongo").mkdir()
    refused = stack.run("clean-data")
    noted.rename(stack.folder / "state.json")
    supervisor.resume()
    assert (refused.returncode, refused.stderr[:17]) == (1, "A stack runs, but")
    assert (stack.folder / "mongo").exists()


def test_a_service_that_dies_is_started_again(stack: Stack) -> None:
    stack.run("up")
    dead = stack.process("histories")
    dead.kill()
    _wait_until(lambda: stack.process("histories") != dead and stack.run("status").returncode == 0)
    assert "started again 1 times, last: ended with code -9" in stack.run("status").stdout


def test_a_service_that_cannot_start_is_named_and_the_others_go_on(stack: Stack) -> None:
    stack.write_service("histories", "raise SystemExit('histories: DOSSIER_PORT is missing')")
    answer = stack.run("up")
    assert answer.returncode == 1
    assert "histories ended with code 1. The end of " in answer.stderr
    assert "histories: DOSSIER_PORT is missing" in answer.stderr
    assert stack.process("addresses").is_running()
    assert "Not everything is ready." in stack.run("status").stderr


def test_up_on_a_running_stack_names_what_is_not_ready_any_more(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    troubled = stack.folder / "troubled"
    answer = f"self.send_response(503 if os.path.exists({str(troubled)!r}) else 200)"
    stack.write_service("histories", STAND_IN.replace("self.send_response(200)", answer))
    stack.run("up")
    troubled.touch()
    for name in ("DOSSIER_LOCAL_FOLDER", "DOSSIER_LOCAL_PORTS", "DOSSIER_LOCAL_ONLY"):
        monkeypatch.setenv(name, stack.environment[name])
    monkeypatch.setattr(commands, "PATIENCE", 1)
    with pytest.raises(StackError, match=r"^histories is not ready\. "):
        commands.up()
    assert capsys.readouterr().out == "The stack runs already.\n  addresses is ready\n"

    troubled.unlink()
    assert stack.run("up").returncode == 0


@pytest.mark.backends
@pytest.mark.slow
async def test_topics_that_kafka_lost_are_made_again_before_the_stack_is_ready(stack: Stack) -> None:
    stack.run("up", DOSSIER_LOCAL_ONLY="kafka,topics")
    supervisor = stack.process("supervisor")
    supervisor.suspend()
    processes.stop(ProcessId.of(stack.process("kafka").pid))
    shutil.rmtree(stack.folder / "kafka" / "data")
    supervisor.resume()

    again = stack.run("up", DOSSIER_LOCAL_ONLY="kafka,topics")
    assert again.returncode == 0, again.stderr
    client = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{stack.state()['ports']['kafka']}")
    await client.start()
    made = await client.list_topics()
    await client.close()
    assert {topics.topic_name(TOPIC_PREFIX, name) for name in topics.NAMES} <= set(made)


@pytest.mark.backends
@pytest.mark.slow
def test_a_database_that_lost_its_catalogue_is_refused_and_not_begun_anew(stack: Stack) -> None:
    assert stack.run("up", DOSSIER_LOCAL_ONLY="mongo").returncode == 0
    stack.run("down")
    data = stack.folder / "mongo" / "data"
    (data / "WiredTiger.turtle").unlink()
    kept = {file.name for file in data.iterdir()}

    refused = stack.run("up", DOSSIER_LOCAL_ONLY="mongo")
    assert refused.returncode == 1
    assert f"{data} holds collections, but WiredTiger.turtle is missing" in refused.stderr
    assert "Restore the folder from a backup, or forget all data with `make clean-data`." in refused.stderr
    assert not (stack.folder / "state.json").exists()
    assert {file.name for file in data.iterdir()} == kept

    stack.run("clean-data")
    assert stack.run("up", DOSSIER_LOCAL_ONLY="mongo").returncode == 0


def test_a_folder_that_cannot_be_written_is_said(stack: Stack) -> None:
    obstacle = stack.folder.with_name("obstacle")
    obstacle.touch()
    answer = stack.run("up", DOSSIER_LOCAL_FOLDER=str(obstacle / "stack"))
    assert (answer.returncode, answer.stderr) == (1, f"{obstacle / 'stack'} cannot be written: Not a directory\n")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DOSSIER_LOCAL_ONLY", "addresses,adresses", "DOSSIER_LOCAL_ONLY names adresses; known are activities, "),
        ("DOSSIER_LOCAL_PORT_KAFKA", "9092/tcp", "DOSSIER_LOCAL_PORT_KAFKA=9092/tcp is no port"),
        ("DOSSIER_LOCAL_PORT_KAFKA", "²", "DOSSIER_LOCAL_PORT_KAFKA=² is no port"),
        ("DOSSIER_LOCAL_PORT_KAFKA", "90920", "DOSSIER_LOCAL_PORT_KAFKA=90920 is no port"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(stack: Stack, variable: str, value: str, words: str) -> None:
    answer = stack.run("up", **{variable: value})
    assert answer.returncode == 1
    assert answer.stderr.startswith(words)


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSSIER_LOCAL_FOLDER", str(tmp_path))
    monkeypatch.setenv("DOSSIER_LOCAL_ONLY", "addresses")
    monkeypatch.setenv("DOSSIER_LOCAL_PORTS", "free")
    monkeypatch.setattr(commands, "ROOM_TO_START", 1 << 60)
    with pytest.raises(StackError, match=r"Only \d+ MB are free at "):
        commands.up()
    assert not (tmp_path / "state.json").exists()


def test_clean_data_forgets_its_own_folders_only(stack: Stack) -> None:
    stack.run("up")
    (stack.folder / "mongo").mkdir()
    (stack.folder / "notes-of-a-person").touch()
    cleaned = stack.run("clean-data")
    assert cleaned.returncode == 0
    assert "stays" not in cleaned.stdout
    assert not (stack.folder / "mongo").exists()
    assert (stack.folder / "notes-of-a-person").exists()


def _wait_until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while True:
        try:
            if holds():
                return
        except (psutil.Error, TypeError, ValueError):
            pass  # between two processes
        assert time.monotonic() < give_up
        time.sleep(0.2)
