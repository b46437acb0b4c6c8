"""Rebuild projections beside the live ones, and go back to the one before."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from dossier.cli.connection import connected, console, fail, run, service_named
from dossier.operated import Operated
from dossier.projections.applier import TooManySetAside
from dossier.projections.pointer import RebuildRunning
from dossier.projections.rebuild import GenerationsDiffer, Progress, Rebuild, RebuildInterrupted
from dossier.runtime import Service
from dossier.settings import ServiceSettings
from dossier.wiring import feeds_of

app = typer.Typer(no_args_is_help=True, help=__doc__)
ServiceName = Annotated[str, typer.Argument(help="The service that owns the projection, such as histories")]
ProjectionName = Annotated[str | None, typer.Argument(help="Its projection; may be left out if it has only one")]


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


def rebuild_of(service: Service[ServiceSettings], operated: Operated, projection: str) -> Rebuild:
    """A rebuild that shows nothing."""
    make = operated.read_models[projection]
    return Rebuild(make, service.database, service.settings, feeds_of(service, make().sources))


def _projection(operated: Operated, name: str | None) -> str:
    names = list(operated.projections)
    if name is None and len(names) == 1:
        return names[0]
    if name not in names:
        fail(f"Name one of its projections: {', '.join(names) or 'it has none'}.")
    return name


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
            except GenerationsDiffer as error:
                fail(f"{error}. If the new generation is the right one: repeat this with --accept-differences.")
            except (RebuildRunning, RebuildInterrupted, TooManySetAside) as error:
                fail(f"{type(error).__name__}: {error}")
    rate = report.events / report.seconds if report.seconds else 0
    console.print(
        f"Generation {report.generation} of {projection}: {report.events} events in {report.seconds:.1f} s "
        f"({rate:,.0f}/s), {'equal to the live one' if report.compared else 'not comparable with the live one'}, "
        f"{'now live' if report.switched else 'not switched'}."
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
            fail(str(error))
        console.print(f"Generation {pointer.live} of {projection} is live again.")
