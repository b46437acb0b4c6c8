"""How much memory a process needs for something, as the kernel counts it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def extra_memory(process: int, most: int) -> Generator[None]:
    """Inside, the process needs at no moment more memory than `most` bytes on top of what it has now."""
    own = Path(f"/proc/{process}")
    (own / "clear_refs").write_text("5")  # the peak begins anew
    before = _kilobytes(own, "VmRSS")
    yield
    extra = (_kilobytes(own, "VmHWM") - before) * 1024
    assert extra < most, f"{extra >> 20} MB"


def resident(process: int) -> int:
    """Bytes that the process has in memory now."""
    return _kilobytes(Path(f"/proc/{process}"), "VmRSS") * 1024


def _kilobytes(process: Path, name: str) -> int:
    (line,) = (line for line in (process / "status").read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])
