"""P11: no surface shows what a reader may not see, and none withholds what a reader may see, whatever changes.

LEAKS in the environment chooses the size and SEED the world; `make soak` asks a large firm a million times.
"""

from __future__ import annotations

import os

import pytest

from leaks.firm import Firm, Size
from leaks.office import move_in, opened
from leaks.rounds import begun, change, once, set_aside, some_targets

pytestmark = [pytest.mark.backends, pytest.mark.slow]

SEED = int(os.environ.get("SEED", "1"))
DECISIONS = int(os.environ.get("LEAKS", "100000"))
SMALL = Size(users=120, groups=15, restricted=80, activities=3_000)
LARGE = Size(users=1_000, groups=100, restricted=1_000, activities=100_000)


async def test_p11_nobody_is_shown_or_refused_anything_wrongly(mongo_url: str, database_name: str) -> None:
    firm = Firm(SEED, LARGE if DECISIONS > 100_000 else SMALL)
    async with opened(mongo_url, database_name) as office:
        await move_in(office, firm)
        probes = begun(office, firm, SEED)
        while probes.decisions.total() < DECISIONS and not probes.leaks and not probes.losses:
            if not probes.rights.parked and probes.decisions.total() > DECISIONS // 2:
                await set_aside(probes)
            changed = await change(probes, 10)
            about = [each for each in changed if each in probes.rights.activities]
            targets = [each for each in changed if each in firm.objects] + some_targets(probes, 6)
            for _ in range(2):
                await once(probes, probes.reader(), targets, [*about, *firm.random.sample(firm.recorded, 4)])
    print(probes.report())
    probes.assert_tight()
