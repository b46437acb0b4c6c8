"""What looks for leaks can fail: with the rights filter dropped from any one surface, that surface is found to leak."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import pytest

from dossier.contracts.activities import ActivityUnlinked
from leaks import lists, single
from leaks.blindness import VARIANTS
from leaks.firm import Firm, Size
from leaks.office import move_in, opened
from leaks.probing import Probes, Reader
from leaks.rounds import begun, set_aside
from local_stack import mongo as server
from oracle.oracle import ENGAGEMENTS

pytestmark = [pytest.mark.backends, pytest.mark.slow]

TRIES = 60
ASKING: dict[str, Callable[..., Awaitable[None]]] = {
    "page": lists.pages,
    "jump": lists.pages,
    "filters": lists.filters,
    "folded": lists.filters,
    "subsidiaries": lists.subsidiaries,
    "pinned": lists.pinned,
    "export": lists.dossier,
    "touchpoints": single.touchpoints,
    "counts": single.touchpoints,
    "engagement": single.engagement,
    "full text": lists.words,
    "excerpts": lists.words,
    "why": single.activity,
    "activity": single.activity,
    "activity/text": single.activity,
    "activity/changes": single.activity,
    "activity/readers": single.activity,
    "document": single.documents,
    "bytes": single.documents,
    "search": lists.search,
    "mail search": lists.search,
    "saved search": lists.search,
    "unassigned": lists.search,
    "folder": lists.folders,
    "folder contents": lists.folders,
    "work list": lists.work_lists,
    "counts of lists": lists.work_lists,
    "calendar": lists.calendar,
    "calendar feed": lists.feed,
    "silent customers": single.silent_customers,
    "engagements": single.engagements,
}


@pytest.fixture(scope="module")
async def probes(mongo_url: str) -> AsyncIterator[Probes]:
    """A small firm in which some streams are set aside, the same for all variants: they only read."""
    firm = Firm(15, Size(users=30, groups=6, restricted=30, activities=1_200))
    async with opened(mongo_url, "test_blindness") as office:
        await move_in(office, firm)
        probes = begun(office, firm, 15)
        await set_aside(probes)
        yield probes
    server.drop_databases(mongo_url, "test_blindness")


@pytest.mark.parametrize(
    ("variant", "surface"), [(name, surface) for name, each in VARIANTS.items() for surface in each.surfaces]
)
async def test_p11_a_dropped_safeguard_is_found(
    probes: Probes, variant: str, surface: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    VARIANTS[variant].drop(monkeypatch, probes.everybody)
    probes.forget()
    for reader, *about in _questions(probes, ASKING[surface]):
        await ASKING[surface](probes, reader, *about)
        if any(found == surface for found, *_ in (*probes.leaks, *probes.losses)):
            return
    pytest.fail(f"nothing was found wrong with {surface}")


@pytest.mark.parametrize("surface", ASKING)
async def test_p11_with_all_safeguards_nothing_is_found(probes: Probes, surface: str) -> None:
    probes.forget()
    for reader, *about in islice(_questions(probes, ASKING[surface]), 4):
        await ASKING[surface](probes, reader, *about)
    probes.assert_tight()


def _questions(probes: Probes, ask: Any) -> Iterator[tuple[Reader, *tuple[str, ...]]]:
    """Readers, each with something that the question is about, if it is about anything."""
    random, objects = probes.random, probes.firm.objects
    if ask in (lists.words, single.activity, single.documents):
        yield from _telling(probes)
        choices = probes.firm.recorded
    elif ask is lists.subsidiaries:
        choices = [each for each in objects if each.startswith("company-")]
    elif ask is single.engagement:
        choices = [each for each in objects if each.startswith(ENGAGEMENTS) and each in probes.rights.known]
    elif ask is lists.pinned:
        choices = [each for each in objects if _has_pins(probes, each)]
        yield from _kept_out(probes, choices)
    elif ask in (lists.pages, lists.filters, lists.dossier, single.touchpoints):
        choices = objects
    else:
        yield from ((probes.reader(),) for _ in range(TRIES))
        return
    yield from ((probes.reader(), random.choice(choices)) for _ in range(TRIES))


def _has_pins(probes: Probes, target: str) -> bool:
    return any(target in probes.rights.pinned_on(each) for each in probes.rights.scope(target))


def _kept_out(probes: Probes, targets: Iterable[str]) -> Iterator[tuple[Reader, str]]:
    """Readers for whom some of these objects do not exist."""
    readers = [probes.reader(user) for user in probes.firm.users]
    for target in targets:
        unseen = (each for each in readers if not probes.rights.exists(target, each.tokens))
        yield from ((reader, target) for reader in islice(unseen, 1))


def _telling(probes: Probes) -> Iterator[tuple[Reader, str]]:
    """Readers who see an activity and not what it was linked to before, or who would see it but for a doubt."""
    rights, readers = probes.rights, [probes.reader(user) for user in probes.firm.users]
    for recorded, event in probes.firm.told:
        if isinstance(event, ActivityUnlinked) and event.object.stream in rights.readers:
            unseen = (each for each in readers if not rights.exists(event.object.stream, each.tokens))
            seeing = (each for each in unseen if rights.visible(recorded.subject, each.tokens))
            yield from ((reader, recorded.subject) for reader in islice(seeing, 1))
    doubtful = filter(rights.in_doubt, probes.firm.recorded)
    yield from ((reader, activity) for activity in islice(doubtful, 10) for reader in islice(readers, 5))
