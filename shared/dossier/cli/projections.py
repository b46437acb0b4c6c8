"""Rebuild projections beside the live ones, and go back to the one before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from dossier.cli.connection import connected, console, fail, run, service_named
from dossier.operated import Operated, operated_services
from dossier.projections.applier import TooManySetAside
from dossier.projections.feeds import FeedUnreachable
from dossier.projections.pointer import Pointer, Pointers, RebuildRunning
from dossier.projections.rebuild import GenerationsDiffer, Progress, Rebuild, RebuildInterrupted
from dossier.runtime import Service
from dossier.settings import ServiceSettings
from dossier.wiring import feeds_of

app = typer.Typer(no_args_is_help=True, help=__doc__)
ServiceName = Annotated[str, typer.Argument(help="The service that owns the projection, such as histories")]
ProjectionName = Annotated[
    str | None, typer.Argument(help="Its projection; may be left out if it has only one to rebuild")
]


@app.command()
def rebuild(
    service: ServiceName,
    projection: ProjectionName = None,
    switch: Annotated[bool, typer.Option(help="Let everybody read the new generation")] = True,
    accept_differences: Annotated[bool, typer.Option(help="Switch even if it is not equal to the live one")] = False,
) -> None:
    """Build a new generation from the feeds, compare it with the live one, and switch. Reads go on all the time."""
    operated = service_named(service)
    run(_rebuild(operated, _projection(operated, projection), switch, accept_differences))


@app.command("roll-back")
def roll_back(service: ServiceName, projection: ProjectionName = None) -> None:
    """Read the generation that was live before."""
    operated = service_named(service)
    run(_roll_back(operated, _projection(operated, projection)))


@app.command("list")
def list_generations() -> None:
    """List the generations of all projections. Active ones are kept up to date until they are retired."""
    run(show_generations())


@app.command()
def retire(
    service: ServiceName,
    generation: Annotated[int, typer.Argument(help="Its number, as `list` shows it")],
    projection: ProjectionName = None,
) -> None:
    """Forget a generation that is no longer needed, and drop its collections. Never the live one."""
    operated = service_named(service)
    name = _named(operated.read_models, projection or _only(operated.projections))
    run(retire_generation(operated, name, generation))


def rebuild_of(
    service: Service[ServiceSettings], operated: Operated, projection: str, patience: float = 60.0
) -> Rebuild:
    """A rebuild that shows nothing; `patience` with its feeds in seconds."""
    make = operated.read_models[projection]
    return Rebuild(make, service.database, service.settings, feeds_of(service, make().sources, patience))


def why_not_rebuilt(error: Exception) -> str:
    """What a person can do something about."""
    match error:
        case RebuildRunning():
            return "another rebuild is at work"
        case RebuildInterrupted():
            return "the database changed its primary meanwhile; try again"
        case FeedUnreachable():
            return f"feed unreachable ({error})"
        case TimeoutError():
            return "the new generation does not catch up with the feeds"
        case TooManySetAside():
            return "too many streams cannot be applied (see `dossier parked list`)"
        case _:
            return (
                f"{error}. The new generation stays to be looked at: `dossier projections list` and `retire`. If it is "
                "the right one, rebuild with --accept-differences"
            )


def _projection(operated: Operated, name: str | None) -> str:
    if name in operated.read_models.keys() - operated.projections.keys():
        fail(
            f"{name} is not rebuilt beside the live one. If `dossier verify` says that it is wrong, stop the service, "
            "drop the collections of its live generation, and start the service: it reads the feeds anew."
        )
    return _named(operated.projections, name)


def _named(names: Collection[str], name: str | None) -> str:
    meant = name or _only(names)
    if meant is None or meant not in names:
        fail(f"Name one of its projections: {', '.join(names) or 'it has none'}.")
    return meant


def _only(names: Collection[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None


async def _rebuild(operated: Operated, projection: str, switch: bool, accept: bool) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with connected(operated) as service:
        with Bar(*columns, console=console) as bar:
            task = bar.add_task("starting", total=None)

            def show(progress: Progress) -> None:
                words = f"{progress.phase} {progress.source}".strip()
                bar.update(task, description=words, completed=progress.done, total=progress.total or None)

            make = operated.projections[projection]
            feeds = feeds_of(service, make().sources)
            work = Rebuild(make, service.database, service.settings, feeds, report=show)
            try:
                report = await work.run(switch=switch, accept_differences=accept)
            except (
                RebuildRunning,
                RebuildInterrupted,
                FeedUnreachable,
                GenerationsDiffer,
                TimeoutError,
                TooManySetAside,
            ) as error:
                fail(why_not_rebuilt(error))
    rate = report.events / report.seconds if report.seconds else 0
    beside = "equal to" if report.equal else "different from" if report.compared else "not comparable with"
    console.print(
        f"Generation {report.generation} of {projection}: {report.events} events in {report.seconds:.1f} s "
        f"({rate:,.0f}/s), {beside} the one before, {'now live' if report.switched else 'not switched'}."
    )
    if report.ahead:
        console.print(f"The former generation was ahead of its owners' feeds in {report.ahead} streams.")
    if report.parked:
        console.print(f"[red]{report.parked} streams could not be applied[/]: see `dossier parked list`.")


async def _roll_back(operated: Operated, projection: str) -> None:
    async with connected(operated) as service:
        try:
            pointer = await rebuild_of(service, operated, projection).roll_back()
        except ValueError as error:
            fail(f"{error}; see `dossier projections list`.")
        console.print(f"Generation {pointer.live} of {projection} is live again.")


async def show_generations() -> None:
    """Print a table of all generations."""
    table = Table("service", "projection", "generation", "condition")
    for name, operated in operated_services().items():
        async with connected(operated) as service:
            for projection, make in operated.read_models.items():
                pointer = await Pointers(service.database, projection).read(make().version)
                for number in pointer.generations:
                    table.add_row(name, projection, str(number), _condition(pointer, number))
    console.print(table)


def _condition(pointer: Pointer, number: int) -> str:
    if number == pointer.live:
        return "live"
    state = pointer.generations[number].state
    return f"{state}, live before" if number == pointer.previous else state


async def retire_generation(operated: Operated, projection: str, number: int) -> None:
    """Retire it, or say why not and end with 1."""
    async with connected(operated) as service:
        pointer = await Pointers(service.database, projection).read(operated.read_models[projection]().version)
        if not 1 <= number <= pointer.newest:
            fail(f"{projection} has no generation {number}; see `dossier projections list`.")
        if number in pointer.generations and pointer.generations[number].state == "building":
            fail(f"Generation {number} is being built. What a broken-off rebuild left, the next one clears away.")
        try:
            await rebuild_of(service, operated, projection).retire(number)
        except ValueError as error:
            fail(f"{error}; it cannot be retired.")
        except TimeoutError:
            fail(f"The consumers of generation {number} have not stopped yet; ask again.")
    console.print(f"Generation {number} of {projection} is retired.")
