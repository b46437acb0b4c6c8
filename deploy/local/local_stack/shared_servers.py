"""One MongoDB and one Kafka for all test sessions of a user on this machine, however many run at once.

A session that finds none starts the pair; every session holds a share of a lock, and the last one stops the
pair, unless it was started by hand (`python -m local_stack test-servers start`) or DOSSIER_TEST_KEEP_SERVERS is set.
Their data is in memory where there is room: tests make thousands of collections, which a disk makes one after another.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from local_stack import kafka, locks, mongo, processes
from local_stack.errors import StackError
from local_stack.kafka import Kafka
from local_stack.mongo import Mongo
from local_stack.ports import free_port
from local_stack.processes import ProcessId

_MEMORY = Path("/dev/shm")
_ROOM = 8 * 1024**3


class Servers(NamedTuple):
    """Where the pair listens."""

    mongo_url: str
    kafka_bootstrap: str


class _State(NamedTuple):
    servers: Servers
    processes: list[ProcessId]
    keep: bool


def running() -> Servers | None:
    """The pair, if it runs and answers."""
    state = _read()
    if state is None or not mongo.answers(state.servers.mongo_url):
        return None
    return state.servers if kafka.answers(state.servers.kafka_bootstrap) else None


def start(*, keep: bool) -> Servers:
    """The running pair, or a new one; with `keep` no test session stops it."""
    with locks.exclusive(_folder() / "start.lock"):
        return _start(keep)


def stop() -> None:
    """Stops the pair and forgets its data."""
    with locks.exclusive(_folder() / "start.lock"):
        _stop()


@contextmanager
def joined() -> Generator[Servers]:
    """The pair for as long as the caller needs it."""
    keep = bool(os.environ.get("DOSSIER_TEST_KEEP_SERVERS"))
    with locks.exclusive(_folder() / "start.lock"):
        servers = _start(keep)
        use = locks.share(_folder() / "in-use.lock")
    try:
        yield servers
    finally:
        with use, locks.exclusive(_folder() / "start.lock"):
            state = _read()
            if state and not state.keep and locks.is_last_holder(use):
                _stop()


def _start(keep: bool) -> Servers:
    servers, state = running(), _read()
    if servers and state:
        if keep and not state.keep:
            _write(state._replace(keep=True))
        return servers
    _stop()
    return _start_anew(keep)


def _start_anew(keep: bool) -> Servers:
    data = _data_folder()
    database = Mongo(data / "mongo", free_port(), cache_gb=1, many_databases=True)
    broker = Kafka(data / "kafka", free_port(), free_port())
    servers = Servers(database.url, broker.bootstrap)
    started: list[ProcessId] = []
    try:
        mongod = database.start()
        started.append(ProcessId.of(mongod.pid))
        java = broker.start()
        started.append(ProcessId.of(java.pid))
        _write(_State(servers, started, keep))
        database.wait_until_ready(mongod)
        broker.wait_until_ready(java)
    except BaseException:
        for identity in started:
            processes.stop(identity)
        raise
    return servers


def _stop() -> None:
    state = _read()
    for identity in state.processes if state else []:
        processes.stop(identity)
    _state_file().unlink(missing_ok=True)
    for folder in (_folder(), _memory_folder()):
        for server in ("mongo", "kafka"):
            shutil.rmtree(folder / server, ignore_errors=True)


def segments(topic: str, partition: int) -> list[Path]:
    """The files in which the broker keeps a partition, for tests that damage them."""
    folders = [folder / "kafka" / "data" / f"{topic}-{partition}" for folder in (_folder(), _memory_folder())]
    return [segment for folder in folders for segment in folder.glob("*.log")]


def _data_folder() -> Path:
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM
    if not roomy or psutil.virtual_memory().available < _ROOM:
        return _folder()
    return _own(_memory_folder())


def _memory_folder() -> Path:
    return _MEMORY / str(_folder()).strip("/").replace("/", "-")


def _folder() -> Path:
    return _own(Path(tempfile.gettempdir()) / f"dossier-test-servers-{os.getuid()}")


def _own(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise StackError(f"{folder} belongs to another user")
    return folder


def _state_file() -> Path:
    return _folder() / "state.json"


def _read() -> _State | None:
    try:
        text = json.loads(_state_file().read_text())
    except (FileNotFoundError, ValueError):
        return None
    return _State(Servers(*text["servers"]), [ProcessId(*identity) for identity in text["processes"]], text["keep"])


def _write(state: _State) -> None:
    identities = [(identity.pid, identity.started) for identity in state.processes]
    text = json.dumps({"servers": state.servers, "processes": identities, "keep": state.keep})
    draft = _state_file().with_suffix(".draft")
    draft.write_text(text)
    draft.rename(_state_file())
