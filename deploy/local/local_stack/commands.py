"""What `make up`, `make down`, `make status` and `make clean-data` do."""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from local_stack import kafka_jars, locks, ports, processes, settings, state
from local_stack.errors import StackError
from local_stack.processes import ProcessId
from local_stack.programs import PORTS_OF, mongo_server, stages
from local_stack.services import SERVICES, tool_environment
from local_stack.settings import Settings
from local_stack.state import ChildState, StackState
from local_stack.supervisor import LOCK, Supervisor

ROOM_TO_START = 1 << 30
"""Bytes that must be free: MongoDB's journal and oplog and some days of Kafka."""

ROOM_TO_GO_ON = 200 << 20
"""Bytes below which the servers soon refuse writes or end."""

PATIENCE = 180.0
"""Seconds for everything to get ready."""

NOTED_AGAIN = 5.0
"""Seconds in which a supervisor notices that what it noted was damaged or lost."""

HOPELESS_AFTER = 3
"""Failures after which `up` no longer waits for a part (the supervisor goes on trying)."""


def up() -> None:
    """Starts the stack, unless it runs already, and returns when all is ready and demo data is loaded."""
    wanted = settings.from_environment()
    with _alone(wanted.folder):
        noted = _running(wanted.folder)
        if noted:
            print("The stack runs already.", flush=True)
            supervisor = noted.supervisor
        else:
            _prepare(wanted)
            supervisor = _start_supervisor(wanted)
        noted = _completed(wanted.folder, supervisor)
        found = settings.from_environment(decided=noted.ports)
        load_demo(found)
        _say_where_to_look(found)


def down() -> None:
    """Stops the stack and keeps its data."""
    folder = settings.from_environment().folder
    print(f"Stopped. The data stays in {folder}." if _stop(folder) else "No stack runs.")


def clean_data() -> None:
    """Stops the stack and forgets all data that it keeps in its folder."""
    forgotten = settings.from_environment()
    _stop(forgotten.folder)
    for name in ("mongo", "kafka", "issuer", "logs"):
        shutil.rmtree(forgotten.folder / name, ignore_errors=True)
    print("The data is forgotten.")
    if forgotten.explicit_mongo or forgotten.explicit_kafka:
        print("Servers that were given by their address keep what they have.")


def status() -> None:
    """Shows every part. Raises StackError unless all are ready and watched by their supervisor."""
    folder = settings.from_environment().folder
    noted = _running(folder)
    if noted is None:
        _say_what_is_left(folder)
        raise StackError("No stack runs.")
    answers = _answers(noted)
    for child in noted.children:
        _show(child, noted, is_ready=answers.get(child.name, False))
    together = sum(_memory(process) for process in [noted.supervisor, *(child.process for child in noted.children)])
    print(f"{'with supervisor':<32}{together >> 20:>10} MB")
    _require_room(folder, ROOM_TO_GO_ON)
    if not (noted.complete and all(child.is_settled for child in noted.children) and all(answers.values())):
        raise StackError("Not everything is ready.")


def env() -> None:
    """Prints what a shell needs to reach the running stack: `eval "$(python -m local_stack env)"`."""
    noted = _running(settings.from_environment().folder)
    if noted is None:
        print("No stack runs; these are the addresses it would have.", file=sys.stderr)
    found = settings.from_environment(decided=noted.ports if noted else None)
    for name, value in tool_environment(found.places).items():
        print(f"export {name}={shlex.quote(value)}")
    print(f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"')


def supervise() -> None:
    """Is the supervisor, until told to stop."""
    Supervisor(settings.from_environment()).run()


def load_demo(found: Settings) -> None:
    """The demo step: loads it into a whole stack (a second time does nothing) and shows a page of it."""
    if found.only:
        return
    if importlib.util.find_spec("dossier.cli") is None:
        print("This checkout has no demo data.")
        return
    program = Path(sys.executable).with_name("dossier")
    environment = os.environ | tool_environment(found.places)
    print("  demo data (loading them takes a minute or two, the first time)", flush=True)
    if subprocess.run([program, "demo", "load"], env=environment).returncode:
        raise StackError("The demo data could not be loaded. The stack runs; `make up` tries again.")
    if subprocess.run([program, "demo", "show"], env=environment).returncode:
        raise StackError("The demo data is loaded, but cannot be read. The stack runs; `make up` tries again.")


def _alone(folder: Path) -> IO[str]:
    try:
        lock = locks.try_exclusive(folder / "up.lock")
    except OSError as error:
        raise StackError(f"{folder} cannot be written: {error.strerror}") from error
    if lock is None:
        raise StackError("Another `make up` is at work in this folder.")
    return lock


def _noted(folder: Path) -> StackState | None:
    """What the supervisor noted last. Raises StackError if there is one, of which nothing can be read."""
    give_up = time.monotonic() + NOTED_AGAIN
    while (noted := state.read(folder)) is None and locks.is_held(folder / LOCK):
        if time.monotonic() > give_up:
            raise StackError(f"A stack runs, but {state.state_file(folder)} cannot be read and is not written again.")
        time.sleep(0.2)
    return noted


def _running(folder: Path) -> StackState | None:
    noted = _noted(folder)
    return noted if noted and noted.supervisor.find() else None


def _stop(folder: Path) -> bool:
    """Ends the stack; whether there was one."""
    noted = _noted(folder)
    if noted is None:
        return False
    print("Stopping …", flush=True)
    processes.stop(noted.supervisor, patience=100)
    _end_leftovers(noted)
    state.state_file(folder).unlink(missing_ok=True)
    return True


def _say_what_is_left(folder: Path) -> None:
    """Raises StackError if the supervisor was killed and left parts of the stack behind."""
    noted = state.read(folder)
    left = [child.name for child in noted.children if child.process and child.process.find()] if noted else []
    if left:
        raise StackError(
            f"The supervisor died; these parts run unattended: {', '.join(left)}.\n"
            "`make up` ends them and starts the stack anew, `make down` ends them."
        )


def _prepare(wanted: Settings) -> None:
    noted = state.read(wanted.folder)
    ended = _end_leftovers(noted) if noted else []
    if ended:
        print(f"Ended what an earlier stack had left running: {', '.join(ended)}.")
    state.state_file(wanted.folder).unlink(missing_ok=True)
    if wanted.starts("mongo"):
        mongo_server(wanted).require_catalogue()
    _require_room(wanted.folder, ROOM_TO_START)
    _require_free_ports(wanted)
    if wanted.starts("kafka") and not kafka_jars.named_folder().exists():
        print("Fetching Kafka …", flush=True)
        kafka_jars.jars_folder()


def _end_leftovers(noted: StackState) -> list[str]:
    """Ends the children that outlived their supervisor, last started first; never a process that is not ours."""
    left = [child for child in reversed(noted.children) if child.process and child.process.find()]
    for child in left:
        assert child.process
        processes.stop(child.process)
    return [child.name for child in left]


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StackError(f"Only {free >> 20} MB are free at {folder}; {needed >> 20} MB are needed.")


def _require_free_ports(wanted: Settings) -> None:
    needed = [name for stage in stages(wanted) for program in stage for name in PORTS_OF[program.name]]
    busy = [
        f"Port {wanted.ports[name]}, wanted for {name}, is held by {ports.holder_of(wanted.ports[name])}; "
        f"{settings.variable(name)} sets another."
        for name in needed
        if not ports.is_free(wanted.ports[name])
    ]
    if twice := _set_twice(wanted, needed):
        raise StackError("\n".join(twice))
    if busy:
        free = "`DOSSIER_LOCAL_PORTS=free make up` chooses ports that are free, for all of them."
        raise StackError("\n".join([*busy, free]))


def _set_twice(wanted: Settings, needed: Sequence[str]) -> list[str]:
    by_port: defaultdict[int, list[str]] = defaultdict(list)
    for name in needed:
        by_port[wanted.ports[name]].append(name)
    return [f"Port {port} is set for {' and '.join(names)}." for port, names in by_port.items() if len(names) > 1]


def _start_supervisor(wanted: Settings) -> ProcessId:
    environment = os.environ | settings.as_variables(wanted.ports)
    command = [sys.executable, "-m", "local_stack", "supervise"]
    return ProcessId.of(processes.start(command, log=_supervisor_log(wanted.folder), env=environment).pid)


def _supervisor_log(folder: Path) -> Path:
    return folder / "logs" / "supervisor.log"


def _completed(folder: Path, supervisor: ProcessId) -> StackState:
    """Follows the supervisor until all is ready."""
    give_up = time.monotonic() + PATIENCE
    announced: set[str] = set()
    earlier: dict[str, int] | None = None
    while True:
        if supervisor.find() is None:
            log = processes.end_of(_supervisor_log(folder))
            raise StackError(f"The stack was stopped before it was ready. {log}")
        noted = state.read(folder)
        if noted:
            late = _late(noted)
            _announce([child for child in noted.children if child not in late], announced)
            if noted.complete and not late:
                return noted
            earlier = earlier or {child.name: child.restarts for child in noted.children}
            _require_hope(late, earlier, is_too_late=time.monotonic() > give_up)
        time.sleep(0.1)


def _late(noted: StackState) -> list[ChildState]:
    """The parts to wait for. Once all have been ready they are asked again, as the supervisor asks none twice."""
    answers = _answers(noted) if noted.complete else {}
    return [child for child in noted.children if not (child.is_settled and answers.get(child.name, True))]


def _answers(noted: StackState) -> dict[str, bool]:
    """Whether each part that this command is about is ready now; a job is not asked."""
    programs = [program for stage in stages(settings.from_environment(noted.ports)) for program in stage]
    return {program.name: program.once or program.is_ready() for program in programs}


def _announce(settled: Sequence[ChildState], announced: set[str]) -> None:
    for child in settled:
        if child.name not in announced:
            announced.add(child.name)
            print(f"  {child.name} is {child.condition}", flush=True)


def _require_hope(late: Sequence[ChildState], earlier: Mapping[str, int], *, is_too_late: bool) -> None:
    hopeless = [child for child in late if child.restarts - earlier.get(child.name, 0) >= HOPELESS_AFTER]
    if hopeless or is_too_late:
        words = [f"{child.name} {_reason(child)}. {processes.end_of(Path(child.log))}" for child in late]
        rest = "The rest goes on and what failed is tried again: see `make status`, or stop all with `make down`."
        raise StackError("\n".join([*words, rest]))


def _reason(child: ChildState) -> str:
    return "is not ready" if child.is_settled or not child.reason else child.reason


def _show(child: ChildState, noted: StackState, *, is_ready: bool) -> None:
    condition = "not ready" if child.condition == "ready" and not is_ready else child.condition
    port = next((noted.ports[name] for name in PORTS_OF[child.name]), "")
    again = f"started again {child.restarts} times, last: {child.reason}" if child.restarts else ""
    print(f"{child.name:<16}{condition:<10}{port:>6}{_memory(child.process) >> 20:>10} MB  {again}".rstrip())


def _memory(identity: ProcessId | None) -> int:
    process = identity.find() if identity else None
    try:
        return int(process.memory_info().rss) if process else 0
    except psutil.Error:
        return 0


def _say_where_to_look(found: Settings) -> None:
    print("\nDossier runs. API documentation:")
    for service in SERVICES:
        if found.starts(service.name):
            print(f"  {service.name:<14}{found.places.url(service.name)}/docs")
    if found.starts("issuer"):
        print(f"Access token of a demo user: curl '{found.places.url('issuer')}/dev/token?user=anna'")
    print(f"Logs are in {found.folder / 'logs'}. `make status` shows all parts, `make down` stops them.")
