"""Processes that outlive their starter, recognised by id and start time so that only our own are ever ended."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from local_stack.errors import StackError


@dataclass(frozen=True)
class ProcessId:
    """One process for ever: the system gives its number to others later, its start time never."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        """The identity of the process that has `pid` now."""
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The running process, or None if it ended."""
        try:
            process = psutil.Process(self.pid)
            # Start times are derived from the boot time, which shifts a little when the clock is set.
            same = abs(process.create_time() - self.started) < 1
            return process if same and not _is_over(process) else None
        except psutil.Error:
            return None


def _is_over(process: psutil.Process) -> bool:
    """Whether all that is left is a code for its parent. While further threads live, so do its files and its ports."""
    return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1


def start(
    command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Starts `command` in a session of its own, its output appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )


def stop(identity: ProcessId, *, patience: float = 20) -> None:
    """Ends the process, politely for `patience` seconds, then by force. One that has ended is fine.

    Raises StackError if that does not help.
    """
    process = identity.find()
    if process is None:
        return
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        if not _ended(identity, patience):
            process.kill()
            if not _ended(identity, 5):
                raise StackError(f"process {identity.pid} does not end")


def _ended(identity: ProcessId, patience: float) -> bool:
    """Whether the process ends in time. Whoever started it may not have heard of it yet: another process cannot wait
    for that."""
    give_up = time.monotonic() + patience
    while identity.find() is not None:
        if time.monotonic() >= give_up:
            return False
        time.sleep(0.02)
    return True


def end(process: subprocess.Popen[bytes], patience: float) -> None:
    """Waits for a child that was told to end; after `patience` seconds it is ended by force."""
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def wait_until(
    ready: Callable[[], bool],
    name: str,
    process: subprocess.Popen[bytes] | None = None,
    log: Path | None = None,
    patience: float = 90,
) -> None:
    """Waits until `ready`. Raises StackError if `process` ends meanwhile, or after `patience` seconds."""
    give_up = time.monotonic() + patience
    while not ready():
        if process and process.poll() is not None:
            raise StackError(f"{name} ended with code {process.returncode}. {end_of(log)}")
        if time.monotonic() > give_up:
            raise StackError(f"{name} is not ready after {patience:.0f} s. {end_of(log)}")
        time.sleep(0.1)


def end_of(log: Path | None, lines: int = 15, most: int = 300) -> str:
    """The last lines of a log, to be put behind an error message, each with its first characters: servers write what
    they cannot read into their logs."""
    if log is None or not log.exists():
        return "It left no log."
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join([f"The end of {log}:", *(f"  {line[:most]}" for line in last)])
