"""`make bench`: all benchmarks in one go, each beside its bare pipe; figures are printed and kept in build/bench.json.

The crash storm is a test and not a benchmark: `make faults SECONDS=600`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from benchmarks import addresses, commands, creation, fanout, large, mail, pages, rebuild, reminders, visible
from benchmarks.measuring import Report
from benchmarks.stack import Stack
from dossier.telemetry import logs

BENCHMARKS = {
    "rebuild": rebuild.run,
    "commands": commands.run,
    "visible": visible.run,
    "pages": pages.run,
    "fanout": fanout.run,
    "mail": mail.run,
    "reminders": reminders.run,
    "addresses": addresses.run,
    "creation": creation.run,
    "large": large.run,
}
LONG = {"large"}
"""Asked for by name: its data alone takes minutes to load."""
BUILD = Path(__file__).parents[2] / "build"


def main() -> int:
    """Exit code 1 if a benchmark could not be run; a goal that is missed is a figure, not a failure."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever ends the run gets its processes ended too
    options = _options()
    logs.configure("bench", "ERROR")
    folder = Path(tempfile.mkdtemp(prefix="dossier-bench-"))
    stack, report = Stack(folder, profile=options.profile), Report(BUILD)
    failed: list[str] = []
    began = time.monotonic()
    try:
        stack.start()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            for name in options.only or [one for one in BENCHMARKS if one not in LONG]:
                report.benchmark = name
                print(f"{name}: load {os.getloadavg()[0]:.1f}, {time.monotonic() - began:.0f} s", flush=True)
                try:
                    runner.run(BENCHMARKS[name](stack, report, quick=options.quick, size=options.size))
                except Exception as error:
                    failed.append(f"{name}: {type(error).__name__}: {error}")
                    print(f"  ! {failed[-1]}", flush=True)
    finally:
        stack.stop()
        _keep(folder, failed=bool(failed), profiled=options.profile)
    print(f"\n{report.table()}\n\nwritten to {report.write()}; {time.monotonic() - began:.0f} s")
    print("kill -9 of any process: make faults SECONDS=600 (all checkers, 0 lost, 0 doubled)")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="this one; may be given several times")
    parser.add_argument("--quick", action="store_true", help="small and short: does it work, not how fast is it")
    parser.add_argument("--size", type=int, default=250_000, help="activities on the one company of `pages`")
    parser.add_argument("--profile", action="store_true", help="profile all processes (slower) into build/profiles")
    return parser.parse_args()


def _keep(folder: Path, *, failed: bool, profiled: bool) -> None:
    kept = [name for name, wanted in (("logs", failed), ("profiles", profiled)) if wanted]
    for name in kept:
        if (folder / name).exists():
            shutil.copytree(folder / name, BUILD / name, dirs_exist_ok=True)
            print(f"{name} are in {BUILD / name}")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
