"""Load and what it measures: closed and open loops, percentiles, and the report."""

from __future__ import annotations

import asyncio
import json
import math
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

Call = Callable[[int], Awaitable[None]]
"""The n-th call of a load; whatever it raises is a failed call."""


@dataclass
class Samples:
    """What calls took, in seconds, of those that succeeded; `seconds` is how long the load ran."""

    latencies: list[float] = field(default_factory=list[float])
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list[str])

    @property
    def rate(self) -> float:
        """Calls that succeeded, per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """In milliseconds, by the nearest rank; a failed call counts as one that takes for ever."""
        ranked = sorted(self.latencies) + [float("inf")] * len(self.failures)
        rank = min(len(ranked) - 1, max(0, round(percent / 100 * len(ranked) + 0.5) - 1))
        return 1000 * ranked[rank]


async def closed_loop(callers: int, seconds: float, call: Call) -> Samples:
    """So many callers, each with its next call as soon as the last is answered: what the system can take."""
    samples = Samples()
    began = time.perf_counter()
    number = 0

    async def caller() -> None:
        nonlocal number
        while time.perf_counter() - began < seconds:
            number += 1
            await _timed(call, number, time.perf_counter(), samples)

    await asyncio.gather(*(caller() for _ in range(callers)))
    samples.seconds = time.perf_counter() - began
    return samples


async def open_loop(rate: float, seconds: float, call: Call, patience: float = 30.0) -> Samples:
    """Calls at fixed moments, whether or not earlier ones are answered.

    A call's time counts from the moment at which it was due, so that a system that stalls cannot hide the calls it
    kept from being made (no coordinated omission). Calls that are not answered after `patience` have failed.
    """
    samples = Samples()
    calls: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    try:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            if (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            calls.add(asyncio.create_task(_timed(call, number, due, samples)))
        _, late = await asyncio.wait(calls, timeout=patience)
    finally:
        for task in calls:
            task.cancel()
    samples.seconds = time.perf_counter() - began
    samples.failures += ["not answered"] * len(late)
    return samples


async def _timed(call: Call, number: int, since: float, samples: Samples) -> None:
    try:
        await call(number)
    except Exception as error:
        samples.failures.append(f"{type(error).__name__}: {error}"[:200])
    else:
        samples.latencies.append(time.perf_counter() - since)


@dataclass(frozen=True)
class Goal:
    """A bound for a figure: in its own unit, and for what it is of the bare pipe's."""

    bound: float | None = None
    of_bare: float | None = None
    direction: Literal["at least", "at most"] = "at least"

    def met(self, value: float, ratio: float | None) -> bool | None:
        """Whether the figure keeps both bounds; None without a bound."""
        if self.bound is None and self.of_bare is None:
            return None
        absolute = self.bound is None or (value >= self.bound if self.direction == "at least" else value <= self.bound)
        return absolute and (self.of_bare is None or (ratio is not None and ratio >= self.of_bare))


@dataclass(frozen=True)
class Figure:
    """One measured figure. `load` is the machine's one-minute load when it was taken."""

    benchmark: str
    what: str
    value: float
    unit: str
    bare: float | None
    ratio: float | None
    target: float | None
    target_ratio: float | None
    met: bool | None
    load: float


class Report:
    """The figures of a run: shown as they come, and written at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.figures: list[Figure] = []
        self.benchmark = ""

    def add(self, what: str, value: float, unit: str, bare: float | None = None, goal: Goal | None = None) -> None:
        """Note a figure and show it."""
        goal = goal or Goal()
        ratio = value / bare if bare and math.isfinite(value) and math.isfinite(bare) else None
        met = goal.met(value, ratio)
        figure = Figure(
            self.benchmark, what, value, unit, bare, ratio, goal.bound, goal.of_bare, met, os.getloadavg()[0]
        )
        self.figures.append(figure)
        print(_line(figure), flush=True)

    def note(self, words: str) -> None:
        """Say something that is no figure."""
        print(f"  . {words}", flush=True)

    def write(self) -> Path:
        """Write `bench.json`; figures of other benchmarks in it, of an earlier run, stay."""
        path = self._folder / "bench.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = {figure.benchmark for figure in self.figures}
        kept = [old for old in _earlier(path) if old["benchmark"] not in fresh]
        figures = kept + [_as_json(figure) for figure in self.figures]
        path.write_text(json.dumps({"figures": figures}, indent=1) + "\n")
        return path

    def table(self) -> str:
        """All figures, one a line."""
        return "\n".join([_HEAD, *map(_line, self.figures)])


def _as_json(figure: Figure) -> dict[str, object]:
    """What took for ever has no number: null."""
    fields = asdict(figure)
    return {
        name: None if isinstance(each, float) and not math.isfinite(each) else each for name, each in fields.items()
    }


def _earlier(path: Path) -> Sequence[dict[str, object]]:
    try:
        return json.loads(path.read_text())["figures"]
    except (OSError, ValueError, KeyError):
        return []


_HEAD = f"{'':9} {'figure':52} {'measured':>15} {'bare pipe':>10} {'ratio':>6}  {'target':>13}  met   load"


def _line(figure: Figure) -> str:
    target = "" if figure.target is None else f"{figure.target:,.0f}"
    if figure.target_ratio is not None:
        target = f"{target} x{figure.target_ratio}".strip()
    met = {True: "yes", False: "NO", None: "-"}[figure.met]
    bare = "-" if figure.bare is None else _number(figure.bare)
    ratio = "-" if figure.ratio is None else f"{figure.ratio:.2f}"
    value = f"{_number(figure.value)} {figure.unit}"
    named = f"{figure.benchmark:9} {figure.what:52} {value:>15}"
    return f"{named} {bare:>10} {ratio:>6}  {target:>13}  {met:4} {figure.load:5.1f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
