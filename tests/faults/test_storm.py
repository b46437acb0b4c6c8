"""The storm as part of the test suite: `make faults` runs it alone, longer or with another seed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.storm import schedule, storm


@pytest.mark.slow
@pytest.mark.backends
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_in_a_crash_storm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    seconds, seed = float(os.environ.get("STORM_SECONDS", "90")), int(os.environ.get("STORM_SEED", "7"))
    assert storm(seconds, seed, tmp_path)[:20] == []


def test_a_schedule_repeats_with_its_seed() -> None:
    parts = ["api", "relay", "mongo"]
    first, again, other = (list(schedule(parts, 90, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert len(first) == 30
