"""Store against feed against projections: three independent accounts of the same history."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

from dossier.cli.connection import connected, console
from dossier.cli.projections import rebuild_of, why_not_rebuilt
from dossier.feed.client import FeedError
from dossier.operated import Operated, operated_services
from dossier.projections.feeds import FeedUnreachable
from dossier.projections.holds import reason_of
from dossier.projections.pointer import Pointers, RebuildRunning
from dossier.projections.rebuild import GenerationsDiffer, RebuildInterrupted
from dossier.runtime import Service
from dossier.settings import ServiceSettings
from dossier.store.verifying import verify
from dossier.wiring import feeds_of

FEED_SECONDS = 10.0
"""An owner that does not answer for so long counts as unreachable; the checks of the others go on."""
_VERDICTS = {True: "[green]sound[/]", False: "[red]WRONG[/]", None: "  -  "}


async def verify_all(*, with_projections: bool) -> bool:
    """Check every installed service; says what it finds. True: all is sound."""
    sound = True
    for name, operated in operated_services().items():
        async with connected(operated) as service:
            async for words, good in _findings(service, operated, with_projections):
                console.print(f"{_VERDICTS[good]}  {name}: {words}", soft_wrap=True)
                sound = sound and good is not False
    return sound


async def _findings(
    service: Service[ServiceSettings], operated: Operated, with_projections: bool
) -> AsyncIterator[tuple[str, bool | None]]:
    if operated.context is not None:
        yield await _store(service)
        yield await _feed(service, operated.context)
    for projection in operated.read_models if with_projections else ():
        if projection in operated.incomparable:
            yield f"projection {projection}: not compared ({operated.incomparable[projection]})", None
        else:
            yield await _projection(service, operated, projection)


async def _store(service: Service[ServiceSettings]) -> tuple[str, bool]:
    report = await verify(service.database)
    faults = "".join(f"\n       {fault.commit}: {fault.what}" for fault in report.faults[:20])
    return f"store: {report.commits} commits, {report.events} events, {report.streams} streams{faults}", report.sound


async def _feed(service: Service[ServiceSettings], context: str) -> tuple[str, bool]:
    """Every stream of the store stands in the feed at the same version. What is written meanwhile may be ahead."""
    before = await _heads(service)
    try:
        feed = feeds_of(service, [context], FEED_SECONDS)[context]
        told = {stream: version async for heads in feed.heads() for stream, version in heads.items()}
    except FeedError as error:
        return f"feed unreachable ({error})", False
    lacking = [stream for stream, version in before.items() if told.get(stream, 0) < version]
    return f"feed: {len(told)} streams, {len(lacking)} behind the store", not lacking


async def _heads(service: Service[ServiceSettings]) -> dict[str, int]:
    found = service.database["commits"].find({}, {"stream": 1, "last": 1})
    heads: dict[str, int] = {}
    async for commit in found:
        heads[commit["stream"]] = max(commit["last"], heads.get(commit["stream"], 0))
    return heads


async def _projection(service: Service[ServiceSettings], operated: Operated, name: str) -> tuple[str, bool]:
    """The live generation equals one that was just built from the feeds."""
    work = rebuild_of(service, operated, name, FEED_SECONDS)
    try:
        report = await work.run(switch=False)
        await work.retire(report.generation)
    except GenerationsDiffer as error:
        await _retire_newest(service, operated, name)
        return f"projection {name}: {error}", False
    except (RebuildRunning, RebuildInterrupted, FeedUnreachable, TimeoutError) as error:
        return f"projection {name}: {why_not_rebuilt(error)}", False
    except Exception as error:  # one that breaks must not keep the others from being looked at
        with suppress(Exception):
            await _retire_newest(service, operated, name)
        return f"projection {name}: cannot be rebuilt ({reason_of(error)})", False
    if report.ahead:
        return f"projection {name}: {report.ahead} streams are ahead of their owners' feeds; rebuild it", False
    if report.parked:
        return f"projection {name}: {report.parked} streams cannot be applied (see `dossier parked list`)", False
    return f"projection {name}: equal to a rebuild from {report.events} events", report.compared


async def _retire_newest(service: Service[ServiceSettings], operated: Operated, name: str) -> None:
    """Nobody would keep it up to date."""
    pointer = await Pointers(service.database, name).read(operated.read_models[name]().version)
    newest = max(pointer.generations)
    if newest != pointer.live:
        await rebuild_of(service, operated, name).retire(newest)
