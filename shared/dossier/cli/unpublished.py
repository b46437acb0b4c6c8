"""Streams whose next commit a relay cannot publish. They wait with all their later commits; the others go on."""

from __future__ import annotations

import typer
from rich.table import Table

from dossier.cli.connection import connected, console, fail, run
from dossier.operated import operated_services
from dossier.relay import SetAside

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command("list")
def list_unpublished() -> None:
    """List the streams that are set aside."""
    run(_list())


@app.command()
def release(stream: str) -> None:
    """Let the relays try again, once what was wrong is mended."""
    run(_release(stream))


async def _list() -> None:
    table = Table("service", "stream", "commit", "since", "reason")
    for name, operated in operated_services().items():
        async with connected(operated) as service:
            for aside in await SetAside(service.database).list():
                table.add_row(name, aside.stream, aside.commit, aside.since.isoformat(timespec="seconds"), aside.reason)
    console.print(table if table.row_count else "No stream is set aside.")


async def _release(stream: str) -> None:
    for name, operated in operated_services().items():
        async with connected(operated) as service:
            if await SetAside(service.database).release(stream):
                console.print(f"Released in {name}.")
                return
    fail("No relay has set this stream aside.")
