"""Starts the parts of a stack in order, starts again what ends, and stops all when told to."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator

from local_stack import locks, processes, state
from local_stack.errors import StackError
from local_stack.processes import ProcessId
from local_stack.programs import Program, stages
from local_stack.settings import Settings
from local_stack.state import ChildState, StackState

LOCK = "supervisor.lock"
"""In the folder of a stack, held while its supervisor lives."""

LONGEST_PAUSE = 30.0
"""Seconds between two starts of something that keeps ending."""

STEADY_AFTER = 60.0
"""Seconds of running after which earlier failures no longer count."""

PATIENCE = 30.0
"""Seconds that a part has for stopping by itself; services need less than ten."""


class Child:
    """A program and its process, if it has one at the moment."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.identity: ProcessId | None = None
        self.condition = "waiting"
        self.restarts = 0
        self.reason = ""
        self._failures = 0
        self._start_at = 0.0

    def look(self, now: float) -> None:
        """Starts it, notices its end or its readiness: whatever is due."""
        if self.condition == "done":
            return
        if self.process is None:
            if now >= self._start_at:
                self._start(now)
        elif self.process.poll() is not None:
            self._ended(now, self.process.returncode)
        elif self.condition == "starting" and not self.program.once:
            self._ask_whether_ready()

    def run_again_after(self, part: str) -> None:
        """Makes a job that is done due again, if `part`, which was started anew, may have lost what it made."""
        if self.condition == "done" and self.program.again_after == part:
            self.condition = "waiting"

    def _start(self, now: float) -> None:
        self._start_at = now
        try:
            self.process = self.program.start()
            self.identity = ProcessId.of(self.process.pid)
            self.condition = "starting"
        except (OSError, StackError) as error:
            self._failed(now, str(error))

    def _ask_whether_ready(self) -> None:
        try:
            if self.program.is_ready():
                self.condition = "ready"
        except StackError as error:
            self.reason = str(error)

    def _ended(self, now: float, code: int) -> None:
        self.process = self.identity = None
        if self.program.once and code == 0:
            self.condition = "done"
        else:
            self._failed(now, f"ended with code {code}")

    def _failed(self, now: float, reason: str) -> None:
        if now - self._start_at > STEADY_AFTER:
            self._failures = 0
        self.condition, self.reason = "failed", reason
        self._start_at = now + min(LONGEST_PAUSE, 0.5 * 2**self._failures)
        self._failures += 1
        self.restarts += 1

    def describe(self) -> ChildState:
        """What others may know of it."""
        return ChildState(
            name=self.program.name,
            condition=self.condition,
            process=self.identity,
            restarts=self.restarts,
            log=str(self.program.log),
            reason=self.reason,
        )


class Supervisor:
    """Owns every process of the stack in `settings.folder`, of which there is one at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pending = stages(settings)
        self._active: list[list[Child]] = []
        self._is_told_to_stop = False
        self._is_complete = False
        self._identity = ProcessId.of(os.getpid())

    def run(self) -> None:
        """Returns after SIGTERM or SIGINT, when every child has ended."""
        lock = locks.try_exclusive(self._settings.folder / LOCK)
        if lock is None:
            raise StackError("another supervisor has this folder")
        with lock:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._told_to_stop)
            try:
                while not self._is_told_to_stop:
                    self._look()
                    time.sleep(0.2)
            finally:
                self._stop_all()
                state.state_file(self._settings.folder).unlink(missing_ok=True)

    def _told_to_stop(self, *_: object) -> None:
        self._is_told_to_stop = True

    def _look(self) -> None:
        for child in self._children():
            before = child.describe()
            child.look(time.monotonic())
            if child.describe() != before:
                if child.condition == "ready":
                    self._run_jobs_again_after(child.program.name)
                self._note()  # at once: who cleans up after a killed supervisor knows only what was noted
        if state.read(self._settings.folder) is None:
            self._note()  # it is new, or what was noted was damaged or lost
        if self._pending and all(child.describe().is_settled for child in self._children()):
            self._active.append([Child(program) for program in self._pending.pop(0)])

    def _run_jobs_again_after(self, part: str) -> None:
        for child in self._children():
            child.run_again_after(part)

    def _children(self) -> Iterator[Child]:
        for stage in self._active:
            yield from stage

    def _note(self) -> None:
        children = [child.describe() for child in self._children()]
        complete = not self._pending and all(child.describe().is_settled for child in self._children())
        self._is_complete = self._is_complete or complete
        noted = StackState(
            supervisor=self._identity,
            ports=dict(self._settings.ports),
            children=children,
            complete=self._is_complete,
        )
        state.write(self._settings.folder, noted)

    def _stop_all(self) -> None:
        for stage in reversed(self._active):
            running = [child.process for child in stage if child.process]
            for process in running:
                process.terminate()
            give_up = time.monotonic() + PATIENCE
            for process in running:
                processes.end(process, max(0.1, give_up - time.monotonic()))
