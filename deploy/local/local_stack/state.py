"""What the supervisor notes about itself and its children, for others and for whoever cleans up after it."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local_stack.processes import ProcessId


@dataclass(frozen=True)
class ChildState:
    """One part of the stack that was started."""

    name: str
    condition: str
    """One of: waiting, starting, ready, done, failed."""
    process: ProcessId | None
    restarts: int
    log: str
    reason: str
    """Why it was started again the last time."""

    @property
    def is_settled(self) -> bool:
        """Whether it does what it should."""
        return self.condition in ("ready", "done")


@dataclass(frozen=True)
class StackState:
    """The whole stack; children in the order of their start."""

    supervisor: ProcessId
    ports: dict[str, int]
    children: list[ChildState]
    complete: bool
    """Whether everything has been started and was ready at least once."""


def state_file(folder: Path) -> Path:
    """Where the state of the stack in `folder` is kept."""
    return folder / "state.json"


def read(folder: Path) -> StackState | None:
    """The last noted state, or None without one that can be read."""
    try:
        noted = json.loads(state_file(folder).read_text())
        return StackState(
            ProcessId(**noted["supervisor"]),
            noted["ports"],
            [_child(child) for child in noted["children"]],
            noted["complete"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(folder: Path, state: StackState) -> None:
    """Notes `state`. A full disk must not bring down a stack that runs, so failing to is accepted."""
    draft = state_file(folder).with_suffix(".draft")
    with suppress(OSError):
        draft.write_text(json.dumps(asdict(state), indent=1))
        draft.rename(state_file(folder))


def _child(noted: dict[str, Any]) -> ChildState:
    process = noted.pop("process")
    return ChildState(process=ProcessId(**process) if process else None, **noted)
