"""Streams that a projection could not apply. They are listed, shown, and released in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import typer
from rich.table import Table

from dossier.cli.connection import connected, console, fail, live, run
from dossier.operated import operated_services
from dossier.projections.model import Projection
from dossier.projections.parking import Parking

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command("list")
def list_parked() -> None:
    """List the streams that could not be applied, of all projections: parked, tried again, or ahead."""
    run(_list())


@app.command()
def show(stream: str) -> None:
    """Show why a stream is parked, and where."""
    run(_show(stream))


@app.command()
def release(stream: str) -> None:
    """Have the stream read again from its owner's feed, wherever it is parked."""
    run(_release(stream))


async def _list() -> None:
    table = Table("projection", "stream", "state", "first version", "since", "reason")
    async with aclosing(_projections()) as found:
        async for projection in found:
            for hold in await Parking(projection).set_aside():
                since = hold.since.isoformat(timespec="seconds") if hold.since else ""
                table.add_row(projection.name, hold.stream, hold.kind, str(hold.version), since, hold.reason)
    console.print(table if table.row_count else "No stream is set aside.")


async def _show(stream: str) -> None:
    known = False
    async with aclosing(_projections()) as found:
        async for projection in found:
            hold = await Parking(projection).show(stream)
            if hold is not None:
                known = True
                console.print(f"[bold]{projection.name}[/]: {hold.kind} before version {hold.version}: {hold.reason}")
    if not known:
        fail("No projection holds this stream.")


async def _release(stream: str) -> None:
    released: list[str] = []
    async with aclosing(_projections()) as found:
        async for projection in found:
            hold = await Parking(projection).show(stream)
            if hold is not None and hold.kind == "ahead":
                fail(f"{projection.name} is ahead of its owner there; only `dossier projections rebuild` helps.")
            if await Parking(projection).release(stream):
                released.append(projection.name)
    if not released:
        fail("No projection has parked this stream.")
    console.print(f"Released in {', '.join(released)}; its consumer reads it again within a second.")


async def _projections() -> AsyncGenerator[Projection]:
    for operated in operated_services().values():
        async with connected(operated) as service:
            for make in operated.read_models.values():
                yield await live(service, make())
