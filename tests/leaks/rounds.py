"""Rounds of probes: some readers ask everything there is to ask of some things, and of what just changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from random import Random

from leaks import lists, single
from leaks.firm import Firm
from leaks.office import Office
from leaks.probing import Probes, Reader
from leaks.rights import Rights
from oracle.oracle import ENGAGEMENTS

OF_TARGETS: tuple[Callable[[Probes, Reader, str], Awaitable[None]], ...] = (
    lists.pages,
    lists.filters,
    lists.pinned,
    lists.dossier,
    single.touchpoints,
)
OF_ACTIVITIES: tuple[Callable[[Probes, Reader, str], Awaitable[None]], ...] = (
    lists.words,
    single.activity,
    single.documents,
)
OF_READERS: tuple[Callable[[Probes, Reader], Awaitable[None]], ...] = (
    lists.search,
    lists.folders,
    lists.work_lists,
    lists.calendar,
    lists.feed,
    single.silent_customers,
    single.engagements,
)


def begun(office: Office, firm: Firm, seed: int) -> Probes:
    """Probes with an oracle that knows all that happened so far."""
    rights = Rights()
    rights.tell(firm.events)
    return Probes(office, firm, rights, Random(seed))


async def once(probes: Probes, reader: Reader, targets: Iterable[str], activities: Iterable[str]) -> None:
    """Everything that one reader can ask, of these objects and activities where it is about any."""
    for ask_all in OF_READERS:
        await ask_all(probes, reader)
    for target in targets:
        for ask_of in OF_TARGETS:
            await ask_of(probes, reader, target)
        if target.startswith("company-"):
            await lists.subsidiaries(probes, reader, target)
        if target.startswith(ENGAGEMENTS):
            await single.engagement(probes, reader, target)
    for activity in activities:
        for ask_about in OF_ACTIVITIES:
            await ask_about(probes, reader, activity)


def some_targets(probes: Probes, number: int) -> list[str]:
    """Objects with pages, of any kind as often as of another."""
    kinds: dict[str, list[str]] = {}
    for target in probes.firm.objects:
        kinds.setdefault(target[:-37], []).append(target)
    return [probes.random.choice(kinds[probes.random.choice(sorted(kinds))]) for _ in range(number)]


async def change(probes: Probes, changes: int) -> list[str]:
    """So many changes of rights, applied as they come; the streams that they were about."""
    before = len(probes.firm.told)
    for _ in range(changes):
        happened = probes.firm.change_of_rights()
        probes.rights.tell(event for event in happened if event.subject not in probes.rights.parked)
    told = probes.firm.told[before:]
    await probes.office.happen(told)
    return [recorded.subject for recorded, _ in told]


async def set_aside(probes: Probes) -> None:
    """Some streams of each kind whose events matter for rights cannot be applied from now on."""
    firm, known = probes.firm, sorted(probes.rights.known)
    engagements = [each for each in known if each.startswith(ENGAGEMENTS) and probes.rights.scope(each)]
    parked = [
        *firm.random.sample(firm.recorded, 4),
        *firm.random.sample(engagements, 4),
        *(f"group-{group}" for group in firm.random.sample(firm.groups, 2)),
        *(f"user-{user}" for user in firm.random.sample(sorted(probes.rights.deputies), 2)),
    ]
    await probes.office.set_aside(parked)
    probes.rights.set_aside(parked)
