"""What the supervisor notes about itself and its children, for others and for whoever cleans up after it."""

from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ValidationError

from local_stack.processes import ProcessId


class ChildState(BaseModel):
    """One started part of the stack."""

    name: str
    condition: str
    """One of: waiting, starting, ready, done, failed."""
    process: ProcessId | None
    restarts: int
    log: Path
    reason: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether it does what it should."""
        return self.condition in ("ready", "done")


class StackState(BaseModel):
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
        return StackState.model_validate_json(state_file(folder).read_text())
    except (OSError, ValidationError):
        return None


def write(folder: Path, state: StackState) -> None:
    """Notes `state`. A full disk must not bring down a stack that runs, so failing to is accepted."""
    draft = state_file(folder).with_suffix(".draft")
    with suppress(OSError):
        draft.write_text(state.model_dump_json(indent=1))
        draft.rename(state_file(folder))
