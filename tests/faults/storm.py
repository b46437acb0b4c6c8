"""`make faults SECONDS=90 SEED=7`: load, kill -9 and SIGSTOP at random every three seconds, then all checkers.

The schedule follows from the seed and is printed, so a storm can be repeated. `make faults SECONDS=120 AWAY=kafka`
instead kills one part at once and leaves it away for all that time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.checks import check_all, settled
from faults.client import Notes
from faults.load import Load
from faults.system import System

EVERY_SECONDS = 3.0
AREAS = (
    ("corrections",),
    ("links", "unlinks", "move"),
    ("pin", "unpin", "hide", "show"),
    ("withdraw", "restore"),
    ("due", "responsible", "reopen"),
    ("delegation/answer",),
    ("recurrence",),
    ("early-deadlines",),
    ("review",),
    ("attach",),
    ("versions",),
    ("check-out", "check-in"),
    ("visibility", "grants", "grants/revoke"),
    ("restrict", "open"),
    ("members", "leaders", "deputies"),
    ("correct-company",),
)
"""Of each of these every storm has to see something done."""


@dataclass(frozen=True)
class Fault:
    """At `at` seconds, `part` is killed, or frozen for `seconds`."""

    at: float
    part: str
    seconds: float

    def __str__(self) -> str:
        what = f"SIGSTOP for {self.seconds:.1f} s" if self.seconds else "SIGKILL"
        return f"{self.at:6.1f} s  {self.part}: {what}"


def schedule(parts: Sequence[str], seconds: float, seed: int) -> Iterator[Fault]:
    """The faults of a storm, one every three seconds; two thirds are kills."""
    choose = random.Random(seed)
    for number in range(int(seconds / EVERY_SECONDS)):
        part, frozen = choose.choice(parts), choose.random() < 1 / 3
        yield Fault(number * EVERY_SECONDS, part, choose.uniform(0.5, 2.8) if frozen else 0.0)


def storm(seconds: float, seed: int, folder: Path, away: str = "") -> list[str]:
    """Run one storm, or one outage of the part `away`; returns what is wrong afterwards."""
    system, notes = System(folder), Notes()
    os.environ.update(system.environment("histories"))
    for name in ("DOSSIER_MONGO_DATABASE", "DOSSIER_CLIENT_ID", "DOSSIER_PORT", "DOSSIER_HOST"):
        os.environ.pop(name, None)
    try:
        system.start()
        tokens = asyncio.run(_under_load(system, notes, seconds, seed, away))
        system.calm()
        began = time.monotonic()
        faults = asyncio.run(settled(system, notes))
        print(f"settled after {time.monotonic() - began:.1f} s", flush=True)
        faults += [] if away else idle(notes)
        return faults + asyncio.run(check_all(system, tokens, notes))
    finally:
        system.stop()
        _tell(notes)


async def _under_load(system: System, notes: Notes, seconds: float, seed: int, away: str) -> dict[str, str]:
    """Load and faults; returns the tokens of those who look at the system afterwards.

    A storm goes on until something was done in every area, at most twice as long: a slow machine has its share of
    each, too.
    """
    load = Load(system, seed, notes)
    await load.prepare()
    running = asyncio.create_task(load.run())
    await (_outage(system, seconds, away) if away else _faults(system, notes, seconds, seed))
    await asyncio.to_thread(system.calm)
    load.stopping.set()
    await running
    return load.tokens


async def _faults(system: System, notes: Notes, seconds: float, seed: int) -> None:
    targets = [part.name for part in system.parts.values() if part.target]
    targets.append("activities")  # twice as often as others: it is where uploads are cut
    began = time.monotonic()
    for fault in schedule(targets, 2 * seconds, seed):
        if fault.at >= seconds and not idle(notes):
            break
        await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
        print(fault, flush=True)
        await _hit(system, fault)
    await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))


async def _outage(system: System, seconds: float, away: str) -> None:
    await asyncio.sleep(5.0)
    print(f"{away} is away for {seconds:.0f} s", flush=True)
    system.parts[away].kill()
    await asyncio.sleep(seconds)


async def _hit(system: System, fault: Fault) -> None:
    part = system.parts[fault.part]
    if fault.seconds:
        part.freeze()
        await asyncio.sleep(fault.seconds)
        part.thaw()
    else:
        part.kill()
        await asyncio.sleep(0.3)
    await asyncio.to_thread(system.ensure_all)


def idle(notes: Notes) -> list[str]:
    """Areas in which no command was acknowledged: such a storm has shown nothing about them."""
    kinds = notes.kinds
    return [f"none of {', '.join(area)} was acknowledged" for area in AREAS if not any(kinds[each] for each in area)]


def _tell(notes: Notes) -> None:
    told = len(notes.acknowledged)
    papers = f"{len(notes.papers)} versions of documents, {notes.cut} uploads cut, {notes.broken_off} broken off"
    print(
        f"{notes.offered} commands: {told} acknowledged, {len(notes.refused)} refused, {len(notes.unknown)} unknown; "
        f"{len(notes.mails)} mails answered with 250; {len(notes.reminders)} reminders called for; {papers}"
    )
    print(", ".join(f"{count} {what}" for what, count in notes.kinds.most_common()))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--away", default="", help="the part that is away for all that time, such as kafka or mongo")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dossier-storm-") as folder:
        faults = storm(arguments.seconds, arguments.seed, Path(folder), arguments.away)
    for fault in faults[:50]:
        print(f"WRONG: {fault}")
    print(f"seed {arguments.seed}: {len(faults)} wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
